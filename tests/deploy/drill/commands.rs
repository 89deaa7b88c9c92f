//! The commands of the runbooks are run as they stand there, those of Kubernetes left out.

use springtide_tests::avro::{Writer, ours};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;
use springtide_tests::registry::SchemaRegistry;
use springtide_tests::transaction::OpenTransaction;

use super::input::{Flow, Input, now, of, profile};
use super::instance::Instance;
use super::tools::Tools;
use crate::runbooks;

const NAME: &str = "drill-commands";
const USAGE: &str = "product-usage";
/// Programs that are run here; with them a command begins.
const PROGRAMS: [&str; 4] = ["kafka-", "kcat ", "curl ", "springtide topics "];
/// Names of topics that commands have, which are others here.
const TOPICS: [&str; 4] =
    ["springtide-dead-letter", "springtide-late", "expansion-opportunities-latest", "-t product-usage"];

#[test]
fn the_commands_of_the_runbooks_run_and_say_something() {
    let pipeline = Pipeline::new(NAME, 1);
    pipeline.set("idle_after", "\"1s\"");
    let tools = Tools::of(&pipeline, NAME);
    let mut one = Instance::start(&pipeline, &[]);
    one.works_on("1 partition");
    overdue(&pipeline);
    let input = Input::start(&pipeline);
    input.set(Flow::Late(USAGE), 1);
    pipeline.feed(&[Record::new(USAGE, "account-1", "no JSON")]);
    one.run().await_that("something is late, bad and found", |_| {
        ["springtide-late", "springtide-dead-letter", "expansion-opportunities-latest"]
            .iter()
            .all(|topic| pipeline.written(topic) > 0)
    });
    let registry = SchemaRegistry::shared();
    let schema = Writer::register(&format!("{NAME}.{USAGE}-value"), ours(USAGE)).id.to_string();

    let all = runbooks::commands(&PROGRAMS);
    assert!(all.len() >= 15, "{all:?}");
    // What is aborted stays in a topic, so that comes last.
    let (aborts, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|command| command.contains(" abort "));
    for command in others.into_iter().chain(aborts) {
        let mut line = command.clone();
        for topic in TOPICS {
            let name = topic.trim_start_matches("-t ");
            line = line.replace(topic, &topic.replace(name, &pipeline.topic(name)));
        }
        line = line.replace("localhost:9090", &one.address).replace("-u USER", "-u me:pw");
        line = line.replace("REGISTRY", &registry.url).replace("/ID", &format!("/{schema}"));
        let open = command.contains(" abort ").then(|| {
            let topic =
                if line.contains("$APP-changelog") { pipeline.changelog() } else { pipeline.topic(USAGE) };
            let open = OpenTransaction::begin(&topic, 0, "account-1", "of somebody who has died");
            line = line.replace("OFFSET", &tools.first_offset(&topic));
            open
        });
        line = line.replace("TOPIC", &pipeline.topic(USAGE)).replace("PARTITION", "0");
        let said = tools.run(&line);
        println!("{line}\n{said}");
        // An abort says nothing, and lists may be empty: nothing hangs here, and nothing is under-replicated.
        let is_list = [" abort ", "find-hanging", "-partitions"].iter().any(|word| command.contains(word));
        assert!(is_list || !said.trim().is_empty(), "it says nothing: {line}");
        drop(open);
    }
    drop(input);
    one.stop();
}

/// Something that should have been acted on days ago, so that there is something to list.
fn overdue(pipeline: &Pipeline) {
    let at = now() - 13 * 86_400_000;
    pipeline.feed(&[
        of("account-profiles", "old", "old", at, &profile("old")),
        of(USAGE, "old", "old", at, r#""type":"seat_snapshot","seats_used":85,"seats_licensed":100"#),
        of("business-signals", "old", "old", at, r#""type":"office_opened","location":"Graz""#),
    ]);
}
