//! What a pipeline counts and measures; names by Prometheus' conventions, in base units.

mod live;

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use crate::board::Board;
use live::Live;

/// The figures of one process; clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    events: IntCounterVec,
    bad: IntCounterVec,
    late: IntCounterVec,
    erased: IntCounter,
    erasures: IntCounter,
    revisions: IntCounterVec,
    transactions: IntCounterVec,
    transaction_seconds: Histogram,
    rebalances: IntCounter,
    deleted_unread: IntCounterVec,
    partitions: IntGaugeVec,
    restored: IntCounter,
    stood_by: IntCounter,
    copy_left: IntGaugeVec,
}

/// A figure and its place among all of them. Names and labels are constants, so that only a name given twice,
/// which a test would show, could fail.
macro_rules! registered {
    ($registry:expr, $figure:expr) => {{
        let figure = $figure?;
        $registry.register(Box::new(figure.clone()))?;
        figure
    }};
}

impl Metrics {
    /// Figures that all stand at nothing.
    ///
    /// # Errors
    /// Where a name is given twice.
    pub fn new() -> Result<Metrics, prometheus::Error> {
        let registry = Registry::new();
        let counters =
            |name: &str, help: &str, label: &str| IntCounterVec::new(Opts::new(name, help), &[label]);
        let gauges = |name: &str, help: &str, label: &str| IntGaugeVec::new(Opts::new(name, help), &[label]);
        let duration = HistogramOpts::new(
            "springtide_transaction_duration_seconds",
            "From the beginning of a transaction to its commit or abort.",
        );
        let duration =
            duration.buckets(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0]);
        registered!(registry, build_info());
        let copied = registered!(
            registry,
            counters(
                "springtide_copied_records_total",
                "Records read from the changelog topic, by what for: restore, standby.",
                "purpose"
            )
        );
        Ok(Metrics {
            events: registered!(
                registry,
                counters("springtide_events_total", "Events that counted, by input topic.", "topic")
            ),
            bad: registered!(
                registry,
                counters(
                    "springtide_bad_records_total",
                    "Records in the dead-letter topic, by class.",
                    "class"
                )
            ),
            late: registered!(
                registry,
                counters(
                    "springtide_late_records_total",
                    "Events in the late topic, by input topic.",
                    "topic"
                )
            ),
            erased: registered!(
                registry,
                IntCounter::new("springtide_erased_records_total", "Records dropped for an erasure.")
            ),
            erasures: registered!(
                registry,
                IntCounter::new("springtide_erasures_total", "Accounts erased by a profile tombstone.")
            ),
            revisions: registered!(
                registry,
                counters(
                    "springtide_revisions_total",
                    "Revisions emitted: opened, revised, withdrawn.",
                    "kind"
                )
            ),
            transactions: registered!(
                registry,
                counters(
                    "springtide_transactions_total",
                    "Transactions by result: committed, failed.",
                    "result"
                )
            ),
            transaction_seconds: registered!(registry, Histogram::with_opts(duration)),
            deleted_unread: registered!(
                registry,
                counters(
                    "springtide_deleted_unread_records_total",
                    "Records that a topic's retention deleted before they were read.",
                    "topic"
                )
            ),
            rebalances: registered!(
                registry,
                IntCounter::new(
                    "springtide_rebalances_total",
                    "Changes of the partitions that a worker has."
                )
            ),
            partitions: registered!(
                registry,
                gauges("springtide_worker_partitions", "Partitions being worked on, by worker.", "worker")
            ),
            restored: copied.with_label_values(&["restore"]),
            stood_by: copied.with_label_values(&["standby"]),
            copy_left: registered!(
                registry,
                gauges(
                    "springtide_restore_remaining_records",
                    "Records of the changelog that a partition waits for.",
                    "partition"
                )
            ),
            registry,
        })
    }

    /// All of them, to be read.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn events(&self, topic: &str, counted: u64, late: u64) {
        self.events.with_label_values(&[topic]).inc_by(counted);
        self.late.with_label_values(&[topic]).inc_by(late);
    }

    pub(crate) fn bad(&self, class: &str) {
        self.bad.with_label_values(&[class]).inc();
    }

    pub(crate) fn erased(&self, accounts: u64, records: u64) {
        self.erasures.inc_by(accounts);
        self.erased.inc_by(records);
    }

    pub(crate) fn revision(&self, kind: &str) {
        self.revisions.with_label_values(&[kind]).inc();
    }

    pub(crate) fn transaction(&self, committed: bool, seconds: f64) {
        self.transactions.with_label_values(&[if committed { "committed" } else { "failed" }]).inc();
        self.transaction_seconds.observe(seconds);
    }

    pub(crate) fn deleted_unread(&self, topic: &str, records: i64) {
        self.deleted_unread.with_label_values(&[topic]).inc_by(records.unsigned_abs());
    }

    pub(crate) fn rebalance(&self) {
        self.rebalances.inc();
    }

    pub(crate) fn partitions(&self, worker: usize, running: usize) {
        self.partitions.with_label_values(&[&worker.to_string()]).set(running as i64);
    }

    pub(crate) fn copied(&self, for_workers: u64, standing_by: u64) {
        self.restored.inc_by(for_workers);
        self.stood_by.inc_by(standing_by);
    }

    pub(crate) fn copy_left(&self, partition: i32, records: i64) {
        self.copy_left.with_label_values(&[&partition.to_string()]).set(records);
    }

    pub(crate) fn forget_copy(&self, partition: i32) {
        // It may never have been told.
        let _ = self.copy_left.remove_label_values(&[&partition.to_string()]);
    }

    /// Shows the workers of a pipeline from here on.
    pub(crate) fn follow(&self, board: &Board) {
        let live = || Live::new(board.clone()).map(Box::new);
        // Those of one that ran before with these figures; mostly there is none.
        let _ = live().and_then(|live| self.registry.unregister(live));
        if let Err(error) = live().and_then(|live| self.registry.register(live)) {
            tracing::warn!(%error, "there are no figures of the workers");
        }
    }
}

/// A figure that is always 1, for its label.
fn build_info() -> Result<IntGauge, prometheus::Error> {
    let what = Opts::new("springtide_build_info", "The version that runs.");
    let info = IntGauge::with_opts(what.const_label("version", env!("CARGO_PKG_VERSION")))?;
    info.set(1);
    Ok(info)
}
