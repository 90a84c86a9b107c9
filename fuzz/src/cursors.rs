use server::tasks::read_cursor;

/// The place after which the next page of a list begins: a cursor that is read is written, and read again alike.
pub fn cursors(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for cursor in [text.to_owned(), server::http::api::cursor(text)] {
        for again in read_cursor(&cursor) {
            assert!(read_cursor(&again).contains(&again), "{text:?}");
        }
    }
}
