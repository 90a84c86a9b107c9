//! What a link is called. Pure.

use shared::attachments::Attachment;
use shared::ids::{AttachmentId, TaskId};
use std::sync::Arc;

/// The links of a task, the oldest first.
pub(super) fn of_task(attachments: &[Arc<Attachment>], task: TaskId) -> Vec<AttachmentId> {
    let mut of_task: Vec<_> = attachments.iter().filter(|it| it.task == task).collect();
    of_task.sort_by_key(|it| (it.added_at, it.id));
    of_task.iter().map(|it| it.id).collect()
}

/// The site that a link leads to: `example.org`.
pub(super) fn site(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    host.strip_prefix("www.").unwrap_or(host)
}

/// What a link is called when nobody has named it: its address without the scheme, as short as a title may be.
pub(super) fn title_of(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    bare.trim_end_matches('/')
        .chars()
        .take(shared::values::Title::CHARS_MAX)
        .collect()
}

/// An address as it was meant: people leave the scheme out.
pub(super) fn completed(url: &str) -> String {
    let url = url.trim();
    let has_scheme = url.contains("://") || url.starts_with("mailto:");
    if has_scheme || url.is_empty() {
        url.to_owned()
    } else {
        format!("https://{url}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_known_by_its_site() {
        assert_eq!(site("https://www.example.org/a?b"), "example.org");
        assert_eq!(site("https://bank.example@evil.example/"), "evil.example");
        assert_eq!(site("mailto:ada@example.org"), "example.org");
    }

    #[test]
    fn a_link_without_a_name_is_called_by_its_address() {
        assert_eq!(title_of("https://example.org/a/"), "example.org/a");
        assert_eq!(
            title_of(&format!("https://{}", "ü".repeat(400)))
                .chars()
                .count(),
            255
        );
    }

    #[test]
    fn a_missing_scheme_is_added() {
        assert_eq!(completed(" example.org "), "https://example.org");
        assert_eq!(completed("http://example.org"), "http://example.org");
        assert_eq!(completed(""), "");
    }
}
