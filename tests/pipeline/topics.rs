//! Topics are made as they must be, checked by name, and a broker that is not there is waited for.

use std::collections::BTreeMap;

use serde_json::Value;
use springtide_tests::admin::Admin;
use springtide_tests::kcat::describe;
use springtide_tests::pipeline::{Pipeline, all_topics};

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
        let names = all_topics().map(|topic| pipeline.topic(topic)).chain([pipeline.changelog()]);
        names.map(|name| format!("{word} {name}\n")).collect::<String>()
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
    let changelog = admin.settings(&pipeline.changelog());
    assert_eq!(changelog["cleanup.policy"], "compact");
    assert!(number(&changelog, "max.message.bytes") >= largest("product-usage"));
    assert_eq!(partitions(&pipeline.changelog()), 4);
}

#[test]
fn a_profile_topic_that_may_lose_versions_early_is_warned_of() {
    let pipeline = Pipeline::without_topics("early");
    Admin::connect().make(&pipeline.topic("account-profiles"), 2, &[]);
    for warned in [pipeline.topics(&["--partitions=2"]).well(), pipeline.catch_up(Vec::new())] {
        let said = warned.stderr;
        assert!(said.contains("`early.account-profiles`: min.compaction.lag.ms is 0"), "{said}");
    }
}

#[test]
fn unequal_partition_counts_are_refused_by_name() {
    let pipeline = Pipeline::without_topics("unequal");
    Admin::connect().make(&pipeline.topic("business-signals"), 5, &[]);
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
    Admin::connect().make(&pipeline.topic("product-usage"), 1, &[]);
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

fn refusals(pipeline: &Pipeline) -> [String; 2] {
    [
        pipeline.topics(&["--verify"]).refused(1),
        pipeline.run(vec!["--until-caught-up".into()]).finish().refused(1),
    ]
}

#[test]
fn a_dead_letter_topic_takes_what_its_sources_do() {
    let pipeline = Pipeline::without_topics("large");
    let admin = Admin::connect();
    admin.make(&pipeline.topic("product-usage"), 1, &[("max.message.bytes", "209715200")]);
    let said = pipeline.topics(&["--partitions=1"]).refused(1);
    assert!(said.contains("`\"producer.message.max.bytes\" = 209780736` or more"), "{said}");
    pipeline.configure("\"producer.message.max.bytes\" = 209780736");
    pipeline.topics(&["--verify"]).well();
    let made = admin.settings(&pipeline.topic("springtide-dead-letter"));
    assert_eq!(number(&made, "max.message.bytes"), 209_780_736);
}

#[test]
fn a_dead_letter_topic_that_is_too_small_is_refused() {
    let pipeline = Pipeline::without_topics("small");
    Admin::connect().make(&pipeline.topic("springtide-dead-letter"), 1, &[("max.message.bytes", "1048576")]);
    pipeline.topics(&["--partitions=1"]).refused(1);
    for said in refusals(&pipeline) {
        assert!(said.contains("set max.message.bytes of `small.springtide-dead-letter` to 1114"), "{said}");
    }
}

#[test]
fn a_changelog_topic_that_is_missing_is_made_by_run() {
    let pipeline = Pipeline::without_topics("unlogged");
    let admin = Admin::connect();
    for topic in all_topics() {
        let aside = ["springtide-dead-letter", "springtide-late"].contains(&topic);
        let settings: &[_] = if aside { &[("max.message.bytes", "110000000")] } else { &[] };
        admin.make(&pipeline.topic(topic), 3, settings);
    }
    let said = pipeline.topics(&["--verify"]).well().stderr;
    assert!(said.contains("`unlogged-changelog` does not exist; `springtide run` makes it"), "{said}");
    assert_eq!(partitions(&pipeline.changelog()), 0, "verifying makes nothing");
    pipeline.catch_up(Vec::new());
    assert_eq!(partitions(&pipeline.changelog()), 3);
    assert_eq!(admin.settings(&pipeline.changelog())["cleanup.policy"], "compact");
}

#[test]
fn a_changelog_topic_of_another_layout_is_refused() {
    let admin = Admin::connect();
    let table: [(_, _, &[_], _); 2] = [
        ("log-counts", 2, &[("cleanup.policy", "compact")], "`log-counts-changelog` has 2 partitions"),
        ("log-kept", 3, &[("cleanup.policy", "delete")], "`log-kept-changelog` has cleanup.policy=delete"),
    ];
    for (name, partitions, settings, words) in table {
        let pipeline = Pipeline::without_topics(name);
        admin.make(&pipeline.changelog(), partitions, settings);
        pipeline.topics(&["--partitions=3"]).refused(1);
        for said in refusals(&pipeline) {
            assert!(said.contains(words), "{said}");
        }
    }
}

#[test]
fn a_broker_that_does_not_answer_is_waited_for_until_sigterm() {
    // Nobody listens on port 1.
    let pipeline = Pipeline::at("unreachable", "127.0.0.1:1");
    let mut run = pipeline.run(Vec::new());
    run.await_word("Connection refused");
    run.await_word("no broker answers; waiting for one");
    run.terminate();
    let ended = run.finish();
    assert!(ended.status.success(), "{}: {}", ended.status, ended.stderr);
    assert!(ended.stderr.contains("processed 0 events"), "{}", ended.stderr);
}
