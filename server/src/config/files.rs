//! Settings in files of their own: `TEAMFLOW_X_FILE` names a file with the value of `TEAMFLOW_X`, as secrets are handed to
//! containers.

use super::problems::Problems;
use super::source::is_ours;
use std::collections::BTreeMap;
use std::fs;

const SUFFIX: &str = "_FILE";

/// Puts what the files hold in the place of their names. Of a line break at the end, nothing is left.
pub(super) fn take(vars: &mut BTreeMap<String, String>) -> Result<(), Problems> {
    let named = |(name, path): (&String, &String)| {
        let setting = name.strip_suffix(SUFFIX)?;
        (is_ours(name) && !path.is_empty()).then(|| (setting.to_owned(), path.clone()))
    };
    let files: Vec<(String, String)> = vars.iter().filter_map(named).collect();
    let mut problems = Vec::new();
    for (setting, path) in files {
        let variable = format!("{setting}{SUFFIX}");
        vars.remove(&variable);
        if vars.get(&setting).is_some_and(|value| !value.is_empty()) {
            problems.push(format!("{setting} and {variable} are both set: keep one"));
            continue;
        }
        match fs::read_to_string(&path) {
            Ok(text) => {
                vars.insert(setting, text.trim_end_matches(['\n', '\r']).to_owned());
            }
            Err(error) => problems.push(format!("{variable}: reading {path}: {error}")),
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Problems(problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(vars: &[(&str, &str)]) -> Result<BTreeMap<String, String>, String> {
        let pairs = vars.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        let mut vars = pairs.collect();
        take(&mut vars).map_err(|problems| problems.to_string())?;
        Ok(vars)
    }

    #[test]
    fn a_file_holds_the_value_without_the_line_break_at_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mail").display().to_string();
        fs::write(&path, "smtps://ada:secret@example.org\r\n").unwrap();
        let vars = taken(&[("TEAMFLOW_MAIL_URL_FILE", &path), ("OTHER_FILE", "x")]).unwrap();
        assert_eq!(vars["TEAMFLOW_MAIL_URL"], "smtps://ada:secret@example.org");
        assert!(!vars.contains_key("TEAMFLOW_MAIL_URL_FILE") && vars.contains_key("OTHER_FILE"));
        let both = taken(&[
            ("TEAMFLOW_MAIL_URL_FILE", &path),
            ("TEAMFLOW_MAIL_URL", "x"),
        ]);
        assert!(both.unwrap_err().contains("both set: keep one"));
        let gone = taken(&[("TEAMFLOW_MAIL_URL_FILE", "/nowhere/at/all")]).unwrap_err();
        assert!(
            gone.contains("TEAMFLOW_MAIL_URL_FILE: reading /nowhere/at/all"),
            "{gone}"
        );
    }
}
