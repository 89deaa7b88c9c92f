//! Which rights a pipeline needs, and that who lacks one is told which (SPEC 7.4, README "Security").

use serde_json::json;
use springtide_tests::acls::{Operation, Resource, Right, grant, revoke};
use springtide_tests::broker::Broker;
use springtide_tests::data::Data;
use springtide_tests::pipeline::{Pipeline, all_topics};
use springtide_tests::records::{INPUT, Record};
use springtide_tests::wait::patiently;
use springtide_tests::watched::Watched;

use crate::aside::story::{OUTCOMES, USAGE, near_limit, profile, until};
use crate::inbox::{PATH, await_list, decide, flags, id, told};

#[test]
fn a_user_without_rights_is_told_which_it_lacks() {
    let _made = Pipeline::new("rights", 2);
    let pipeline = Pipeline::at("rights", &Broker::shared().secured);
    pipeline.configure(
        "\"security.protocol\" = \"sasl_plaintext\"\n\"sasl.mechanism\" = \"PLAIN\"\n\
         \"sasl.username\" = \"stranger\"\n\"sasl.password\" = \"stranger\"",
    );
    for said in [
        pipeline.topics(&["--verify"]).refused(1),
        pipeline.topics(&["--partitions=2"]).refused(1),
        pipeline.run(Vec::new()).finish().refused(1),
    ] {
        assert!(said.contains("no right to see topic `rights.product-usage`: grant READ"), "{said}");
        assert!(said.contains("no right to see topic `rights.springtide-late`: grant WRITE"), "{said}");
        assert!(!said.contains("does not exist"), "{said}");
    }
}

/// A pipeline under the user `least`.
pub fn least(name: &'static str) -> Pipeline {
    let pipeline = Pipeline::at(name, &Broker::shared().scram);
    let authority = Broker::shared().certificate("ca.pem");
    pipeline.configure(&format!(
        "\"security.protocol\" = \"sasl_ssl\"\n\"ssl.ca.location\" = {authority:?}\n\
         \"sasl.mechanism\" = \"SCRAM-SHA-512\"\n\"sasl.username\" = \"least\"\n\"sasl.password\" = \"least-password\""
    ));
    pipeline
}

/// The names that rights are about.
pub struct Named {
    input: Vec<String>,
    output: Vec<String>,
    changelog: String,
    application: &'static str,
}

impl Named {
    pub fn of(pipeline: &Pipeline, application: &'static str) -> Named {
        let name = |topic: &str| pipeline.topic(topic);
        let output = all_topics().filter(|topic| !INPUT.contains(topic)).map(name).collect();
        Named { input: INPUT.map(name).to_vec(), output, changelog: pipeline.changelog(), application }
    }

    fn topics<'n>(names: &'n [String], operation: Operation) -> Vec<(Resource<'n>, Operation)> {
        names.iter().map(|name| (Resource::Topic(name), operation)).collect()
    }

    /// As the README lists them.
    pub fn rights(&self) -> Vec<Right<'_>> {
        use Operation::{DescribeConfigs, Read, Write};
        let changelog = Resource::Topic(&self.changelog);
        let all = [
            Named::topics(&self.input, Read),
            Named::topics(&self.output, Write),
            vec![(changelog, Read), (changelog, Write), (changelog, DescribeConfigs)],
            Named::topics(&self.input, DescribeConfigs),
            Named::topics(&self.output, DescribeConfigs),
            vec![
                (Resource::Group(self.application), Read),
                (Resource::TransactionalIds(self.application), Write),
            ],
        ];
        all.concat()
            .into_iter()
            .map(|(resource, operation)| Right { user: "least", resource, operation })
            .collect()
    }
}

#[test]
fn the_rights_of_the_readme_suffice_for_all_that_a_run_does() {
    // As an administrator, who has every right, makes them.
    let (_made, pipeline, data) = (Pipeline::new("least", 3), least("least"), Data::generated_calm(43));
    let named = Named::of(&pipeline, "least");
    grant(&named.rights());
    let bad = Record::new(USAGE, "acme", "no JSON");
    let records = data.records(44);
    let account = String::from_utf8(records[0].key.clone().unwrap()).unwrap();
    pipeline.feed(&records);
    // All that was fed before is of later days.
    pipeline.feed(&[bad, near_limit(&account)]);
    let ended = pipeline.catch_up(data.flags());
    assert!(ended.stderr.contains("1 bad, 1 late"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("WARN"), "{}", ended.stderr);
    pipeline.lose_state();
    pipeline.feed(&[profile("another")]);
    let ended = pipeline.catch_up(data.flags());
    assert!(ended.stderr.contains("the state is there"), "{}", ended.stderr);
    pipeline.committed().open().must_equal(&data.replayed());
}

#[test]
fn the_rights_of_the_readme_suffice_for_the_api() {
    let (_made, pipeline) = (Pipeline::new("least-api", 1), least("least-api"));
    let named = Named::of(&pipeline, "least-api");
    let shown =
        ["expansion-opportunities", "expansion-opportunities-latest"].map(|topic| pipeline.topic(topic));
    let outcomes = pipeline.topic(OUTCOMES);
    let read = Named::topics(&shown, Operation::Read);
    let more = read.into_iter().chain([(Resource::Topic(&outcomes), Operation::Write)]);
    let more = more.map(|(resource, operation)| Right { user: "least", resource, operation });
    grant(&named.rights().into_iter().chain(more).collect::<Vec<_>>());
    pipeline.feed(&told(&["one"]));
    let watched = Watched::start(&pipeline, flags(&[]));
    let row = await_list(&watched, "", 1).remove(0);
    assert_eq!(decide(&watched, &row, "k", &json!({"stage": "qualified"})).status, 201);
    for path in [
        format!("{PATH}/{}", id(&row)),
        format!("{PATH}/{}/revisions", id(&row)),
        "/api/v1/report".to_owned(),
    ] {
        let answered = patiently(|| Some(watched.get(&path)).filter(|answer| answer.status == 200));
        assert!(answered.is_some(), "{path}: {:?}\n{}", watched.get(&path), watched.run.stderr());
    }
}

#[test]
fn who_lacks_one_right_is_told_which() {
    let (_made, pipeline) = (Pipeline::new("lacking", 1), least("lacking"));
    let named = Named::of(&pipeline, "lacking");
    let rights = named.rights();
    grant(&rights);
    pipeline.feed(&[profile("acme")]);
    pipeline.catch_up(until());
    for right in &rights {
        revoke(&[*right]);
        let word = match right.operation {
            Operation::Read => "READ",
            Operation::Write => "WRITE",
            Operation::DescribeConfigs => "DESCRIBE_CONFIGS",
            Operation::Create => "CREATE",
            Operation::Describe => "DESCRIBE",
        };
        let (kind, name) = match right.resource {
            Resource::Topic(name) => ("topic", name),
            Resource::Group(_) => ("consumer group", "application id"),
            Resource::TransactionalIds(_) => ("transactional ids", "application id"),
        };
        let mut run = pipeline.run(until());
        let said = if right.operation == Operation::DescribeConfigs {
            // What can't be checked is not wrong yet.
            run.await_word("settings of topics are not told");
            run.terminate();
            run.finish().well().stderr
        } else {
            run.finish().refused(1)
        };
        for part in ["grant ", word, kind, name] {
            assert!(said.contains(part), "without {right:?}, `{part}` is not said: {said}");
        }
        grant(&[*right]);
    }
    pipeline.catch_up(until());
}
