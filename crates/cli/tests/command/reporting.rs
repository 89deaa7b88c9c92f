//! `report`: what it prints, the same for every order of the lines, and how it answers wrong calls.

use serde_json::{Value, json};

use crate::history::{by_topic, content, generated, line, opening, shuffled};
use crate::tool::{Folder, run, run_with};

/// What `replay` says the opportunity's id is.
fn id(folder: &Folder) -> String {
    let printed = run(["replay", &folder.file("in.jsonl", content(&opening()))]).good();
    let opportunity: Value = serde_json::from_str(printed.trim()).unwrap();
    opportunity["opportunity_id"].as_str().unwrap().to_owned()
}

/// An opportunity that is qualified a day later and won for 2,400 a year, with what the account pays before and after.
fn sold(id: &str) -> Vec<String> {
    let outcome = |event: &str, at: &str, mut more: Value| {
        (more["opportunity_id"], more["play"]) = (json!(id), json!("seat-expansion"));
        line("opportunity-outcomes", event, at, more)
    };
    let profile = json!({
        "name": "Acme", "domains": [], "segment": "smb", "mrr": 1200, "currency": "EUR", "health_score": 85,
        "first_value_at": "2025-01-01T00:00:00Z", "buyer_departments": ["sales"],
    });
    let won = json!({"stage": "closed_won", "amount": 2400, "cost": 300});
    let mut lines = opening();
    lines.push(outcome("o1", "2026-03-04T09:00:00Z", json!({"stage": "qualified"})));
    lines.push(outcome("o2", "2026-03-20T09:00:00Z", won));
    lines.push(line("account-profiles", "p2", "2026-03-21T00:00:00Z", profile));
    lines
}

fn report(folder: &Folder, lines: &[String], flags: &[&str]) -> String {
    let file = folder.file("report.jsonl", content(lines));
    run([&["report"], flags, &[&file]].concat()).good()
}

#[test]
fn an_opportunity_that_was_sold_is_in_every_section() {
    let folder = Folder::new();
    let lines = sold(&id(&folder));
    let flags = ["--json", "--from", "2026-02-01"];
    let told: Value = serde_json::from_str(&report(&folder, &lines, &flags)).unwrap();
    assert_eq!(
        (&told["from"], &told["to"]),
        (&json!("2026-02-01T00:00:00.000Z"), &json!("2026-03-22T00:00:00.000Z"))
    );
    assert_eq!(told["funnel"]["won_of_signals_percent"], 100.0);
    assert_eq!(told["revenue"][0]["total"]["nrr_percent"], 120.0);
    assert_eq!(told["motions"][0]["sales"][0]["mrr"], 200.0);
    assert_eq!(told["acquisition"][0]["expansion_cac"], 300.0);
    assert_eq!(told["first_touch"]["median_hours"], 24.0);
    assert_eq!(told["plays"][0]["precision_percent"], 100.0);
    assert_eq!(
        (&told["gaps"]["unknown_opportunities"], &told["gaps"]["found_by_play"]),
        (&json!(0), &json!(0))
    );
    let text = report(&folder, &lines, &["--from", "2026-02-01"]);
    for words in [
        "1 February 2026 to 21 March 2026 (UTC), all segments, 1 account",
        "Won: 100.0 % of signals and 100.0 % of those qualified.",
        "Monthly recurring revenue, EUR",
        "Expansion CAC: EUR 300 (EUR 300 spent on deals won and lost ÷ 1 expansion).",
    ] {
        assert!(text.contains(words), "no `{words}` in:\n{text}");
    }
    let csv = report(&folder, &lines, &["--csv", "--from", "2026-02-01"]);
    assert!(csv.starts_with("section,group,detail,currency,measure,unit,value\r\n"), "{csv}");
    assert!(csv.contains("\r\nrevenue,,,EUR,nrr_percent,percent,120\r\n"), "{csv}");
    assert!(csv.split("\r\n").all(|line| line.is_empty() || line.split(',').count() == 7), "{csv}");
}

#[test]
fn the_order_of_lines_files_and_repeats_make_no_difference() {
    let folder = Folder::new();
    let lines = generated(30, 60);
    let once = report(&folder, &lines, &["--json"]);
    assert!(once.contains("\"closed_won\"") && once.len() > 2_000, "{once}");
    let twice: Vec<String> = [&lines[..], &lines[..lines.len() / 2]].concat();
    assert_eq!(report(&folder, &shuffled(&twice, 5), &["--json"]), once);
    let files = by_topic(&folder, &lines);
    let args = ["report", "--json"].map(str::to_owned).into_iter().chain(files.into_iter().rev());
    assert_eq!(run(args).good(), once);
}

#[test]
fn a_page_is_at_most_100_columns_wide() {
    let folder = Folder::new();
    let text = report(&folder, &generated(60, 90), &[]);
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.is_empty() && text.lines().count() > 40, "{text}");
}

#[test]
fn the_period_is_the_12_months_up_to_the_last_event_or_as_told() {
    let folder = Folder::new();
    let period = |flags: &[&str]| {
        let flags = [&["--json"], flags].concat();
        let told: Value = serde_json::from_str(&report(&folder, &opening(), &flags)).unwrap();
        [&told["from"], &told["to"]].map(|at| at.as_str().unwrap()[..10].to_owned())
    };
    assert_eq!(period(&[]), ["2025-03-04", "2026-03-04"]);
    assert_eq!(period(&["--until", "2026-04-01T12:00:00Z"]), ["2025-04-02", "2026-04-02"]);
    assert_eq!(period(&["--to", "2026-01-31"]), ["2025-01-31", "2026-01-31"]);
    assert_eq!(period(&["--from", "2026-03-01"]), ["2026-03-01", "2026-03-04"]);
}

#[test]
fn segments_are_chosen_by_name() {
    let folder = Folder::new();
    let of = |segments: &str| {
        let told = report(&folder, &opening(), &["--json", "--segment", segments]);
        let told: Value = serde_json::from_str(&told).unwrap();
        (told["accounts"].clone(), told["funnel"]["stages"][0]["opportunities"].clone())
    };
    assert_eq!(of("smb"), (json!(1), json!(1)));
    assert_eq!(of("enterprise,smb"), (json!(1), json!(1)));
    assert_eq!(of("enterprise"), (json!(0), json!(0)));
}

#[test]
fn wrong_calls_are_answered_with_what_would_be_right() {
    let folder = Folder::new();
    let file = folder.file("in.jsonl", content(&opening()));
    for (flags, words) in [
        (&["--segment", "huge"][..], "`huge` is no segment; the segments are enterprise, mid_market, smb"),
        (&["--json", "--csv"], "cannot be used with"),
        (&["--from", "yesterday"], "expected a time such as 2026-03-02T09:30:00Z"),
        (&["--from", "2026-02-01", "--to", "2026-02-01"], "the period is empty"),
        (
            &["--from", "2027-01-01"],
            "the period is empty: --from 2027-01-01T00:00:00.000Z is not before its end",
        ),
    ] {
        let err = run([&["report"], flags, &[&file]].concat()).failed(2);
        assert!(err.contains(words), "{flags:?}: {err}");
    }
    assert!(run(["report"]).failed(2).contains("<FILE>"));
    assert!(run(["report", &folder.at("none.jsonl")]).failed(1).contains("none.jsonl"));
    let nothing = run_with(&["report", "-"], b"");
    assert!(nothing.failed(1).contains("there are no events in the input"));
    let bad = run_with(&["report", "-"], &[b"nonsense\n", &content(&opening())[..]].concat());
    assert!(bad.err.contains("bad  1 record"), "{}", bad.err);
}
