//! Figures that are worked out when somebody asks: what is no longer so, or not known, is not among them.

use std::sync::{Mutex, PoisonError};

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{GaugeVec, IntGaugeVec, Opts};
use springtide_core::event::Topic;
use springtide_core::time::Millis;

use crate::board::Board;

/// The figures of a pipeline's workers.
pub(super) struct Live {
    board: Board,
    silence: GaugeVec,
    lag: IntGaugeVec,
    horizon: GaugeVec,
    highest: GaugeVec,
    standby_lag: IntGaugeVec,
    /// One reader at a time: each makes the figures anew.
    reading: Mutex<()>,
}

impl Live {
    pub(super) fn new(board: Board) -> Result<Live, prometheus::Error> {
        let seconds = |name: &str, help: &str, labels: &[&str]| GaugeVec::new(Opts::new(name, help), labels);
        let records =
            |name: &str, help: &str, labels: &[&str]| IntGaugeVec::new(Opts::new(name, help), labels);
        Ok(Live {
            board,
            silence: seconds(
                "springtide_worker_silence_seconds",
                "Since a worker last polled.",
                &["worker"],
            )?,
            lag: records(
                "springtide_lag_records",
                "Records of an input topic's partition not processed; absent where that is not known.",
                &["topic", "partition"],
            )?,
            horizon: seconds(
                "springtide_horizon_timestamp_seconds",
                "Events older than this are late, whatever their topic.",
                &["partition"],
            )?,
            highest: seconds(
                "springtide_highest_event_timestamp_seconds",
                "The highest occurred_at seen, by input topic.",
                &["topic", "partition"],
            )?,
            standby_lag: records(
                "springtide_standby_lag_records",
                "Records of the changelog that a standby copy lacks.",
                &["partition"],
            )?,
            reading: Mutex::new(()),
        })
    }

    fn look(&self) {
        for worker in self.board.workers() {
            let silence = self.silence.with_label_values(&[&worker.number.to_string()]);
            silence.set(worker.silence.as_secs_f64());
        }
        let lags = self.board.lags();
        for place in self.board.places() {
            let number = place.number.to_string();
            if place.horizon > Millis::MIN {
                self.horizon.with_label_values(&[&number]).set(seconds(place.horizon));
            }
            for topic in Topic::ALL {
                if let Some(highest) = place.highest[topic.index()] {
                    self.highest.with_label_values(&[topic.name(), &number]).set(seconds(highest));
                }
                if let Some(lag) = lags.input.get(&(topic, place.number)) {
                    self.lag.with_label_values(&[topic.name(), &number]).set(*lag);
                }
            }
        }
        for (number, lag) in lags.standby {
            self.standby_lag.with_label_values(&[&number.to_string()]).set(lag);
        }
    }

    fn all(&self) -> [&dyn Collector; 5] {
        [&self.silence, &self.lag, &self.horizon, &self.highest, &self.standby_lag]
    }
}

fn seconds(at: Millis) -> f64 {
    at as f64 / 1_000.0
}

impl Collector for Live {
    fn desc(&self) -> Vec<&Desc> {
        self.all().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let _alone = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        self.silence.reset();
        self.lag.reset();
        self.horizon.reset();
        self.highest.reset();
        self.standby_lag.reset();
        self.look();
        self.all().into_iter().flat_map(Collector::collect).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::board::{Lags, Place, Report};

    fn lines(live: &Live) -> Vec<String> {
        let families: Vec<MetricFamily> =
            live.collect().into_iter().filter(|family| !family.get_metric().is_empty()).collect();
        let text = prometheus::TextEncoder::new().encode_to_string(&families).unwrap();
        text.lines()
            .filter(|line| !line.starts_with('#') && !line.contains("silence"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn what_is_not_known_or_not_ours_is_not_shown() {
        let board = Board::default();
        let live = Live::new(board.clone()).unwrap();
        board.enter(0);
        assert_eq!(lines(&live), Vec::<String>::new());
        let place = |number, highest| Place { number, offsets: [0; 5], highest, horizon: Millis::MIN };
        let seen = Place { horizon: 250, ..place(2, [Some(1_500), None, None, None, None]) };
        let lanes = vec![seen, place(3, [None; 5])];
        board.report(0, Report { joined: true, owned: 2, lanes });
        let input = BTreeMap::from([((Topic::ProductUsage, 2), 0), ((Topic::ProductUsage, 7), 1)]);
        board.set_lags(Lags { input, standby: BTreeMap::from([(5, 4)]) });
        assert_eq!(
            lines(&live),
            [
                r#"springtide_lag_records{partition="2",topic="product-usage"} 0"#,
                r#"springtide_horizon_timestamp_seconds{partition="2"} 0.25"#,
                r#"springtide_highest_event_timestamp_seconds{partition="2",topic="product-usage"} 1.5"#,
                r#"springtide_standby_lag_records{partition="5"} 4"#,
            ]
        );
        board.leave(0);
        board.set_lags(Lags::default());
        assert_eq!(lines(&live), Vec::<String>::new());
    }
}
