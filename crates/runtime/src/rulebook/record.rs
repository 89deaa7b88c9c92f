//! The records of the topic with the rules: a key says what about, a JSON object what.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use springtide_core::meaning::succeed::Unjustified;
use springtide_core::time::{Millis, format_rfc3339, parse_rfc3339};

/// A pack's files: paths below its folder, and texts.
pub type Texts = BTreeMap<String, String>;

/// A generation as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub follows: Option<u32>,
    pub unjustified: Unjustified,
    pub texts: Texts,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// The rules themselves.
    Generation { number: u32, written: Written },
    /// From when on they count.
    Counts { number: u32, from: Millis },
    /// They never will.
    GivenUp { number: u32 },
    /// A partition is being warmed up.
    Warming { number: u32, partition: i32, read: i64, of: i64 },
    /// A partition is warmed up.
    Ready { number: u32, partition: i32 },
    /// A partition has taken them over.
    Taken { number: u32, partition: i32 },
    /// A partition can't take them over.
    Refused { number: u32, partition: i32, why: String },
}

impl Record {
    /// Key and value.
    pub fn written(&self) -> (String, String) {
        match self {
            Record::Generation { number, written } => {
                let unjustified = match written.unjustified {
                    Unjustified::Keep => "keep",
                    Unjustified::Withdraw => "withdraw",
                };
                let value =
                    json!({"follows": written.follows, "unjustified": unjustified, "files": written.texts});
                (format!("generation/{number}"), value.to_string())
            }
            Record::Counts { number, from } => {
                (format!("counts/{number}"), json!({"from": format_rfc3339(*from)}).to_string())
            }
            Record::GivenUp { number } => (format!("given-up/{number}"), "{}".to_owned()),
            Record::Warming { number, partition, read, of } => (
                format!("partition/{number}/{partition}"),
                json!({"is": "warming", "read": read, "of": of}).to_string(),
            ),
            Record::Ready { number, partition } => {
                (format!("partition/{number}/{partition}"), json!({"is": "ready"}).to_string())
            }
            Record::Taken { number, partition } => {
                (format!("partition/{number}/{partition}"), json!({"is": "taken"}).to_string())
            }
            Record::Refused { number, partition, why } => {
                (format!("partition/{number}/{partition}"), json!({"is": "refused", "why": why}).to_string())
            }
        }
    }

    /// Reads one; nothing for what a later version may write.
    ///
    /// # Errors
    /// In words, where it is damaged.
    pub fn read(key: &[u8], value: Option<&[u8]>) -> Result<Option<Record>, String> {
        let key = String::from_utf8_lossy(key);
        let Some(value) = value else { return Ok(None) };
        let bad = || format!("the record `{key}` of the topic with the rules can't be read");
        let value: Value = serde_json::from_slice(value).map_err(|_| bad())?;
        let mut parts = key.split('/');
        let (what, number) =
            (parts.next().unwrap_or_default(), parts.next().and_then(|number| number.parse().ok()));
        let Some(number) = number else { return Ok(None) };
        let partition = parts.next().and_then(|partition| partition.parse().ok());
        let record = match (what, partition) {
            ("generation", None) => Record::Generation { number, written: written(&value).ok_or_else(bad)? },
            ("counts", None) => {
                let from = value["from"].as_str().and_then(parse_rfc3339).ok_or_else(bad)?;
                Record::Counts { number, from }
            }
            ("given-up", None) => Record::GivenUp { number },
            ("partition", Some(partition)) => match value["is"].as_str() {
                Some("warming") => {
                    let count = |name: &str| value[name].as_i64().ok_or_else(bad);
                    Record::Warming { number, partition, read: count("read")?, of: count("of")? }
                }
                Some("ready") => Record::Ready { number, partition },
                Some("taken") => Record::Taken { number, partition },
                Some("refused") => {
                    let why = value["why"].as_str().ok_or_else(bad)?.to_owned();
                    Record::Refused { number, partition, why }
                }
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(record))
    }
}

fn written(value: &Value) -> Option<Written> {
    let follows = match &value["follows"] {
        Value::Null => None,
        number => Some(u32::try_from(number.as_u64()?).ok()?),
    };
    let unjustified = match value["unjustified"].as_str()? {
        "keep" => Unjustified::Keep,
        "withdraw" => Unjustified::Withdraw,
        _ => return None,
    };
    let texts = value["files"].as_object()?.iter();
    let texts = texts.map(|(path, text)| Some((path.clone(), text.as_str()?.to_owned())));
    Some(Written { follows, unjustified, texts: texts.collect::<Option<Texts>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let texts = Texts::from([("plays/a.yaml".to_owned(), "plays: {}\n".to_owned())]);
        let written = |follows, unjustified| Written { follows, unjustified, texts: texts.clone() };
        for record in [
            Record::Generation { number: 0, written: written(None, Unjustified::Keep) },
            Record::Generation { number: 3, written: written(Some(2), Unjustified::Withdraw) },
            Record::Counts { number: 3, from: 1_772_443_800_123 },
            Record::GivenUp { number: 3 },
            Record::Warming { number: 3, partition: 7, read: 5, of: 9 },
            Record::Ready { number: 3, partition: 7 },
            Record::Taken { number: 3, partition: 0 },
            Record::Refused { number: 3, partition: 1, why: "\"no\"".to_owned() },
        ] {
            let (key, value) = record.written();
            assert_eq!(
                Record::read(key.as_bytes(), Some(value.as_bytes())),
                Ok(Some(record)),
                "{key} {value}"
            );
        }
    }

    #[test]
    fn what_is_damaged_is_an_error_and_what_is_unknown_is_passed_over() {
        for (key, value) in [("generation/1", "{}"), ("counts/1", "{\"from\":1}"), ("counts/1", "no")] {
            assert!(Record::read(key.as_bytes(), Some(value.as_bytes())).is_err(), "{key} {value}");
        }
        for (key, value) in [("later/1", Some("{}")), ("counts/x", Some("{}")), ("counts/1", None)] {
            assert_eq!(Record::read(key.as_bytes(), value.map(str::as_bytes)), Ok(None), "{key}");
        }
    }
}
