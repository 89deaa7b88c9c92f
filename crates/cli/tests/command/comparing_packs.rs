//! `backtest`: what two packs would have opened, the same whichever way it is asked, and how it answers wrong calls.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::history::{by_topic, content, generated, opening, shuffled};
use crate::tool::{Folder, Ran, run, run_with, springtide};

/// The default pack, written out.
fn default_pack(folder: &Folder, name: &str) -> String {
    let dir = folder.at(name);
    run(["check", "--write-default", &dir]).good();
    dir
}

/// The default pack with another text in its gates.
fn edited(folder: &Folder, name: &str, from: &str, to: &str) -> String {
    let dir = default_pack(folder, name);
    let gates = format!("{dir}/gates.yaml");
    let text = fs::read_to_string(&gates).unwrap();
    assert!(text.contains(from));
    fs::write(&gates, text.replace(from, to)).unwrap();
    dir
}

fn stricter(folder: &Folder) -> String {
    edited(folder, "strict", "health_score > 60", "health_score > 80")
}

fn told(args: &[&str]) -> Value {
    let printed = run([&["backtest", "--json"], args].concat()).good();
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn a_stricter_gate_loses_what_it_keeps_shut_and_says_so() {
    let folder = Folder::new();
    let (old, new) = (default_pack(&folder, "old"), stricter(&folder));
    let file = folder.file("in.jsonl", content(&generated(60, 120)));
    let lost = told(&[&old, &new, &file]);
    let count = |name: &str| lost["total"][name].as_u64().unwrap();
    assert!(count("lost") > 10 && count("lost") > 3 * count("gained"), "{}", lost["total"]);
    let first = &lost["conditions"]["rows"][0];
    assert_eq!((&first["kind"], &first["condition"]), (&json!("gate"), &json!("profile.health_score > 80")));
    let differences = lost["detailed"]["differences"].as_array().unwrap();
    let misses = differences.iter().filter(|one| one["what"] == "lost");
    let miss = misses.filter_map(|one| one["nearest_miss"].as_str()).find(|miss| miss.contains("needs > 80"));
    assert!(miss.is_some(), "{differences:?}");
    // The other way round it is all the same but for the names.
    let gained = told(&[&new, &old, &file]);
    for (here, there) in [("old", "new"), ("same", "same"), ("changed", "changed"), ("lost", "gained")] {
        assert_eq!(lost["total"][here], gained["total"][there], "{here}");
        assert_eq!(lost["total"][there], gained["total"][here], "{here}");
    }
    assert_eq!(lost["total"]["outcomes"]["old"], gained["total"]["outcomes"]["new"]);
    // What a pack opens is what it opens when replayed alone.
    for (pack, side) in [(&old, "old"), (&new, "new")] {
        let summary = run(["replay", "--json", "--rules", pack, &file]).summary();
        let by_play = summary["opportunities"].as_object().unwrap();
        assert_eq!(by_play.values().filter_map(Value::as_u64).sum::<u64>(), count(side));
    }
}

#[test]
fn a_pack_against_itself_has_no_difference_but_a_warning() {
    let folder = Folder::new();
    let (old, copy) = (default_pack(&folder, "old"), default_pack(&folder, "copy"));
    let file = folder.file("in.jsonl", content(&generated(30, 90)));
    for (new, words) in [(&old, "OLD and NEW are one folder"), (&copy, "say the same")] {
        let ran = run(["backtest", &old, new, &file]);
        assert!(ran.err.contains(words) && ran.err.contains("nothing can differ"), "{}", ran.err);
        assert!(ran.good().contains("Nothing differs."));
        let told = told(&[&old, new, &file]);
        assert!(told["total"]["same"].as_u64().unwrap() > 10);
        assert_eq!(told["detailed"]["differences"], json!([]));
    }
}

#[test]
fn order_files_streams_and_runs_make_no_difference() {
    let folder = Folder::new();
    let (old, new) = (default_pack(&folder, "old"), stricter(&folder));
    let lines = generated(30, 90);
    let file = folder.file("in.jsonl", content(&shuffled(&lines, 3)));
    let (page, again) = (folder.at("page.html"), folder.at("again.html"));
    let once = run(["backtest", "--json", "--html", &page, &old, &new, &file]).good();
    let files = by_topic(&folder, &lines);
    let args = ["backtest", "--json", "--html", &again, &old, &new].map(str::to_owned);
    assert_eq!(run(args.into_iter().chain(files)).good(), once);
    assert_eq!(fs::read(&page).unwrap(), fs::read(&again).unwrap());
    // What came as a stream can't be read twice, and need not be.
    let streamed = run_with(&["backtest", "--json", &old, &new, "-"], &content(&lines));
    assert_eq!(streamed.good(), once);
}

#[test]
fn people_read_a_table_and_a_page() {
    let folder = Folder::new();
    let (old, new) = (default_pack(&folder, "old"), stricter(&folder));
    let (file, page) = (folder.file("in.jsonl", content(&generated(60, 120))), folder.at("page.html"));
    let text = run(["backtest", &old, &new, "--html", &page, &file]).good();
    let html = fs::read_to_string(page).unwrap();
    for head in
        ["By play", "By segment", "The conditions that decide", "What people made of them", "How many a week"]
    {
        assert!(text.contains(&format!("\n{head}")), "no `{head}` in:\n{text}");
        assert!(html.contains(&format!("<h2>{head}</h2>")), "{head}");
    }
    assert!(text.contains("gate: profile.health_score > 80") && text.contains("\n  - lost "), "{text}");
    assert!(html.contains("gate: profile.health_score &gt; 80"));
}

#[test]
fn a_play_that_one_pack_lacks_is_lost_whole() {
    let folder = Folder::new();
    let (old, new) = (default_pack(&folder, "old"), default_pack(&folder, "new"));
    // Drafts name plays.
    for gone in ["plays/seat-expansion.yaml", "drafts.yaml"] {
        fs::remove_file(format!("{new}/{gone}")).unwrap();
    }
    let file = folder.file("in.jsonl", content(&opening()));
    let told = told(&[&old, &new, &file]);
    let rows = told["plays"].as_array().unwrap();
    let row = rows.iter().find(|row| row["play"] == "seat-expansion").unwrap();
    assert_eq!((&row["only_in"], &row["lost"], &row["gained"]), (&json!("old"), &json!(1), &json!(0)));
    assert_eq!(told["conditions"]["rows"][0]["kind"], "no_play");
    // Nobody said what became of it.
    assert!(told.get("ended").is_none() && row.get("outcomes").is_none());
}

#[test]
fn wrong_calls_are_answered_with_what_would_be_right() {
    let folder = Folder::new();
    let pack = default_pack(&folder, "pack");
    let broken = edited(&folder, "broken", "health_score > 60", "health_score > > 60");
    let file = folder.file("in.jsonl", content(&opening()));
    for (args, code, words) in [
        (vec![], 2, "<OLD>"),
        (vec![&*pack, &pack], 2, "<FILE>"),
        (vec!["--until", "tomorrow", &pack, &pack, &file], 2, "expected a time such as"),
        (vec![&*folder.at("none"), &pack, &file], 1, "none"),
        (vec![&*pack, &broken, &file], 1, "gates.yaml:6:"),
        (vec![&*pack, &pack, "none.jsonl"], 1, "none.jsonl"),
        (vec!["--config", "none.toml", &pack, &pack], 1, "none.toml"),
        (vec!["--config", "none.toml", "--dead-letter", "aside", &pack, &pack], 2, "<FILE>"),
        (vec!["--html", &file, &pack, &broken, &file], 1, "gates.yaml:6:"),
        (vec!["--html", &file, &pack, &pack, &file], 2, "the page would overwrite it"),
        (vec!["--html", "/no/such/folder/page.html", &pack, &pack, &file], 1, "/no/such/folder/page.html"),
    ] {
        let ran = run([&["backtest"], &args[..]].concat());
        assert!(ran.out.is_empty(), "{args:?}");
        let err = ran.failed(code);
        assert!(err.contains(words), "{args:?}: {err}");
    }
    // No line of input was lost to that.
    assert_eq!(fs::read(&file).unwrap(), content(&opening()));
    let nothing = run_with(&["backtest", &pack, &pack, "-"], b"");
    assert!(nothing.failed(1).contains("there are no events in the input, so nothing to compare"));
    let aside = folder.at("aside");
    let input = [b"nonsense\n", &content(&opening())[..]].concat();
    let bad = run_with(&["backtest", "--dead-letter", &aside, &pack, &pack, "-"], &input);
    assert!(bad.err.contains("bad  1 record"), "{}", bad.err);
    assert_eq!(fs::read(aside).unwrap(), b"nonsense\n");
}

#[test]
fn the_example_of_the_documentation_prints_what_stands_there() {
    let folder = Folder::new();
    let there = |args: &[&str]| -> String {
        let ran = springtide().args(args).current_dir(folder.path()).output();
        Ran::from(ran.expect("the program starts")).good()
    };
    there(&[
        "generate",
        "--seed",
        "1",
        "--out",
        "year",
        "--accounts",
        "100",
        "--days",
        "360",
        "--activity",
        "0.2",
        "--outcomes",
    ]);
    default_pack(&folder, "old");
    edited(&folder, "new", "health_score > 60", "health_score > 70");
    let topics = [
        "account-profiles",
        "business-signals",
        "engagement-signals",
        "opportunity-outcomes",
        "product-usage",
    ];
    let files = topics.map(|topic| format!("year/{topic}.jsonl"));
    let mut args = vec!["backtest", "old", "new"];
    args.extend(files.iter().map(String::as_str));
    let printed = there(&args);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/backtest.md");
    let documentation = fs::read_to_string(path).expect("the documentation");
    assert!(documentation.contains(&format!("```\n{printed}```\n")), "docs/backtest.md lacks:\n{printed}");
}
