//! Figures that are worked out when somebody asks: what is no longer so, or not known, is not among them.

use std::sync::{Arc, Mutex, PoisonError};

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{CounterVec, GaugeVec};
use springtide_core::event::Topic;
use springtide_core::time::Millis;
use springtide_store::{Store, StoreFigures};

use super::table as figure;
use crate::board::{Board, Lags, Place};

/// The figures of a pipeline's workers and of its store.
pub(super) struct Live {
    board: Board,
    store: Arc<dyn Store>,
    silence: GaugeVec,
    lag: GaugeVec,
    lag_seconds: GaugeVec,
    horizon: GaugeVec,
    holding: GaugeVec,
    highest: GaugeVec,
    standby_lag: GaugeVec,
    overdue: GaugeVec,
    store_bytes: GaugeVec,
    compactions: GaugeVec,
    compaction_pending: GaugeVec,
    write_stopped: GaugeVec,
    disk_available: GaugeVec,
    disk_size: GaugeVec,
    block_reads: CounterVec,
    compacted: CounterVec,
    stalled: CounterVec,
    /// One reader at a time: each makes the figures anew.
    reading: Mutex<()>,
}

const NO_LABELS: &[&str] = &[];

impl Live {
    pub(super) fn new(board: Board, store: Arc<dyn Store>) -> Result<Live, prometheus::Error> {
        Ok(Live {
            board,
            store,
            silence: figure::SILENCE.real_gauges()?,
            lag: figure::LAG.real_gauges()?,
            lag_seconds: figure::LAG_SECONDS.real_gauges()?,
            horizon: figure::HORIZON.real_gauges()?,
            holding: figure::HOLDING.real_gauges()?,
            highest: figure::HIGHEST.real_gauges()?,
            standby_lag: figure::STANDBY_LAG.real_gauges()?,
            overdue: figure::OVERDUE.real_gauges()?,
            store_bytes: figure::STORE_BYTES.real_gauges()?,
            compactions: figure::COMPACTIONS.real_gauges()?,
            compaction_pending: figure::COMPACTION_PENDING.real_gauges()?,
            write_stopped: figure::WRITE_STOPPED.real_gauges()?,
            disk_available: figure::DISK_AVAILABLE.real_gauges()?,
            disk_size: figure::DISK_SIZE.real_gauges()?,
            block_reads: figure::BLOCK_READS.real_counters()?,
            compacted: figure::COMPACTED.real_counters()?,
            stalled: figure::STALLED.real_counters()?,
            reading: Mutex::new(()),
        })
    }

    fn look_at_workers(&self) {
        for worker in self.board.workers() {
            let silence = self.silence.with_label_values(&[&worker.number.to_string()]);
            silence.set(worker.silence.as_secs_f64());
        }
        let lags = self.board.lags();
        self.board.places().iter().for_each(|place| self.look_at_place(place, &lags));
        for (number, lag) in lags.standby {
            self.standby_lag.with_label_values(&[&number.to_string()]).set(lag as f64);
        }
    }

    fn look_at_place(&self, place: &Place, lags: &Lags) {
        let number = place.number.to_string();
        if place.horizon > Millis::MIN {
            self.horizon.with_label_values(&[&number]).set(seconds(place.horizon));
        }
        if let Some(topic) = place.holding {
            self.holding.with_label_values(&[topic.name(), &number]).set(1.0);
        }
        if let Some(overdue) = self.board.overdue(place.number) {
            self.overdue.with_label_values(&[&number]).set(overdue as f64);
        }
        for topic in Topic::ALL {
            if let Some(highest) = place.highest[topic.index()] {
                self.highest.with_label_values(&[topic.name(), &number]).set(seconds(highest));
            }
            let Some(lag) = lags.input.get(&(topic, place.number)) else { continue };
            self.lag.with_label_values(&[topic.name(), &number]).set(lag.records as f64);
            if let Some(age_ms) = lag.age_ms {
                self.lag_seconds.with_label_values(&[topic.name(), &number]).set(seconds(age_ms));
            }
        }
    }

    fn look_at_store(&self) {
        let StoreFigures { memory, work, disk } = self.store.figures();
        for (kind, bytes) in
            [("files", work.file_bytes), ("buffers", memory.buffer_bytes), ("cache", memory.cache_bytes)]
        {
            self.store_bytes.with_label_values(&[kind]).set(bytes as f64);
        }
        for (result, count) in [("hit", memory.cache_hits), ("miss", memory.cache_misses)] {
            self.block_reads.with_label_values(&[result]).inc_by(count as f64);
        }
        for (direction, bytes) in
            [("read", work.compaction_read_bytes), ("written", work.compaction_written_bytes)]
        {
            self.compacted.with_label_values(&[direction]).inc_by(bytes as f64);
        }
        self.compactions.with_label_values(NO_LABELS).set(work.running as f64);
        self.compaction_pending.with_label_values(NO_LABELS).set(work.pending_bytes as f64);
        self.write_stopped.with_label_values(NO_LABELS).set(f64::from(u8::from(work.is_stopped)));
        self.stalled.with_label_values(NO_LABELS).inc_by(work.stalled_micros as f64 / 1e6);
        if let Some((available, size)) = disk {
            self.disk_available.with_label_values(NO_LABELS).set(available as f64);
            self.disk_size.with_label_values(NO_LABELS).set(size as f64);
        }
    }

    fn gauges(&self) -> [&GaugeVec; 14] {
        [
            &self.silence,
            &self.lag,
            &self.lag_seconds,
            &self.horizon,
            &self.holding,
            &self.highest,
            &self.standby_lag,
            &self.overdue,
            &self.store_bytes,
            &self.compactions,
            &self.compaction_pending,
            &self.write_stopped,
            &self.disk_available,
            &self.disk_size,
        ]
    }

    fn counters(&self) -> [&CounterVec; 3] {
        [&self.block_reads, &self.compacted, &self.stalled]
    }

    fn all(&self) -> impl Iterator<Item = &dyn Collector> {
        let gauges = self.gauges().into_iter().map(|gauge| gauge as &dyn Collector);
        gauges.chain(self.counters().into_iter().map(|counter| counter as &dyn Collector))
    }
}

fn seconds(at: Millis) -> f64 {
    at as f64 / 1_000.0
}

impl Collector for Live {
    fn desc(&self) -> Vec<&Desc> {
        self.all().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let _alone = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        self.gauges().into_iter().for_each(GaugeVec::reset);
        self.counters().into_iter().for_each(CounterVec::reset);
        self.look_at_workers();
        self.look_at_store();
        self.all().flat_map(Collector::collect).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use springtide_store::{Identity, MemoryStore};

    use crate::board::{Lag, Report};

    fn lines(live: &Live) -> Vec<String> {
        let families: Vec<MetricFamily> =
            live.collect().into_iter().filter(|family| !family.get_metric().is_empty()).collect();
        let text = prometheus::TextEncoder::new().encode_to_string(&families).unwrap();
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.contains("silence") && !line.contains("_store_"))
            .map(str::to_owned)
            .collect();
        // Within a figure they come in no order.
        lines.sort();
        lines
    }

    #[test]
    fn what_is_not_known_or_not_ours_is_not_shown() {
        let board = Board::default();
        let store = Arc::new(MemoryStore::new(&Identity::new("rules", "test")));
        let live = Live::new(board.clone(), store).unwrap();
        board.enter(0);
        assert_eq!(lines(&live), Vec::<String>::new());
        let place = |number| Place { number, ..Place::default() };
        let highest = [Some(1_500), None, None, None, None];
        let holding = Some(Topic::ProductUsage);
        let seen = Place { horizon: 250, highest, holding, ..place(2) };
        board.set_overdue(BTreeMap::from([(2, 3), (9, 1)]));
        let lanes = vec![seen, place(3)];
        board.report(0, Report { joined: true, writes: true, owned: 2, lanes });
        let lag = |records, age_ms| Lag { records, age_ms };
        let input = BTreeMap::from([
            ((Topic::ProductUsage, 2), lag(0, Some(0))),
            ((Topic::BusinessSignals, 2), lag(7, Some(2_500))),
            ((Topic::AccountProfiles, 2), lag(1, None)),
            ((Topic::ProductUsage, 7), lag(9, None)),
        ]);
        board.set_lags(Lags { input, standby: BTreeMap::from([(5, 4)]) });
        assert_eq!(
            lines(&live),
            [
                r#"springtide_highest_event_timestamp_seconds{partition="2",topic="product-usage"} 1.5"#,
                r#"springtide_horizon_holding_topic{partition="2",topic="product-usage"} 1"#,
                r#"springtide_horizon_timestamp_seconds{partition="2"} 0.25"#,
                r#"springtide_lag_records{partition="2",topic="account-profiles"} 1"#,
                r#"springtide_lag_records{partition="2",topic="business-signals"} 7"#,
                r#"springtide_lag_records{partition="2",topic="product-usage"} 0"#,
                r#"springtide_lag_seconds{partition="2",topic="business-signals"} 2.5"#,
                r#"springtide_lag_seconds{partition="2",topic="product-usage"} 0"#,
                r#"springtide_opportunities_overdue{partition="2"} 3"#,
                r#"springtide_standby_lag_records{partition="5"} 4"#,
            ]
        );
        board.leave(0);
        board.set_lags(Lags::default());
        assert_eq!(lines(&live), Vec::<String>::new());
    }
}
