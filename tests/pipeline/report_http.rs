//! What became of opportunities and revenue, over HTTP: the same that `springtide report` says of the same records.

use std::ffi::OsString;

use serde_json::{Value, json};
use springtide_tests::data::Data;
use springtide_tests::http::Answer;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;
use springtide_tests::program::springtide;
use springtide_tests::records::Record;
use springtide_tests::wait::patiently;
use springtide_tests::watched::Watched;

use crate::aside::story::{OUTCOMES, PROFILES, event};
use crate::inbox::{await_list, body, decide, flags, told};

const PERIOD: &str = "from=2024-01-10T00:00:00Z&to=2024-03-01T00:00:00Z";

/// Asks until it is made.
fn report(watched: &Watched, path: &str) -> Answer {
    let made = patiently(|| {
        let answer = watched.get(path);
        if answer.status == 503 {
            assert!(
                answer.body.contains("is being made") || answer.body.contains("being read"),
                "{answer:?}"
            );
        }
        (answer.status != 503).then_some(answer)
    });
    made.unwrap_or_else(|| panic!("{path} is made: {:?}", watched.get(path)))
}

/// What the command says of the same files.
fn said(data: &Data, more: &[&str]) -> String {
    let mut args: Vec<OsString> = vec!["report".into()];
    args.extend(data.flags());
    args.extend(["--from", "2024-01-10", "--to", "2024-03-01"].iter().chain(more).map(OsString::from));
    args.extend(data.files().iter().map(|path| path.as_os_str().to_owned()));
    Process::start(springtide().as_os_str(), &args).finish().well().text().to_owned()
}

#[test]
fn a_report_over_http_is_that_of_the_command() {
    let data = Data::generated_calm(71);
    let pipeline = Pipeline::new("report", 3);
    pipeline.feed(&data.records(72));
    pipeline.catch_up(data.flags());
    let watched = Watched::start(&pipeline, [data.flags(), vec!["--api".into()]].concat());
    for (query, flags) in [("", &[][..]), ("&segment=smb,enterprise", &["--segment", "smb,enterprise"])] {
        let answer = body(&report(&watched, &format!("/api/v1/report?{PERIOD}{query}")));
        let expected: Value = serde_json::from_str(&said(&data, &[flags, &["--json"]].concat())).unwrap();
        assert_eq!(answer["report"], expected);
        assert!(answer["report"]["accounts"].as_u64().unwrap() > 10, "{answer}");
        assert_eq!(
            (&answer["left_out"]["bad"], &answer["left_out"]["outcomes_gone"]),
            (&json!(0), &json!(0))
        );
    }
    let table = report(&watched, &format!("/api/v1/report.csv?{PERIOD}"));
    assert_eq!(table.body, said(&data, &["--csv"]));
    for (query, part) in [
        ("from=2024-03-01T00:00:00Z&to=2024-03-01T00:00:00Z", "the period is empty"),
        ("from=soon", "`soon` is no time"),
        ("segment=smb,huge", "`huge` is not one of enterprise, mid_market, smb"),
        ("format=pdf", "unknown field `format`"),
    ] {
        let answer = watched.get(&format!("/api/v1/report?{query}"));
        assert!(answer.status == 400 && answer.body.contains(part), "{query}: {answer:?}");
    }
}

#[test]
fn erased_accounts_are_in_no_report_and_plays_have_their_record() {
    let pipeline = Pipeline::new("report-erased", 2);
    pipeline.feed(&told(&["one", "two"]));
    let flags = || flags(&[]);
    let watched = Watched::start(&pipeline, flags());
    for row in await_list(&watched, "", 2) {
        let decision = json!({"stage": "dismissed", "reason": format!("{} leaves", row["account_id"])});
        assert_eq!(decide(&watched, &row, "k", &decision).status, 201);
    }
    // Of nobody that is known: whose they were was erased long ago.
    let rest = r#""opportunity_id":"6f1b0f3e-0000-5000-8000-000000000001","play":"usage-limit","stage":"closed_lost""#;
    pipeline.feed(&[event(OUTCOMES, "gone", "02-02", rest)]);
    let path = "/api/v1/report?from=2024-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";
    let answer = body(&report(&watched, path));
    let play = |answer: &Value| answer["report"]["plays"][0].clone();
    assert_eq!((&answer["report"]["accounts"], &play(&answer)["dismissed"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&answer["left_out"]["outcomes_without_account"], &play(&answer)["lost"]),
        (&json!(1), &json!(0))
    );

    let plays = body(&watched.get("/api/v1/plays"));
    let find =
        |name: &str| plays["items"].as_array().unwrap().iter().find(|one| one["play"] == name).unwrap();
    let limit = find("usage-limit");
    assert_eq!((&limit["trigger"], &limit["motion"]), (&json!("single"), &json!("upsell")));
    assert_eq!((&limit["product"], &limit["business"]), (&json!(["limit_80"]), &json!([])));
    assert_eq!(
        (&limit["window"], &limit["act_within"], &limit["cooldown_days"]),
        (&json!("5d"), &json!("14d"), &json!(30.0))
    );
    assert!(limit["gate"].as_str().unwrap().contains("profile.health_score > 60"), "{limit}");
    assert_eq!((&limit["record"]["dismissed"], &limit["record"]["won"]), (&json!(2), &json!(0)));
    assert_eq!(find("add-on")["record"]["opened"], 0);
    assert_eq!(find("seat-expansion")["act_within"], "5bd");

    pipeline.feed(&[Record { value: None, ..Record::new(PROFILES, "two", "") }]);
    await_list(&watched, "standing=dismissed", 1);
    watched.run.terminate();
    watched.run.finish().well();
    let watched = Watched::start(&pipeline, flags());
    let answer = report(&watched, path);
    assert!(!answer.body.contains("two leaves"), "{answer:?}");
    let answer = body(&answer);
    assert_eq!((&answer["report"]["accounts"], &play(&answer)["dismissed"]), (&json!(1), &json!(1)));
    assert_eq!(answer["left_out"]["outcomes_without_account"], 2);
}
