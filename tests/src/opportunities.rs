//! Opportunities as far as the order of arrival has no say in them, and the differences between two sets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What tells an opportunity from another: account, play, `opened_at`.
pub type Name = (String, String, String);

/// Open opportunities, without what may differ from arrival to arrival.
#[derive(Debug, PartialEq)]
pub struct Opportunities(BTreeMap<Name, Value>);

impl Opportunities {
    /// The open ones among final revisions.
    ///
    /// # Panics
    /// Where two are the same one.
    pub fn open(all: impl Iterator<Item = Value>) -> Opportunities {
        let mut open = BTreeMap::new();
        for value in all.filter(|value| value["status"] == "open") {
            let (name, value) = named(value);
            let twice = open.insert(name, value);
            assert!(twice.is_none(), "open twice: {twice:?}");
        }
        Opportunities(open)
    }

    /// What is open under a name.
    pub fn get(&self, name: &Name) -> Option<&Value> {
        self.0.get(name)
    }

    /// The names of all.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.0.keys()
    }

    /// Those of all other accounts.
    pub fn without(mut self, accounts: &BTreeSet<String>) -> Opportunities {
        self.0.retain(|(account, _, _), _| !accounts.contains(account));
        self
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that opened at or after an instant, and the others.
    pub fn split(self, at: &str) -> (Opportunities, Opportunities) {
        let (after, before) = self.0.into_iter().partition(|((_, _, opened_at), _)| &**opened_at >= at);
        (Opportunities(after), Opportunities(before))
    }

    /// An instant before which about half of them opened.
    pub fn middle(&self) -> String {
        let mut opened: Vec<&str> = self.0.keys().map(|(_, _, opened_at)| &**opened_at).collect();
        opened.sort_unstable();
        opened[opened.len() / 2].to_owned()
    }

    /// The accounts that have any, each once, in their order.
    pub fn accounts(&self) -> Vec<&str> {
        let mut accounts: Vec<&str> = self.0.keys().map(|(account, _, _)| &**account).collect();
        accounts.dedup();
        accounts
    }

    /// The accounts that have any with evidence of a detector, each once, in their order.
    pub fn accounts_with(&self, detector: &str) -> Vec<&str> {
        let says = |value: &Value| {
            let evidence = value["evidence"].as_array().into_iter().flatten();
            evidence.into_iter().any(|line| line["detector"] == detector)
        };
        let with = self.0.iter().filter(|(_, value)| says(value));
        let mut accounts: Vec<&str> = with.map(|((account, _, _), _)| &**account).collect();
        accounts.dedup();
        accounts
    }

    /// Fails with the first differences, where there are any.
    ///
    /// # Panics
    /// That is how it fails.
    pub fn must_equal(&self, expected: &Opportunities) {
        let missing = expected
            .0
            .keys()
            .filter(|name| !self.0.contains_key(name))
            .map(|name| format!("missing {name:?}"));
        let extra =
            self.0.keys().filter(|name| !expected.0.contains_key(name)).map(|name| format!("extra {name:?}"));
        let both = expected.0.iter().filter_map(|(name, want)| Some((name, want, self.0.get(name)?)));
        let changed =
            both.flat_map(|(name, want, got)| fields(want, got).map(move |text| format!("{name:?} {text}")));
        let differences: Vec<String> = missing.chain(extra).chain(changed).collect();
        let first = differences.iter().take(10).map(String::as_str).collect::<Vec<_>>().join("\n");
        assert!(differences.is_empty(), "{} differences\n{first}", differences.len());
    }
}

/// A revision's name, and what it says without what may differ from arrival to arrival.
///
/// # Panics
/// Where it is no opportunity.
pub fn named(mut value: Value) -> (Name, Value) {
    let name = ["account_id", "play", "opened_at"].map(|field| value[field].as_str().unwrap().to_owned());
    for field in ["opportunity_id", "revision", "emitted_at"] {
        value.as_object_mut().unwrap().remove(field);
    }
    (name.into(), value)
}

/// Fields of two objects that differ.
pub fn fields<'a>(want: &'a Value, got: &'a Value) -> impl Iterator<Item = String> + 'a {
    let names = want.as_object().into_iter().chain(got.as_object()).flat_map(serde_json::Map::keys);
    let names: std::collections::BTreeSet<&String> = names.collect();
    let differing = names.into_iter().filter(|name| want.get(*name) != got.get(*name));
    differing.map(|name| format!("{name}: expected {:?}, got {:?}", want.get(name), got.get(name)))
}
