//! What similar accounts own: a job beside the pipeline, that may run twice and fail (SPEC 9.5).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;

use serde_json::Value;
use springtide_tests::acls::{Operation, Resource, Right, grant, revoke};
use springtide_tests::avro::in_avro;
use springtide_tests::kcat::{Message, read, read_raw};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Ended;
use springtide_tests::records::{INPUT, Record};
use springtide_tests::registry::SchemaRegistry;

use crate::aside::story::{NEWS, PROFILES, USAGE, event, until};
use crate::rights::least;

const AT: &str = "--at=2024-02-01";
const RULES: &str = "
detectors:
  similar_accounts_own:
    { family: business, event: similar_accounts_own, where: event.lift >= 1.5 && event.support >= 0.3, match: {}, urgency: medium }
  new_feature: { family: product, event: feature_used, first: { key: feature }, urgency: medium }
plays:
  next-product: { motion: cross_sell, product: [new_feature], business: [similar_accounts_own], window: 5d }
";

fn customer(account: &str, industry: &str, products: &[&str]) -> Record {
    let rest = format!(
        r#""name":"A","segment":"smb","industry":"{industry}","mrr":1000,"currency":"EUR","seats_licensed":20,"health_score":80,
        "first_value_at":"2023-01-01T00:00:00Z","products":{products:?}"#
    );
    event(PROFILES, account, "01-01", &rest)
}

fn feature(account: &str) -> Record {
    event(USAGE, account, "02-01", r#""type":"feature_used","feature":"reports""#)
}

/// 42 peers of `acme`, 31 of which own analytics, and 58 others, of which 4 do.
fn customers() -> Vec<Record> {
    let both = &["core", "analytics"][..];
    let mut all = vec![customer("acme", "software", &["core"])];
    all.extend((0..31).map(|number| customer(&format!("with-{number}"), "software", both)));
    all.extend((0..11).map(|number| customer(&format!("without-{number}"), "software", &["core"])));
    all.extend((0..4).map(|number| customer(&format!("bank-{number}"), "bank", both)));
    all.extend((4..58).map(|number| customer(&format!("bank-{number}"), "bank", &["core"])));
    all
}

/// What counts for nobody: one that is erased, one under another's key, one that is no profile, one of a later day.
fn others() -> Vec<Record> {
    let with_analytics = |account: &str| customer(account, "software", &["core", "analytics"]);
    let erased = Record { value: None, ..with_analytics("erased") };
    let misplaced = Record { key: Some(b"somebody".into()), ..with_analytics("misplaced") };
    let broken = Record::new(PROFILES, "broken", "{");
    let later = with_analytics("acme").value.unwrap();
    let later =
        String::from_utf8(later).unwrap().replace("2024-01-01", "2024-02-02").replace("01-01 ", "02-02 ");
    vec![with_analytics("erased"), erased, misplaced, broken, Record::new(PROFILES, "acme", later)]
}

/// One with rules that use it, and the flags with which it runs.
fn pipeline(name: &'static str) -> (Pipeline, Vec<OsString>) {
    let pipeline = Pipeline::new(name, 3);
    let rules = pipeline.beside("rules");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("similar.yaml"), RULES).unwrap();
    let flags = until().into_iter().chain(["--rules".into(), rules.into()]).collect();
    (pipeline, flags)
}

fn job(pipeline: &Pipeline, flags: &[&str]) -> Ended {
    pipeline.start_with("similar", flags.iter().map(OsString::from).collect(), &[]).finish()
}

/// The one opportunity that there must be, of acme, in one revision.
fn must_have_opened_once(pipeline: &Pipeline) {
    let committed = pipeline.committed();
    let messages = committed.changelog();
    assert_eq!(messages.len(), 1, "{messages:?}");
    let said: Value = serde_json::from_str(messages[0].value.as_deref().unwrap()).unwrap();
    assert_eq!((&said["account_id"], &said["revision"]), (&"acme".into(), &1.into()));
    let evidence = said["evidence"].as_array().unwrap();
    let similar = evidence.iter().find(|one| one["detector"] == "similar_accounts_own").unwrap();
    assert_eq!(similar["summary"], "31 of 42 similar accounts own analytics (74 %, 2.1 × as often as all)");
}

#[test]
fn a_job_that_runs_twice_while_the_pipeline_works_counts_once() {
    let (pipeline, flags) = pipeline("similar");
    pipeline.feed(&customers());
    pipeline.feed(&others());
    let mut run = pipeline.run(flags);
    let said = job(&pipeline, &[AT]).well();
    let words =
        ["wrote 12 events to similar.business-signals", "101 accounts, 101 of them customers; 12 told"];
    words.iter().for_each(|words| assert!(said.stderr.contains(words), "{}", said.stderr));
    // Of with-0, which is told nothing, nothing comes.
    pipeline.feed(&[feature("acme"), feature("with-0")]);
    run.await_that("it has opened", |_| !pipeline.committed().is_empty());
    job(&pipeline, &[AT]).well();
    run.await_that("all is read", |_| pipeline.lag_if_told() == Ok(0));
    run.terminate();
    run.finish().well();
    must_have_opened_once(&pipeline);
    assert_eq!(pipeline.written("springtide-late"), 0);

    let places = |messages: &[Message]| -> BTreeMap<String, i64> {
        messages.iter().filter_map(|message| Some((message.key.clone()?, message.partition))).collect()
    };
    let (profiles, signals) = (places(&read(&pipeline.topic(PROFILES))), read(&pipeline.topic(NEWS)));
    let mut copies = BTreeMap::<&str, usize>::new();
    for message in &signals {
        assert_eq!(message.partition, profiles[message.key.as_deref().unwrap()], "{message:?}");
        *copies.entry(message.value.as_deref().unwrap()).or_default() += 1;
    }
    assert!(copies.len() == 12 && copies.values().all(|count| *count == 2), "{copies:?}");
}

#[test]
fn it_reads_and_writes_the_formats_of_the_topics() {
    const AVRO: [&str; 2] = [PROFILES, NEWS];
    let (pipeline, mut flags) = pipeline("similar-avro");
    let records = customers().into_iter().chain([feature("acme")]).collect();
    pipeline.feed(&in_avro(&pipeline, &AVRO, records));
    let registry = format!("--schema-registry={}", SchemaRegistry::shared().url);
    let formats = AVRO.map(|topic| format!("--format={topic}=avro"));
    let more = [&*registry, &formats[0], &formats[1]];
    job(&pipeline, &[&[AT], &more[..]].concat()).well();
    assert!(read_raw(&pipeline.topic(NEWS)).iter().all(|raw| raw.value.as_ref().unwrap()[0] == 0));
    flags.extend(more.iter().map(OsString::from));
    flags.push("--format=expansion-opportunities=json".into());
    pipeline.catch_up(flags);
    must_have_opened_once(&pipeline);
}

#[test]
fn the_rights_of_the_readme_suffice_and_who_lacks_one_is_told_which() {
    let (made, pipeline) = (Pipeline::new("least-similar", 2), least("least-similar"));
    made.feed(&customers());
    let names = INPUT.map(|topic| pipeline.topic(topic));
    let right = |name, operation| Right { user: "least", resource: Resource::Topic(name), operation };
    let news = pipeline.topic(NEWS);
    let mut rights: Vec<Right<'_>> = names.iter().map(|name| right(name, Operation::Read)).collect();
    rights.push(right(&news, Operation::Write));
    grant(&rights);
    let said = job(&pipeline, &[AT]).well().stderr;
    assert!(said.contains("wrote 12 events") && !said.contains("springtide: "), "{said}");
    let profiles = pipeline.topic(PROFILES);
    for (lost, kept, words) in [
        (right(&news, Operation::Write), None, format!("no right to write topic `{news}`: grant WRITE")),
        (
            right(&profiles, Operation::Read),
            Some(right(&profiles, Operation::Write)),
            format!("no right to read topic `{profiles}`: grant READ"),
        ),
        (right(&profiles, Operation::Read), None, format!("no right to see topic `{profiles}`: grant READ")),
    ] {
        kept.iter().for_each(|kept| grant(&[*kept]));
        revoke(&[lost]);
        let said = job(&pipeline, &[AT]).refused(1);
        assert!(said.contains(&words), "{said}");
        grant(&[lost]);
        kept.iter().for_each(|kept| revoke(&[*kept]));
    }
    assert_eq!(made.written(NEWS), 12);
}

#[test]
fn it_prints_without_writing_and_refuses_what_can_not_be() {
    let (pipeline, _) = pipeline("similar-odd");
    let none = job(&pipeline, &[]).well();
    assert!(none.stderr.contains("wrote 0 events") && none.stderr.contains("0 accounts"), "{}", none.stderr);
    pipeline.feed(&customers());
    let dry = job(&pipeline, &[AT, "--dry-run"]).well();
    assert_eq!(dry.text().lines().count(), 12);
    assert!(
        dry.text().lines().all(|line| line.starts_with(r#"{"_topic":"business-signals","#)),
        "{}",
        dry.text()
    );
    let ahead = job(&pipeline, &["--at=2999-01-01"]).refused(2);
    assert!(ahead.contains("--at: 2999-01-01T00:00:00.000Z is ahead of now"), "{ahead}");
    pipeline.configure("[partitioners]\nbusiness-signals = \"custom\"");
    let custom = job(&pipeline, &[AT]).refused(2);
    assert!(custom.contains("how `similar-odd.business-signals` is placed is not known"), "{custom}");
    assert_eq!(pipeline.written(NEWS), 0);
    let without = Pipeline::without_topics("similar-without");
    let missing = job(&without, &[AT]).refused(1);
    assert!(missing.contains("topic `similar-without.account-profiles` does not exist"), "{missing}");
}
