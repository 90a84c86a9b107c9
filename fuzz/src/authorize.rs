use server::grants::redirect_of;

/// Where a program may have people sent back to.
const BACK: [&str; 3] = [
    "http://127.0.0.1",
    "http://[::1]",
    "org.teamflow.mobile:/callback",
];

/// What a program asks for in a query: whoever is sent back is sent to an address of the program's alone, on one line.
pub fn authorize(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else {
        return;
    };
    let Some(address) = redirect_of(query) else {
        return;
    };
    assert!(
        address.bytes().all(|byte| byte.is_ascii_graphic()),
        "{address:?}"
    );
    let (place, _) = address.split_once('?').expect("an answer is in it");
    let rest = BACK.iter().find_map(|back| place.strip_prefix(back));
    let rest = rest.expect("it leads to the program");
    let port = rest.strip_suffix("/callback").unwrap_or(rest);
    let port = port.strip_prefix(':').unwrap_or(port);
    assert!(
        port.bytes().all(|byte| byte.is_ascii_digit()),
        "{address:?}"
    );
}
