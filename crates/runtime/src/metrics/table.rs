//! Every figure: its name by Prometheus' conventions, in base units, what its labels are, and what it says. Nothing is
//! counted that does not stand here, and the table in the documentation is made from it.

use std::fmt::Write;

use prometheus::{
    CounterVec, GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Opts,
};

/// What becomes of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until the process starts anew.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How many were at most so large, their sum and their count.
    Histogram,
}

impl Kind {
    /// The name in the exposition.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// One figure.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// What becomes of it.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

macro_rules! figures {
    ($($id:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(pub(crate) const $id: Figure =
            Figure { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };)*
        /// All that the pipeline says of itself, in the order of the documentation.
        pub const FIGURES: &[Figure] = &[$($id),*];
    };
}

figures! {
    BUILD_INFO: Gauge "springtide_build_info" ["version"] "The version that runs; always 1.";
    EVENTS: Counter "springtide_events_total" ["topic"] "Events that counted, by input topic.";
    BAD: Counter "springtide_bad_records_total" ["topic", "class"]
        "Records in the dead-letter topic, by the input topic that they came from and class.";
    LATE: Counter "springtide_late_records_total" ["topic"] "Events in the late topic, by input topic.";
    ERASED: Counter "springtide_erased_records_total" [] "Records dropped for an erasure.";
    ERASURES: Counter "springtide_erasures_total" [] "Accounts erased by a profile tombstone.";
    DELETED_UNREAD: Counter "springtide_deleted_unread_records_total" ["topic"]
        "Records that a topic's retention deleted before they were read.";
    WAITING_FOR_SCHEMA: Gauge "springtide_partitions_waiting_for_schema" ["worker"]
        "Topics' partitions whose next record waits for a schema that the registry has not told.";
    LAG: Gauge "springtide_lag_records" ["topic", "partition"]
        "Records of an input topic's partition not processed; absent where that is not known.";
    LAG_SECONDS: Gauge "springtide_lag_seconds" ["topic", "partition"]
        "For how long the oldest record not processed has been there, at most; 0 where there is none, absent where that is not known.";
    HIGHEST: Gauge "springtide_highest_event_timestamp_seconds" ["topic", "partition"]
        "The highest occurred_at seen, by input topic; time() less this is how far event time is behind.";
    HORIZON: Gauge "springtide_horizon_timestamp_seconds" ["partition"]
        "Events older than this are late, whatever their topic.";
    HOLDING: Gauge "springtide_horizon_holding_topic" ["topic", "partition"]
        "1 for the input topic that holds the horizon back.";
    SIGNALS: Counter "springtide_signals_total" ["detector"] "Signals found, by detector; those after one that came late are found anew, and count again.";
    REVISIONS: Counter "springtide_revisions_total" ["kind"] "Revisions committed: opened, revised, withdrawn.";
    OPPORTUNITIES: Counter "springtide_opportunities_total" ["play", "urgency", "route"]
        "Opportunities opened, by play, urgency and the role they go to.";
    WITHDRAWALS: Counter "springtide_withdrawals_total" ["play"] "Opportunities withdrawn, by play.";
    ACT_BY: Histogram "springtide_act_by_remaining_seconds" []
        "From the commit that opens an opportunity to its act_by; below 0 where that has passed.";
    LATENCY: Histogram "springtide_opportunity_latency_seconds" []
        "From when the broker took the account's last record before a revision to the commit of that revision.";
    BY_DOMAIN_ROUTED: Counter "springtide_by_domain_routed_records_total" []
        "Signals by domain that went to the account that owns the domain.";
    BY_DOMAIN_WAITING: Gauge "springtide_by_domain_waiting_records" ["partition"]
        "Signals by domain that wait for an account to own the domain, by partition of their topic.";
    BY_DOMAIN_EXPIRED: Counter "springtide_by_domain_expired_records_total" []
        "Signals by domain in the dead-letter topic, since nobody came to own the domain in time.";
    BY_DOMAIN_REFUSED: Counter "springtide_by_domain_refused_records_total" ["class"]
        "Signals by domain in the dead-letter topic for what is wrong with them, by class.";
    BY_DOMAIN_CONTESTED: Gauge "springtide_by_domain_contested_domains" []
        "Domains that the latest profiles of several accounts list.";
    OUTCOMES: Counter "springtide_outcomes_total" ["stage"] "Outcome events that counted, by stage.";
    OVERDUE: Gauge "springtide_opportunities_overdue" ["partition"]
        "Opportunities that are open, past their act_by, and without an outcome, until their cooldown and the longest lateness are over; counted about every minute, absent before.";
    TRANSACTIONS: Counter "springtide_transactions_total" ["result"] "Transactions by result: committed, failed.";
    TRANSACTION_SECONDS: Histogram "springtide_transaction_duration_seconds" []
        "From the beginning of a transaction to its commit or abort.";
    COMMIT_SECONDS: Histogram "springtide_commit_duration_seconds" []
        "A commit: taking in what arrived, the transaction, and the batch on the disk.";
    REBALANCES: Counter "springtide_rebalances_total" [] "Changes of the partitions that a worker has.";
    PARTITIONS: Gauge "springtide_worker_partitions" ["worker"] "Partitions being worked on, by worker.";
    SILENCE: Gauge "springtide_worker_silence_seconds" ["worker"] "Since a worker last polled.";
    COPIED: Counter "springtide_copied_records_total" ["purpose"]
        "Records read from the changelog topic, by what for: restore, standby.";
    COPY_LEFT: Gauge "springtide_restore_remaining_records" ["partition"]
        "Records of the changelog that a partition waits for.";
    STANDBY_LAG: Gauge "springtide_standby_lag_records" ["partition"]
        "Records of the changelog that a standby copy lacks.";
    STORE_BYTES: Gauge "springtide_store_bytes" ["kind"]
        "RocksDB: files on the disk; in memory, buffers that are written to and the block cache.";
    BLOCK_READS: Counter "springtide_store_block_reads_total" ["result"]
        "Blocks that RocksDB looked for in its cache: hit, miss.";
    COMPACTIONS: Gauge "springtide_store_compactions_running" [] "Compactions and flushes that run in RocksDB.";
    COMPACTION_PENDING: Gauge "springtide_store_compaction_pending_bytes" []
        "About how much RocksDB has yet to compact.";
    COMPACTED: Counter "springtide_store_compaction_bytes_total" ["direction"]
        "Bytes that compactions have read and written.";
    WRITE_STOPPED: Gauge "springtide_store_write_stopped" [] "1 while RocksDB takes no writes.";
    STALLED: Counter "springtide_store_write_stalled_seconds_total" []
        "For how long RocksDB has kept writers waiting.";
    DISK_AVAILABLE: Gauge "springtide_state_disk_available_bytes" []
        "What is free of the file system with the state directory.";
    DISK_SIZE: Gauge "springtide_state_disk_size_bytes" [] "The size of the file system with the state directory.";
    SPANS: Counter "springtide_trace_spans_total" ["result"]
        "Spans of traces: begun, delivered to the collector, lost. Begun and in the end neither of the others: dropped, since too many waited.";
    MEMORY_LIMIT: Gauge "springtide_memory_limit_bytes" []
        "How much memory the process may have, by its control group, or else the machine.";
}

/// How long something took, in seconds.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];
/// Time left to act, in seconds: from a day too late to three weeks.
const TIME_LEFT: [f64; 9] =
    [-86_400.0, 0.0, 3_600.0, 14_400.0, 86_400.0, 172_800.0, 432_000.0, 864_000.0, 1_814_400.0];

impl Figure {
    fn opts(&self) -> Opts {
        Opts::new(self.name, self.help)
    }

    pub(super) fn counter(&self) -> Result<IntCounter, prometheus::Error> {
        IntCounter::with_opts(self.opts())
    }

    pub(super) fn counters(&self) -> Result<IntCounterVec, prometheus::Error> {
        IntCounterVec::new(self.opts(), self.labels)
    }

    pub(super) fn gauges(&self) -> Result<IntGaugeVec, prometheus::Error> {
        IntGaugeVec::new(self.opts(), self.labels)
    }

    pub(super) fn real_gauges(&self) -> Result<GaugeVec, prometheus::Error> {
        GaugeVec::new(self.opts(), self.labels)
    }

    pub(super) fn real_counters(&self) -> Result<CounterVec, prometheus::Error> {
        CounterVec::new(self.opts(), self.labels)
    }

    pub(super) fn histogram(&self) -> Result<Histogram, prometheus::Error> {
        let buckets: &[f64] = if self.name == ACT_BY.name { &TIME_LEFT } else { &SECONDS };
        Histogram::with_opts(HistogramOpts::from(self.opts()).buckets(buckets.to_vec()))
    }
}

/// The table of the documentation, in Markdown.
///
/// ```
/// let table = springtide_runtime::metrics::documented();
/// assert!(table.contains("| `springtide_lag_records` | gauge | `topic`, `partition` |"));
/// ```
pub fn documented() -> String {
    let mut table = "# Figures\n\nWhat `/metrics` says, as `springtide run --print-metrics` writes it. Labels have few \
                     values: partitions, workers, the fixed names of the input topics, and what the rule pack names. \
                     The usual `process_…` figures (memory, CPU, open files, start) are there as well.\n\n\
                     | figure | kind | labels | what it says |\n|---|---|---|---|\n"
        .to_owned();
    for Figure { name, kind, labels, help } in FIGURES {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        // Writing to a text does not fail.
        let _ = writeln!(table, "| `{name}` | {} | {} | {help} |", kind.name(), labels.join(", "));
    }
    table
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_documentation_has_this_table() {
        let file = include_str!("../../../../docs/metrics.md");
        assert!(file == documented(), "run: springtide run --print-metrics > docs/metrics.md");
    }

    #[test]
    fn names_follow_the_conventions_and_stand_once() {
        let names: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        assert_eq!(names.len(), FIGURES.len());
        for Figure { name, kind, help, .. } in FIGURES {
            assert!(name.starts_with("springtide_") && help.ends_with('.'), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        }
    }
}
