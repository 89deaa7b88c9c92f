//! What is checked before anything is routed, and which rights it takes.

use serde_json::json;
use springtide_tests::acls::{Operation, Resource, Right, grant, revoke};
use springtide_tests::admin::Admin;
use springtide_tests::avro::Reader;
use springtide_tests::kcat::{describe, read_raw};
use springtide_tests::pipeline::{BY_DOMAIN, Pipeline};
use springtide_tests::registry::SchemaRegistry;

use super::{listing, routed, routing, signal, to, waiting};
use crate::aside::story::{NEWS, seats, until};
use crate::rights::{Named, least};

fn refusals(pipeline: &Pipeline) -> [String; 2] {
    [
        pipeline.topics(&["--verify"]).refused(1),
        pipeline.run(vec!["--until-caught-up".into()]).finish().refused(1),
    ]
}

#[test]
fn topics_makes_both_topics_and_run_refuses_where_they_are_missing() {
    let pipeline = Pipeline::new("domains-missing", 2);
    let admin = Admin::connect();
    pipeline.set("by_domain", true);
    for said in refusals(&pipeline) {
        for topic in [pipeline.topic(BY_DOMAIN), pipeline.domains_waiting()] {
            assert!(
                said.contains(&format!("topic `{topic}` does not exist; `springtide topics` makes")),
                "{said}"
            );
        }
    }
    // As many as the signals have, whatever the others have.
    admin.make(&pipeline.topic(BY_DOMAIN), 5, &[]);
    let made = pipeline.topics(&["--partitions=2"]).well();
    assert!(made.text().contains(&format!("made   {}\n", pipeline.domains_waiting())), "{}", made.text());
    assert_eq!(describe(&pipeline.domains_waiting())["topics"][0]["partitions"].as_array().unwrap().len(), 5);
    assert_eq!(admin.settings(&pipeline.domains_waiting())["cleanup.policy"], "compact");
    pipeline.topics(&["--verify"]).well();
    admin.add_partitions(&pipeline.topic(BY_DOMAIN), 6);
    for said in refusals(&pipeline) {
        assert!(said.contains("`domains-missing-domains-waiting` has 5 partitions"), "{said}");
        assert!(said.contains("`domains-missing.business-signals-by-domain` has 6"), "{said}");
    }
    admin.add_partitions(&pipeline.domains_waiting(), 6);
    pipeline.topics(&["--verify"]).well();
}

#[test]
fn a_topic_of_waiting_signals_that_would_lose_them_is_refused() {
    let pipeline = Pipeline::without_topics("domains-kept");
    pipeline.set("by_domain", true);
    let settings = [("cleanup.policy", "delete"), ("max.message.bytes", "110000000")];
    Admin::connect().make(&pipeline.domains_waiting(), 1, &settings);
    pipeline.topics(&["--partitions=1"]).refused(1);
    for said in refusals(&pipeline) {
        assert!(said.contains("`domains-kept-domains-waiting` has cleanup.policy=delete"), "{said}");
    }
}

#[test]
fn signals_by_domain_go_into_a_topic_of_avro() {
    let pipeline = routing("domains-avro", 2, &[]);
    pipeline.feed(&[listing("acme", 1, &["acme.example"]), seats("acme"), signal("1", "eu.acme.example")]);
    let mut flags = until();
    flags.push(format!("--schema-registry={}", SchemaRegistry::shared().url).into());
    flags.extend(["--format=business-signals=avro", "--format=expansion-opportunities=json"].map(Into::into));
    pipeline.catch_up(flags);
    let written = read_raw(&pipeline.topic(NEWS)).remove(0);
    let value = Reader::default().read(&written.value.unwrap());
    let members =
        ["event_id", "account_id", "occurred_at", "type", "location", "headline"].map(|name| &value[name]);
    let expected = json!(["1", "acme", "2024-02-01T12:00:00.000Z", "office_opened", "Graz", null]);
    assert_eq!(json!(members), expected, "{value}");
    assert_eq!(pipeline.committed().open().accounts_with("new_office"), ["acme"]);
    assert_eq!(pipeline.written("springtide-dead-letter"), 0);
}

#[test]
fn the_rights_of_the_readme_suffice_for_signals_by_domain_and_who_lacks_one_is_told_which() {
    let (made, pipeline) = (routing("least-domains", 1, &[]), least("least-domains"));
    pipeline.set("by_domain", true);
    grant(&Named::of(&pipeline, "least-domains").rights());
    let (signals, rows, news) = (pipeline.topic(BY_DOMAIN), pipeline.domains_waiting(), pipeline.topic(NEWS));
    let more: Vec<Right<'_>> = [
        (Resource::Topic(&signals), Operation::Read),
        (Resource::Topic(&rows), Operation::Read),
        (Resource::Topic(&rows), Operation::Write),
        (Resource::Topic(&news), Operation::Write),
        (Resource::Group("least-domains-domains"), Operation::Read),
        (Resource::Topic(&signals), Operation::DescribeConfigs),
        (Resource::Topic(&rows), Operation::DescribeConfigs),
    ]
    .map(|(resource, operation)| Right { user: "least", resource, operation })
    .to_vec();
    grant(&more);
    made.feed(&[
        listing("acme", 1, &["acme.example"]),
        signal("1", "acme.example"),
        signal("2", "nobody.example"),
    ]);
    let ended = pipeline.catch_up(until());
    assert!(!ended.stderr.contains("WARN"), "{}", ended.stderr);
    assert_eq!(routed(&pipeline), [("1".to_owned(), to("acme"))].into());
    assert_eq!(waiting(&pipeline), ["2".to_owned()].into());
    for right in &more {
        revoke(&[*right]);
        let word = match right.operation {
            Operation::Read => "READ",
            Operation::Write => "WRITE",
            _ => "DESCRIBE_CONFIGS",
        };
        let mut run = pipeline.run(until());
        let said = if right.operation == Operation::DescribeConfigs {
            run.await_word("settings of topics are not told");
            run.terminate();
            run.finish().well().stderr
        } else {
            run.finish().refused(1)
        };
        let name = match right.resource {
            Resource::Topic(name) => format!("`{name}`"),
            _ => "consumer group".to_owned(),
        };
        assert!(
            said.contains("grant ") && said.contains(word) && said.contains(&name),
            "without {right:?}: {said}"
        );
        grant(&[*right]);
    }
    pipeline.catch_up(until());
}
