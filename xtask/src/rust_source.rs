//! A shallow reading of Rust source: what is comment, what is literal, what is test.
//!
//! Enough for the rules of `tidy` and for finding class names; it never needs to understand an expression.

use std::ops::Range;

/// One file, taken apart. `code` keeps every byte's place, so offsets and lines are those of the file.
pub(crate) struct Source {
    /// Comments and the inside of literals are blank.
    pub(crate) code: String,
    pub(crate) literals: Vec<Literal>,
    /// The items under `#[cfg(test)]`.
    pub(crate) tests: Vec<Range<usize>>,
}

/// A string literal, without its quotes and with the common escapes resolved.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) offset: usize,
    pub(crate) value: String,
}

impl Source {
    pub(crate) fn read(source: &str) -> Self {
        let mut scanner = Scanner {
            source,
            code: source.as_bytes().to_vec(),
            literals: Vec::new(),
        };
        scanner.scan();
        let code = into_text(scanner.code);
        let tests = test_items(&code);
        Self {
            literals: scanner.literals,
            code,
            tests,
        }
    }

    pub(crate) fn in_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|item| item.contains(&offset))
    }
}

/// The line, counted from one, that holds the byte at `offset`.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    1 + text[..offset].matches('\n').count()
}

/// The offset just after the bracket that closes the one at `open`, in text whose literals are blank.
pub(crate) fn after_closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("only whole characters were replaced, by spaces")
}

fn test_items(code: &str) -> Vec<Range<usize>> {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    let mut items: Vec<Range<usize>> = Vec::new();
    for (start, _) in code.match_indices(ATTRIBUTE) {
        let body = start + ATTRIBUTE.len();
        let end = code[body..].find(['{', ';']).map(|at| body + at);
        let end = match end {
            Some(at) if code.as_bytes()[at] == b'{' => after_closing(code, at),
            Some(at) => Some(at + 1),
            None => None,
        };
        items.push(start..end.unwrap_or(code.len()));
    }
    items
}

struct Scanner<'a> {
    source: &'a str,
    code: Vec<u8>,
    literals: Vec<Literal>,
}

impl Scanner<'_> {
    fn scan(&mut self) {
        let mut at = 0;
        while let Some(next) = self.source[at..].chars().next() {
            let rest = &self.source[at..];
            at = if rest.starts_with("//") {
                let end = at + rest.find('\n').unwrap_or(rest.len());
                self.comment(at..end)
            } else if rest.starts_with("/*") {
                self.comment(at..at + block_comment_len(rest))
            } else if let Some((opening, raw_hashes)) = self.string_opening(at) {
                self.string(at + opening, raw_hashes)
            } else if next == '\'' {
                self.character(at)
            } else {
                at + next.len_utf8()
            };
        }
    }

    fn comment(&mut self, range: Range<usize>) -> usize {
        blank(&mut self.code[range.clone()]);
        range.end
    }

    /// The length of a string's opening (`"`, `b"`, `r#"`) and, of a raw one, its number of hashes.
    fn string_opening(&self, at: usize) -> Option<(usize, Option<usize>)> {
        let rest = &self.source[at..];
        if rest.starts_with('"') {
            return Some((1, None));
        }
        let after_word = self.source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if after_word {
            return None;
        }
        let unprefixed = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
        if let Some(raw) = unprefixed.strip_prefix('r') {
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            let quoted = raw[hashes..].starts_with('"');
            let opening = rest.len() - raw.len() + hashes + 1;
            return quoted.then_some((opening, Some(hashes)));
        }
        (unprefixed.len() < rest.len() && unprefixed.starts_with('"')).then_some((2, None))
    }

    fn string(&mut self, start: usize, raw_hashes: Option<usize>) -> usize {
        let body = &self.source[start..];
        let (len, closing) = match raw_hashes {
            Some(hashes) => {
                let closing = format!("\"{}", "#".repeat(hashes));
                (body.find(&closing).unwrap_or(body.len()), closing.len())
            }
            None => (quoted_len(body, b'"'), 1),
        };
        let value = if raw_hashes.is_some() {
            body[..len].to_owned()
        } else {
            unescape(&body[..len])
        };
        self.literals.push(Literal {
            offset: start,
            value,
        });
        blank(&mut self.code[start..start + len]);
        (start + len + closing).min(self.source.len())
    }

    /// A character literal or a lifetime.
    fn character(&mut self, at: usize) -> usize {
        let body = &self.source[at + 1..];
        let mut characters = body.chars();
        let len = match (characters.next(), characters.next()) {
            (Some('\\'), _) => quoted_len(body, b'\''),
            (Some(only), Some('\'')) => only.len_utf8(),
            _ => return at + 1,
        };
        blank(&mut self.code[at + 1..at + 1 + len]);
        (at + len + 2).min(self.source.len())
    }
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn block_comment_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Bytes up to the closing quote that no backslash precedes.
fn quoted_len(body: &str, quote: u8) -> usize {
    let bytes = body.as_bytes();
    let mut at = 0;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

fn unescape(body: &str) -> String {
    let mut value = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let mut escaped = rest[at + 1..].chars();
        match escaped.next() {
            Some('n') => value.push('\n'),
            Some('t') => value.push('\t'),
            Some('\n') => {
                rest = escaped.as_str().trim_start();
                continue;
            }
            Some(other) => value.push(other),
            None => {}
        }
        rest = escaped.as_str();
    }
    value.push_str(rest);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(source: &str) -> Vec<String> {
        Source::read(source)
            .literals
            .into_iter()
            .map(|literal| literal.value)
            .collect()
    }

    #[test]
    fn literals_of_every_kind_are_found() {
        let source = r##"f("a\"b", r"c\", r#"d"e"#, b"f", '"', 'x', "g\
            h"); fn k<'a>(x: &'a str) {} let car = "i";"##;
        assert_eq!(values(source), ["a\"b", "c\\", "d\"e", "f", "gh", "i"]);
    }

    #[test]
    fn literals_in_comments_do_not_count() {
        let source = "// \"a\"\n/* \"b\" /* \"c\" */ \"d\" */ \"e\"";
        assert_eq!(values(source), ["e"]);
    }

    #[test]
    fn blanked_code_keeps_every_byte_in_place() {
        let source = "let x = \"größe { \"; // ü {\nlet c = '{';";
        let read = Source::read(source);
        assert_eq!(read.code.len(), source.len());
        assert!(!read.code.contains('{'));
        assert!(!read.code.contains('ü'));
        assert_eq!(read.code.find("let c"), source.find("let c"));
    }

    #[test]
    fn test_items_are_known() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { \"}\"; } }\nfn c() {}";
        let read = Source::read(source);
        assert!(!read.in_test(source.find("a()").unwrap()));
        assert!(read.in_test(source.find("b()").unwrap()));
        assert!(!read.in_test(source.find("c()").unwrap()));
    }

    #[test]
    fn lines_count_from_one() {
        assert_eq!(line_of("a\nb\nc", 0), 1);
        assert_eq!(line_of("a\nb\nc", 4), 3);
    }
}
