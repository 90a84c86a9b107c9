//! What somebody is asked before they sign out. Pure.

/// The question; nothing where nothing waits. `kept` changes wait in this browser, `lost` ones on this page alone.
pub(super) fn question(kept: usize, lost: usize) -> Option<String> {
    let changes = |count: usize, one: &str, more: &str| match count {
        1 => format!("1 change {one}"),
        count => format!("{count} changes {more}"),
    };
    let mut said = String::new();
    if kept > 0 {
        said = changes(kept, "has", "have")
            + " not reached the server yet. They stay in this browser until you sign in here again, and are sent then. ";
    }
    if lost > 0 {
        let lost = changes(lost, "is", "are");
        said = format!("{said}{lost} kept only on this page, and lost when you sign out. ");
    }
    (!said.is_empty()).then(|| said + "Sign out now?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_and_what_is_lost_is_named_before_signing_out() {
        assert_eq!(question(0, 0), None);
        let asked = question(1, 0).unwrap();
        assert!(asked.starts_with("1 change has not reached the server yet."));
        assert!(!asked.contains("lost"));
        let asked = question(0, 2).unwrap();
        assert!(asked.starts_with("2 changes are kept only on this page, and lost"));
        let asked = question(3, 1).unwrap();
        assert!(asked.contains("3 changes have not") && asked.contains("1 change is kept only"));
        assert!(asked.ends_with("Sign out now?"));
    }
}
