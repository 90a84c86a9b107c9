//! The parameters of a request, as RFC 6749 reads them: none comes twice, and an empty one is none.

use super::refusal::Refusal;

/// The pairs of a query or a form.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(pub(super) Vec<(String, String)>);

impl Params {
    /// The value, if there is one.
    pub(super) fn find(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        let value = values.next();
        if values.next().is_some() {
            return Err(Refusal::invalid(format!("{name} comes more than once.")));
        }
        Ok(value
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty()))
    }

    /// The value, which there must be.
    pub(super) fn get(&self, name: &str) -> Result<&str, Refusal> {
        self.find(name)?
            .ok_or_else(|| Refusal::invalid(format!("{name} is missing.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_counts_once_and_an_empty_one_not_at_all() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let params = Params(vec![
            pair("a", "1"),
            pair("b", ""),
            pair("c", "1"),
            pair("c", "2"),
        ]);
        assert!(matches!(params.find("a"), Ok(Some("1"))));
        assert!(matches!(params.find("b"), Ok(None)));
        assert!(params.find("c").is_err() && params.get("b").is_err());
    }
}
