//! Records that can't be used, and late ones, go aside whole; what comes after them is processed.

mod avro;
mod json;
pub mod story;

use springtide_tests::admin::Admin;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;

use story::{PROFILES, Story, USAGE, aside, event, must_be_aside, near_limit, profile, until};

/// What a topic for large records takes.
const LARGE: &str = "20971520";

/// One whose product usage may be large, and whose profiles may have no key, as they do where nothing is compacted.
fn open_to_everything(name: &'static str) -> Pipeline {
    let pipeline = Pipeline::without_topics(name);
    let admin = Admin::connect();
    admin.make(&pipeline.topic(USAGE), 1, &[("max.message.bytes", LARGE)]);
    admin.make(&pipeline.topic(PROFILES), 1, &[("cleanup.policy", "delete")]);
    pipeline.topics(&["--partitions=1"]).well();
    pipeline
}

#[test]
fn bad_json_goes_aside_whole_and_stops_nothing() {
    let story = Story::tell(json::bad(), Record::clone);
    story.must_have(120);
    story.must_go_well(&open_to_everything("bad-json"), &[]);
}

#[test]
fn bad_avro_goes_aside_whole_and_stops_nothing() {
    let writers = avro::Writers::register();
    let story = Story::tell(avro::bad(&writers), |record| writers.of(record.topic).record(record));
    story.must_have(100);
    story.must_go_well(&open_to_everything("bad-avro"), &avro::flags());
}

#[test]
fn a_late_record_goes_aside_whole_and_changes_nothing() {
    let in_time =
        event(USAGE, "slow", "01-31", r#""type":"meter_reading","meter":"calls","used":1,"limit":100"#);
    let late =
        event(USAGE, "late", "01-31", r#""type":"meter_reading","meter":"calls","used":85,"limit":100"#);
    let late = Record {
        value: late.value.map(|value| String::from_utf8(value).unwrap().replace("T12", "T11").into()),
        ..late
    };
    let late = late.with_header("origin", "a slow vendor");
    let fed =
        [profile("late"), profile("good"), near_limit("first"), in_time, late.clone(), near_limit("good")];
    let pipeline = Pipeline::new("late", 1);
    pipeline.feed(&fed);
    let ended = pipeline.catch_up(until());
    assert!(ended.stderr.contains("0 bad, 1 late"), "{}", ended.stderr);
    let put_aside = aside(&pipeline.topic("springtide-late"));
    assert_eq!(put_aside.len(), 1);
    must_be_aside(&pipeline, &put_aside, (USAGE, 2), &late, "late");
    assert_eq!(pipeline.committed().open().accounts(), ["good"]);
}
