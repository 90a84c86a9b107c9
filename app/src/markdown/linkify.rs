//! Finds what is a link in plain text: addresses that were pasted, and names of tasks.

use super::TaskLinks;

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Nothing special.
    Text(&'t str),
    /// An `http` or `https` address.
    Url(&'t str),
    /// The name of a task, `WEB-12`.
    Task {
        /// The project's key.
        key: &'t str,
        /// The task's number.
        number: u32,
        /// Both, as written.
        name: &'t str,
    },
}

/// Cuts a text into pieces; put together again they are the text.
pub fn pieces<'t>(text: &'t str, tasks: &TaskLinks) -> Vec<Piece<'t>> {
    let mut pieces = Vec::new();
    let mut plain_from = 0;
    let mut at = 0;
    let mut inside_word = false;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        let found = (!inside_word)
            .then(|| url(rest).or_else(|| task(rest, tasks)))
            .flatten();
        if let Some((piece, len)) = found {
            if plain_from < at {
                pieces.push(Piece::Text(&text[plain_from..at]));
            }
            pieces.push(piece);
            at += len;
            plain_from = at;
            inside_word = true;
        } else {
            inside_word = next.is_alphanumeric() || matches!(next, '-' | '_' | '/' | '.');
            at += next.len_utf8();
        }
    }
    if plain_from < text.len() {
        pieces.push(Piece::Text(&text[plain_from..]));
    }
    pieces
}

fn url(rest: &str) -> Option<(Piece<'_>, usize)> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        rest.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let end = rest
        .find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`'))
        .unwrap_or(rest.len());
    let url = without_punctuation(&rest[..end]);
    (url.len() > scheme.len()).then_some((Piece::Url(url), url.len()))
}

/// An address at the end of a sentence, or in brackets, does not take them along.
fn without_punctuation(mut url: &str) -> &str {
    while let Some(last) = url.chars().next_back() {
        let opening = match last {
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' => None,
            _ => break,
        };
        let count = |c| url.matches(c).count();
        if opening.is_some_and(|opening| count(opening) >= count(last)) {
            break;
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    url
}

fn task<'t>(rest: &'t str, tasks: &TaskLinks) -> Option<(Piece<'t>, usize)> {
    let dash = rest.bytes().take(11).position(|b| b == b'-')?;
    let key = &rest[..dash];
    if !tasks.knows(key) {
        return None;
    }
    let digits = rest[dash + 1..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    let len = dash + 1 + digits;
    let goes_on = rest[len..]
        .chars()
        .next()
        .is_some_and(|c| c.is_alphanumeric() || c == '_');
    let number: u32 = rest[dash + 1..len].parse().ok().filter(|n| *n > 0)?;
    let name = &rest[..len];
    (!goes_on).then_some((Piece::Task { key, number, name }, len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links() -> TaskLinks {
        TaskLinks::new("north", ["WEB".to_owned(), "A1".to_owned()])
    }

    fn found(text: &str) -> Vec<String> {
        pieces(text, &links())
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Text(_) => None,
                Piece::Url(url) => Some(url.to_owned()),
                Piece::Task { key, number, .. } => Some(format!("{key} {number}")),
            })
            .collect()
    }

    #[test]
    fn an_address_ends_where_the_sentence_goes_on() {
        assert_eq!(
            found("see https://a.example/b_c."),
            ["https://a.example/b_c"]
        );
        assert_eq!(
            found("(HTTP://a.example/x?q=1)"),
            ["HTTP://a.example/x?q=1"]
        );
        assert_eq!(
            found("https://a.example/b_(c), or"),
            ["https://a.example/b_(c)"]
        );
        assert_eq!(found("https:// and xhttps://a"), [""; 0]);
    }

    #[test]
    fn a_task_of_a_known_project_is_found_as_a_whole_word() {
        assert_eq!(found("WEB-12, A1-3"), ["WEB 12", "A1 3"]);
        assert_eq!(found("(WEB-12)"), ["WEB 12"]);
        assert_eq!(
            found("WEB-0 WEB-12a XWEB-1 OPS-3 WEB-99999999999 web-1 a/WEB-1"),
            [""; 0]
        );
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "(\\PC|[WEB0-9:/.() -]|https://|WEB-)*") {
            let joined: String = pieces(&text, &links())
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) | Piece::Url(text) => text,
                    Piece::Task { name, .. } => name,
                })
                .collect();
            prop_assert_eq!(joined, text);
        }
    }
}
