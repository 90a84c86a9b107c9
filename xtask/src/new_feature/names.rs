//! The forms of a feature's word.

use anyhow::{Result, bail};

pub(super) struct Names {
    /// `checklist_items`: module, table, file, command.
    pub(super) nouns: String,
    /// `checklist_item`.
    pub(super) noun: String,
}

impl Names {
    pub(super) fn new(nouns: &str, singular: Option<&str>) -> Result<Self> {
        check(nouns)?;
        let noun = match singular {
            Some(given) => given.to_owned(),
            None => singular_of(nouns)?,
        };
        check(&noun)?;
        if noun == nouns {
            bail!("a feature is named by a plural: `{noun}` would be both one and many");
        }
        Ok(Self {
            nouns: nouns.to_owned(),
            noun,
        })
    }

    /// Puts the forms into a template.
    pub(super) fn fill(&self, template: &str) -> String {
        template
            .replace("{nouns}", &self.nouns)
            .replace("{noun}", &self.noun)
            .replace("{Nouns}", &camel(&self.nouns))
            .replace("{Noun}", &camel(&self.noun))
            .replace("{class}", &self.noun.replace('_', "-"))
            .replace("{words}", &self.nouns.replace('_', " "))
            .replace("{word}", &self.noun.replace('_', " "))
            .replace("{Words}", &capital(&self.nouns.replace('_', " ")))
            .replace("{Word}", &capital(&self.noun.replace('_', " ")))
    }
}

/// A module's name that is no word of the language.
fn check(name: &str) -> Result<()> {
    const RESERVED: &str = " as async await box break const continue crate do dyn else enum extern false fn for gen if \
        impl in let loop macro match mod move mut pub ref return self static struct super trait true try type \
        unsafe use where while yield ";
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    let all = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !first
        || !all
        || name.ends_with('_')
        || name.contains("__")
        || RESERVED.contains(&format!(" {name} "))
    {
        bail!("`{name}` is no good name: write it as `milestones` or `time_entries`");
    }
    Ok(())
}

fn singular_of(nouns: &str) -> Result<String> {
    let unsure =
        || anyhow::anyhow!("`{nouns}` is no regular plural: give the other form by --singular");
    if let Some(stem) = nouns.strip_suffix("ies") {
        return Ok(format!("{stem}y"));
    }
    for ending in ["sses", "xes", "ches", "shes", "uses"] {
        if nouns.ends_with(ending) {
            return Ok(nouns[..nouns.len() - 2].to_owned());
        }
    }
    let stem = nouns.strip_suffix('s').ok_or_else(unsure)?;
    if stem.is_empty() || stem.ends_with('s') || stem.ends_with('u') {
        return Err(unsure());
    }
    Ok(stem.to_owned())
}

/// `checklist_items` to `ChecklistItems`.
fn camel(name: &str) -> String {
    name.split('_').map(capital).collect()
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_ascii_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_derived() {
        let names = Names::new("time_entries", None).unwrap();
        let filled = names.fill("{nouns} {noun} {Nouns} {Noun} {class} {words} {word} {Words}");
        let expected = "time_entries time_entry TimeEntries TimeEntry time-entry time entries time entry Time entries";
        assert_eq!(filled, expected);
    }

    #[test]
    fn plurals_lose_their_ending() {
        for (many, one) in [
            ("milestones", "milestone"),
            ("boxes", "box_"),
            ("statuses", "status"),
            ("branches", "branch"),
        ] {
            let singular = singular_of(many).unwrap();
            assert_eq!(singular, one.trim_end_matches('_'));
        }
        assert_eq!(Names::new("people", Some("person")).unwrap().noun, "person");
    }

    #[test]
    fn what_is_no_plural_or_no_name_is_refused() {
        for bad in [
            "milestone",
            "Milestones",
            "time-entries",
            "2d_views",
            "_x",
            "status",
            "glass",
            "as",
            "a__bs",
            "",
        ] {
            assert!(Names::new(bad, None).is_err(), "{bad}");
        }
    }
}
