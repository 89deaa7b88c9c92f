//! What somebody who watches a pipeline sees of it: figures, and whether it lives and works (SPEC section 7.1).

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::net::{TcpListener, TcpStream};

use serde_json::Value;
use springtide_runtime::metrics::FIGURES;
use springtide_tests::admin::Admin;
use springtide_tests::data::Data;
use springtide_tests::http::{Answer, get, put};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;
use springtide_tests::records::{INPUT, Record};
use springtide_tests::transaction::OpenTransaction;
use springtide_tests::watched::{Watched, lag, lag_seconds};

/// What `promtool` finds wrong with a scrape.
fn faults_of(pipeline: &Pipeline, scrape: &str) -> String {
    let file = pipeline.beside("scrape.txt");
    fs::write(&file, scrape).unwrap();
    let args = [OsStr::new("-c"), OsStr::new("promtool check metrics <\"$0\""), file.as_os_str()];
    let ended = Process::start(OsStr::new("sh"), &args).finish();
    let said = format!("{}{}", ended.stderr, ended.text());
    assert!(
        !said.contains("not found"),
        "promtool is missing; install it (apt-get install prometheus): {said}"
    );
    assert!(ended.status.success() || !said.is_empty(), "it must say what is wrong");
    said
}

#[test]
fn a_pipeline_that_works_shows_figures_without_a_fault_and_how_much_is_unread() {
    let data = Data::generated_calm(81);
    let pipeline = Pipeline::new("observed", 2);
    // Each partition ends in a marker, which is no record.
    pipeline.feed_in_a_transaction(&data.records(82));
    let mut watched = Watched::start(&pipeline, data.flags());
    watched.await_answer("/readyz", 200, "working on 2 partitions");
    for topic in INPUT {
        watched.await_figure(&lag(topic, 0), 0.0);
        watched.await_figure(&lag(topic, 1), 0.0);
    }
    let events = watched.figure(r#"springtide_events_total{topic="product-usage"}"#).unwrap();
    assert!(events > 0.0);
    for series in [
        r#"springtide_highest_event_timestamp_seconds{partition="0",topic="product-usage"}"#,
        r#"springtide_worker_silence_seconds{worker="0"}"#,
    ] {
        assert!(watched.figure(series).is_some(), "{series}:\n{}", watched.get("/metrics").body);
    }
    let scrape = watched.get("/metrics").body;
    assert!(scrape.contains("\nspringtide_build_info{version="), "{scrape}");
    assert_eq!(faults_of(&pipeline, &scrape), "", "{scrape}");
    assert_eq!(watched.get("/livez").status, 200);
    assert_eq!(watched.get("/nothing").status, 404);

    let topic = pipeline.topic("product-usage");
    let event = r#"{"event_id":"late","account_id":"x","occurred_at":"2001-01-01T00:00:00Z","type":"user_activity","user_id":"u"}"#;
    let open = OpenTransaction::begin(&topic, 1, "x", event);
    watched.await_figure(&lag("product-usage", 1), 1.0);
    open.commit();
    watched.await_figure(&lag("product-usage", 1), 0.0);
    assert_eq!(watched.figure(r#"springtide_late_records_total{topic="product-usage"}"#), Some(1.0));

    watched.run.terminate();
    watched.run.finish().well();
    assert!(TcpStream::connect(&watched.address).is_err(), "it must end with the pipeline");
}

#[test]
fn what_is_deleted_while_a_run_stands_still_is_counted() {
    let pipeline = Pipeline::new("observed-deleted", 1);
    let topic = pipeline.topic("product-usage");
    let fed = |from: usize, to: usize| {
        let event = |number: usize| Record::new("product-usage", "x", format!("no JSON {number}"));
        pipeline.feed(&(from..to).map(event).collect::<Vec<_>>());
    };
    fed(0, 1);
    // It must not lose its partitions: then they would be looked at anew.
    let patient = ["--set", "consumer.session.timeout.ms=45000"].map(Into::into);
    let mut watched = Watched::start(&pipeline, patient.to_vec());
    let bad = r#"springtide_bad_records_total{class="not_json",topic="product-usage"}"#;
    watched.await_figure(bad, 1.0);
    watched.run.pause();
    // What it asked for before it was stopped brings the first of them.
    fed(1, 2);
    fed(2, 12);
    Admin::connect().delete_records(&topic, 0);
    fed(12, 15);
    watched.run.resume();
    let lost = r#"springtide_deleted_unread_records_total{topic="product-usage"}"#;
    watched.run.await_word("deleted by the topic's retention before they were read");
    let address = watched.address.clone();
    watched.run.await_that("all is read or lost", |_| {
        let scrape = get(&address, "/metrics").body;
        let figure = |series: &str| {
            let line = scrape.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
            line.and_then(|value| value.parse::<f64>().ok()).unwrap_or_default()
        };
        figure(lost) >= 10.0 && figure(lost) + figure(bad) == 15.0
    });
    watched.run.terminate();
    watched.run.finish().well();
}

/// The sum of a figure over its labels.
fn sum(scrape: &str, name: &str) -> f64 {
    let lines = scrape
        .lines()
        .filter(|line| line.starts_with(&format!("{name}{{")) || line.starts_with(&format!("{name} ")));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

#[test]
fn what_is_counted_is_what_was_committed() {
    let data = Data::generated_calm(89);
    let pipeline = Pipeline::new("observed-counted", 2);
    let records = data.records(90);
    pipeline.feed(&records);
    let mut watched = Watched::start(&pipeline, data.flags());
    watched.await_answer("/readyz", 200, "working on 2 partitions");
    for (topic, number) in INPUT.iter().flat_map(|topic| [(topic, 0), (topic, 1)]) {
        watched.await_figure(&lag(topic, number), 0.0);
        watched.await_figure(&lag_seconds(topic, number), 0.0);
    }
    for number in 0..2 {
        watched.await_some(&format!(r#"springtide_opportunities_overdue{{partition="{number}"}}"#));
    }
    let scrape = watched.get("/metrics").body;
    assert_eq!(faults_of(&pipeline, &scrape), "", "{scrape}");

    let committed = pipeline.committed();
    let said: Vec<Value> = committed
        .changelog()
        .iter()
        .map(|message| serde_json::from_str(message.value.as_deref().unwrap()).unwrap())
        .collect();
    let of = |status: &str, revision: Option<u64>| {
        let is = |value: &&Value| {
            value["status"] == status && revision.is_none_or(|revision| value["revision"] == revision)
        };
        said.iter().filter(is).count() as f64
    };
    assert!(of("open", Some(1)) > 5.0);
    assert_eq!(sum(&scrape, "springtide_opportunities_total"), of("open", Some(1)));
    assert_eq!(sum(&scrape, "springtide_act_by_remaining_seconds_count"), of("open", Some(1)));
    assert_eq!(sum(&scrape, "springtide_withdrawals_total"), of("withdrawn", None));
    assert_eq!(sum(&scrape, "springtide_revisions_total"), said.len() as f64);
    let outcomes = records.iter().filter(|record| record.topic == "opportunity-outcomes").count() as f64;
    assert!(outcomes > 0.0);
    assert_eq!(sum(&scrape, "springtide_outcomes_total"), outcomes);
    assert!(sum(&scrape, "springtide_opportunity_latency_seconds_count") > 0.0);
    assert!(sum(&scrape, "springtide_signals_total") >= of("open", Some(1)));
    for figure in FIGURES {
        let rightly_absent = [
            // Nothing is restored, or stood by for.
            "springtide_restore_remaining_records",
            "springtide_standby_lag_records",
            // No signals are routed by domain.
            "springtide_by_domain_waiting_records",
            "springtide_by_domain_refused_records_total",
        ];
        let is_there = scrape.contains(&format!("# HELP {} ", figure.name));
        assert_eq!(is_there, !rightly_absent.contains(&figure.name), "{}:\n{scrape}", figure.name);
    }
    let overdue = overdue(&said, &records, &data);
    let address = watched.address.clone();
    watched.run.await_that(&format!("{overdue} are overdue"), |_| {
        sum(&get(&address, "/metrics").body, "springtide_opportunities_overdue") == overdue
    });
    watched.run.terminate();
    watched.run.finish().well();
}

/// Before this, opportunities are out of the state: their cooldown is over, and no event can be so late.
const FORGOTTEN: &str = "2024-01-17";

/// As many opportunities are overdue as are open, past their date, and without an outcome.
fn overdue(said: &[Value], records: &[Record], data: &Data) -> f64 {
    let answered: BTreeSet<String> = records
        .iter()
        .filter(|record| record.topic == "opportunity-outcomes")
        .map(|record| serde_json::from_slice::<Value>(record.value.as_deref().unwrap()).unwrap())
        .map(|value| value["opportunity_id"].as_str().unwrap().to_owned())
        .collect();
    let last: BTreeMap<&str, &Value> =
        said.iter().map(|value| (value["opportunity_id"].as_str().unwrap(), value)).collect();
    let overdue = last.into_iter().filter(|(id, value)| {
        let is_past = value["act_by"].as_str().unwrap() <= data.until();
        let is_known = value["opened_at"].as_str().unwrap() >= FORGOTTEN;
        value["status"] == "open" && is_past && is_known && !answered.contains(*id)
    });
    let overdue = overdue.count() as f64;
    assert!(overdue > 0.0);
    overdue
}

#[test]
fn it_is_ready_once_the_state_of_a_lost_disk_is_back() {
    let data = Data::generated_calm(83);
    let pipeline = Pipeline::new("observed-lost", 2);
    pipeline.feed(&data.records(84));
    pipeline.catch_up(data.flags());
    pipeline.lose_state();
    // Whatever it may come to, state is only whole after it.
    let open = OpenTransaction::begin(&pipeline.changelog(), 1, "x", "x");
    let mut watched = Watched::start(&pipeline, data.flags());
    watched.await_answer("/readyz", 503, "restoring 1 of 2 partitions");
    let left = |number: i32| format!(r#"springtide_restore_remaining_records{{partition="{number}"}}"#);
    watched.await_some(&left(1));
    assert!(watched.figure(&left(1)) > Some(1.0));
    assert_eq!(watched.figure(&left(0)), None, "partition 0 waits for nothing");
    watched.await_figure(&lag("product-usage", 0), 0.0);
    assert_eq!(watched.figure(&lag("product-usage", 1)), None, "not ours yet, so not known");
    let restored = r#"springtide_copied_records_total{purpose="restore"}"#;
    let first = watched.figure(restored).unwrap();
    assert!(first > 0.0);
    assert_eq!(watched.get("/livez").status, 200);
    assert_eq!(watched.get("/readyz").status, 503);
    open.abort();
    watched.await_answer("/readyz", 200, "working on 2 partitions");
    assert_eq!(watched.figure(&left(1)), None);
    assert!(watched.figure(restored).unwrap() > first);
    let scrape = watched.get("/metrics").body;
    assert_eq!(faults_of(&pipeline, &scrape), "", "{scrape}");
    watched.run.terminate();
    watched.run.finish().well();
}

#[test]
fn standby_copies_are_told_and_a_partition_that_went_is_told_no_more() {
    let data = Data::generated_calm(85);
    let pipeline = Pipeline::new("observed-standby", 2);
    pipeline.set("standby_replicas", 1);
    pipeline.feed(&data.records(86));
    let mut first = Watched::start(&pipeline, data.flags());
    first.await_answer("/readyz", 200, "working on 2 partitions");
    first.await_figure(&lag("account-profiles", 0), 0.0);
    first.await_figure(&lag("account-profiles", 1), 0.0);
    let mut flags = data.flags();
    flags.extend(["--state-dir".into(), pipeline.beside("state-1").into()]);
    let mut second = Watched::start(&pipeline, flags);
    first.await_answer("/readyz", 200, "working on 1 partition\"");
    second.await_answer("/readyz", 200, "working on 1 partition\"");
    let highest = |number: i32| {
        format!(
            r#"springtide_highest_event_timestamp_seconds{{partition="{number}",topic="account-profiles"}}"#
        )
    };
    let (gone, kept) = if second.figure(&highest(0)).is_some() { (0, 1) } else { (1, 0) };
    assert!(second.figure(&highest(gone)).is_some() && second.figure(&highest(kept)).is_none());
    assert!(first.figure(&highest(kept)).is_some() && first.figure(&highest(gone)).is_none());
    assert_eq!(first.figure(&lag("account-profiles", gone)), None);
    let standby = |number: i32| format!(r#"springtide_standby_lag_records{{partition="{number}"}}"#);
    first.await_figure(&standby(gone), 0.0);
    second.await_figure(&standby(kept), 0.0);
    assert!(second.figure(r#"springtide_copied_records_total{purpose="standby"}"#) > Some(0.0));
    second.run.terminate();
    second.run.finish().well();
    first.await_answer("/readyz", 200, "working on 2 partitions");
    first.await_figure(&standby(gone), None);
    first.run.terminate();
    first.run.finish().well();
}

#[test]
fn it_lives_and_is_not_ready_while_it_waits_for_a_broker() {
    let pipeline = Pipeline::at("observed-alone", "127.0.0.1:1");
    let mut watched = Watched::start(&pipeline, Vec::new());
    watched.run.await_word("waiting for one");
    assert_eq!(watched.get("/livez").status, 200);
    watched.await_answer("/readyz", 503, "waiting for brokers and topics");
    watched.run.terminate();
    watched.run.finish().well();
}

#[test]
fn where_somebody_else_listens_is_refused_by_name() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let pipeline = Pipeline::without_topics("observed-taken");
    let said = pipeline.run(vec!["--listen".into(), (&address).into()]).finish().refused(1);
    assert!(said.contains(&format!("can't listen on `{address}`")), "{said}");
    let said = pipeline.run(vec!["--listen".into(), "9090".into()]).finish().refused(2);
    assert!(said.contains("`9090`") && said.contains("expected HOST:PORT"), "{said}");
}

#[test]
fn the_level_of_the_log_is_changed_while_it_runs() {
    let pipeline = Pipeline::new("observed-level", 1);
    let mut watched = Watched::start(&pipeline, Vec::new());
    watched.await_answer("/readyz", 200, "working on 1 partition");
    let level = |text: &str| put(&watched.address, "/loglevel", text);
    let shown = |answer: Answer| serde_json::from_str::<Value>(&answer.body).unwrap()["level"].clone();
    assert_eq!(shown(watched.get("/loglevel")), "info");
    for slip in ["debg", "info,springtide_runtime=loud", ""] {
        let answer = level(slip);
        assert!(answer.status == 400 && answer.body.contains("expected `debug`"), "{slip}: {answer:?}");
    }
    assert_eq!(shown(watched.get("/loglevel")), "info");
    assert_eq!(shown(level("off")), "off");
    // What is said at the end is said no more.
    watched.run.terminate();
    let said = watched.run.finish().well().stderr;
    assert!(said.contains("answering over HTTP") && !said.contains("told to end"), "{said}");

    let mut watched = Watched::start(&pipeline, Vec::new());
    watched.await_answer("/readyz", 200, "working on 1 partition");
    assert_eq!(put(&watched.address, "/loglevel", "warn,springtide_cli=debug").status, 200);
    watched.run.await_word("the level of the log was changed before=\"info\"");
}
