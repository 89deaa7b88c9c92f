//! `generate`: the same for the same seed, and good to replay.

use std::fs;

use serde_json::json;

use crate::history::without_topic;
use crate::tool::{Folder, run, run_with};

const SMALL: [&str; 6] = ["generate", "--accounts", "12", "--days", "30", "--outcomes"];

fn generated(more: &[&str]) -> String {
    run(SMALL.iter().chain(more)).good()
}

#[test]
fn a_seed_is_a_world() {
    let first = generated(&[]);
    assert!(first.lines().count() > 1_000, "{} lines", first.lines().count());
    assert!(first == generated(&[]) && first == generated(&["--seed", "1"]));
    assert!(first != generated(&["--seed", "2"]));
}

#[test]
fn a_folder_holds_the_lines_that_standard_output_would() {
    let folder = Folder::new();
    for order in [None, Some("--disorder")] {
        let printed = generated(&Vec::from_iter(order));
        let mut lines = without_topic(&printed.lines().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(generated(&[&["--out", &folder.at("out")], &*Vec::from_iter(order)].concat()), "");
        for file in fs::read_dir(folder.at("out")).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            let topic = name.strip_suffix(".jsonl").unwrap();
            let written: Vec<String> =
                fs::read_to_string(file.path()).unwrap().lines().map(str::to_owned).collect();
            assert!(written == lines.remove(topic).unwrap_or_default(), "{topic} {order:?}");
        }
        assert!(lines.is_empty(), "{:?} have no file", lines.keys());
    }
}

#[test]
fn what_is_generated_replays_cleanly() {
    for order in [None, Some("--disorder")] {
        let printed = generated(&Vec::from_iter(order));
        let ran = run_with(&["replay", "--json", "-"], printed.as_bytes());
        let summary = ran.summary();
        for (what, want) in [
            ("bad", json!({})),
            ("unknown_fields", json!(0)),
            ("repeated", json!(0)),
            ("id_reused", json!(0)),
        ] {
            assert_eq!(summary[what], want, "{what} {order:?}");
        }
        assert!(!ran.good().is_empty());
    }
}

#[test]
fn the_first_and_last_years_replay_cleanly_too() {
    for start in ["1900-01-01", "9899-12-29"] {
        let printed = run(["generate", "--accounts", "20", "--days", "3", "--start", start]).good();
        let ran = run_with(&["replay", "--json", "-"], printed.as_bytes());
        assert_eq!(ran.summary()["bad"], json!({}), "{start}: {}", ran.err);
    }
}

#[test]
fn odd_wishes_are_refused() {
    for args in [
        &["--activity=-1"][..],
        &["--activity", "nan"],
        &["--activity", "inf"],
        &["--start", "0000-01-01"],
        &["--start", "9899-12-31", "--days", "2"],
        &["--days", "4294967295"],
        &["--days", "-1"],
        &["--start", "today"],
    ] {
        let ran = run(["generate", "--accounts", "1"].iter().chain(args));
        assert!(ran.out.is_empty(), "{args:?}");
        ran.failed(2);
    }
    assert_eq!(run(["generate", "--accounts", "0"]).good(), "");
    assert_eq!(run(["generate", "--days", "0"]).good(), "");
}
