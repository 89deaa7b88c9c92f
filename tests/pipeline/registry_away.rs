//! A schema registry that is away, or behind: nothing is lost, nothing is set aside for it, and what does not need it
//! goes on (SPEC section 2).

use std::collections::BTreeSet;
use std::ffi::OsString;

use springtide_core::event::Topic;
use springtide_runtime::partitioner::Partitioner;
use springtide_schema::avro::schemas;
use springtide_tests::avro::Writer;
use springtide_tests::broker::Broker;
use springtide_tests::data::Data;
use springtide_tests::kcat::read;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;
use springtide_tests::proxy::Proxy;
use springtide_tests::records::Record;

use crate::aside::story::{USAGE, near_limit, office, profile, seats, until};

const WAITS: &str = "records written with this schema wait";

fn usage_in_avro(proxy: &Proxy) -> Vec<OsString> {
    let registry = format!("--schema-registry={}", proxy.url);
    vec![
        registry.into(),
        "--format=product-usage=avro".into(),
        "--format=expansion-opportunities=json".into(),
    ]
}

fn flags(proxy: &Proxy) -> Vec<OsString> {
    [usage_in_avro(proxy), until()].concat()
}

/// Writers of product usage: one of our schema, and one of a newer, which has another id.
fn writers(pipeline: &Pipeline) -> [Writer; 2] {
    let ours = schemas::of(Topic::ProductUsage);
    let newer = ours.replacen(
        "\"fields\": [",
        r#""fields": [{"name": "region", "type": ["null", "string"], "default": null},"#,
        1,
    );
    assert_ne!(newer, ours);
    let subject = format!("{}-value", pipeline.topic(USAGE));
    [ours, &newer].map(|text| Writer::register(&subject, text))
}

/// So many accounts on one of three partitions.
fn accounts<const N: usize>(partition: i32) -> [String; N] {
    let all = (0..).map(|number| format!("account-{number}"));
    let mut here = all.filter(|account| Partitioner::Murmur2.place(account.as_bytes(), 3) == partition);
    std::array::from_fn(|_| here.next().unwrap())
}

/// The accounts of which something is said; a run may be at work.
fn said_of(pipeline: &Pipeline) -> BTreeSet<String> {
    read(&pipeline.topic("expansion-opportunities")).into_iter().filter_map(|message| message.key).collect()
}

/// Waits until exactly these have an opportunity.
fn await_open(pipeline: &Pipeline, run: &mut Process, accounts: &[&String]) {
    let accounts: BTreeSet<String> = accounts.iter().map(|account| (*account).clone()).collect();
    run.await_that(&format!("{accounts:?} have an opportunity"), |_| said_of(pipeline) == accounts);
}

#[test]
fn a_run_waits_for_a_registry_that_is_away_at_its_start() {
    let (data, pipeline, proxy) =
        (Data::generated_calm(95), Pipeline::new("away-at-start", 3), Proxy::start());
    let [writer, _] = writers(&pipeline);
    let written = |record: Record| if record.topic == USAGE { writer.record(&record) } else { record };
    pipeline.feed(&data.records(85).into_iter().map(written).collect::<Vec<_>>());
    proxy.set_away(true);
    let registry = format!("--schema-registry={}", proxy.url);
    // To write Avro it must know its schema's id; to read it, it can do other things first.
    for (output, word) in [("avro", "no schema registry answers; waiting for one"), ("json", WAITS)] {
        let mut flags = data.flags();
        flags.extend([registry.clone().into(), "--format=product-usage=avro".into()]);
        flags.push(format!("--format=expansion-opportunities={output}").into());
        let mut run = pipeline.run(flags);
        run.await_word(word);
        assert!(run.stderr().contains(&proxy.url), "it must say which: {}", run.stderr());
        if output == "avro" {
            assert!(run.stderr().contains("away-at-start.expansion-opportunities-value"), "{}", run.stderr());
        }
        run.terminate();
        run.finish().well();
    }
    let mut flags = data.flags();
    flags.extend([registry.into(), "--format=product-usage=avro".into(), "--until-caught-up".into()]);
    let mut run = pipeline.run(flags);
    run.await_word("no schema registry answers; waiting for one");
    proxy.set_away(false);
    let ended = run.finish().well();
    assert!(ended.stderr.contains("; 0 bad, 0 late"), "{}", ended.stderr);
    pipeline.must_agree_with(&data);
}

#[test]
fn where_the_registry_is_away_only_what_needs_it_waits() {
    let (pipeline, proxy) = (Pipeline::new("away", 3), Proxy::start());
    let [known, new] = writers(&pipeline);
    let [before, held, behind, beside] = &accounts::<4>(0);
    let [other_before, other] = &accounts::<2>(1);
    let profiles = [before, held, behind, beside, other_before, other].map(|account| profile(account));
    pipeline.feed(&profiles);
    let usage = [near_limit(before), seats(beside), near_limit(other_before)];
    pipeline.feed(&usage.map(|record| known.record(&record)));
    let mut run = pipeline.run(flags(&proxy));
    await_open(&pipeline, &mut run, &[before, other_before]);

    proxy.set_away(true);
    pipeline.feed(&[new.record(&near_limit(held)), known.record(&near_limit(behind))]);
    run.await_word(WAITS);
    // On another partition, and on another topic of the same one.
    pipeline.feed(&[known.record(&near_limit(other)), office(beside)]);
    await_open(&pipeline, &mut run, &[before, other_before, other, beside]);
    let asked = proxy.asked(&format!("/schemas/ids/{}?", new.id));
    run.await_that("it asks again", |_| proxy.asked(&format!("/schemas/ids/{}?", new.id)) > asked);
    assert_eq!(said_of(&pipeline).len(), 4, "what waits must wait");

    proxy.set_away(false);
    await_open(&pipeline, &mut run, &[before, other_before, other, beside, held, behind]);
    run.terminate();
    let ended = run.finish().well();
    assert!(ended.stderr.contains("processed 13 events; 0 bad, 0 late"), "{}", ended.stderr);
    assert_eq!(pipeline.written("springtide-dead-letter"), 0);
}

#[test]
fn a_record_that_waits_when_a_run_ends_or_is_killed_is_taken_by_the_next() {
    let (pipeline, proxy) = (Pipeline::new("away-at-end", 3), Proxy::start());
    let [known, new] = writers(&pipeline);
    let [first, held] = &accounts::<2>(2);
    pipeline.feed(&[profile(first), profile(held)]);
    pipeline.feed(&[known.record(&near_limit(first)), new.record(&near_limit(held))]);
    let asks = |writer: &Writer| format!("/schemas/ids/{}?", writer.id);
    proxy.set_away(true);
    let mut killed = pipeline.run(flags(&proxy));
    killed.await_that("it asks for the first schema", |_| proxy.asked(&asks(&known)) > 1);
    killed.kill();
    let mut ended = pipeline.run(flags(&proxy));
    ended.await_word(WAITS);
    ended.terminate();
    ended.finish().well();
    assert!(pipeline.committed().is_empty());
    assert_eq!(proxy.asked(&asks(&new)), 0, "one after the other: order holds");
    proxy.set_away(false);
    let caught_up = pipeline.catch_up(flags(&proxy)).stderr;
    assert!(caught_up.contains("0 bad, 0 late"), "{caught_up}");
    assert_eq!(pipeline.committed().open().accounts(), [first, held]);
}

/// That a registry does not know an id is an answer: the record goes aside. Whoever puts it back once the schema is
/// registered has lost nothing.
#[test]
fn a_schema_that_is_registered_after_its_records_serves_those_that_come_then() {
    let (pipeline, proxy) = (Pipeline::new("behind-its-leader", 1), Proxy::start());
    let [known, new] = writers(&pipeline);
    let early = new.record(&near_limit("early"));
    proxy.forget(new.id);
    pipeline.feed(&[profile("early"), profile("good")]);
    pipeline.feed(&[early.clone(), known.record(&near_limit("good"))]);
    let ended = pipeline.catch_up(flags(&proxy));
    assert!(ended.stderr.contains("1 bad, 0 late"), "{}", ended.stderr);
    let dead = read(&pipeline.topic("springtide-dead-letter"));
    assert_eq!(dead[0].header("springtide_error_class"), Some("unknown_schema"));
    assert_eq!(pipeline.committed().open().accounts(), ["good"]);

    proxy.remember();
    pipeline.feed(&[early]);
    let ended = pipeline.catch_up(flags(&proxy));
    assert!(ended.stderr.contains("0 bad, 0 late"), "{}", ended.stderr);
    assert_eq!(pipeline.committed().open().accounts(), ["early", "good"]);
}

/// Flags for a registry that wants a user, and how the password is given.
fn with_user(proxy: &Proxy, input: &str, output: &str) -> Vec<OsString> {
    let formats =
        [format!("--format=product-usage={input}"), format!("--format=expansion-opportunities={output}")];
    let registry = format!("--schema-registry={}", proxy.url);
    [vec![registry.into()], formats.map(OsString::from).to_vec(), until()].concat()
}

#[test]
fn a_registry_that_wants_a_user_gets_it_and_who_has_none_is_told_at_the_start() {
    let (pipeline, proxy) = (Pipeline::new("registry-login", 1), Proxy::start());
    let [writer, _] = writers(&pipeline);
    // `me:pw`
    proxy.demand("Basic bWU6cHc=");
    pipeline.feed(&[profile("acme")]);
    pipeline.feed(&[writer.record(&near_limit("acme"))]);
    let user = "SPRINGTIDE_SCHEMA_REGISTRY_USER";
    let password = "SPRINGTIDE_SCHEMA_REGISTRY_PASSWORD";
    for (input, output) in [("avro", "avro"), ("avro", "json"), ("json", "avro")] {
        for environment in [&[][..], &[(user, "me")], &[(user, "me"), (password, "wrong")]] {
            let flags = with_user(&proxy, input, output);
            let said = pipeline.start_with("run", flags, environment).finish().refused(1);
            for part in [
                &*proxy.url,
                "refuses us",
                "schema_registry_user",
                "schema_registry_password",
                "HTTP status 401",
            ] {
                assert!(said.contains(part), "{environment:?}: {said}");
            }
        }
    }
    let file = pipeline.beside("password");
    std::fs::write(&file, "pw\n").unwrap();
    let flags = [with_user(&proxy, "avro", "avro"), vec!["--until-caught-up".into()]].concat();
    let filed = "SPRINGTIDE_SCHEMA_REGISTRY_PASSWORD_FILE";
    let environment = [(user, "me"), (filed, file.to_str().unwrap())];
    let ended = pipeline.start_with("run", flags, &environment).finish().well();
    assert!(ended.stderr.contains("0 bad, 0 late"), "{}", ended.stderr);
    assert_eq!(pipeline.committed().open().accounts(), ["acme"]);
}

#[test]
fn a_registry_over_tls_is_trusted_by_the_authority_that_is_named() {
    let (pipeline, proxy) = (Pipeline::new("registry-tls", 1), Proxy::start_with_tls());
    let [writer, _] = writers(&pipeline);
    pipeline.feed(&[profile("acme")]);
    pipeline.feed(&[writer.record(&near_limit("acme"))]);
    let said = pipeline.start_with("topics", with_registry(&proxy), &[]).finish().refused(1);
    assert!(said.contains("certificate verify failed") && said.contains(&proxy.url), "{said}");
    let authority = Broker::shared().certificate("ca.pem");
    let environment = [("SSL_CERT_FILE", authority.to_str().unwrap())];
    pipeline.start_with("topics", with_registry(&proxy), &environment).finish().well();
    let flags = [with_user(&proxy, "avro", "avro"), vec!["--until-caught-up".into()]].concat();
    let ended = pipeline.start_with("run", flags, &environment).finish().well();
    assert!(ended.stderr.contains("0 bad, 0 late"), "{}", ended.stderr);
}

fn with_registry(proxy: &Proxy) -> Vec<OsString> {
    vec![format!("--schema-registry={}", proxy.url).into()]
}
