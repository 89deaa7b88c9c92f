//! What a pipeline counts and measures.
//!
//! - `table`: what figures there are; `live`: those that are worked out when somebody asks.
//! - `domains`: signals by domain.
//! - `process`: what the system says of the process.

/// A figure and its place among all of them. Names and labels are constants, so that only a name given twice,
/// which a test would show, could fail.
macro_rules! registered {
    ($registry:expr, $figure:expr) => {{
        let figure = $figure?;
        $registry.register(Box::new(figure.clone()))?;
        figure
    }};
}

mod domains;
mod live;
mod process;
mod table;

use std::sync::Arc;

use prometheus::{Histogram, IntCounter, IntCounterVec, IntGaugeVec, Registry};

use springtide_core::event::{Stage, Topic};
use springtide_core::rules::{Rules, Urgency};
use springtide_core::time::Millis;
use springtide_schema::BadClass;
use springtide_store::Store;

use crate::board::Board;
use live::Live;
use table as figure;

pub use table::{FIGURES, Figure, Kind, documented};

/// The figures of one process; clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    events: IntCounterVec,
    bad: IntCounterVec,
    late: IntCounterVec,
    erased: IntCounter,
    erasures: IntCounter,
    signals: IntCounterVec,
    revisions: IntCounterVec,
    opportunities: IntCounterVec,
    withdrawals: IntCounterVec,
    act_by: Histogram,
    latency: Histogram,
    outcomes: IntCounterVec,
    transactions: IntCounterVec,
    transaction_seconds: Histogram,
    commit_seconds: Histogram,
    rebalances: IntCounter,
    deleted_unread: IntCounterVec,
    waiting_for_schema: IntGaugeVec,
    partitions: IntGaugeVec,
    restored: IntCounter,
    stood_by: IntCounter,
    copy_left: IntGaugeVec,
    spans: IntCounterVec,
    by_domain: domains::ByDomain,
}

/// What a revision says, as far as it is counted.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Opened, revised or withdrawn.
    pub kind: &'static str,
    pub play: Box<str>,
    pub urgency: &'static str,
    pub route: Box<str>,
    pub act_by: Millis,
    /// When the broker took the record that made it so, where one did.
    pub caused_at: Option<Millis>,
}

impl Metrics {
    /// Figures that all stand at nothing.
    ///
    /// # Errors
    /// Where a name is given twice.
    pub fn new() -> Result<Metrics, prometheus::Error> {
        let registry = Registry::new();
        let info = registered!(registry, figure::BUILD_INFO.gauges());
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        process::register(&registry)?;
        let copied = registered!(registry, figure::COPIED.counters());
        Ok(Metrics {
            events: registered!(registry, figure::EVENTS.counters()),
            bad: registered!(registry, figure::BAD.counters()),
            late: registered!(registry, figure::LATE.counters()),
            erased: registered!(registry, figure::ERASED.counter()),
            erasures: registered!(registry, figure::ERASURES.counter()),
            signals: registered!(registry, figure::SIGNALS.counters()),
            revisions: registered!(registry, figure::REVISIONS.counters()),
            opportunities: registered!(registry, figure::OPPORTUNITIES.counters()),
            withdrawals: registered!(registry, figure::WITHDRAWALS.counters()),
            act_by: registered!(registry, figure::ACT_BY.histogram()),
            latency: registered!(registry, figure::LATENCY.histogram()),
            outcomes: registered!(registry, figure::OUTCOMES.counters()),
            transactions: registered!(registry, figure::TRANSACTIONS.counters()),
            transaction_seconds: registered!(registry, figure::TRANSACTION_SECONDS.histogram()),
            commit_seconds: registered!(registry, figure::COMMIT_SECONDS.histogram()),
            deleted_unread: registered!(registry, figure::DELETED_UNREAD.counters()),
            waiting_for_schema: registered!(registry, figure::WAITING_FOR_SCHEMA.gauges()),
            rebalances: registered!(registry, figure::REBALANCES.counter()),
            partitions: registered!(registry, figure::PARTITIONS.gauges()),
            restored: copied.with_label_values(&["restore"]),
            stood_by: copied.with_label_values(&["standby"]),
            copy_left: registered!(registry, figure::COPY_LEFT.gauges()),
            spans: registered!(registry, figure::SPANS.counters()),
            by_domain: domains::ByDomain::registered(&registry)?,
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

    pub(crate) fn bad(&self, topic: Topic, class: BadClass) {
        self.bad.with_label_values(&[topic.name(), class.name()]).inc();
    }

    pub(crate) fn erased(&self, accounts: u64, records: u64) {
        self.erasures.inc_by(accounts);
        self.erased.inc_by(records);
    }

    pub(crate) fn signals(&self, detector: &str, new: u64) {
        self.signals.with_label_values(&[detector]).inc_by(new);
    }

    /// A revision that is committed now.
    pub(crate) fn said(&self, said: &Said, now: Millis) {
        self.revisions.with_label_values(&[said.kind]).inc();
        match said.kind {
            "opened" => {
                self.opportunities.with_label_values(&[&*said.play, said.urgency, &*said.route]).inc();
                self.act_by.observe((said.act_by - now) as f64 / 1_000.0);
            }
            "withdrawn" => self.withdrawals.with_label_values(&[&*said.play]).inc(),
            _ => {}
        }
        if let Some(written_at) = said.caused_at {
            self.latency.observe((now - written_at).max(0) as f64 / 1_000.0);
        }
    }

    pub(crate) fn outcome(&self, stage: &str) {
        self.outcomes.with_label_values(&[stage]).inc();
    }

    pub(crate) fn commit(&self, seconds: f64) {
        self.commit_seconds.observe(seconds);
    }

    pub(crate) fn waiting_for_schema(&self, worker: usize, places: usize) {
        self.waiting_for_schema.with_label_values(&[&worker.to_string()]).set(places as i64);
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

    pub(crate) fn spans(&self, result: &str, spans: u64) {
        self.spans.with_label_values(&[result]).inc_by(spans);
    }

    /// Has every series that these rules can bring stand at nothing: of one that begins with its first increase Prometheus
    /// sees no increase.
    pub(crate) fn expect(&self, rules: &Rules) {
        for topic in Topic::ALL.map(Topic::name) {
            self.events(topic, 0, 0);
            self.deleted_unread(topic, 0);
            for class in BadClass::ALL {
                self.bad.with_label_values(&[topic, class.name()]);
            }
        }
        for stage in Stage::ALL {
            self.outcomes.with_label_values(&[stage.name()]);
        }
        rules.detectors.iter().for_each(|detector| self.signals(&detector.name, 0));
        ["begun", "delivered", "lost"].into_iter().for_each(|result| self.spans(result, 0));
        for kind in ["opened", "revised", "withdrawn"] {
            self.revisions.with_label_values(&[kind]);
        }
        for result in ["committed", "failed"] {
            self.transactions.with_label_values(&[result]);
        }
        for play in &rules.plays {
            self.withdrawals.with_label_values(&[&*play.name]);
            for (urgency, role) in
                Urgency::ALL.iter().flat_map(|one| play.roles().into_iter().map(move |role| (one, role)))
            {
                self.opportunities.with_label_values(&[&*play.name, urgency.name(), role]);
            }
        }
    }

    /// Shows the workers of a pipeline, and its store, from here on.
    pub(crate) fn follow(&self, board: &Board, store: &Arc<dyn Store>) {
        let live = || Live::new(board.clone(), Arc::clone(store)).map(Box::new);
        // Those of one that ran before with these figures; mostly there is none.
        let _ = live().and_then(|live| self.registry.unregister(live));
        if let Err(error) = live().and_then(|live| self.registry.register(live)) {
            tracing::warn!(%error, "there are no figures of the workers");
        }
    }
}
