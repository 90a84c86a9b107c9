use app::routes::{Page, is_local};
use shared::filter::Filter;
use shared::ids::UserId;
use uuid::Uuid;

/// A page's address: its path, and the filter in its query. A filter that is written is read back as it was.
pub fn filters(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (path, query) = text.split_once('?').unwrap_or(("", text));
    let _ = Page::parse(path);
    if is_local(text) {
        assert!(text.starts_with('/') && !text.starts_with("//"), "{text:?}");
    }
    let me = UserId::from_uuid(Uuid::from_u128(1));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let filter = Filter::from_query(pairs, Some(me));
    let written = filter.to_query();
    let again = written.iter().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(Filter::from_query(again, None), filter, "{query:?}");
}
