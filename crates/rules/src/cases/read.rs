//! The form of a test file.

use std::sync::Arc;

use springtide_core::event::{Fact, Profile};
use springtide_core::rules::Rules;
use springtide_core::time::Millis;

use super::moment::{self, Start};
use super::wanted::{self, Wanted};
use super::{activity, outcome, profile};
use crate::form;
use crate::mistake::Log;
use crate::read::{Fields, entries, items};
use crate::yaml::{Entry, Node, Scalar, Value, parse};

/// Instead of a profile, for an account of which nothing is known.
const NONE: &str = "none";

/// One test.
pub(super) struct Case {
    pub name: String,
    pub start: Start,
    pub facts: Vec<Fact>,
    /// The clock of the timers.
    pub until: Millis,
    pub wanted: Vec<Wanted>,
}

/// Reads the tests of a file; those with mistakes are left out.
pub(super) fn cases(file: usize, text: &str, rules: &Rules, log: &mut Log) -> Vec<Case> {
    let Ok(Some(root)) = parse(file, text, log) else { return Vec::new() };
    let Some(fields) = Fields::of("a test file", root.place, &root, &form::names(form::cases::FILE), log)
    else {
        return Vec::new();
    };
    let start = match fields.get("start") {
        None => Some(Start::default()),
        Some(node) => moment::start(node, log),
    };
    let Some(start) = start else { return Vec::new() };
    let base = match fields.entry("profile") {
        None => Some(profile::healthy(start)),
        Some(entry) => {
            profile::read((&entry.key, entry.place), &entry.value, profile::healthy(start), start, log)
        }
    };
    let (Some(base), Some(tests)) = (base, fields.need("tests", log)) else { return Vec::new() };
    let Some(tests) = entries("tests", tests, log) else { return Vec::new() };
    tests.iter().filter_map(|entry| case(entry, start, &base, rules, log)).collect()
}

fn case(entry: &Entry, start: Start, base: &Profile, rules: &Rules, log: &mut Log) -> Option<Case> {
    let fields = Fields::of(&entry.key, entry.place, &entry.value, &form::names(form::cases::TEST), log)?;
    let mut facts = Vec::new();
    let mut whole = true;
    for item in list("events", fields, log)? {
        whole &= activity::read(item, start, &mut facts, log).is_some();
    }
    for (serial, item) in list("outcomes", fields, log)?.iter().enumerate() {
        let read = outcome::read(item, start, rules, serial + 1, log);
        whole &= read.map(|fact| facts.push(fact)).is_some();
    }
    let last_event = facts.iter().map(Fact::at).max();
    whole &= profiles(fields, start, base, &mut facts, log).is_some();
    let wanted = fields.need("expect", log).and_then(|node| wanted::read(node, start, rules, log));
    let until = match fields.get("until") {
        None => Some(None),
        Some(node) => moment::read("until", node, start, log).map(Some),
    };
    let (wanted, until) = (wanted?, until?);
    let times = wanted.iter().filter_map(|one| one.at).chain(last_event);
    let latest_profile = facts.iter().map(Fact::at).max().unwrap_or(start.day(1));
    let until = until.unwrap_or_else(|| times.fold(latest_profile, Millis::max));
    whole.then(|| Case { name: entry.key.clone(), start, facts, until, wanted })
}

fn list<'n>(name: &str, fields: Fields<'n>, log: &mut Log) -> Option<&'n [Node]> {
    fields.get(name).map_or(Some(&[]), |node| items(name, node, log))
}

/// The first profile, and later ones, each with what has changed since.
fn profiles(
    fields: Fields<'_>,
    start: Start,
    base: &Profile,
    facts: &mut Vec<Fact>,
    log: &mut Log,
) -> Option<()> {
    let mut last = base.clone();
    match fields.entry("profile") {
        Some(entry) if is_none(&entry.value) => {}
        Some(entry) => {
            last = profile::read((&entry.key, entry.place), &entry.value, last, start, log)?;
            facts.push(Fact::Profile(Arc::new(last.clone())));
        }
        None => facts.push(Fact::Profile(Arc::new(last.clone()))),
    }
    for (at, item) in list("profiles", fields, log)?.iter().enumerate() {
        let is_dated =
            Fields::of("profiles", item.place, item, &profile_keys(), log)?.need("at", log).is_some();
        last = profile::read(("profiles", item.place), item, last, start, log)?;
        last.id = format!("p{}", at + 2).into();
        is_dated.then(|| facts.push(Fact::Profile(Arc::new(last.clone()))))?;
    }
    Some(())
}

fn profile_keys() -> Vec<&'static str> {
    ["at"].into_iter().chain(profile::fields().map(|field| field.name())).collect()
}

/// Whether a value is the word `none`.
pub(super) fn is_none(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(Scalar { text, .. }) if text == NONE)
}
