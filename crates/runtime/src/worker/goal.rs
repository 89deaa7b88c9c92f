//! Where a run that ends by itself ends: what the topics held at some moment.

use std::collections::BTreeMap;

use springtide_core::event::Topic;

use super::Worker;
use crate::fault::RunError;
use crate::kafka::{Kafka, Side};
use crate::lane::{Committed, Lane};

/// The end offsets to reach.
pub(super) struct Goal {
    ends: BTreeMap<(i32, Topic), (i64, i64)>,
}

impl Goal {
    /// Asks for the offsets of all partitions.
    fn find(kafka: &impl Kafka, partitions: i32) -> Result<Goal, RunError> {
        let all: Vec<i32> = (0..partitions).collect();
        let lows = kafka.bounds(&all, Side::Beginning)?;
        let mut highs = kafka.bounds(&all, Side::End)?;
        let bounds = |(place, low)| highs.remove(&place).map(|high| (place, (low, high)));
        Ok(Goal { ends: lows.into_iter().filter_map(bounds).collect() })
    }

    /// Records between the topics' beginnings and the goal.
    fn total(&self) -> i64 {
        self.ends.values().map(|(low, high)| high - low).sum()
    }

    /// The offset to reach, where a topic's partition has anything.
    fn end(&self, number: i32, topic: Topic) -> Option<i64> {
        self.ends.get(&(number, topic)).filter(|(low, high)| low < high).map(|(_, high)| *high)
    }

    /// What a lane has yet to read of a topic.
    fn is_before(&self, lane: &Lane<'_>, topic: Topic) -> bool {
        self.end(lane.number(), topic).is_some_and(|end| lane.offset(topic) < end)
    }

    /// Whether a group has committed all of it.
    fn reached_by(&self, group: &BTreeMap<i32, Committed>) -> bool {
        self.ends.keys().all(|(number, topic)| {
            let committed = group.get(number).and_then(|known| known.offsets[topic.index()]);
            self.end(*number, *topic).is_none_or(|end| committed.is_some_and(|next| next >= end))
        })
    }
}

impl<K: Kafka> Worker<'_, K> {
    pub(super) fn find_goal(&self) -> Result<Goal, RunError> {
        let goal = Goal::find(&self.kafka, self.shop.partitions)?;
        self.shop.control.set_goal(goal.total().max(0).unsigned_abs());
        Ok(goal)
    }

    /// Whether what is ours has come to the goal; without partitions, whether the whole group has.
    pub(super) fn is_at_goal(&mut self) -> Result<bool, RunError> {
        if self.between.is_some() || !self.opening.is_empty() {
            return Ok(false);
        }
        if self.owned.is_empty() {
            return self.group_is_at_goal();
        }
        let Some(goal) = &self.goal else { return Ok(false) };
        let mut places = self.lanes.values().flat_map(|lane| Topic::ALL.map(|topic| (lane, topic)));
        Ok(!places.any(|(lane, topic)| lane.more_due() || goal.is_before(lane, topic)))
    }

    fn group_is_at_goal(&self) -> Result<bool, RunError> {
        let all: Vec<i32> = (0..self.shop.partitions).collect();
        match self.kafka.group_offsets(&all) {
            Ok(group) => Ok(self.goal.as_ref().is_some_and(|goal| goal.reached_by(&group))),
            Err(error) if error.may_pass() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Before the goal, and before where topics ended when lanes were opened, there may be nothing but transactions'
    /// markers, or records compacted away.
    pub(super) fn pass_what_is_no_record(&mut self) -> Result<(), RunError> {
        for topic in Topic::ALL {
            let goal = self.goal.as_ref();
            let end = |lane: &Lane<'_>| {
                let goal = goal.filter(|goal| goal.is_before(lane, topic));
                goal.and_then(|goal| goal.end(lane.number(), topic)).max(lane.past_until(topic))
            };
            let before = self.lanes.values().filter_map(|lane| Some((lane, end(lane)?)));
            let before: Vec<(i32, i64, i64)> =
                before.map(|(lane, end)| (lane.number(), lane.offset(topic), end)).collect();
            let places: Vec<(i32, i64)> = before.iter().map(|(number, next, _)| (*number, *next)).collect();
            let reached = self.kafka.reached(topic, &places)?;
            for (number, _, end) in before.into_iter().filter(|(number, ..)| reached.contains(number)) {
                if let Some(lane) = self.lanes.get_mut(&number) {
                    self.heirs.nothing_before(lane, topic, end);
                    lane.nothing_before(topic, end);
                }
            }
        }
        Ok(())
    }
}
