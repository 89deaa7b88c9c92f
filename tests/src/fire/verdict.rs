//! What was lost, doubled or wrong, by what is committed and what a replay says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::committed::Committed;
use crate::opportunities::{Name, Opportunities, fields, named};

/// What must not be, each in words.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Revisions that are committed.
    pub revisions: usize,
    /// Opportunities that are open at the end.
    pub open: usize,
    /// Opportunities, revisions and rows that are missing.
    pub lost: Vec<String>,
    /// Opportunities, revisions and rows that are there more than once, or should not be there.
    pub doubled: Vec<String>,
    /// What says something else than it should.
    pub wrong: Vec<String>,
}

/// Holds what is committed against replays by each of the rule packs that were in use: an opportunity is as one of them
/// says, whole. Of erased accounts nothing is open.
pub fn judge(committed: &Committed, packs: &[Opportunities], erased: &BTreeSet<String>) -> Verdict {
    let revisions = committed.revisions();
    let mut verdict = Verdict { revisions: committed.len(), ..Verdict::default() };
    let mut open: BTreeMap<Name, Vec<Value>> = BTreeMap::new();
    for (id, said) in &revisions {
        verdict.must_be_whole(id, &said.iter().map(|(number, _)| *number).collect::<Vec<_>>());
        let last = said.iter().max_by_key(|(number, _)| *number).map_or("", |(_, text)| text);
        let value: Value = serde_json::from_str(last).unwrap();
        if value["status"] == "open" && !is_of(&value, erased) {
            let (name, value) = named(value);
            open.entry(name).or_default().push(value);
        }
    }
    verdict.open = open.len();
    verdict.say_where(committed);
    verdict.must_be_open(&open, packs);
    verdict.must_end_alike(committed, erased);
    verdict
}

impl Verdict {
    /// Whether nothing is.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }

    fn must_be_whole(&mut self, id: &str, numbers: &[u64]) {
        let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
        let last = distinct.last().copied().unwrap_or(0);
        let missing = (1..=last).filter(|number| !distinct.contains(number));
        self.lost.extend(missing.map(|number| format!("revision {number} of {id}")));
        if distinct.len() < numbers.len() {
            self.doubled.push(format!("revisions of {id}: {numbers:?}"));
        } else if !numbers.is_sorted() {
            self.wrong.push(format!("the order of revisions of {id}: {numbers:?}"));
        }
    }

    /// Where and when each revision stands that is there more than once.
    fn say_where(&mut self, committed: &Committed) {
        let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for message in committed.changelog() {
            let value: Value = serde_json::from_str(message.value.as_deref().unwrap_or("null")).unwrap();
            let place = format!(
                "partition {} offset {} at {}",
                message.partition, message.offset, value["emitted_at"]
            );
            places.entry(message.header("ce_id").unwrap_or_default()).or_default().push(place);
        }
        places.retain(|_, places| places.len() > 1);
        for (revision, places) in places {
            println!("twice: {revision}: {}", places.join(", "));
        }
    }

    fn must_be_open(&mut self, open: &BTreeMap<Name, Vec<Value>>, packs: &[Opportunities]) {
        let expected: BTreeSet<&Name> = packs.iter().flat_map(Opportunities::names).collect();
        for name in &expected {
            if !open.contains_key(*name) {
                self.lost.push(format!("opportunity {name:?}"));
            }
        }
        for (name, values) in open {
            if values.len() > 1 {
                self.doubled.push(format!("opportunity {name:?} is open {} times", values.len()));
            }
            if !expected.contains(name) {
                self.doubled.push(format!("opportunity {name:?} should not be there"));
                continue;
            }
            for value in values {
                let wanted: Vec<&Value> = packs.iter().filter_map(|pack| pack.get(name)).collect();
                if !wanted.contains(&value) {
                    let fields =
                        fields(wanted[0], value).map(|field| field.chars().take(200).collect::<String>());
                    let differences = fields.collect::<Vec<_>>().join("; ");
                    self.wrong.push(format!("opportunity {name:?}: {differences}"));
                }
            }
        }
    }

    /// The latest topic must end as the changelog does, and hold nothing of erased accounts.
    fn must_end_alike(&mut self, committed: &Committed, erased: &BTreeSet<String>) {
        let mut latest: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for message in committed.latest() {
            latest.insert(message.key.as_deref().unwrap_or_default(), message.value.as_deref());
        }
        for (id, said) in &committed.revisions() {
            let last = said.last().map_or("", |(_, text)| text);
            let is_erased = is_of(&serde_json::from_str(last).unwrap(), erased);
            match latest.remove(&**id) {
                Some(Some(_)) if is_erased => self.wrong.push(format!("row {id} is of an erased account")),
                _ if is_erased => {}
                None | Some(None) => self.lost.push(format!("row {id} of the latest topic")),
                Some(Some(row)) if row != last => {
                    self.wrong.push(format!("row {id} of the latest topic"));
                }
                Some(_) => {}
            }
        }
        self.doubled
            .extend(latest.keys().map(|id| format!("row {id} of the latest topic should not be there")));
    }
}

fn is_of(opportunity: &Value, accounts: &BTreeSet<String>) -> bool {
    opportunity["account_id"].as_str().is_some_and(|account| accounts.contains(account))
}
