//! Alerts: Prometheus takes them, each is tried, and each says what somebody is to do.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use springtide_tests::broker::repository;
use springtide_tests::process::{Ended, Process};
use springtide_tests::yaml;

use crate::figures;

/// What comes before the section's name in `runbook_url`.
const RUNBOOKS: &str = "docs/runbooks.md#";

const TESTS: [&str; 2] = ["alerts.test.yaml", "alerts.days.test.yaml"];

/// Where the rules are.
pub fn rules() -> PathBuf {
    file("alerts.yaml")
}

fn file(name: &str) -> PathBuf {
    repository().join("deploy/prometheus").join(name)
}

fn read(name: &str) -> Value {
    let documents = yaml::documents(&fs::read_to_string(file(name)).unwrap());
    let [document] = <[Value; 1]>::try_from(documents).expect("one document");
    document
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("no list `{key}` in {value}"))
}

/// The alerts by name.
pub fn alerts() -> BTreeMap<String, Value> {
    let rules = read("alerts.yaml");
    let all = list(&rules, "groups").iter().flat_map(|group| list(group, "rules"));
    let all: Vec<(String, Value)> =
        all.map(|rule| (rule["alert"].as_str().expect("an alert").to_owned(), rule.clone())).collect();
    let count = all.len();
    let by_name = BTreeMap::from_iter(all);
    assert_eq!(by_name.len(), count, "a name is given twice");
    by_name
}

fn promtool(words: &[&str], files: impl IntoIterator<Item = PathBuf>) -> Ended {
    let script = "command -v promtool >/dev/null || { echo 'promtool is not on the PATH; install it (apt-get install \
                  prometheus)' >&2; exit 127; }; exec promtool \"$@\"";
    let mut args: Vec<OsString> = ["-c", script, "promtool"].map(OsString::from).to_vec();
    args.extend(words.iter().map(OsString::from));
    args.extend(files.into_iter().map(OsString::from));
    Process::start(OsStr::new("sh"), &args).finish()
}

#[test]
fn yaml_is_read_as_prometheus_reads_it() {
    let read = yaml::documents("a: [1, '1', 1.5, true, yes]\nb: >-\n  c\n  d\n---\n~\n");
    let first = serde_json::json!({ "a": [1, "1", 1.5, true, "yes"], "b": "c d" });
    assert_eq!(read, [first, Value::Null]);
}

#[test]
fn prometheus_takes_the_rules_and_they_do_as_their_cases_say() {
    let checked = promtool(&["check", "rules"], [rules()]);
    assert!(checked.status.success(), "{}{}", checked.text(), checked.stderr);
    let tried = promtool(&["test", "rules"], TESTS.map(file));
    assert!(tried.status.success(), "{}{}", tried.text(), tried.stderr);
}

#[test]
fn every_alert_has_a_case_that_fires_and_one_that_does_not() {
    let (mut fires, mut silent) = (BTreeSet::new(), BTreeSet::new());
    for name in TESTS {
        for case in list(&read(name), "tests").iter().flat_map(|test| list(test, "alert_rule_test")) {
            let which = if list(case, "exp_alerts").is_empty() { &mut silent } else { &mut fires };
            which.insert(case["alertname"].as_str().expect("an alert's name").to_owned());
        }
    }
    let all: BTreeSet<String> = alerts().into_keys().collect();
    assert_eq!(fires, all, "alerts with a case that fires, and all of them");
    assert_eq!(silent, all, "alerts with a case that does not fire, and all of them");
}

#[test]
fn every_alert_says_how_bad_it_is_whom_it_means_and_what_to_do() {
    for (name, rule) in alerts() {
        let severity = rule["labels"]["severity"].as_str().unwrap_or_default();
        assert!(["critical", "warning", "info"].contains(&severity), "{name}: severity {severity:?}");
        let said = |key: &str| rule["annotations"][key].as_str().unwrap_or_default().to_owned();
        assert!(
            !said("summary").is_empty() && !said("summary").contains("{{"),
            "{name} has no plain summary"
        );
        // Whom it means is in the labels that its query leaves.
        let query = rule["expr"].as_str().unwrap_or_default();
        for label in ["job", "instance", "topic", "partition"] {
            let by = query.lines().next().and_then(|line| line.split_once(" by (")).map(|(_, rest)| rest);
            let left = by.is_some_and(|by| by.split(')').next().is_some_and(|by| by.contains(label)));
            let told = said("description").contains(&format!("$labels.{label}"));
            assert!(told || !left, "{name} has a {label}, and its description does not name it");
        }
        assert!(said("description").contains("$labels.job"), "{name} does not say which pipeline");
        assert_eq!(said("runbook_url"), format!("{RUNBOOKS}{}", name.to_lowercase()), "{name}");
    }
}

#[test]
fn every_figure_that_an_alert_asks_for_exists() {
    for (name, rule) in alerts() {
        let query = rule["expr"].as_str().expect("a query");
        assert!(!figures::named_in(query).is_empty(), "{name} asks for none of our figures");
        figures::must_exist(&name, query);
        figures::must_have_labels(&name, query);
    }
}
