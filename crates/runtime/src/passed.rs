//! librdkafka's settings as a person passed them: no value of them ever shows, since it may be a secret.

use std::collections::BTreeMap;
use std::fmt;

/// librdkafka's settings by name. `consumer.` or `producer.` before a name gives it to one sort of client, and over
/// what all get.
///
/// ```
/// use springtide_runtime::Passed;
/// let passed = Passed::from_iter([("sasl.password".to_owned(), "hunter2".to_owned())]);
/// assert_eq!(passed.get("sasl.password"), Some("hunter2"));
/// assert_eq!(format!("{passed:?}"), r#"{"sasl.password"}"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passed(BTreeMap<String, String>);

impl Passed {
    /// A setting's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets one.
    pub fn insert(&mut self, name: String, value: String) {
        self.0.insert(name, value);
    }

    /// What a sort of client (`consumer`, `producer`) gets, in the order in which to set it.
    pub(crate) fn of<'p>(&'p self, only: &'p str) -> impl Iterator<Item = (&'p str, &'p str)> {
        let shared =
            |(name, _): &(&String, &String)| !name.starts_with("consumer.") && !name.starts_with("producer.");
        let own = self
            .0
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(only)?.strip_prefix('.')?, &**value)));
        self.0.iter().filter(shared).map(|(name, value)| (&**name, &**value)).chain(own)
    }
}

impl FromIterator<(String, String)> for Passed {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(settings: I) -> Passed {
        Passed(settings.into_iter().collect())
    }
}

impl Extend<(String, String)> for Passed {
    fn extend<I: IntoIterator<Item = (String, String)>>(&mut self, settings: I) {
        self.0.extend(settings);
    }
}

/// The names alone.
impl fmt::Debug for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Whether a setting of this name is a secret by itself.
///
/// ```
/// use springtide_runtime::passed::is_secret;
/// assert!(is_secret("sasl.password") && is_secret("consumer.ssl.key.pem"));
/// assert!(!is_secret("sasl.username") && !is_secret("ssl.key.location"));
/// ```
pub fn is_secret(name: &str) -> bool {
    let end = name.rsplit('.').next().unwrap_or_default();
    end == "password"
        || end == "secret"
        || name.ends_with("ssl.key.pem")
        || name.ends_with("oauthbearer.config")
}

/// What librdkafka says of a setting that it does not take, without the setting's value.
pub(crate) fn refused(name: &str, value: &str, said: &str) -> String {
    let said = said.replace(&format!("\"{value}\""), "\"…\"");
    // A number's range is told with the number; a text is not.
    let shows = value.parse::<f64>().is_err() && !value.is_empty() && said.contains(value);
    if shows {
        return format!("librdkafka does not take the value of its setting `{name}`");
    }
    format!("librdkafka does not take its setting `{name}`: {said}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_which_setting_and_never_its_value() {
        for (name, value, said, words) in [
            (
                "sasl.pasword",
                "s3cret",
                "No such configuration property: \"sasl.pasword\"",
                "No such configuration",
            ),
            (
                "acks",
                "s3cret",
                "Invalid value \"s3cret\" for configuration property \"acks\"",
                "Invalid value \"…\"",
            ),
            (
                "acks",
                "s3cret",
                "Invalid value for acks: s3cret",
                "does not take the value of its setting `acks`",
            ),
            (
                "linger.ms",
                "-5",
                "property \"linger.ms\" value -5 is outside allowed range",
                "outside allowed range",
            ),
        ] {
            let refused = refused(name, value, said);
            assert!(refused.contains(words) && refused.contains(name), "{refused}");
            assert!(!refused.contains("s3cret"), "{refused}");
        }
    }

    #[test]
    fn one_sort_of_client_gets_its_own_last() {
        let settings = [("a", "all"), ("consumer.a", "mine"), ("producer.b", "theirs")];
        let passed: Passed =
            settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        assert!(passed.of("consumer").eq([("a", "all"), ("a", "mine")]));
        assert!(passed.of("producer").eq([("a", "all"), ("b", "theirs")]));
    }
}
