//! What a contender found, read back from its output topic, and where two of them differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use springtide_core::time::{Millis, format_rfc3339, parse_rfc3339};

use crate::load::{Failure, Place};
use crate::reader::Reader;

/// A revision of an opportunity, as Springtide or a peer writes it.
#[derive(Debug, Deserialize)]
pub struct Revision<'a> {
    account_id: &'a str,
    play: &'a str,
    opened_at: &'a str,
    revision: u64,
    /// Springtide's alone. An event that came later may move an opening; its id stays.
    opportunity_id: Option<&'a str>,
    status: Option<&'a str>,
    #[serde(default, borrow)]
    evidence: Vec<Evidence<'a>>,
    updated_at: Option<&'a str>,
    /// The peers'.
    #[serde(default)]
    detectors: Vec<&'a str>,
    at: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
struct Evidence<'a> {
    detector: &'a str,
}

impl Revision<'_> {
    /// When the record happened that caused it; `None` where it does not say.
    pub fn caused_at(&self) -> Option<Millis> {
        let opened = (self.revision == 1).then_some(self.opened_at);
        parse_rfc3339(self.at.or(self.updated_at).or(opened)?)
    }

    fn detectors(&self) -> BTreeSet<String> {
        let evidence = self.evidence.iter().map(|evidence| evidence.detector);
        evidence.chain(self.detectors.iter().copied()).map(str::to_owned).collect()
    }
}

/// An opening: whose, and when.
type Opening = (String, Millis);

/// The highest revision so far of one opportunity.
#[derive(Default)]
struct Latest {
    revision: u64,
    stands: bool,
    opening: Opening,
    evidence: BTreeSet<String>,
}

/// What stands in the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The evidence of the last revision, by opening.
    pub openings: BTreeMap<Opening, BTreeSet<String>>,
    /// Records in the topic.
    pub records: u64,
    /// Their size.
    pub bytes: u64,
}

impl Findings {
    /// Reads a topic of committed revisions; those of other plays only count.
    ///
    /// # Errors
    /// Where it can't be read, or has something else in it, or a revision twice.
    pub fn read(place: &Place, topic: &str, play: &str) -> Result<Findings, Failure> {
        let mut latest: BTreeMap<String, Latest> = BTreeMap::new();
        let (mut records, mut bytes) = (0, 0);
        Reader::open(&place.client(), vec![topic.to_owned()])?.batches(|seen| {
            records += 1;
            bytes += seen.value.len() as u64;
            let revision: Revision<'_> =
                serde_json::from_slice(seen.value).map_err(|error| format!("{topic}: {error}"))?;
            if revision.play != play {
                return Ok(());
            }
            let opened = parse_rfc3339(revision.opened_at)
                .ok_or_else(|| format!("{topic}: `{}` is no instant", revision.opened_at))?;
            let opening = (revision.account_id.to_owned(), opened);
            let id = revision.opportunity_id.map_or_else(|| format!("{opening:?}"), str::to_owned);
            let last = latest.entry(id).or_default();
            if revision.revision <= last.revision {
                let (account, number) = (revision.account_id, revision.revision);
                return Err(
                    format!("{topic}: revision {number} of {account}'s comes twice, or too late").into()
                );
            }
            let stands = revision.status != Some("withdrawn");
            let evidence = revision.detectors();
            *last = Latest { revision: revision.revision, stands, opening, evidence };
            Ok(())
        })?;
        let mut openings = BTreeMap::new();
        for latest in latest.into_values().filter(|latest| latest.stands) {
            if openings.insert(latest.opening.clone(), latest.evidence).is_some() {
                return Err(format!("{topic}: two opportunities stand at {:?}", latest.opening).into());
            }
        }
        Ok(Findings { openings, records, bytes })
    }

    /// Where another's differ.
    pub fn differences(&self, other: &Findings) -> Vec<Difference> {
        let openings: BTreeSet<&Opening> = self.openings.keys().chain(other.openings.keys()).collect();
        let sides = openings.into_iter().map(|opening| Difference {
            opening: opening.clone(),
            ours: self.openings.get(opening).cloned(),
            theirs: other.openings.get(opening).cloned(),
        });
        sides.filter(|sides| sides.ours != sides.theirs).collect()
    }
}

/// An opening that two contenders do not see alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    opening: Opening,
    ours: Option<BTreeSet<String>>,
    theirs: Option<BTreeSet<String>>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |found: &Option<BTreeSet<String>>| {
            found.as_ref().map_or("nothing".to_owned(), |found| format!("{found:?}"))
        };
        let (account, opened) = &self.opening;
        let opened = format_rfc3339(*opened);
        write!(f, "{account} at {opened}: {} against {}", side(&self.ours), side(&self.theirs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_of_both_sorts_are_read() {
        let ours = r#"{"account_id":"a","play":"seat-expansion","opened_at":"2026-06-01T00:00:00.000Z",
            "updated_at":"2026-06-02T00:00:00.000Z","revision":2,"status":"open","headline":"x",
            "evidence":[{"detector":"seats_90","values":{}},{"detector":"hiring_surge"}]}"#;
        let theirs = r#"{"account_id":"a","play":"seat-expansion","opened_at":"2026-06-01T00:00:00.000Z",
            "revision":1,"detectors":["hiring_surge","seats_90"],"score":83.0}"#;
        let (ours, theirs): (Revision<'_>, Revision<'_>) =
            (serde_json::from_str(ours).unwrap(), serde_json::from_str(theirs).unwrap());
        assert_eq!(ours.detectors(), theirs.detectors());
        let days = ours.caused_at().unwrap() - theirs.caused_at().unwrap();
        assert_eq!(days, springtide_core::time::DAY_MS);
    }

    #[test]
    fn differences_name_what_only_one_has_and_what_both_see_otherwise() {
        let of = |openings: &[(&str, &[&str])]| Findings {
            openings: openings
                .iter()
                .map(|(account, found)| {
                    (((*account).to_owned(), 0), found.iter().map(|name| (*name).to_owned()).collect())
                })
                .collect(),
            ..Findings::default()
        };
        let (one, other) = (
            of(&[("a", &["x"]), ("b", &["x"]), ("c", &["x"])]),
            of(&[("b", &["x", "y"]), ("c", &["x"]), ("d", &["x"])]),
        );
        let words: Vec<String> = one.differences(&other).iter().map(Difference::to_string).collect();
        assert_eq!(words.len(), 3, "{words:?}");
        assert!(words[0].contains("against nothing") && words[2].contains("nothing against"), "{words:?}");
    }
}
