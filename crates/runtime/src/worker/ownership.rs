//! The group gives and takes partitions; state comes before work.

use std::collections::BTreeSet;
use std::time::Duration;

use springtide_core::event::Topic;

use super::Worker;
use crate::assignment::Change;
use crate::fault::RunError;
use crate::kafka::{Kafka, Places, Side};
use crate::lane::{Committed, Lane, Under};

/// How long the topic with the rules is waited for.
const WAIT_FOR_RULES: Duration = Duration::from_millis(200);
/// How long partitions that the group took are kept ready for getting them back.
const KEPT: Duration = Duration::from_secs(10);

impl<K: Kafka> Worker<'_, K> {
    /// Does what the group said since the last time; false where it said nothing.
    pub(super) fn follow_assignment(&mut self) -> Result<bool, RunError> {
        let changes = self.kafka.changes();
        let followed = !changes.is_empty();
        for change in changes {
            self.shop.metrics.rebalance();
            match change {
                Change::Revoked => self.hand_over()?,
                Change::Assigned(list) => self.take_over(&list)?,
            }
        }
        if self.between.is_some_and(|since| self.since(since) > KEPT) {
            self.drop_lanes();
        }
        Ok(followed)
    }

    /// The group takes everything, mostly to give most of it back: what was taken in is committed, and lanes are
    /// kept for that.
    fn hand_over(&mut self) -> Result<(), RunError> {
        let lost = self.kafka.is_lost();
        tracing::info!(worker = self.number, partitions = self.owned.len(), lost, "partitions revoked");
        let committed = if lost || self.between.is_some() { None } else { Some(self.commit()) };
        match committed {
            Some(Ok(())) => {}
            Some(Err(error)) if !error.may_pass() => return Err(error),
            Some(Err(error)) => {
                tracing::warn!(%error, "what was not committed is left to the next owner");
                let needs_sink = matches!(error, RunError::Fenced(_) | RunError::Spent { .. });
                self.begin_again(&error)?;
                if !needs_sink {
                    self.rest_until = self.kafka.now();
                }
            }
            None => self.drop_lanes(),
        }
        self.cancel_openings();
        self.owned.clear();
        self.held.clear();
        self.beyond.clear();
        self.between = Some(self.kafka.now());
        self.shop.changelog.owns(self.number, BTreeSet::new());
        self.kafka.let_go()
    }

    fn take_over(&mut self, list: &[(String, i32)]) -> Result<(), RunError> {
        let names = &self.shop.settings.names;
        let complete = |number: &i32| {
            names.input.iter().all(|name| list.iter().any(|(topic, n)| topic == name && n == number))
        };
        let numbers: BTreeSet<i32> = list.iter().map(|(_, number)| *number).collect();
        self.owned = numbers.iter().copied().filter(complete).collect();
        if self.owned != numbers {
            // Another member may not know of all topics yet, or another program uses the group.
            tracing::warn!(
                group = self.shop.settings.application_id, partitions = ?numbers, complete = ?self.owned,
                "the group gave us some input topics of a partition and not the others; only whole ones are read"
            );
        }
        self.between = None;
        self.answered = true;
        self.rest_until = self.rest_until.min(self.kafka.now() + Duration::from_secs(1));
        self.keep_lanes();
        self.opening =
            self.owned.iter().filter(|n| !self.lanes.contains_key(n)).map(|n| (*n, None)).collect();
        self.shop.changelog.owns(self.number, self.owned.clone());
        tracing::info!(worker = self.number, partitions = ?self.owned, kept = self.lanes.len(), "partitions assigned");
        self.read_on()
    }

    /// Keeps the lanes that are ours again, and of which nobody has written anything since.
    fn keep_lanes(&mut self) {
        self.lanes.retain(|number, _| self.owned.contains(number));
        let kept: Vec<i32> = self.lanes.keys().copied().collect();
        if kept.is_empty() {
            return;
        }
        match self.kafka.group_offsets(&kept) {
            Ok(group) => self.lanes.retain(|number, lane| group.get(number) == Some(&lane.committed())),
            Err(error) => {
                tracing::warn!(%error, "lanes are opened anew");
                self.drop_lanes();
            }
        }
    }

    /// Forgets what was taken and not committed; whoever owns the partitions reads it again.
    pub(super) fn drop_lanes(&mut self) {
        self.batch = super::Batch::default();
        self.lanes.clear();
        self.heirs.clear(None);
    }

    pub(super) fn cancel_openings(&mut self) {
        for (number, asked) in std::mem::take(&mut self.opening) {
            if let Some((_, ticket)) = asked {
                self.shop.changelog.cancel(number, ticket);
            }
        }
    }

    /// Opens the partitions whose state is there.
    pub(super) fn open_lanes(&mut self) -> Result<(), RunError> {
        if !self.sink_ready || self.between.is_some() || self.kafka.now() < self.rest_until {
            return Ok(());
        }
        let mut ready: Vec<(i32, Committed)> = Vec::new();
        let changelog = self.shop.changelog;
        for (number, asked) in &mut self.opening {
            match asked {
                None => {
                    *asked = self.shop.leases.acquire(*number).map(|lease| (lease, changelog.ask(*number)))
                }
                Some((_, ticket)) => {
                    if let Some(ended) = changelog.ready(*ticket) {
                        ready.push((*number, ended?));
                    }
                }
            }
        }
        if ready.is_empty() {
            return Ok(());
        }
        let numbers: Vec<i32> = ready.iter().map(|(number, _)| *number).collect();
        let lows = self.kafka.bounds(&numbers, Side::Beginning)?;
        let highs = self.kafka.bounds(&numbers, Side::End)?;
        for (number, committed) in ready {
            self.open(number, committed, &lows, &highs)?;
        }
        self.read_on()
    }

    fn open(
        &mut self,
        number: i32,
        committed: Committed,
        lows: &Places,
        highs: &Places,
    ) -> Result<(), RunError> {
        let Some((lease, _)) = self.opening.remove(&number).flatten() else { return Ok(()) };
        let shop = self.shop;
        let of = |places: &Places| Topic::ALL.map(|t| places.get(&(number, t)).copied().unwrap_or_default());
        let (lows, highs) = (of(lows), of(highs));
        let first_ends =
            Topic::ALL.map(|t| if lows[t.index()] < highs[t.index()] { highs[t.index()] } else { 0 });
        let generation = shop.store.generation(number)?;
        let Some(rules) = shop.book.rules(generation) else {
            // Another instance has read of them before us.
            tracing::info!(partition = number, generation, "waiting for the rules that its state is made by");
            self.opening.insert(number, None);
            self.rest_until = self.kafka.now() + WAIT_FOR_RULES;
            return Ok(());
        };
        self.heirs.clear(Some(number));
        shop.book.say_taken(generation, number);
        let under = Under { generation, rules };
        let fresh = (self.kafka.now(), self.kafka.random());
        let mut lane = Lane::open(shop.store, under, shop.settings, lease, committed, first_ends, fresh)?;
        if let Some((topic, group, own)) = lane.behind() {
            return Err(RunError::Changelog(format!(
                "partition {number}: the group has come to offset {group} of `{}`, but state and changelog topic `{}` \
                 only to {own}: the changelog has lost records, or the group's offsets were moved by hand. Bring them \
                 back, or begin from the input topics under another --application-id with an empty --state-dir",
                shop.settings.names.of(topic),
                shop.settings.changelog()
            )));
        }
        for topic in Topic::ALL {
            let (next, low) = (lane.offset(topic), lows[topic.index()]);
            if next >= 0 && next < low {
                tracing::error!(
                    topic = shop.settings.names.of(topic),
                    partition = number,
                    records = low - next,
                    "deleted by the topic's retention before they were read; it must outlast the longest outage"
                );
                shop.metrics.deleted_unread(topic.name(), low - next);
                lane.nothing_before(topic, low);
                self.beyond.remove(&(topic, number));
            }
        }
        if !lane.is_open_to(Topic::ProductUsage) {
            self.waiting_for_profiles.insert(number);
        }
        self.lanes.insert(number, lane);
        Ok(())
    }

    /// Reads every open lane's topics from where the lane is, and nothing else. Between two assignments nothing is read,
    /// though lanes are kept: whoever owns them meanwhile reads them.
    pub(super) fn read_on(&mut self) -> Result<(), RunError> {
        if self.between.is_some() {
            return Ok(());
        }
        let mut from = Vec::new();
        for (number, lane) in &self.lanes {
            let open = Topic::ALL.into_iter().filter(|topic| lane.is_open_to(*topic));
            let free = open.filter(|topic| !self.held.contains_key(&(*topic, *number)));
            let next = |topic| {
                if self.beyond.contains(&(topic, *number)) { -1 } else { self.heirs.from(lane, topic) }
            };
            from.extend(free.map(|topic| (topic, *number, next(topic))));
        }
        self.kafka.read(&from)
    }
}
