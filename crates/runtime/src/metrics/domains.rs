//! Figures of signals by domain.

use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Registry};

use super::{Metrics, figure};

const NO_LABELS: &[&str] = &[];

/// What is counted of them.
#[derive(Clone)]
pub(super) struct ByDomain {
    routed: IntCounter,
    waiting: IntGaugeVec,
    expired: IntCounter,
    refused: IntCounterVec,
    contested: IntGaugeVec,
}

impl ByDomain {
    pub(super) fn registered(registry: &Registry) -> Result<ByDomain, prometheus::Error> {
        let contested = registered!(registry, figure::BY_DOMAIN_CONTESTED.gauges());
        contested.with_label_values(NO_LABELS).set(0);
        Ok(ByDomain {
            routed: registered!(registry, figure::BY_DOMAIN_ROUTED.counter()),
            waiting: registered!(registry, figure::BY_DOMAIN_WAITING.gauges()),
            expired: registered!(registry, figure::BY_DOMAIN_EXPIRED.counter()),
            refused: registered!(registry, figure::BY_DOMAIN_REFUSED.counters()),
            contested,
        })
    }
}

impl Metrics {
    pub(crate) fn by_domain_routed(&self, records: u64) {
        self.by_domain.routed.inc_by(records);
    }

    pub(crate) fn by_domain_expired(&self, records: u64) {
        self.by_domain.expired.inc_by(records);
    }

    pub(crate) fn by_domain_refused(&self, class: &str, records: u64) {
        self.by_domain.refused.with_label_values(&[class]).inc_by(records);
    }

    pub(crate) fn by_domain_contested(&self, domains: usize) {
        self.by_domain.contested.with_label_values(NO_LABELS).set(domains as i64);
    }

    /// How many wait in a partition; nobody knows here where it is another's.
    pub(crate) fn by_domain_waiting(&self, partition: i32, records: Option<usize>) {
        let number = partition.to_string();
        match records {
            Some(records) => self.by_domain.waiting.with_label_values(&[&number]).set(records as i64),
            None => drop(self.by_domain.waiting.remove_label_values(&[&number])),
        }
    }
}
