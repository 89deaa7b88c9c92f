//! The unit of systemd: what `systemd-analyze` says of it, and that it means the command as it is.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use springtide_tests::broker::repository;
use springtide_tests::process::{Ended, Process};
use springtide_tests::program::springtide;
use springtide_tests::tool;

/// As `systemd-analyze security` counts, from 0 (closed) to 100; the unit has 12 with systemd 252.
const MOST_EXPOSED: &str = "--threshold=20";

fn unit() -> PathBuf {
    repository().join("deploy/systemd/springtide.service")
}

/// The values of a setting, in the unit's order.
fn settings<'u>(unit: &'u str, name: &str) -> Vec<&'u str> {
    unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect()
}

fn analyze(args: &[&OsStr]) -> Option<Ended> {
    if !tool::is_there("systemd-analyze") {
        tool::say("Skipped: what systemd says of its unit, since systemd-analyze is not here.");
        return None;
    }
    Some(tool::run(OsStr::new("systemd-analyze"), args))
}

#[test]
fn systemd_understands_every_line_of_its_unit() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("springtide.service");
    // It looks for the program.
    let text = fs::read_to_string(unit()).unwrap();
    let here = text.replace("/usr/local/bin/springtide ", &format!("{} ", springtide().display()));
    assert_ne!(text, here);
    fs::write(&copy, here).unwrap();
    if let Some(said) = analyze(&["verify".as_ref(), copy.as_os_str()]) {
        let said = said.well().stderr;
        let ours: Vec<&str> = said.lines().filter(|line| line.contains("springtide.service")).collect();
        assert!(ours.is_empty(), "{ours:?}");
    }
}

#[test]
fn systemd_finds_its_unit_closed() {
    let args = ["security", "--offline=true", "--no-pager", MOST_EXPOSED].map(OsStr::new);
    if let Some(said) = analyze(&[&args[..], &[unit().as_os_str()]].concat()) {
        said.well();
    }
}

/// A restart does not mend what exit code 2 says.
#[test]
fn the_unit_means_the_exit_codes_that_the_command_has() {
    let text = fs::read_to_string(unit()).unwrap();
    assert_eq!(settings(&text, "Restart"), ["on-failure"]);
    assert_eq!(settings(&text, "RestartPreventExitStatus"), ["2"]);
    let wrong = Process::start(springtide().as_os_str(), &["run", "--set", "no-setting"]).finish();
    wrong.refused(2);
    let stop = settings(&text, "TimeoutStopSec")[0].trim_end_matches('s').parse::<u64>();
    assert!(stop.unwrap() >= 30, "a commit takes a while with slow brokers");
    let state = settings(&text, "StateDirectory")[0];
    let below = settings(&text, "Environment").into_iter().filter_map(|set| set.split_once("STATE_DIR="));
    let below: Vec<&Path> = below.map(|(_, dir)| Path::new(dir)).collect();
    assert!(below.len() == 1 && below[0].starts_with(format!("/var/lib/{state}")), "{below:?}");
}
