use app::markdown::TaskLinks;
use app::markdown::editing::{Mark, change};
use app::markdown::linkify::{Piece, pieces};
use app::markdown::render::to_html;

/// The tags that a text can become.
const TAGS: [&str; 23] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h4",
    "h5",
    "h6",
    "hr",
    "input",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// A text that somebody wrote: its HTML has known tags alone and nothing that runs, and the editor's buttons work on it.
pub fn markdown(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let tasks = TaskLinks::new("north", ["WEB".to_owned()]);
    check_html(&to_html(text, &tasks));
    let joined: String = pieces(text, &tasks)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(part) | Piece::Url(part) | Piece::Task { name: part, .. } => part,
        })
        .collect();
    assert_eq!(joined, text, "put together again they are the text");
    let units = text.encode_utf16().count();
    let (from, to) = (units / 3, units.saturating_sub(units / 4));
    for mark in [Mark::Bold, Mark::Italic, Mark::List, Mark::Code, Mark::Link] {
        let change = change(text, from..to, mark);
        assert!(change.replaced.start <= change.replaced.end && change.replaced.end <= units);
        let kept = units - (change.replaced.end - change.replaced.start);
        let after = kept + change.text.encode_utf16().count();
        assert!(change.selected.start <= change.selected.end && change.selected.end <= after);
    }
}

fn check_html(html: &str) {
    for tag in html.split('<').skip(1) {
        let (inside, _) = tag.split_once('>').expect("a tag that is begun is ended");
        let name = inside.trim_start_matches('/');
        let name = name.split_whitespace().next().unwrap_or_default();
        assert!(
            !name.is_empty() && TAGS.contains(&name),
            "{inside:?} in {html:?}"
        );
        // Outside of the quotes stand the names alone.
        let names = inside.split('"').step_by(2).flat_map(str::split_whitespace);
        assert!(
            names.skip(1).all(|it| !it.starts_with("on")),
            "{inside:?} in {html:?}"
        );
        if let Some(address) = inside.strip_prefix("a href=\"") {
            let scheme = address
                .split(['/', '?', '#', '"'])
                .next()
                .unwrap_or_default();
            let scheme = scheme
                .split_once(':')
                .map(|(scheme, _)| scheme.to_ascii_lowercase());
            let is_known = scheme
                .as_deref()
                .is_none_or(|scheme| ["http", "https", "mailto", "tel"].contains(&scheme));
            assert!(is_known, "{inside:?} in {html:?}");
        }
    }
}
