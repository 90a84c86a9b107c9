use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use server::config::PublicUrl;
use server::passkeys::fits;

const CHALLENGE: &str = "a challenge";

/// What a browser brings of an authenticator: as the browser writes it, and as what the authenticator wrote, in the words
/// of a browser that says all the rest as it should. Nothing is taken for the word of a key that did not sign.
pub fn passkeys(bytes: &[u8]) {
    let url = PublicUrl::parse("http://localhost:8080").expect("a constant address is valid");
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = fits(text, &url, CHALLENGE, bytes);
    }
    let written = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let client = |kind: &str| {
        let text = format!(
            r#"{{"type":"{kind}","challenge":"{CHALLENGE}","origin":"http://localhost:8080"}}"#
        );
        written(text.as_bytes())
    };
    let made = format!(
        r#"{{"response":{{"clientDataJSON":"{}","attestationObject":"{}"}}}}"#,
        client("webauthn.create"),
        written(bytes)
    );
    let _ = fits(&made, &url, CHALLENGE, b"");
    // In front the authenticator's data, then a key that never signed it.
    let (data, key) = bytes.split_at(bytes.len().min(37));
    let shown = format!(
        r#"{{"rawId":"","response":{{"clientDataJSON":"{}","authenticatorData":"{}","signature":"{}"}}}}"#,
        client("webauthn.get"),
        written(data),
        written(bytes)
    );
    assert_eq!(fits(&shown, &url, CHALLENGE, key), (false, false));
}
