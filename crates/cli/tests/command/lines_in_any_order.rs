//! The result is a function of the set of events: order, files, form and path to the program change nothing.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::avro::container;
use crate::history::{by_topic, content, generated, line, meaning, opening, shuffled, usage, without_topic};
use crate::tool::{Folder, run, run_with};
use serde_json::json;

const ENDLESS: [&str; 11] = [
    "--as-arrived",
    "--allowed-lateness",
    "product-usage=36500d",
    "--allowed-lateness",
    "business-signals=36500d",
    "--allowed-lateness",
    "engagement-signals=36500d",
    "--allowed-lateness",
    "account-profiles=36500d",
    "--allowed-lateness",
    "opportunity-outcomes=36500d",
];

/// What `replay` prints for these files.
#[track_caller]
fn replayed(files: &[String]) -> String {
    run(["replay".to_owned()].iter().chain(files)).good()
}

/// What it prints with more arguments.
#[track_caller]
fn replayed_with(args: &[&str], file: &str) -> String {
    run(["replay"].iter().chain(args).chain(&[file])).good()
}

#[test]
fn nothing_is_late_in_files_of_one_topic_that_are_each_in_order() {
    let (folder, lines) = (Folder::new(), generated(30, 90));
    let mut files = by_topic(&folder, &lines);
    let want = meaning(&replayed(&files));
    for _ in 0..files.len() {
        files.rotate_left(1);
        let ran =
            run(["replay", "--json", "--as-arrived"].iter().copied().chain(files.iter().map(String::as_str)));
        let late = &ran.summary()["late"];
        assert!(
            late.as_object().is_some_and(|topics| topics.values().all(|count| count == 0)),
            "{files:?}: {late}"
        );
        assert_eq!(meaning(&ran.good()), want, "{files:?}");
    }
}

#[test]
fn the_same_bytes_come_out_however_the_lines_are_ordered_and_divided() {
    let (folder, lines) = (Folder::new(), generated(30, 90));
    let want = replayed(&by_topic(&folder, &lines));
    assert!(want.lines().count() > 10, "nothing to compare:\n{want}");
    let mut files = by_topic(&folder, &lines);
    files.reverse();
    assert_eq!(replayed(&files), want, "files in another order");
    for seed in 1..=3 {
        let mixed = shuffled(&lines, seed);
        assert_eq!(replayed(&[folder.file("mixed.jsonl", content(&mixed))]), want, "shuffled by {seed}");
        let thirds: Vec<String> = mixed
            .chunks(mixed.len() / 3 + 1)
            .enumerate()
            .map(|(number, part)| folder.file(&format!("part{number}.jsonl"), content(part)))
            .collect();
        assert_eq!(replayed(&thirds), want, "shuffled by {seed} into {} files", thirds.len());
    }
    let twice = [folder.at("mixed.jsonl"), folder.at("mixed.jsonl")];
    assert_eq!(replayed(&twice), want, "every event twice");
}

#[test]
fn the_same_bytes_come_out_of_every_form() {
    let (folder, lines) = (Folder::new(), generated(30, 90));
    let plain = content(&lines);
    let want = replayed(&[folder.file("plain.jsonl", &plain)]);
    assert!(want.lines().count() > 10, "nothing to compare:\n{want}");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&plain).unwrap();
    let gzip = folder.file("lines.jsonl.gz", gzip.finish().unwrap());
    let zstd = folder.file("lines.jsonl.zst", zstd::encode_all(&*plain, 1).unwrap());
    let topics = without_topic(&lines).into_iter();
    let avro: Vec<String> = topics
        .map(|(topic, lines)| folder.file(&format!("{topic}.2026.avro"), container(&topic, &lines)))
        .collect();
    assert_eq!(replayed(&[gzip]), want, "gzip");
    assert_eq!(replayed(&[zstd]), want, "Zstandard");
    assert_eq!(replayed(&avro), want, "Avro");
    assert_eq!(run_with(&["replay", "-"], &plain).good(), want, "standard input");
}

#[test]
fn a_line_s_own_topic_goes_before_the_file_s() {
    let folder = Folder::new();
    let want = replayed(&[folder.file("mixed.jsonl", content(&opening()))]);
    assert_eq!(meaning(&want).len(), 1, "{want}");
    assert_eq!(replayed(&[folder.file("engagement-signals.jsonl", content(&opening()))]), want);
}

#[test]
fn lines_as_they_arrive_end_in_what_sorting_them_gives() {
    let (folder, lines) = (Folder::new(), generated(20, 60));
    for until in [&[][..], &["--until", "2026-02-10"], &["--until", "2027-01-01"]] {
        let want = meaning(&replayed_with(until, &folder.file("mixed.jsonl", content(&lines))));
        assert!(want.len() > 5, "nothing to compare: {want:?}");
        for seed in 1..=2 {
            let mixed = folder.file("mixed.jsonl", content(&shuffled(&lines, seed)));
            let got = meaning(&replayed_with(&[&ENDLESS, until].concat(), &mixed));
            assert_eq!(got, want, "shuffled by {seed}, {until:?}");
        }
    }
}

#[test]
fn revisions_end_in_what_is_printed_without_them() {
    let (folder, lines) = (Folder::new(), generated(30, 90));
    let mixed = folder.file("mixed.jsonl", content(&lines));
    for mode in [&[][..], &["--as-arrived"]] {
        let last = replayed_with(mode, &mixed);
        let all = replayed_with(&[mode, &["--revisions"]].concat(), &mixed);
        assert!(all.lines().count() > last.lines().count(), "{mode:?}: no opportunity was revised");
        let mut missing: Vec<&str> = last.lines().collect();
        missing.retain(|line| !all.lines().any(|revision| revision == *line));
        assert!(missing.is_empty(), "{mode:?}: {missing:?}");
        let first = all.lines().filter(|line| line.contains(",\"revision\":1,")).count();
        assert_eq!(first, last.lines().count(), "{mode:?}: every opportunity has one first revision");
    }
}

#[test]
fn a_late_event_is_taken_where_lateness_allows_it() {
    let folder = Folder::new();
    let mut lines = opening();
    // The licence fills up on 3 March, and the record of it comes after one of the 20th.
    let late = lines.pop().unwrap();
    lines.push(line(
        "product-usage",
        "a",
        "2026-03-20T00:00:00Z",
        json!({"type": "user_activity", "user_id": "u"}),
    ));
    let rest = folder.file("rest.jsonl", content(&lines));
    lines.push(late.clone());
    let all = folder.file("all.jsonl", content(&lines));
    let set_aside = folder.at("late");
    let without = replayed_with(&["--as-arrived"], &rest);
    let ran = run(["replay", "--json", "--as-arrived", "--late", &set_aside, &all]);
    assert_eq!(ran.summary()["late"]["product-usage"], 1, "{}", ran.err);
    assert_eq!(ran.good(), without, "a late event changes nothing");
    assert_eq!(std::fs::read_to_string(&set_aside).unwrap(), format!("{late}\n"), "it is kept, whole");
    let patient = ["--as-arrived", "--allowed-lateness", "product-usage=60d"];
    assert_eq!(meaning(&replayed_with(&patient, &all)), meaning(&replayed_with(&[], &all)));
    assert_eq!(meaning(&replayed_with(&[], &all)).len(), 1, "sorted, nothing is late");
    assert!(without.is_empty(), "{without}");
}

#[test]
fn the_clock_of_the_timers_can_be_set() {
    let folder = Folder::new();
    let profile = opening().remove(0).replace("\"mrr\"", "\"renewal_at\":\"2026-09-01T00:00:00Z\",\"mrr\"");
    let file = folder.file("mixed.jsonl", content(&[profile, usage("s", "2026-03-03T09:00:00Z")]));
    for (until, want) in [("2026-06-02T23:59:59Z", 0), ("2026-06-03T00:00:00Z", 1), ("2030-01-01", 1)] {
        for mode in [&[][..], &["--as-arrived"]] {
            let got = meaning(&replayed_with(&[mode, &["--until", until]].concat(), &file));
            let plays: Vec<_> = got.iter().map(|opportunity| &opportunity["play"]).collect();
            assert_eq!(plays, vec!["renewal-expansion"; want], "{until} {mode:?}");
        }
    }
}
