//! Topics are made as they must be, checked by name, and a broker that is not there is waited for.

use std::collections::BTreeMap;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use serde_json::Value;
use springtide_tests::broker::Broker;
use springtide_tests::kcat::describe;
use springtide_tests::pipeline::{Pipeline, all_topics};

/// A client for questions, and the runtime that it answers on.
struct Admin {
    client: AdminClient<DefaultClientContext>,
    runtime: tokio::runtime::Runtime,
}

impl Admin {
    fn connect() -> Admin {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let client =
            ClientConfig::new().set("bootstrap.servers", &Broker::shared().bootstrap).create().unwrap();
        Admin { client, runtime }
    }

    fn settings(&self, topic: &str) -> BTreeMap<String, String> {
        let asked = [ResourceSpecifier::Topic(topic)];
        let answer = self.client.describe_configs(&asked, &AdminOptions::new());
        let resource = self.runtime.block_on(answer).unwrap().remove(0).unwrap();
        resource.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?))).collect()
    }

    fn make(&self, topic: &str, partitions: i32) {
        let new = [NewTopic::new(topic, partitions, TopicReplication::Fixed(1))];
        let made = self.client.create_topics(&new, &AdminOptions::new());
        self.runtime.block_on(made).unwrap().remove(0).unwrap();
    }
}

fn partitions(topic: &str) -> usize {
    describe(topic)["topics"][0]["partitions"].as_array().map_or(0, Vec::len)
}

fn number(settings: &BTreeMap<String, String>, key: &str) -> i64 {
    settings[key].parse().unwrap()
}

#[test]
fn topics_are_made_once_with_the_settings_they_need() {
    let pipeline = Pipeline::without_topics("made");
    let lines = |word: &str| {
        all_topics().map(|topic| format!("{word} {}\n", pipeline.topic(topic))).collect::<String>()
    };
    let made = pipeline.topics(&["--partitions=4"]).well();
    assert_eq!((made.text(), &*made.stderr), (&*lines("made  "), ""));
    for again in [&["--partitions=4"][..], &["--verify"], &["--partitions=9"]] {
        let found = pipeline.topics(again).well();
        assert_eq!((found.text(), &*found.stderr), (&*lines("found "), ""));
    }
    let admin = Admin::connect();
    let settings: BTreeMap<&str, _> =
        all_topics().map(|topic| (topic, admin.settings(&pipeline.topic(topic)))).collect();
    for (topic, settings) in &settings {
        let compacted = ["account-profiles", "expansion-opportunities-latest"].contains(topic);
        assert_eq!(settings["cleanup.policy"], if compacted { "compact" } else { "delete" }, "{topic}");
        assert_eq!(partitions(&pipeline.topic(topic)), 4, "{topic}");
    }
    let lag = number(&settings["account-profiles"], "min.compaction.lag.ms");
    for topic in ["product-usage", "business-signals", "engagement-signals", "opportunity-outcomes"] {
        assert!(lag >= number(&settings[topic], "retention.ms"), "{topic} outlives versions of profiles");
    }
    let largest = |topic: &str| number(&settings[topic], "max.message.bytes");
    assert!(largest("springtide-dead-letter") >= largest("product-usage") + 64 * 1024);
}

#[test]
fn a_profile_topic_that_may_lose_versions_early_is_warned_of() {
    let pipeline = Pipeline::without_topics("early");
    Admin::connect().make(&pipeline.topic("account-profiles"), 2);
    let made = pipeline.topics(&["--partitions=2"]).well();
    assert!(made.stderr.contains("`early.account-profiles`: min.compaction.lag.ms is 0"), "{}", made.stderr);
}

#[test]
fn unequal_partition_counts_are_refused_by_name() {
    let pipeline = Pipeline::without_topics("unequal");
    Admin::connect().make(&pipeline.topic("business-signals"), 5);
    let refused = [
        pipeline.topics(&["--partitions=3"]).refused(1),
        pipeline.topics(&["--verify"]).refused(1),
        pipeline.run(vec!["--until-caught-up".into()]).finish().refused(1),
    ];
    for said in refused {
        assert!(said.contains("must have equal partition counts"), "{said}");
        assert!(said.contains("`unequal.product-usage` has 3, `unequal.business-signals` has 5"), "{said}");
    }
}

#[test]
fn missing_topics_are_named() {
    let pipeline = Pipeline::without_topics("missing");
    Admin::connect().make(&pipeline.topic("product-usage"), 1);
    let refused = [
        pipeline.topics(&["--verify"]).refused(1),
        pipeline.run(vec!["--until-caught-up".into()]).finish().refused(1),
    ];
    for said in refused {
        for topic in all_topics() {
            let named = said.contains(&format!("topic `{}` does not exist", pipeline.topic(topic)));
            assert_eq!(named, topic != "product-usage", "{topic}: {said}");
        }
    }
    let there: Value = describe(&pipeline.topic("business-signals"));
    assert_eq!(there["topics"][0]["partitions"], Value::Array(Vec::new()), "asking must make nothing");
}

#[test]
fn a_broker_that_does_not_answer_is_waited_for_until_sigterm() {
    // Nobody listens on port 1.
    let pipeline = Pipeline::at("unreachable", "127.0.0.1:1");
    let mut run = pipeline.run(Vec::new());
    run.await_word("waiting for one");
    run.terminate();
    let ended = run.finish();
    assert!(ended.status.success(), "{}: {}", ended.status, ended.stderr);
    assert!(ended.stderr.contains("processed 0 events"), "{}", ended.stderr);
}
