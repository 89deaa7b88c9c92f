//! What any instance says of an account, whoever owns it (SPEC section 9.2).

use std::ffi::OsString;
use std::fs;

use serde_json::{Value, json};
use springtide_tests::http::{Answer, ask};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;
use springtide_tests::wait::patiently;
use springtide_tests::watched::Watched;

use crate::aside::story::{OUTCOMES, PROFILES, event, near_limit, office, profile, until};

const ACCOUNTS: [&str; 6] = ["one", "two", "three", "a/b?c", "ünï cødé", "six"];
const TOKEN: &str = "0123456789abcdef-ann";

/// A path to an account, by an id of any letters.
fn path(account: &str, rest: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    let id: String = account.bytes().map(letter).collect();
    format!("/api/v1/accounts/{id}{rest}")
}

fn flags(more: &[&str]) -> Vec<OsString> {
    [until(), vec!["--api".into()], more.iter().map(Into::into).collect()].concat()
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

fn told(account: &str) -> Vec<Record> {
    vec![profile(account), near_limit(account), office(account)]
}

/// What an instance says once it says something.
fn said(watched: &Watched, path: &str, headers: &[(&str, &str)]) -> Answer {
    let ask = || ask(&watched.address, "GET", path, headers, "");
    patiently(|| Some(ask()).filter(|answer| answer.status != 503))
        .unwrap_or_else(|| panic!("{path}: {:?}\n{}", ask(), watched.run.stderr()))
}

#[test]
fn any_instance_says_the_same_of_any_account_and_goes_on_when_its_owner_is_killed() {
    let pipeline = Pipeline::new("accounts-any", 4);
    pipeline.feed(&ACCOUNTS.map(told).concat());
    let tokens = pipeline.beside("tokens");
    let bearer = format!("Bearer {TOKEN}");
    let ann = [("Authorization", &*bearer)];
    fs::write(&tokens, format!("ann view {TOKEN}\n")).unwrap();
    let start = |number: usize| {
        let state = format!("--state-dir={}", pipeline.beside(&format!("state-{number}")).display());
        Watched::start(&pipeline, flags(&[&state, &format!("--api-tokens={}", tokens.display())]))
    };
    let mut watched = vec![start(0), start(1)];
    for one in &mut watched {
        one.await_answer("/readyz", 200, "working on 2 partitions");
    }
    let mut passed_on = 0;
    for account in ACCOUNTS {
        let why = path(account, "/explanation?at=2024-02-01T12:00:00Z&play=usage-limit");
        let whole = |one: &Watched| {
            let known = |answer: &Answer| {
                answer.status == 200
                    && body(answer)["opportunities"].as_array().is_some_and(|all| all.len() == 2)
            };
            patiently(|| Some(said(one, &path(account, ""), &ann)).filter(known))
                .expect("an account with its opportunity")
        };
        let answers: Vec<Answer> = watched.iter().map(whole).collect();
        let by_peer =
            |answer: &&Answer| answer.head.to_lowercase().contains("springtide-answered-by: 127.0.0.1:");
        assert_eq!(answers.iter().filter(by_peer).count(), 1, "one owns it and the other asks: {answers:?}");
        passed_on += usize::from(by_peer(&&answers[0]));
        let [mut ours, mut theirs] = [body(&answers[0]), body(&answers[1])];
        // Each says it at a time of its own.
        for whole in [&mut ours, &mut theirs] {
            whole["as_of"].take();
            // A gate that holds, holds up to now.
            let gates = whole["gates"].as_array_mut().unwrap();
            gates.iter_mut().for_each(|gate| drop(gate["held"].as_array_mut().unwrap().pop()));
            for row in whole["opportunities"].as_array_mut().unwrap() {
                row["rank"].take();
                row["seconds_left"].take();
            }
            whole["plays"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(|play| drop(play["window_from"].take()));
        }
        assert_eq!(ours, theirs);
        assert_eq!((&ours["account_id"], &ours["profiles"][0]["mrr"]), (&json!(account), &json!(1000.0)));
        let explained: Vec<Value> = watched.iter().map(|one| body(&said(one, &why, &ann))).collect();
        assert_eq!(explained[0], explained[1]);
        assert_eq!(explained[0]["plays"][0]["verdict"], "opened", "{explained:?}");
    }
    assert!((1..ACCOUNTS.len()).contains(&passed_on), "each owns some: {passed_on}");
    // Who may not ask here may not by way of another.
    let unknown = ask(&watched[0].address, "GET", &path("one", ""), &[("Springtide-Passed-On", "1")], "");
    assert_eq!(unknown.status, 401);

    watched.remove(0).run.kill();
    for account in ACCOUNTS {
        let answer = said(&watched[0], &path(account, ""), &ann);
        let asked_a_dead_one = answer.head.to_lowercase().contains("answered-by");
        assert!(answer.status == 200 && !asked_a_dead_one, "{answer:?}");
    }
}

#[test]
fn an_account_is_shown_with_what_it_rests_on_and_what_holds_it_back() {
    let pipeline = Pipeline::new("accounts-whole", 1);
    let dismissed =
        r#""opportunity_id":"o","play":"seat-expansion","stage":"dismissed","reason":"they leave""#;
    pipeline.feed(&[told("one"), vec![event(OUTCOMES, "one", "02-02", dismissed)]].concat());
    let mut watched = Watched::start(&pipeline, flags(&[]));
    watched.await_figure(r#"springtide_outcomes_total{stage="dismissed"}"#, 1.0);
    let whole = body(&said(&watched, &path("one", ""), &[]));
    let signals: Vec<_> = whole["signals"].as_array().unwrap().iter().map(|one| &one["detector"]).collect();
    assert_eq!(signals, ["limit_80", "new_office"], "{whole}");
    let reading = &whole["usage"][0];
    assert_eq!((&reading["meter"], &reading["readings"][0]["used"]), (&json!("calls"), &json!(85.0)));
    assert_eq!(reading["readings"][0]["limit"], 100.0);
    let play =
        |name: &str| whole["plays"].as_array().unwrap().iter().find(|play| play["play"] == name).unwrap();
    let opening = &play("usage-limit")["openings"][0];
    assert_eq!(opening["window_from"], "2024-01-27T12:00:00.000Z");
    assert_eq!(opening["act_by"], "2024-02-15T12:00:00.000Z");
    assert_eq!(opening["detectors"], json!(["limit_80"]));
    assert_eq!(whole["outcomes"][0]["reason"], "they leave");

    let why = |rest: &str| said(&watched, &path("one", &format!("/explanation{rest}")), &[]);
    let explained = body(&why("?at=2024-02-03T00:00:00Z&play=seat-expansion"));
    let failed: Vec<_> = explained["plays"][0]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|condition| condition["held"] == false)
        .map(|condition| (condition["condition"].as_str().unwrap(), condition["until"].as_str()))
        .collect();
    assert_eq!(failed, [("product", None), ("dismissed", Some("2024-05-02T12:00:00.000Z"))]);
    for (rest, status, part) in [
        ("?at=soon", 400, "`soon` is no time"),
        ("?when=now", 400, "unknown field `when`"),
        ("?play=none", 404, "`none` is no play"),
    ] {
        let answer = why(rest);
        assert!(answer.status == status && answer.body.contains(part), "{rest}: {answer:?}");
    }
    assert_eq!(said(&watched, &path("nobody", ""), &[]).status, 404);
    assert_eq!(said(&watched, &path(&"x".repeat(1_025), ""), &[]).status, 400);
    pipeline.feed(&[Record { value: None, ..Record::new(PROFILES, "one", "") }]);
    let gone =
        patiently(|| Some(said(&watched, &path("one", ""), &[])).filter(|answer| answer.status == 404));
    assert!(gone.is_some(), "what was erased is not known");
}
