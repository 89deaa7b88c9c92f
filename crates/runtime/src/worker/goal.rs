//! Where a run that ends by itself ends: what the topics held at some moment.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use springtide_core::event::Topic;

use crate::assignment::Assignments;
use crate::fault::{RunError, while_doing};
use crate::lane::Lane;
use crate::settings::Settings;

const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// The end offsets to reach.
pub struct Goal {
    ends: BTreeMap<(i32, Topic), (i64, i64)>,
}

impl Goal {
    /// Asks for the offsets of all partitions.
    pub fn find(
        consumer: &BaseConsumer<Assignments>,
        settings: &Settings,
        partitions: i32,
    ) -> Result<Goal, RunError> {
        let mut ends = BTreeMap::new();
        for number in 0..partitions {
            for topic in Topic::ALL {
                let bounds = consumer
                    .fetch_watermarks(settings.names.of(topic), number, ASK_TIMEOUT)
                    .map_err(while_doing("asking how far the topics go"))?;
                ends.insert((number, topic), bounds);
            }
        }
        Ok(Goal { ends })
    }

    /// Records between the topics' beginnings and the goal.
    pub fn total(&self) -> i64 {
        self.ends.values().map(|(low, high)| high - low).sum()
    }

    /// Whether all partitions that are ours have come that far; false while none is.
    /// `at_end` says of a topic's partition that nothing more stands before an offset.
    pub fn reached(&self, lanes: &BTreeMap<i32, Lane<'_>>, at_end: &dyn Fn(Topic, i32, i64) -> bool) -> bool {
        let read = |number: &i32, lane: &Lane<'_>| {
            Topic::ALL.into_iter().all(|topic| match self.ends.get(&(*number, topic)) {
                Some((low, high)) if low < high => {
                    lane.offset(topic) >= *high || at_end(topic, *number, *high)
                }
                _ => true,
            })
        };
        !lanes.is_empty() && lanes.iter().all(|(number, lane)| !lane.is_silent() && read(number, lane))
    }
}
