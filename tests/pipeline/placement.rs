//! An account's records must meet: topics whose producers place keys differently are refused by name (SPEC section 2).

use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;

const JAVA: &str = "murmur2_random";
const LIBRDKAFKA: &str = "consistent_random";

/// An event each of so many accounts, the first of them `from`.
fn events(topic: &'static str, fields: &str, from: usize, count: usize) -> Vec<Record> {
    let record = |number: usize| {
        let account = format!("account-{number}");
        let value = format!(
            r#"{{"event_id":"e{number}","account_id":"{account}","occurred_at":"2024-03-01T00:00:00Z",{fields}}}"#
        );
        Record::new(topic, &account, value)
    };
    (from..from + count).map(record).collect()
}

fn usage(from: usize, count: usize) -> Vec<Record> {
    events("product-usage", r#""type":"user_activity","user_id":"u""#, from, count)
}

fn news(from: usize, count: usize) -> Vec<Record> {
    events("business-signals", r#""type":"news_published","sentiment":"positive""#, from, count)
}

/// What `topics --verify` and `run` say as they refuse.
fn must_refuse(pipeline: &Pipeline, words: &[&str]) {
    for said in [
        pipeline.topics(&["--verify"]).refused(1),
        pipeline.run(vec!["--until-caught-up".into()]).finish().refused(1),
    ] {
        assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
    }
}

#[test]
fn topics_of_different_partitioners_are_refused() {
    let pipeline = Pipeline::new("apart", 4);
    pipeline.feed_by(JAVA, &usage(0, 60));
    pipeline.feed_by(LIBRDKAFKA, &news(0, 60));
    must_refuse(
        &pipeline,
        &["`apart.product-usage` by murmur2 (Java); `apart.business-signals` by crc32 (librdkafka)"],
    );
}

#[test]
fn a_topic_of_two_partitioners_is_refused_although_the_second_came_late() {
    let pipeline = Pipeline::new("mixed", 2);
    pipeline.feed_by(JAVA, &usage(0, 1000));
    pipeline.feed_by(LIBRDKAFKA, &usage(1000, 80));
    must_refuse(
        &pipeline,
        &["topic `mixed.product-usage` has records placed by murmur2 (Java) and by crc32 (librdkafka)"],
    );
}

#[test]
fn topics_of_one_partitioner_pass_whichever_it_is() {
    for (name, partitioner) in [("java", JAVA), ("librdkafka", LIBRDKAFKA), ("sarama", "fnv1a_random")] {
        let pipeline = Pipeline::new(name, 4);
        pipeline.feed_by(partitioner, &[usage(0, 300), news(50, 60)].concat());
        assert_eq!(pipeline.topics(&["--verify"]).well().stderr, "");
        let caught_up = pipeline.catch_up(Vec::new()).stderr;
        assert!(caught_up.contains("processed 360 events; 0 bad"), "{caught_up}");
    }
}

#[test]
fn a_topic_that_is_placed_otherwise_than_configured_is_refused() {
    let pipeline = Pipeline::new("told", 4);
    pipeline.feed_by(JAVA, &usage(0, 60));
    pipeline.configure("[partitioners]\nproduct-usage = \"crc32\"");
    must_refuse(
        &pipeline,
        &["topic `told.product-usage` is configured as crc32, but its records are placed by murmur2 (Java)"],
    );
}

#[test]
fn a_partitioner_of_the_producers_own_is_refused_beside_a_known_one_until_it_is_told() {
    let pipeline = Pipeline::new("own", 4);
    pipeline.feed_by("random", &news(0, 100));
    let warned = pipeline.topics(&["--verify"]).well().stderr;
    assert!(warned.contains("topic `own.business-signals` has records placed by a partitioner"), "{warned}");
    pipeline.feed_by(JAVA, &usage(0, 60));
    must_refuse(&pipeline, &["`own.product-usage` by murmur2 (Java)", "say `business-signals = \"custom\"`"]);
    pipeline.configure("[partitioners]\nbusiness-signals = \"custom\"");
    assert_eq!(pipeline.topics(&["--verify"]).well().stderr, "");
}
