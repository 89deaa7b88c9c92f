//! Rules that change while a pipeline runs: on all instances at one instant, once, and from there on as a replay under the
//! new ones says.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use springtide_tests::data::Data;
use springtide_tests::fleet::Fleet;
use springtide_tests::opportunities::Opportunities;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::{Ended, Process};
use springtide_tests::program::springtide;
use springtide_tests::records::Record;

/// The pack that ships, written out, with some words in the place of others.
fn pack(pipeline: &Pipeline, name: &str, changes: &[(&str, &str, &str)]) -> PathBuf {
    let folder = pipeline.beside(name);
    let args: Vec<OsString> = vec!["check".into(), "--write-default".into(), folder.clone().into()];
    Process::start(springtide().as_os_str(), &args).finish().well();
    for (file, from, to) in changes {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }
    folder
}

/// Another threshold, another gate, another window: detectors and plays of which some go on.
const CHANGES: [(&str, &str, &str); 3] = [
    ("detectors/product.yaml", "at_least: 0.9 }", "at_least: 0.85 }"),
    ("gates.yaml", "health_score > 60", "health_score > 70"),
    ("plays/usage-growth.yaml", "window: 5d", "window: 8d"),
];

fn change(pipeline: &Pipeline, old: &Path, more: &[&str]) -> Ended {
    let mut flags: Vec<OsString> = vec!["--rules".into(), old.into()];
    flags.extend(more.iter().map(OsString::from));
    pipeline.start_with("change", flags, &[]).finish()
}

/// The latest instant of some records.
fn latest(records: &[Record]) -> String {
    let at = |record: &Record| {
        let value: Value = serde_json::from_slice(record.value.as_deref()?).ok()?;
        value["occurred_at"].as_str().map(str::to_owned)
    };
    records.iter().filter_map(at).max().unwrap()
}

fn replayed(data: &Data, rules: &Path) -> Opportunities {
    data.replayed_by(&["--rules".into(), rules.into()])
}

fn fleet<'p>(pipeline: &'p Pipeline, data: &Data, rules: &Path) -> Fleet<'p> {
    let flags = [data.flags(), vec!["--rules".into(), rules.into()]].concat();
    Fleet::new(pipeline, flags)
}

/// What is open from an instant on is what a replay says; whatever is open has one id, and each revision is there once.
fn must_agree_from(pipeline: &Pipeline, data: &Data, rules: &Path, at: &str) {
    let (open, _) = pipeline.committed().open().split(at);
    let (expected, _) = replayed(data, rules).split(at);
    assert!(expected.len() >= 5, "only {} to compare with", expected.len());
    open.must_equal(&expected);
}

/// The packs differ in what they open from an instant on.
fn must_differ_from(data: &Data, (old, new): (&Path, &Path), at: &str) {
    let names = |rules: &Path| replayed(data, rules).split(at).0.names().cloned().collect::<Vec<_>>();
    assert_ne!(names(old), names(new));
}

#[test]
fn new_rules_take_over_and_say_what_a_replay_says_from_their_instant_on() {
    let (pipeline, data) = (Pipeline::new("change", 4), Data::generated_calm(21));
    let (old, new) = (pack(&pipeline, "old", &[]), pack(&pipeline, "new", &CHANGES));
    let records = data.steady_records(5);
    let (before, after) = records.split_at(records.len() / 2);
    let at = latest(before);
    must_differ_from(&data, (&old, &new), &at);
    pipeline.feed(before);
    let mut fleet = fleet(&pipeline, &data, &old);
    fleet.start(0);
    fleet.start(1);
    fleet.await_that("what came first is read", || pipeline.lag() == 0);
    let told = pipeline.committed().len();
    assert!(told > 10, "{told}");

    let said =
        change(&pipeline, &old, &[new.to_str().unwrap(), "--at", &at, "--unjustified=withdraw", "--json"])
            .well();
    let said: Value = serde_json::from_str(said.text()).unwrap();
    assert_eq!((&said["generation"], &said["partitions"]), (&1.into(), &4.into()), "{said}");
    pipeline.feed(after);
    fleet.await_that("all is read", || pipeline.lag() == 0);
    fleet.stop(0);
    fleet.stop(1);
    must_agree_from(&pipeline, &data, &new, &at);

    // A restart has the rules of the topic, whatever lies in the folder; and no others.
    pipeline.catch_up([data.flags(), vec!["--rules".into(), old.clone().into()]].concat());
    must_agree_from(&pipeline, &data, &new, &at);
    let third = pack(&pipeline, "third", &[("gates.yaml", "health_score > 60", "health_score > 61")]);
    let flags = [data.flags(), vec!["--rules".into(), third.into(), "--until-caught-up".into()]].concat();
    let refused = pipeline.run(flags).finish().refused(1);
    assert!(refused.contains("springtide change DIR"), "{refused}");
}

/// The state of a lost machine comes back under the rules that made it.
#[test]
fn new_rules_take_over_though_instances_are_killed_and_back_again() {
    let (pipeline, data) = (Pipeline::new("change-killed", 4), Data::generated_calm(22));
    let (old, new) = (pack(&pipeline, "old", &[]), pack(&pipeline, "new", &CHANGES));
    let records = data.steady_records(6);
    let (first, others) = records.split_at(records.len() / 4);
    let (second, third) = others.split_at(others.len() / 3);
    pipeline.feed(first);
    let mut fleet = fleet(&pipeline, &data, &old);
    fleet.start(0);
    fleet.start(1);
    fleet.await_that("what came first is read", || pipeline.lag() == 0);
    let mut flags: Vec<OsString> = vec!["--rules".into(), old.clone().into(), "--timeout=180s".into()];
    flags.extend([new.clone().into(), "--at".into(), latest(first).into(), "--unjustified=withdraw".into()]);
    let changing = pipeline.start_with("change", flags, &[]);
    pipeline.feed(second);
    // Whatever it is doing just now: it warms up, waits or takes over.
    fleet.await_progress(50);
    fleet.kill(0);
    fleet.start(2);
    fleet.await_progress(10);
    fleet.kill(1);
    fleet.start(3);
    changing.finish().well();
    fleet.await_that("all is read", || pipeline.lag() == 0);
    fleet.stop(2);
    fleet.stop(3);

    // And back, the same way.
    let at = latest(&records[..records.len() / 2]);
    let mut fleet = Fleet::new(&pipeline, [data.flags(), vec!["--rules".into(), new.into()]].concat());
    fleet.start(4);
    change(&pipeline, &old, &[old.to_str().unwrap(), "--at", &at, "--unjustified=withdraw"]).well();
    pipeline.feed(third);
    fleet.await_that("all is read", || pipeline.lag() == 0);
    fleet.stop(4);
    must_agree_from(&pipeline, &data, &old, &at);
}

#[test]
fn a_change_says_what_is_wrong_with_it_and_the_old_rules_go_on() {
    let (pipeline, data) = (Pipeline::new("change-refused", 2), Data::generated_calm(23));
    let (old, new) = (pack(&pipeline, "old", &[]), pack(&pipeline, "new", &CHANGES));
    let broken = pack(&pipeline, "broken", &[("gates.yaml", "health_score > 60", "health_score >")]);
    let new = new.to_str().unwrap();
    let refused = change(&pipeline, &old, &[new, "--application-id=nobody"]).refused(1);
    assert!(refused.contains("no pipeline ever ran as `nobody`"), "{refused}");
    pipeline.feed(&data.records(7));
    pipeline.catch_up([data.flags(), vec!["--rules".into(), old.clone().into()]].concat());
    let refused = change(&pipeline, &old, &[broken.to_str().unwrap()]).refused(1);
    assert!(refused.contains("gates.yaml:"), "{refused}");
    let refused = change(&pipeline, &old, &[old.to_str().unwrap()]).refused(1);
    assert!(refused.contains("count already"), "{refused}");
    // Nobody runs: it is written down, waited for in vain, and given up.
    let waited = change(&pipeline, &old, &[new, "--timeout=1s"]).refused(1);
    assert!(waited.contains("0 of 2 partitions are ready"), "{waited}");
    let third = pack(&pipeline, "third", &[("gates.yaml", "health_score > 60", "health_score > 61")]);
    let refused = change(&pipeline, &old, &[third.to_str().unwrap()]).refused(1);
    assert!(refused.contains("are to come already (generation 1)"), "{refused}");
    change(&pipeline, &old, &["--give-up"]).well();
    let nothing = change(&pipeline, &old, &["--json"]).well();
    let nothing: BTreeMap<String, Value> = serde_json::from_str(nothing.text()).unwrap();
    assert_eq!((&nothing["generation"], &nothing["pending"]), (&0.into(), &Value::Null));
    pipeline.catch_up([data.flags(), vec!["--rules".into(), old.clone().into()]].concat());
    pipeline.must_have_open(&replayed(&data, &old));
}
