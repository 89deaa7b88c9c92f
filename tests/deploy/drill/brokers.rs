//! What is wrong with the brokers, or the network to them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use springtide_tests::broker::Broker;
use springtide_tests::fire::link::Weather;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::transaction::take_over;

use super::input::{Flow, Input};
use super::instance::Instance;
use super::watch::{Fault, Watch};

/// What is drilled here.
pub const ALERTS: &[&str] = &[
    "SpringtideLagGrowing",
    "SpringtideNotWorking",
    "SpringtideTransactionsFailing",
    "SpringtideWorkerSilent",
];

const USAGE: &str = "product-usage";

const NAME: &str = "drill-brokers";

#[test]
fn alerts_on_brokers() {
    let _made = Pipeline::new(NAME, 1);
    let pipeline = Pipeline::at(NAME, &Broker::shared().linked);
    let mut one = Instance::start(&pipeline, &["--instance-id=one"]);
    one.works_on("1 partition");
    let input = Input::start(&pipeline);
    let address = one.address.clone();
    let mut watch = Watch::start(NAME, &[&address], 60);
    watch.is_calm_for("15m");

    slow_and_hanging(&mut watch, &one, &input);
    failing(&mut watch, &one);
    away(&mut watch, &one);
    one.stop();
    watch.ends(ALERTS);
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

/// A second process has the same name, and takes the transactions over again and again.
fn failing(watch: &mut Watch, one: &Instance<'_>) {
    let alert = "SpringtideTransactionsFailing";
    watch.is_quiet(alert);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        // Ends however the drill does: the scope waits for it.
        let _end = EndOf(&ended);
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                take_over(&format!("{NAME}-one-0"));
                thread::sleep(Duration::from_millis(500));
            }
        });
        let says = [
            "going on from the last commit",
            "another process writes under the same transactional id and has taken over",
        ];
        let names = [("instance", &*one.address)];
        watch.fires(&Fault { alert, names: &names, shows: &[("Transactions", "> 0")], says: &says }, one);
    });
    watch.resolves(alert);
    watch.is_calm();
}

/// Says when it goes.
struct EndOf<'e>(&'e AtomicBool);

impl Drop for EndOf<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
