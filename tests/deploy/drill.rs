//! The drill: each alert's fault is caused on a pipeline that runs, and the alert, the dashboard and the runbook lead to the
//! cause. Each scene is a pipeline with input, and a Prometheus for which time runs faster than in the alerts.
//!
//! - [`rules`]: the alerts in haste; [`watch`]: what is looked at while one fires.
//! - [`instance`], [`input`]: what runs, and what flows; [`tools`], [`commands`]: the commands of the runbooks.
//! - [`records`], [`brokers`], [`instances`], [`days`]: the scenes.

mod brokers;
mod commands;
mod days;
mod input;
mod instance;
mod instances;
mod records;
mod rules;
mod tools;
mod watch;

use std::collections::BTreeSet;
use std::path::PathBuf;

use springtide_tests::broker::repository;

use crate::alerts;

/// Panels that a runbook names and that show nothing in a drill, and why.
const EMPTY: [(&str, &str, &str); 2] = [
    ("SpringtideLagGrowing", "Block cache hit rate", "state this small is read from RocksDB's buffers"),
    (
        "SpringtideNotWorking",
        "Left to restore",
        "the brokers are away: it is not restoring, and /readyz says so",
    ),
];

/// What each scene drills.
const SCENES: [&[&str]; 4] = [records::ALERTS, brokers::ALERTS, instances::ALERTS, days::ALERTS];

/// A file of the drill.
fn file(name: &str) -> PathBuf {
    repository().join("tests/deploy/drill").join(name)
}

#[test]
fn every_alert_is_drilled_and_every_drill_is_of_an_alert() {
    let all: Vec<&str> = SCENES.concat();
    let once: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(once.len(), all.len(), "one is drilled twice");
    let alerts = alerts::alerts();
    assert_eq!(once, alerts.keys().map(String::as_str).collect(), "alerts that are drilled, and all of them");
}
