//! An erased account leaves nothing; what was written after its tombstone starts afresh (SPEC 7.3).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use springtide_tests::admin::Admin;
use springtide_tests::kcat::{Raw, read_raw};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;

const PROFILES: &str = "account-profiles";

fn record(topic: &'static str, account: &str, id: &str, rest: &str) -> Record {
    let value = format!(
        r#"{{"event_id":"{id}","account_id":"{account}","occurred_at":"2024-02-01T12:00:00Z",{rest}}}"#
    );
    Record::new(topic, account, value)
}

fn profile(account: &str) -> Record {
    let rest = r#""name":"A","segment":"smb","mrr":1000,"currency":"EUR","health_score":80,
        "first_value_at":"2023-01-01T00:00:00Z""#;
    record(PROFILES, account, "profile", rest)
}

/// An opportunity by itself.
fn near_limit(account: &str, id: &str) -> Record {
    record("product-usage", account, id, r#""type":"meter_reading","meter":"calls","used":85,"limit":100"#)
}

fn tombstone(account: &str) -> Record {
    Record { value: None, ..profile(account) }
}

fn until() -> Vec<OsString> {
    vec!["--until=2024-03-01T00:00:00Z".into()]
}

/// What a compacted topic comes to.
fn compacted(topic: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut latest = BTreeMap::new();
    for Raw { key, value, .. } in read_raw(topic) {
        let key = key.expect("a key");
        match value {
            Some(value) => drop(latest.insert(key, value)),
            None => drop(latest.remove(&key)),
        }
    }
    latest
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// The rows that name an account, of the latest topic and of the changelog.
fn named(pipeline: &Pipeline, account: &str) -> (usize, usize) {
    let count = |topic: &str| {
        let rows = compacted(topic);
        rows.iter().filter(|(key, value)| contains(key, account) || contains(value, account)).count()
    };
    (count(&pipeline.topic("expansion-opportunities-latest")), count(&pipeline.changelog()))
}

#[test]
fn nothing_is_left_of_an_erased_account_and_the_other_stays() {
    let pipeline = Pipeline::new("erased", 1);
    pipeline.feed(&[profile("acme-gone"), profile("bolt")]);
    pipeline.feed(&[near_limit("acme-gone", "1"), near_limit("bolt", "1")]);
    pipeline.catch_up(until());
    let (latest, changelog) = named(&pipeline, "acme-gone");
    assert!(latest == 1 && changelog > 1, "{latest} {changelog}");
    pipeline.feed(&[tombstone("acme-gone")]);
    let ended = pipeline.catch_up(until());
    assert!(ended.stderr.contains("1 account erased"), "{}", ended.stderr);
    assert_eq!(named(&pipeline, "acme-gone"), (0, 0));
    assert_eq!(named(&pipeline, "bolt").0, 1);
    assert_eq!(pipeline.written("springtide-dead-letter"), 0);
}

/// Whether a word stands in any file of a folder, in whatever form.
fn stands_in(folder: &Path, word: &str) -> bool {
    fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        match path.is_dir() {
            true => stands_in(&path, word),
            // Files come and go.
            false => fs::read(&path).is_ok_and(|bytes| contains(&bytes, word)),
        }
    })
}

/// Whether a topic's records name an account, those that a later one stands for as well.
fn is_named_in(topic: &str, account: &str) -> bool {
    let named = |part: &Option<Vec<u8>>| part.as_ref().is_some_and(|bytes| contains(bytes, account));
    read_raw(topic).iter().any(|record| named(&record.key) || named(&record.value))
}

/// Everything that Springtide writes but the opportunities' own topic, which the README names, byte by byte.
#[test]
fn after_compaction_no_byte_of_an_erased_account_is_left() {
    const GONE: &str = "acme-0fe1a9-gone";
    let pipeline = Pipeline::without_topics("erased-bytes");
    let compacted = [pipeline.topic("expansion-opportunities-latest"), pipeline.changelog()];
    let settings = [
        ("cleanup.policy", "compact"),
        ("segment.ms", "100"),
        ("min.cleanable.dirty.ratio", "0.001"),
        ("delete.retention.ms", "100"),
    ];
    compacted.iter().for_each(|topic| Admin::connect().make(topic, 1, &settings));
    pipeline.topics(&["--partitions=1"]).well();
    pipeline.set("scrub_interval", "\"1s\"");
    let mut run = pipeline.run(until());
    pipeline.feed(&[profile(GONE), near_limit(GONE, "1"), profile("bolt")]);
    run.await_that("it is an opportunity", |_| pipeline.written("expansion-opportunities-latest") > 0);
    let left = || {
        let topics = compacted.iter().filter(|topic| is_named_in(topic, GONE));
        let disk = stands_in(&pipeline.state(), GONE).then(|| "the disk".to_owned());
        topics.cloned().chain(disk).collect::<Vec<_>>()
    };
    assert_eq!(left().len(), 3, "all of them are searched, and found: {:?}", left());

    pipeline.feed(&[tombstone(GONE)]);
    // A segment is closed, and then compacted, once something comes after it.
    let mut number = 0;
    run.await_that("nothing is left of it", |_| {
        number += 1;
        pipeline
            .feed(&[near_limit("bolt", &format!("{number}")), near_limit(&format!("bolt-{number}"), "1")]);
        !compacted.iter().any(|topic| is_named_in(topic, GONE))
    });
    run.await_word("what was erased is gone from the disk");
    run.terminate();
    run.finish().well();
    // The list of files names their first and last keys; a start writes it anew.
    pipeline.catch_up(until());
    assert!(!stands_in(&pipeline.state(), GONE));
}

#[test]
fn what_was_written_before_the_tombstone_is_dropped_unread_and_what_came_after_starts_afresh() {
    let pipeline = Pipeline::new("erased-unread", 1);
    pipeline.feed(&[profile("acme"), near_limit("acme", "before")]);
    pipeline.feed(&[tombstone("acme")]);
    pipeline.feed(&[near_limit("bolt", "1"), profile("bolt")]);
    let ended = pipeline.catch_up(until());
    assert!(ended.stderr.contains("1 record dropped with them"), "{}", ended.stderr);
    assert_eq!(pipeline.committed().open().accounts(), ["bolt"]);
    pipeline.feed(&[near_limit("acme", "after"), profile("acme")]);
    pipeline.catch_up(until());
    assert_eq!(pipeline.committed().open().accounts(), ["acme", "bolt"]);
}

/// The tombstone stands in one topic, what came after it in another: the order of reading must not matter.
#[test]
fn what_came_after_the_tombstone_counts_even_where_it_was_read_before() {
    let pipeline = Pipeline::new("erased-again", 1);
    let mut run = pipeline.run(until());
    run.await_word("partitions assigned");
    let mut erased = Record { value: None, ..profile("acme") };
    erased.written_at = Some(1_706_800_000_000);
    let mut after = near_limit("acme", "after");
    after.written_at = Some(1_706_800_000_001);
    let mut before = near_limit("acme", "before");
    before.written_at = Some(1_706_800_000_000);
    pipeline.feed(&[before, after]);
    run.await_that("both are read", |_| pipeline.lag() == 0);
    pipeline.feed(&[erased]);
    run.await_that("it is read", |_| pipeline.lag() == 0);
    pipeline.feed(&[profile("acme")]);
    run.await_that("it is an opportunity", |_| pipeline.written("expansion-opportunities") > 0);
    run.terminate();
    run.finish().well();
    let record = &read_raw(&pipeline.topic("expansion-opportunities"))[0];
    let text = String::from_utf8_lossy(record.value.as_deref().unwrap());
    assert!(text.contains(r#""event_id":"after""#) && !text.contains(r#""event_id":"before""#), "{text}");
}
