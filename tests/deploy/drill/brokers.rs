//! What is wrong with the brokers, or the network to them.

use std::time::Duration;

use springtide_tests::broker::Broker;
use springtide_tests::fire::link::Weather;
use springtide_tests::pipeline::Pipeline;

use super::input::{Flow, Input};
use super::instance::Instance;
use super::tools::Tools;
use super::watch::{Fault, Watch};

/// What is drilled here.
pub const ALERTS: &[&str] = &[
    "SpringtideLagGrowing",
    "SpringtideNotWorking",
    "SpringtideTransactionsFailing",
    "SpringtideWorkerSilent",
];

const USAGE: &str = "product-usage";

#[test]
fn alerts_on_brokers() {
    let _made = Pipeline::new("drill-brokers", 1);
    let pipeline = Pipeline::at("drill-brokers", &Broker::shared().linked);
    let tools = Tools::of(&pipeline, "drill-brokers");
    let mut one = Instance::start(&pipeline, &[]);
    one.works_on("1 partition");
    let input = Input::start(&pipeline);
    let address = one.address.clone();
    let mut watch = Watch::start("drill-brokers", &[&address], 60);
    // Transactions are tried again after up to ten seconds: a minute must have room for some.
    let mut slower = Watch::start("drill-brokers", &[&address], 20);
    watch.is_calm_for("15m");

    slow_and_hanging(&mut watch, &one, &input);
    away(&mut watch, &one);
    slower.is_calm();
    failing(&mut slower, &one, &tools, &pipeline);
    watch.is_calm();
    one.stop();
    watch.ends(&["SpringtideLagGrowing", "SpringtideNotWorking", "SpringtideWorkerSilent"]);
    slower.ends(&["SpringtideTransactionsFailing"]);
}

/// There are no brokers.
fn away(watch: &mut Watch, one: &Instance<'_>) {
    let alert = "SpringtideNotWorking";
    watch.is_quiet(alert);
    Broker::shared().link.set(Weather::Cut);
    watch.fires(&Fault { alert, names: &[], shows: &[], says: &[] }, one);
    Broker::shared().link.set(Weather::Calm);
    watch.resolves(alert);
    watch.is_calm();
}

/// Each answer of the brokers takes its time; then none comes any more, so that a commit hangs.
fn slow_and_hanging(watch: &mut Watch, one: &Instance<'_>, input: &Input) {
    let [growing, silent] = ["SpringtideLagGrowing", "SpringtideWorkerSilent"];
    watch.is_quiet(growing);
    let later = Duration::from_millis(200);
    Broker::shared().link.set(Weather::Slow { later, bytes_per_second: 100_000_000 });
    input.set(Flow::Good(USAGE), 300);
    let names = [("instance", &*one.address), ("topic", USAGE), ("partition", "0")];
    let shows = [("Lag in records by partition", "> 10000"), ("Commit duration", "> 0.2")];
    watch.fires(&Fault { alert: growing, names: &names, shows: &shows, says: &[] }, one);
    input.set(Flow::Good(USAGE), 2);

    watch.is_quiet(silent);
    Broker::shared().link.set(Weather::BlackHole);
    let names = [("instance", &*one.address), ("worker", "0")];
    watch.fires(
        &Fault { alert: silent, names: &names, shows: &[("Silence of workers", "> 5")], says: &[] },
        one,
    );
    Broker::shared().link.set(Weather::Calm);
    watch.resolves(silent);
    watch.resolves(growing);
    watch.is_calm();
}

/// Somebody has made a topic take smaller records than are written to it.
fn failing(watch: &mut Watch, one: &Instance<'_>, tools: &Tools, pipeline: &Pipeline) {
    let alert = "SpringtideTransactionsFailing";
    watch.is_quiet(alert);
    let changelog = pipeline.changelog();
    let alter = format!(
        "kafka-configs.sh --bootstrap-server $KAFKA --alter --entity-type topics --entity-name {changelog}"
    );
    tools.run(&format!("{alter} --add-config max.message.bytes=20"));
    let fault = Fault {
        alert,
        names: &[("instance", &one.address)],
        shows: &[("Transactions", "> 0")],
        says: &["going on from the last commit"],
    };
    watch.fires(&fault, one);
    tools.run(&format!("{alter} --delete-config max.message.bytes"));
    watch.resolves(alert);
}
