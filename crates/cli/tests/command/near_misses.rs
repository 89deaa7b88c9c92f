//! `near-misses`: what is one condition short, held against what `explain` says of the same files.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::history::{by_topic, content, generated, line, opening, shuffled, usage};
use crate::tool::{Folder, Ran, run, run_with, springtide};

fn told(args: &[&str]) -> Value {
    let printed = run([&["near-misses", "--json"], args].concat()).good();
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn what_is_listed_is_what_explain_says() {
    let folder = Folder::new();
    let file = folder.file("in.jsonl", content(&generated(40, 90)));
    for at in ["2026-02-20T13:00:00Z", "2026-03-30T00:00:00Z"] {
        let all = told(&["--at", at, "--limit", "100000", &file]);
        let listed = all["near_misses"].as_array().unwrap();
        assert_eq!(all["total"].as_u64(), Some(listed.len() as u64));
        assert!(listed.len() > 20, "{all}");
        let nearness: Vec<f64> = listed.iter().map(|one| one["nearness"].as_f64().unwrap()).collect();
        assert!(nearness.is_sorted_by(|a, b| a >= b), "{nearness:?}");
        // Each account once, with all of its plays.
        let accounts: std::collections::BTreeSet<&str> =
            listed.iter().map(|one| one["account_id"].as_str().unwrap()).collect();
        assert_eq!(all["accounts"].as_u64(), Some(accounts.len() as u64));
        for account in accounts.iter().take(12) {
            let explained = run(["explain", "--json", "--account", account, "--at", at, &file]).good();
            let explained: Value = serde_json::from_str(&explained).unwrap();
            for play in explained["plays"].as_array().unwrap() {
                let failed: Vec<&Value> = play["conditions"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|condition| condition["held"] == false)
                    .collect();
                let own = |one: &&Value| one["account_id"] == **account && one["play"] == play["play"];
                let listed = listed.iter().find(own);
                let short = play["verdict"] == "not_open" && failed.len() <= 1;
                assert_eq!(listed.is_some(), short, "{account} {play}");
                let Some(listed) = listed else { continue };
                let missing = failed.first().map_or(&json!("instant"), |one| &one["condition"]).clone();
                assert_eq!(listed["missing"], missing, "{account} {play}");
                // Of a side, a state remembers less than the events say.
                if missing != "product" && missing != "business" {
                    assert_eq!(listed["nearest_miss"], play["nearest_miss"]);
                }
            }
        }
    }
}

#[test]
fn order_files_and_limit_make_no_difference_to_who_is_near() {
    let folder = Folder::new();
    let lines = generated(30, 90);
    let file = folder.file("in.jsonl", content(&shuffled(&lines, 5)));
    let once = run(["near-misses", "--json", &file]).good();
    let files = by_topic(&folder, &lines);
    let args = ["near-misses", "--json"].map(str::to_owned);
    assert_eq!(run(args.into_iter().chain(files)).good(), once);
    let (all, few) = (told(&[&file, "--limit", "100000"]), told(&[&file, "--limit", "7"]));
    assert_eq!(few["near_misses"].as_array().unwrap()[..], all["near_misses"].as_array().unwrap()[..7]);
    assert_eq!((&few["total"], &few["plays"]), (&all["total"], &all["plays"]));
    let play = all["plays"][0]["play"].as_str().unwrap();
    let own = told(&[&file, "--limit", "100000", "--play", play]);
    assert_eq!(
        (own["total"].as_u64(), &own["plays"][0]),
        (all["plays"][0]["near_misses"].as_u64(), &all["plays"][0])
    );
}

#[test]
fn a_line_says_what_is_missing() {
    let folder = Folder::new();
    let play = ["--play", "seat-expansion"];
    let said = |lines: &[String], at: &str| {
        let file = folder.file("in.jsonl", content(lines));
        run([&["near-misses", "--at", at], &play[..], &[&file]].concat()).good()
    };
    let whole = opening();
    // One of the three jobs is not there.
    let without = [&whole[..1], &whole[2..]].concat();
    let text = said(&without, "2026-03-03T09:00:00Z");
    assert!(
        text.starts_with("3 March 2026, 09:00 UTC: 1 near miss of 1 account, each one condition short\n"),
        "{text}"
    );
    assert!(text.contains("  acme  seat-expansion  one job posting short: 2 jobs posted in sales"), "{text}");
    assert!(text.ends_with("By play: 1 seat-expansion\n"), "{text}");
    // What is open lacks nothing.
    assert_eq!(
        said(&whole, "2026-03-03T09:00:00Z"),
        "Nothing is one condition short at 3 March 2026, 09:00 UTC\n"
    );
    // Opened on the 3rd, and both sides are there again on the 20th.
    let mut again = whole.clone();
    again.push(usage("s2", "2026-03-20T09:00:00Z"));
    let funding = json!({"type": "funding_raised"});
    again.push(line("business-signals", "f", "2026-03-20T08:00:00Z", funding));
    let text = said(&again, "2026-03-20T09:00:00Z");
    assert!(text.contains("in cooldown until 2 April 2026"), "{text}");
    // What happens later is not known yet.
    assert_eq!(said(&again, "2026-03-03T09:00:00Z"), said(&whole, "2026-03-03T09:00:00Z"));
}

#[test]
fn wrong_calls_are_answered_with_what_would_be_right() {
    let folder = Folder::new();
    let file = folder.file("in.jsonl", content(&opening()));
    for (args, code, words) in [
        (vec![], 2, "<FILE>"),
        (vec!["--at", "tomorrow", &file], 2, "expected a time such as"),
        (vec!["--play", "nothing", &file], 2, "the plays are"),
        (vec!["none.jsonl"], 1, "none.jsonl"),
        (vec!["--rules", "none", &file], 1, "none"),
    ] {
        let ran = run([&["near-misses"], &args[..]].concat());
        assert!(ran.out.is_empty(), "{args:?}");
        let err = ran.failed(code);
        assert!(err.contains(words), "{args:?}: {err}");
    }
    let nothing = run_with(&["near-misses", "-"], b"");
    assert!(nothing.failed(1).contains("there are no events in the input, so nothing to ask about"));
    let aside = folder.at("aside");
    let input = [b"nonsense\n", &content(&opening())[..]].concat();
    let bad = run_with(&["near-misses", "--dead-letter", &aside, "-"], &input);
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
    there(&["generate", "--seed", "1", "--out", "data", "--accounts", "60", "--days", "60"]);
    let topics = ["account-profiles", "business-signals", "engagement-signals", "product-usage"];
    let files = topics.map(|topic| format!("data/{topic}.jsonl"));
    let mut args = vec!["near-misses", "--play", "seat-expansion", "--limit", "6"];
    args.extend(files.iter().map(String::as_str));
    let printed = there(&args);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/near-misses.md");
    let documentation = fs::read_to_string(path).expect("the documentation");
    assert!(documentation.contains(&format!("```\n{printed}```\n")), "docs/near-misses.md lacks:\n{printed}");
    args.push("--json");
    let object: Value = serde_json::from_str(&there(&args)).unwrap();
    let near = object["near_misses"][0].as_object().unwrap();
    for name in object.as_object().unwrap().keys().chain(near.keys()) {
        assert!(documentation.contains(&format!("`{name}`")), "docs/near-misses.md lacks `{name}`");
    }
}
