//! From Markdown to HTML. Every tag that comes out is written here, from a fixed list.

use super::TaskLinks;
use super::linkify::{Piece, pieces};
use crate::dom::markup::escape;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream};
use shared::values::is_safe_url;
use std::fmt::Write as _;

/// The HTML of a text.
pub fn to_html(source: &str, tasks: &TaskLinks) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut writer = Writer {
        html: String::with_capacity(source.len() * 3 / 2),
        tasks,
        links: Vec::new(),
        in_code: false,
        in_head: false,
    };
    for event in TextMergeStream::new(Parser::new_ext(source, options)) {
        writer.event(event);
    }
    writer.html
}

struct Writer<'a> {
    html: String,
    tasks: &'a TaskLinks,
    links: Vec<OpenLink>,
    in_code: bool,
    in_head: bool,
}

/// A link or an image that was begun.
struct OpenLink {
    /// Whether it became a tag. Links do not nest, and an address that is not safe is left out.
    written: bool,
    /// What to show if there are no words in it.
    fallback: String,
    /// Where its words begin.
    from: usize,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            // HTML is shown as it was written. It has no meaning here.
            Event::Html(text) | Event::InlineHtml(text) => escape(&text, &mut self.html),
            Event::Code(text) => {
                self.html.push_str("<code>");
                escape(&text, &mut self.html);
                self.html.push_str("</code>");
            }
            // People write these texts as they write letters: a new line is meant.
            Event::SoftBreak | Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            Event::TaskListMarker(done) => self.html.push_str(if done {
                r#"<input type="checkbox" aria-label="Done" disabled checked> "#
            } else {
                r#"<input type="checkbox" aria-label="Not done" disabled> "#
            }),
            // Neither is enabled.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                escape(&text, &mut self.html);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Link { dest_url, .. } => self.start_link(&dest_url, dest_url.to_string()),
            // A picture from elsewhere would tell its host who reads this, and when.
            Tag::Image { dest_url, .. } => self.start_link(&dest_url, "image".to_owned()),
            Tag::List(Some(first)) if first != 1 => {
                // Writing to a text cannot fail.
                let _ = writeln!(self.html, "<ol start=\"{first}\">");
            }
            Tag::CodeBlock(_) => {
                self.in_code = true;
                self.html.push_str("<pre><code>");
            }
            Tag::TableHead => {
                self.in_head = true;
                self.html.push_str("<thead><tr>");
            }
            Tag::TableCell => self
                .html
                .push_str(if self.in_head { "<th>" } else { "<td>" }),
            tag => self.html.push_str(open(&tag)),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.html.push_str("</code></pre>\n");
            }
            TagEnd::TableHead => {
                self.in_head = false;
                self.html.push_str("</tr></thead><tbody>\n");
            }
            TagEnd::TableCell => {
                self.html
                    .push_str(if self.in_head { "</th>" } else { "</td>" });
            }
            tag => self.html.push_str(close(tag)),
        }
    }

    fn start_link(&mut self, url: &CowStr<'_>, fallback: String) {
        let written = is_safe_url(url) && !self.is_in_link();
        if written {
            self.open_link(url.trim());
        }
        self.links.push(OpenLink {
            written,
            fallback,
            from: self.html.len(),
        });
    }

    fn end_link(&mut self) {
        let Some(link) = self.links.pop() else { return };
        if link.from == self.html.len() {
            escape(&link.fallback, &mut self.html);
        }
        if link.written {
            self.html.push_str("</a>");
        }
    }

    fn is_in_link(&self) -> bool {
        self.links.iter().any(|link| link.written)
    }

    fn open_link(&mut self, url: &str) {
        self.html.push_str("<a href=\"");
        escape(url, &mut self.html);
        self.html.push_str(r#"" rel="noopener nofollow">"#);
    }

    fn text(&mut self, text: &str) {
        if self.in_code || self.is_in_link() {
            return escape(text, &mut self.html);
        }
        for piece in pieces(text, self.tasks) {
            match piece {
                Piece::Text(text) => escape(text, &mut self.html),
                Piece::Url(url) => {
                    self.open_link(url);
                    escape(url, &mut self.html);
                    self.html.push_str("</a>");
                }
                Piece::Task { key, number, name } => {
                    self.html.push_str("<a href=\"");
                    escape(&self.tasks.href(key, number), &mut self.html);
                    self.html.push_str("\">");
                    escape(name, &mut self.html);
                    self.html.push_str("</a>");
                }
            }
        }
    }
}

/// A page has its own headings; those in a text are below them.
const fn heading(level: HeadingLevel) -> [&'static str; 2] {
    match level {
        HeadingLevel::H1 => ["<h4>", "</h4>\n"],
        HeadingLevel::H2 => ["<h5>", "</h5>\n"],
        _ => ["<h6>", "</h6>\n"],
    }
}

fn open(tag: &Tag<'_>) -> &'static str {
    match tag {
        Tag::Paragraph | Tag::HtmlBlock => "<p>",
        Tag::Heading { level, .. } => heading(*level)[0],
        Tag::BlockQuote(_) => "<blockquote>\n",
        Tag::List(Some(_)) => "<ol>\n",
        Tag::List(None) => "<ul>\n",
        Tag::Item => "<li>",
        Tag::Table(_) => "<table>",
        Tag::TableRow => "<tr>",
        Tag::Emphasis => "<em>",
        Tag::Strong => "<strong>",
        Tag::Strikethrough => "<del>",
        _ => "",
    }
}

const fn close(tag: TagEnd) -> &'static str {
    match tag {
        TagEnd::Paragraph | TagEnd::HtmlBlock => "</p>\n",
        TagEnd::Heading(level) => heading(level)[1],
        TagEnd::BlockQuote(_) => "</blockquote>\n",
        TagEnd::List(true) => "</ol>\n",
        TagEnd::List(false) => "</ul>\n",
        TagEnd::Item => "</li>\n",
        TagEnd::Table => "</tbody></table>\n",
        TagEnd::TableRow => "</tr>\n",
        TagEnd::Emphasis => "</em>",
        TagEnd::Strong => "</strong>",
        TagEnd::Strikethrough => "</del>",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn html(source: &str) -> String {
        to_html(source, &TaskLinks::new("north", ["WEB".to_owned()]))
    }

    #[test]
    fn what_people_write_becomes_what_they_meant() {
        assert_eq!(
            html("# Plan\nfirst\nsecond **bold** ~~gone~~ `a<b`"),
            "<h4>Plan</h4>\n<p>first<br>\nsecond <strong>bold</strong> <del>gone</del> <code>a&lt;b</code></p>\n"
        );
        assert_eq!(
            html("3. a\n4. b"),
            "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"
        );
        assert_eq!(
            html("| a |\n|---|\n| b |"),
            "<table><thead><tr><th>a</th></tr></thead><tbody>\n<tr><td>b</td></tr>\n</tbody></table>\n"
        );
        assert!(html("- [x] done\n- [ ] open").contains("aria-label=\"Done\" disabled checked"));
    }

    #[test]
    fn markup_in_the_text_is_shown_not_obeyed() {
        assert_eq!(
            html("a <b onclick=x>b</b>"),
            "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"
        );
        assert_eq!(
            html("<script>alert(1)</script>"),
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"
        );
    }

    #[test]
    fn links_are_safe_or_no_links() {
        assert_eq!(
            html("[a](https://x.example)"),
            "<p><a href=\"https://x.example\" rel=\"noopener nofollow\">a</a></p>\n"
        );
        assert_eq!(html("[a](javascript:alert(1))"), "<p>a</p>\n");
        assert_eq!(html("[](data:text/html,x)"), "<p>data:text/html,x</p>\n");
        assert_eq!(
            html("![](https://x.example/p.png)"),
            "<p><a href=\"https://x.example/p.png\" rel=\"noopener nofollow\">image</a></p>\n"
        );
        assert_eq!(
            html("[![pic](https://x.example/p.png)](https://y.example)"),
            "<p><a href=\"https://y.example\" rel=\"noopener nofollow\">pic</a></p>\n"
        );
    }

    #[test]
    fn names_of_tasks_and_pasted_addresses_are_links_outside_of_code() {
        assert_eq!(
            html("WEB-12 `WEB-12` https://x.example/a_b"),
            "<p><a href=\"/w/north/WEB/board/12\">WEB-12</a> <code>WEB-12</code> \
             <a href=\"https://x.example/a_b\" rel=\"noopener nofollow\">https://x.example/a_b</a></p>\n"
        );
        assert_eq!(html("    WEB-12"), "<pre><code>WEB-12</code></pre>\n");
    }

    /// Reads HTML as strictly as it is written and fails on anything that is not on the list.
    fn check(html: &str) -> Result<(), String> {
        let mut rest = html;
        let mut open: Vec<&str> = Vec::new();
        while let Some(start) = rest.find('<') {
            if rest[..start].contains('>') {
                return Err(format!("a stray > before {}", &rest[start..]));
            }
            let end = rest[start..].find('>').ok_or("an open tag")? + start;
            let tag = &rest[start + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                if open.pop() != Some(name) {
                    return Err(format!("</{name}> closes nothing"));
                }
                continue;
            }
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            check_tag(name, attributes)?;
            if !matches!(name, "br" | "hr" | "input") {
                open.push(name);
            }
        }
        if open.is_empty() && !rest.contains('>') {
            Ok(())
        } else {
            Err(format!("left open: {open:?} {rest}"))
        }
    }

    fn check_tag(name: &str, attributes: &str) -> Result<(), String> {
        const PLAIN: &[&str] = &[
            "p",
            "br",
            "hr",
            "h4",
            "h5",
            "h6",
            "blockquote",
            "ul",
            "ol",
            "li",
            "pre",
            "code",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "em",
            "strong",
            "del",
        ];
        let fine = match (name, attributes) {
            (name, "") => PLAIN.contains(&name),
            ("ol", start) => start
                .strip_prefix("start=\"")
                .and_then(|start| start.strip_suffix('"'))
                .is_some_and(|start| start.bytes().all(|b| b.is_ascii_digit())),
            ("input", kind) => kind.starts_with("type=\"checkbox\" aria-label=\""),
            ("a", href) => {
                let href = href
                    .strip_prefix("href=\"")
                    .ok_or("a link without address")?;
                let (url, after) = href.split_once('"').ok_or("an open address")?;
                (is_safe_url(url) && after == " rel=\"noopener nofollow\"")
                    || (url.starts_with("/w/north/WEB/board/") && after.is_empty())
            }
            _ => false,
        };
        if fine {
            Ok(())
        } else {
            Err(format!("<{name} {attributes}>"))
        }
    }

    const SHARP: &[&str] = &[
        "<",
        ">",
        "\"",
        "'",
        "&",
        "&lt;",
        "&#60;",
        "[",
        "](",
        ")",
        "![",
        "](javascript:alert(1))",
        "<a href=\"javascript:x\">",
        "<script>",
        "</script>",
        "<img src=x onerror=y>",
        "<!--",
        "-->",
        "JaVaScRiPt:",
        "data:text/html,",
        "https://x.example/",
        "http://",
        "mailto:",
        "//",
        "`",
        "```\n",
        "~~~ x\n",
        "\n",
        "\n\n",
        "    ",
        "> ",
        "- ",
        "1. ",
        "99. ",
        "- [ ] ",
        "- [x] ",
        "# ",
        "###### ",
        "---\n",
        "|",
        "|---|---|\n",
        "**",
        "_",
        "~~",
        "*",
        "\\",
        "WEB-12",
        "WEB-1\"",
        "\t",
        "\u{0}",
        "[x]: javascript:y\n",
        "[x]",
        "<https://x.example>",
        "<javascript:x>",
        "<![CDATA[",
        "<?",
        " ",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn only_listed_tags_and_safe_addresses_come_out(
            parts in proptest::collection::vec(
                prop_oneof![
                    3 => proptest::sample::select(SHARP).prop_map(str::to_owned),
                    1 => "\\PC{0,6}",
                    1 => "[a-z \"'<>=/:]{0,8}",
                ],
                0..40,
            )
        ) {
            let source = parts.concat();
            let html = html(&source);
            prop_assert!(check(&html).is_ok(), "{:?}\n{}\n{}", check(&html), source, html);
        }
    }
}
