//! A topic that is read to its end and silent holds time back no longer (SPEC 3.1).

use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::{INPUT, Record};

fn news(id: usize, at: &str) -> Record {
    let value = format!(
        r#"{{"event_id":"{id}","account_id":"acme","occurred_at":"2024-{at}T12:00:00Z","type":"funding_raised"}}"#
    );
    Record::new("business-signals", "acme", value)
}

fn usage(at: &str) -> Record {
    let value = format!(
        r#"{{"event_id":"u","account_id":"acme","occurred_at":"2024-{at}T12:00:00Z","type":"user_activity","user_id":"u"}}"#
    );
    Record::new("product-usage", "acme", value)
}

#[test]
fn silent_topics_let_the_horizon_pass() {
    let pipeline = Pipeline::new("idle", 1);
    pipeline.set("idle_after", "\"1s\"");
    pipeline.feed(&[usage("02-01")]);
    let mut run = pipeline.run(vec!["--until=2024-03-01T00:00:00Z".into()]);
    run.await_that("usage is read", |_| pipeline.lag() == 0);
    // The other topics have shown nothing: until they count as level, no news is too old.
    pipeline.feed(&[news(0, "01-10")]);
    run.await_that("the news is read", |_| pipeline.lag() == 0);
    assert_eq!(pipeline.written("springtide-late"), 0);
    run.await_that("all topics are silent", |run| {
        let said = |topic| format!("topic=\"{topic}\"");
        INPUT.iter().all(|topic| run.stderr().contains(&said(topic)))
    });
    // Less than its own 14 days older than the news before, more than 14 days older than usage.
    pipeline.feed(&[news(1, "01-09")]);
    run.await_that("it is late", |_| pipeline.written("springtide-late") > 0);
    run.terminate();
    run.finish().well();
}
