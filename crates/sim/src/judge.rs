//! What must be true at the end, whatever happened: the output is what the naive fold says, each revision once; state is
//! what the changelog says, and small.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use serde_json::Value;
use springtide_core::event::{Fact, Topic};
use springtide_core::meaning::naive::history;
use springtide_core::meaning::piece::PieceKey;
use springtide_core::rules::Rules;
use springtide_core::time::{Millis, format_rfc3339};
use springtide_schema::{Attributes, decode_json_with};
use springtide_store::{Entry, Identity, MemoryDisk, MemoryStore, Scan, Store, StoreKey, Table};

use crate::cluster::Cluster;
use crate::world::Outcome;

/// Judges what is left when all is at rest.
pub fn judge(cluster: &mut Cluster, disks: (&[MemoryDisk], &Identity), rules: &Rules) -> Outcome {
    let mut outcome = Outcome::default();
    let judged = judge_all(cluster, disks, rules, &mut outcome);
    outcome.fault = judged.err();
    outcome
}

fn judge_all(
    cluster: &mut Cluster,
    disks: (&[MemoryDisk], &Identity),
    rules: &Rules,
    outcome: &mut Outcome,
) -> Result<(), String> {
    if let Some(broken) = cluster.broken.first() {
        return Err(broken.clone());
    }
    outcome.revisions = each_revision_once(cluster)?;
    let late = each_aside_once(cluster)?;
    let facts = facts(cluster, &late)?;
    outcome.facts = facts.values().map(|facts| facts.len() as u64).sum();
    let (standing, expected) = (standing(cluster)?, expected(rules, &facts, cluster.wall()));
    outcome.standing = standing.len() as u64;
    if let Some(missing) = expected.difference(&standing).next() {
        return Err(format!("missing: {missing:?}"));
    }
    if let Some(wrong) = standing.difference(&expected).next() {
        return Err(format!("must not stand: {wrong:?}"));
    }
    state_is_what_the_changelog_says(cluster, disks)
}

fn text(value: &Value, member: &str) -> Result<String, String> {
    let text = value.get(member).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("no {member} in {value}"))
}

/// Revisions of an id are 1, 2, 3 …, each committed once; counts them.
fn each_revision_once(cluster: &Cluster) -> Result<u64, String> {
    let mut revisions: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (_, log) in cluster.logs(&cluster.names.opportunities) {
        for (_, data) in log.committed(0) {
            let value: Value = serde_json::from_slice(data.value.as_deref().unwrap_or_default())
                .map_err(|error| error.to_string())?;
            let revision = value.get("revision").and_then(Value::as_u64).unwrap_or_default();
            revisions.entry(text(&value, "opportunity_id")?).or_default().push(revision);
        }
    }
    for (id, found) in &revisions {
        if !found.iter().copied().eq(1..=found.len() as u64) {
            return Err(format!("revisions of {id}: {found:?}"));
        }
    }
    Ok(revisions.values().map(|found| found.len() as u64).sum())
}

/// Nothing is set aside as bad, nothing as late twice; returns the places of what is late.
fn each_aside_once(cluster: &Cluster) -> Result<BTreeSet<(String, i32, i64)>, String> {
    let mut late = BTreeSet::new();
    for (topic, may) in [(&cluster.names.dead_letter, false), (&cluster.names.late, true)] {
        for (_, log) in cluster.logs(topic) {
            for (_, data) in log.committed(0) {
                let header = |name: &str| -> String {
                    let found = data.headers.iter().rev().find(|(key, _)| key == name);
                    found
                        .and_then(|(_, value)| value.clone())
                        .map_or_else(String::new, |value| String::from_utf8_lossy(&value).into_owned())
                };
                let number = |name: &str| header(name).parse::<i64>().unwrap_or(-1);
                let place = (
                    header("springtide_topic"),
                    number("springtide_partition") as i32,
                    number("springtide_offset"),
                );
                if !may {
                    return Err(format!("{place:?} is bad: {}", header("springtide_error_message")));
                }
                if !late.insert(place.clone()) {
                    return Err(format!("{place:?} is late twice"));
                }
            }
        }
    }
    Ok(late)
}

/// What counts, by account: all but what was late, and what a tombstone reaches.
fn facts(
    cluster: &Cluster,
    late: &BTreeSet<(String, i32, i64)>,
) -> Result<BTreeMap<String, Vec<Fact>>, String> {
    let mut erased: BTreeMap<String, Millis> = BTreeMap::new();
    let mut all: Vec<(String, Millis, Fact)> = Vec::new();
    for topic in Topic::ALL {
        let name = cluster.names.of(topic);
        for (number, log) in cluster.logs(name) {
            for (offset, data) in log.committed(0) {
                let key = String::from_utf8_lossy(data.key.as_deref().unwrap_or_default()).into_owned();
                let Some(value) = &data.value else {
                    erased.insert(key, data.written_at);
                    continue;
                };
                if late.contains(&(name.to_owned(), number, offset)) {
                    continue;
                }
                let decoded = decode_json_with(topic, value, &Attributes::default());
                let event =
                    decoded.map_err(|bad| format!("{name}/{number}@{offset}: {}", bad.message))?.event;
                all.push((key, data.written_at, event.fact));
            }
        }
    }
    let mut facts: BTreeMap<String, Vec<Fact>> = BTreeMap::new();
    for (account, written_at, fact) in all {
        if erased.get(&account).is_none_or(|at| written_at > *at) {
            facts.entry(account).or_default().push(fact);
        }
    }
    Ok(facts)
}

/// What a reader is told of an opportunity: account, play, when it opened and was last added to, its evidence.
type Told = (String, String, String, String, Vec<(String, String, Option<String>)>);

fn expected(rules: &Rules, facts: &BTreeMap<String, Vec<Fact>>, clock: Millis) -> BTreeSet<Told> {
    let mut told = BTreeSet::new();
    for (account, facts) in facts {
        for (play, openings) in rules.plays.iter().zip(history(rules, account, facts, clock).openings) {
            for opening in openings {
                let mut evidence: Vec<_> = opening
                    .evidence
                    .iter()
                    .map(|line| {
                        let name = rules.detectors.get(line.detector).map_or("", |detector| &*detector.name);
                        let id = line.signal.event_id().map(str::to_owned);
                        (name.to_owned(), format_rfc3339(line.signal.at), id)
                    })
                    .collect();
                evidence.sort();
                let (opened, last) = (format_rfc3339(opening.opened_at), format_rfc3339(opening.last_at));
                told.insert((account.clone(), play.name.to_string(), opened, last, evidence));
            }
        }
    }
    told
}

/// What the latest topic says that stands.
fn standing(cluster: &Cluster) -> Result<BTreeSet<Told>, String> {
    let mut rows: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
    for (_, log) in cluster.logs(&cluster.names.latest) {
        for (_, data) in log.committed(0) {
            rows.insert(data.key.clone().unwrap_or_default(), data.value.clone());
        }
    }
    let mut told = BTreeSet::new();
    for row in rows.into_values().flatten() {
        let value: Value = serde_json::from_slice(&row).map_err(|error| error.to_string())?;
        if text(&value, "status")? != "open" {
            continue;
        }
        let mut evidence = Vec::new();
        for line in value.get("evidence").and_then(Value::as_array).into_iter().flatten() {
            let id = line.get("event_id").and_then(Value::as_str).map(str::to_owned);
            evidence.push((text(line, "detector")?, text(line, "occurred_at")?, id));
        }
        evidence.sort();
        let (account, play) = (text(&value, "account_id")?, text(&value, "play")?);
        let line = (account, play, text(&value, "opened_at")?, text(&value, "updated_at")?, evidence);
        if !told.insert(line.clone()) {
            return Err(format!("stands twice: {line:?}"));
        }
    }
    Ok(told)
}

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

fn rows(store: &MemoryStore, number: i32) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for table in [Table::State, Table::Deadlines] {
        let scan = Scan { table, from: Vec::new(), to: vec![u8::MAX; 32], one_account: false };
        let visit = &mut |key: &[u8], value: &[u8]| {
            if partition_of(&StoreKey::decode(key)?) == Some(number) {
                rows.insert((table, key.to_vec()), value.to_vec());
            }
            Ok(ControlFlow::Continue(()))
        };
        store.scan(&scan, visit).map_err(|error| error.to_string())?;
    }
    Ok(rows)
}

fn partition_of(key: &StoreKey) -> Option<i32> {
    match key {
        StoreKey::Piece { partition, .. }
        | StoreKey::Deadline { partition, .. }
        | StoreKey::Erasure { partition, .. }
        | StoreKey::Generation { partition } => Some(*partition),
        _ => None,
    }
}

/// The state on the disk of whoever came furthest is what the changelog brings back, before and after compaction; and of
/// accounts that are quiet only what must never be forgotten is left.
fn state_is_what_the_changelog_says(
    cluster: &mut Cluster,
    (disks, identity): (&[MemoryDisk], &Identity),
) -> Result<(), String> {
    let topic = cluster.changelog.clone();
    for number in 0..cluster.partitions {
        let end = cluster.log(&topic, number).end();
        let mut furthest: Option<(i64, Rows)> = None;
        for disk in disks {
            let store = MemoryStore::open(disk, identity).map_err(|error| error.to_string())?;
            let meta = store.meta(number).map_err(|error| error.to_string())?;
            let at = meta.and_then(|meta| meta.changelog_offset).unwrap_or(-1);
            if at > end {
                return Err(format!("partition {number}: a store is at {at}, the changelog ends at {end}"));
            }
            if furthest.as_ref().is_none_or(|(most, _)| at > *most) {
                furthest = Some((at, rows(&store, number)?));
            }
        }
        let Some((_, held)) = furthest else { continue };
        let whole = restored(cluster, &topic, number)?;
        differ(number, "the changelog", &held, &whole)?;
        cluster.compact(&topic);
        differ(number, "the compacted changelog", &held, &restored(cluster, &topic, number)?)?;
        small(&held)?;
    }
    Ok(())
}

fn restored(cluster: &mut Cluster, topic: &str, number: i32) -> Result<Rows, String> {
    let store = MemoryStore::new(&Identity::new("judge", "judge"));
    for (_, data) in cluster.log(topic, number).committed(0) {
        let entry = Entry::restored(data.key.clone().unwrap_or_default(), data.value.clone());
        let entry = entry.map_err(|error| error.to_string())?;
        store.write(&[entry]).map_err(|error| error.to_string())?;
    }
    rows(&store, number)
}

fn differ(number: i32, what: &str, held: &Rows, other: &Rows) -> Result<(), String> {
    let name = |key: &[u8]| format!("{:?}", StoreKey::decode(key));
    for (key, value) in held {
        if other.get(key) != Some(value) {
            return Err(format!("partition {number}: the store has {}, {what} has not", name(&key.1)));
        }
    }
    match other.keys().find(|key| !held.contains_key(*key)) {
        Some(key) => Err(format!("partition {number}: {what} has {}, the store has not", name(&key.1))),
        None => Ok(()),
    }
}

fn small(rows: &Rows) -> Result<(), String> {
    for (_, key) in rows.keys() {
        let key = StoreKey::decode(key).map_err(|error| error.to_string())?;
        let stays = match &key {
            StoreKey::Piece { account, .. } | StoreKey::Deadline { account, .. }
                if account.starts_with("far-") =>
            {
                true
            }
            StoreKey::Piece { piece, .. } => {
                matches!(piece, PieceKey::Profiles | PieceKey::Rows | PieceKey::Base(_))
            }
            StoreKey::Deadline { .. } => false,
            _ => true,
        };
        if !stays {
            return Err(format!("a quiet account keeps {key:?}"));
        }
    }
    Ok(())
}
