//! What a browser is, from its name for itself. Pure, and only for people to recognise it.

/// What calls itself like this, and the words for it; the first that fits counts, since each claims to be all before it.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// `Firefox on Linux`; what is not a browser by its own name, up to the first space.
pub fn device(user_agent: Option<&str>, is_browser: bool) -> String {
    let Some(text) = user_agent.filter(|text| !text.trim().is_empty()) else {
        return if is_browser { "A browser" } else { "A program" }.to_owned();
    };
    let of = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| text.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (of(&BROWSERS), of(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => text
            .split(' ')
            .next()
            .unwrap_or(text)
            .chars()
            .take(60)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn browsers_are_called_what_people_call_them() {
        let name = |text| device(Some(text), true);
        assert_eq!(
            name("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"),
            "Firefox on Linux"
        );
        assert_eq!(
            name(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"
            ),
            "Edge on Windows"
        );
        assert_eq!(
            name(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
            ),
            "Safari on iPhone"
        );
        assert_eq!(name("curl/8.5.0"), "curl/8.5.0");
        assert_eq!(device(None, true), "A browser");
        assert_eq!(device(Some(" "), false), "A program");
    }
}
