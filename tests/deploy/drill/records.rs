//! What is wrong with the input: records that can't be used, come too late, are gone, or wait.

use springtide_tests::admin::Admin;
use springtide_tests::avro::{Writer, ours};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::proxy::Proxy;
use springtide_tests::records::Record;
use springtide_tests::transaction::OpenTransaction;

use super::input::{Flow, Input, now, of};
use super::instance::Instance;
use super::tools::Tools;
use super::watch::{Fault, Watch};

/// What is drilled here.
pub const ALERTS: &[&str] = &[
    "SpringtideDeadLetterBurst",
    "SpringtideDeadLetters",
    "SpringtideLagSeconds",
    "SpringtideLateBurst",
    "SpringtideNoProgress",
    "SpringtideRecordsDeletedUnread",
    "SpringtideWaitingForSchema",
];

const USAGE: &str = "product-usage";
const NEWS: &str = "business-signals";
const ENGAGEMENT: &str = "engagement-signals";
const PROFILES: &str = "account-profiles";

#[test]
fn alerts_on_records() {
    let (pipeline, proxy) = (Pipeline::new("drill-records", 1), Proxy::start());
    let tools = Tools::of(&pipeline, "drill-records");
    // Topics that bring nothing here hold time back no longer: else nothing is late.
    pipeline.set("idle_after", "\"1s\"");
    let registry = format!("--schema-registry={}", proxy.url);
    let avro = format!("--format={ENGAGEMENT}=avro");
    let flags = [
        &*registry,
        &*avro,
        "--format=expansion-opportunities=json",
        "--format=expansion-opportunities-latest=json",
    ];
    let mut one = Instance::start(&pipeline, &flags);
    one.works_on("1 partition");
    let input = Input::start(&pipeline);
    input.set(Flow::Good(ENGAGEMENT), 0);
    let address = one.address.clone();
    let mut watch = Watch::start("drill-records", &[&address], 60);
    watch.is_calm_for("15m");

    gone(&mut watch, &mut one, &pipeline);
    bad_and_late(&mut watch, &one, &input, &pipeline);
    // An hour later, by itself: what is lost is lost.
    watch.resolves("SpringtideRecordsDeletedUnread");
    watch.is_calm();
    open_transaction(&mut watch, &one, &pipeline, &tools);
    schema(&mut watch, &one, &pipeline, &proxy);
    watch.is_calm();
    one.stop();
    watch.ends(ALERTS);
}

/// An instance stands still for longer than a topic keeps its records.
fn gone(watch: &mut Watch, one: &mut Instance<'_>, pipeline: &Pipeline) {
    let alert = "SpringtideRecordsDeletedUnread";
    watch.is_quiet(alert);
    one.run().pause();
    let record = |number: usize| {
        let rest = format!(
            r#""type":"job_posted","posting_id":"gone{number}","title":"Engineer","department":"law""#
        );
        of(NEWS, "account-1", &format!("gone{number}"), now(), &rest)
    };
    // What it asked for before it was stopped brings the first of them, and no more.
    pipeline.feed(&[record(0)]);
    pipeline.feed(&(1..50).map(record).collect::<Vec<_>>());
    Admin::connect().delete_records(&pipeline.topic(NEWS), 0);
    one.run().resume();
    let fault = Fault {
        alert,
        names: &[("instance", &one.address), ("topic", NEWS)],
        shows: &[("Deleted unread", "> 0")],
        says: &["deleted by the topic's retention before they were read; it must outlast the longest outage"],
    };
    watch.fires(&fault, one);
}

/// A stray record; then a producer that has changed, and a vendor that delivers old events.
fn bad_and_late(watch: &mut Watch, one: &Instance<'_>, input: &Input, pipeline: &Pipeline) {
    let (alert, address) = ("SpringtideDeadLetters", &*one.address);
    watch.is_quiet(alert);
    pipeline.feed(&[Record::new(USAGE, "account-1", "no JSON")]);
    let names = [("instance", address), ("topic", USAGE), ("class", "not_json")];
    watch.fires(&Fault { alert, names: &names, shows: &[("Bad records", "> 0")], says: &[] }, one);
    watch.resolves(alert);

    watch.is_quiet("SpringtideDeadLetterBurst");
    watch.is_quiet("SpringtideLateBurst");
    input.set(Flow::Bad(USAGE), 2);
    input.set(Flow::Late(NEWS), 5);
    watch.fires(&Fault { alert: "SpringtideDeadLetterBurst", names: &[], shows: &[], says: &[] }, one);
    watch.fires(
        &Fault {
            alert: "SpringtideLateBurst",
            names: &[("topic", NEWS)],
            shows: &[("Late events", "> 0")],
            says: &[],
        },
        one,
    );
    input.set(Flow::Bad(USAGE), 0);
    input.set(Flow::Late(NEWS), 0);
    watch.resolves("SpringtideDeadLetterBurst");
    watch.resolves("SpringtideLateBurst");
}

/// A producer that has died leaves a transaction open: what is behind it can't be read. It is found and aborted by the
/// commands that the runbook has.
fn open_transaction(watch: &mut Watch, one: &Instance<'_>, pipeline: &Pipeline, tools: &Tools) {
    let alert = "SpringtideNoProgress";
    watch.is_quiet(alert);
    let topic = pipeline.topic(PROFILES);
    let open = OpenTransaction::begin(&topic, 0, "account-1", "of somebody who has died");
    let names = [("instance", &*one.address), ("topic", PROFILES)];
    watch.fires(&Fault { alert, names: &names, shows: &[("Silence of workers", "< 5")], says: &[] }, one);
    let first = tools.first_offset(&topic);
    let abort = "kafka-transactions.sh --bootstrap-server $KAFKA abort";
    tools.run(&format!("{abort} --topic {topic} --partition 0 --start-offset {first}"));
    watch.resolves(alert);
    drop(open);
    watch.is_calm();
}

/// A producer uses a new schema while the registry is away.
fn schema(watch: &mut Watch, one: &Instance<'_>, pipeline: &Pipeline, proxy: &Proxy) {
    watch.is_quiet("SpringtideWaitingForSchema");
    watch.is_quiet("SpringtideLagSeconds");
    let writer = Writer::register(&format!("{}-value", pipeline.topic(ENGAGEMENT)), ours(ENGAGEMENT));
    proxy.set_away(true);
    let score = of(ENGAGEMENT, "account-1", "1", now(), r#""type":"nps_response","score":7"#);
    pipeline.feed(&[writer.record(&score)]);
    let waits = ["waiting for the schema registry; records written with this schema wait"];
    watch.fires(
        &Fault {
            alert: "SpringtideWaitingForSchema",
            names: &[("instance", &one.address), ("worker", "0")],
            shows: &[("Waiting for a schema", "> 0")],
            says: &waits,
        },
        one,
    );
    watch.fires(
        &Fault {
            alert: "SpringtideLagSeconds",
            names: &[("instance", &one.address), ("topic", ENGAGEMENT), ("partition", "0")],
            shows: &[("Lag in seconds", "> 10"), ("Lag in records by topic", "> 0")],
            says: &waits,
        },
        one,
    );
    assert!(
        one.log().contains(&format!("schema={}", writer.id)) && one.log().contains(&proxy.url),
        "{}",
        one.log()
    );
    proxy.set_away(false);
    watch.resolves("SpringtideWaitingForSchema");
    watch.resolves("SpringtideLagSeconds");
}
