//! Beside a lane, its heir: the same partition under what new rules need of the past. It is warmed up elsewhere
//! ([`warming`](crate::warming)), and from there on takes whatever the lane takes, until the lane's state is made by the
//! new rules.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use springtide_core::event::{Event, Topic};
use springtide_core::time::Millis;
use springtide_store::Entry;
use uuid::Uuid;

use super::commit::Batch;
use super::intake::{Intake, Judge, Taken};
use super::{Shop, bounds};
use crate::fault::RunError;
use crate::kafka::Record;
use crate::lane::{Committed, Lane, Under};
use crate::rulebook::{self, Generation};
use crate::warming::beside;

/// How far an heir is.
enum Stage<'s> {
    /// It is warmed up, or waits for that.
    Asked,
    /// It takes what the lane takes.
    Beside(Box<Lane<'s>>),
    /// Its rules need nothing of the past.
    Free,
    /// The partition can't be taken over.
    Refused,
}

struct Heir<'s> {
    generation: u32,
    stage: Stage<'s>,
    /// Whether it was said that it is ready.
    said: bool,
}

/// The heirs of a worker's lanes.
pub(super) struct Heirs<'s> {
    shop: &'s Shop<'s>,
    heirs: BTreeMap<i32, Heir<'s>>,
    /// What intake brings of them, which nobody wants.
    unwanted: Batch,
}

impl<'s> Heirs<'s> {
    pub fn new(shop: &'s Shop<'s>) -> Heirs<'s> {
        Heirs { shop, heirs: BTreeMap::new(), unwanted: Batch::default() }
    }

    /// Forgets what was taken and not written, of one partition or all.
    pub fn clear(&mut self, number: Option<i32>) {
        self.heirs.retain(|of, _| number.is_some_and(|number| number != *of));
    }

    fn lane(&self, number: i32) -> Option<&Lane<'s>> {
        match &self.heirs.get(&number)?.stage {
            Stage::Beside(lane) => Some(lane),
            _ => None,
        }
    }

    fn lane_mut(&mut self, number: i32) -> Option<&mut Lane<'s>> {
        match &mut self.heirs.get_mut(&number)?.stage {
            Stage::Beside(lane) => Some(lane),
            _ => None,
        }
    }

    /// Where a partition is to be read from, for both.
    pub fn from(&self, lane: &Lane<'_>, topic: Topic) -> i64 {
        let own = lane.offset(topic);
        self.lane(lane.number()).map_or(own, |heir| own.min(heir.offset(topic)))
    }

    /// Begins heirs where rules are to follow, and goes on with those that are warmed up; true where partitions are to be
    /// read from elsewhere.
    pub fn look_after(
        &mut self,
        lanes: &BTreeMap<i32, Lane<'_>>,
        (now, random): (Instant, Uuid),
    ) -> Result<bool, RunError> {
        if !self.shop.book.has_changed() {
            return Ok(false);
        }
        let mut moved = false;
        let gone = |number: &i32, heir: &Heir<'_>| {
            let next = lanes.get(number).and_then(|lane| self.shop.book.next(lane.under().generation));
            next.is_none_or(|next| next.number != heir.generation)
        };
        let gone: Vec<i32> = self
            .heirs
            .iter()
            .filter(|(number, heir)| gone(number, heir))
            .map(|(number, _)| *number)
            .collect();
        for number in gone {
            self.shop.bench.cancel(number);
            self.heirs.remove(&number);
        }
        for (number, lane) in lanes {
            let Some(next) = self.shop.book.next(lane.under().generation) else { continue };
            if !self.heirs.contains_key(number) && lane.is_past_the_past() {
                let stage = self.begin(lane, &next);
                self.heirs.insert(*number, Heir { generation: next.number, stage, said: false });
            }
            moved |= self.go_on(lane, &next, (now, random))?;
        }
        Ok(moved)
    }

    fn begin(&self, lane: &Lane<'_>, next: &Generation) -> Stage<'s> {
        let Some(warming) = next.warming() else { return Stage::Free };
        let targets = Topic::ALL.map(|topic| lane.offset(topic));
        self.shop.bench.order(lane.number(), next.number, &warming.rules, targets);
        tracing::info!(partition = lane.number(), generation = next.number, "warming up new rules");
        Stage::Asked
    }

    fn go_on(
        &mut self,
        lane: &Lane<'_>,
        next: &Generation,
        fresh: (Instant, Uuid),
    ) -> Result<bool, RunError> {
        let (shop, number) = (self.shop, lane.number());
        let Some(heir) = self.heirs.get_mut(&number) else { return Ok(false) };
        let mut moved = false;
        if let (Stage::Asked, Some(warming)) = (&heir.stage, next.warming())
            && shop.bench.is_done(number, next.number)
            && let Some(lease) = shop.leases.acquire(beside(number))
        {
            let under = Under { generation: next.number, rules: Arc::clone(&warming.rules) };
            let none = Committed::default();
            let beside = Lane::open(shop.store, under, shop.settings, lease, none, [0; 5], fresh)?;
            heir.stage = Stage::Beside(Box::new(beside));
            moved = true;
        }
        if !heir.said && heir.is_level(lane) {
            heir.said = true;
            shop.book.say(rulebook::Record::Ready { number: next.number, partition: number });
            tracing::info!(partition = number, generation = next.number, "new rules are warmed up");
        }
        Ok(moved)
    }

    /// Partitions with topics of which an heir has less than its lane.
    pub fn short_of(&self, lanes: &BTreeMap<i32, Lane<'_>>, topic: Topic) -> Vec<(i32, i64)> {
        let short = lanes.iter().filter_map(|(number, lane)| {
            let next = self.lane(*number)?.offset(topic);
            (next.max(0) < lane.offset(topic).max(0)).then_some((*number, next))
        });
        short.collect()
    }

    /// Notes that an heir has nothing more to read of a topic before its lane.
    pub fn nothing_before(&mut self, lane: &Lane<'_>, topic: Topic, offset: i64) {
        if let Some(heir) = self.lane_mut(lane.number())
            && heir.offset(topic).max(0) >= lane.offset(topic).max(0)
        {
            heir.nothing_before(topic, offset);
        }
    }

    /// Brings an heir level with its lane, of a topic that is at its end where the heir is.
    pub fn level(&mut self, lane: &Lane<'_>, topic: Topic) {
        if let Some(heir) = self.lane_mut(lane.number()) {
            heir.nothing_before(topic, lane.offset(topic));
        }
    }

    /// Says that a silent topic is at its end.
    pub fn set_idle(&mut self, number: i32, topic: Topic) {
        if let Some(heir) = self.lane_mut(number) {
            heir.set_idle(topic);
        }
    }

    /// Takes a record that is read, where the heir has not had it. `next` is where its lane is.
    pub fn take(
        &mut self,
        topic: Topic,
        message: &impl Record,
        judge: Judge<'_>,
        (heard, next): (Instant, i64),
    ) -> Result<(), RunError> {
        let number = message.partition();
        let Some(Heir { stage: Stage::Beside(lane), .. }) = self.heirs.get_mut(&number) else {
            return Ok(());
        };
        if message.offset() < lane.offset(topic) {
            return Ok(());
        }
        let mut intake = Intake { judge, heard, lane, batch: &mut self.unwanted };
        if matches!(intake.take(topic, message)?, Taken::Held(_)) && message.offset() < next {
            // It is warmed up again, from what was written of it.
            self.clear(Some(number));
        }
        Ok(())
    }

    /// Takes an event again that an erasure does not cover.
    pub fn take_again(&mut self, lane: &Lane<'_>, event: &Event) -> Result<(), RunError> {
        let topic = event.topic();
        match self.lane_mut(lane.number()) {
            Some(heir) if heir.offset(topic) >= lane.offset(topic) => heir.record(event.clone()).map(drop)?,
            // What it has yet to read it reads after the tombstone.
            Some(_) | None => {}
        }
        Ok(())
    }

    /// Takes in what came, as of the lanes' clocks, and returns what is to be written of it.
    pub fn decide(
        &mut self,
        lanes: &BTreeMap<i32, Lane<'_>>,
        (written_at, now): (Millis, Instant),
    ) -> Result<Vec<Entry>, RunError> {
        self.unwanted = Batch::default();
        let share_bytes = self.shop.settings.share_bytes();
        let due = bounds::due(lanes.len(), share_bytes);
        let mut entries = Vec::new();
        for (number, heir) in &mut self.heirs {
            let (Stage::Beside(heir), Some(lane)) = (&mut heir.stage, lanes.get(number)) else { continue };
            // What was cut last is written by now.
            heir.keep_within(share_bytes / lanes.len().max(1) / 4);
            heir.settle(lane.clock(), due, now)?;
            if let Some(mut cut) = heir.cut() {
                cut.meta.written_at = written_at;
                entries.extend(cut.entries()?);
            }
        }
        Ok(entries)
    }

    /// Partitions whose new rules count by now, and that are ready for them.
    pub fn due(&self, lanes: &BTreeMap<i32, Lane<'_>>, now: Millis) -> Vec<(i32, Generation)> {
        let due = self.heirs.iter().filter_map(|(number, heir)| {
            let lane = lanes.get(number)?;
            let next = self.shop.book.generation(heir.generation)?;
            let counts = next.counts_from.is_some_and(|from| from <= now);
            (counts && heir.is_level(lane)).then_some((*number, next))
        });
        due.collect()
    }

    /// Says that a partition can't be taken over, and why.
    pub fn refuse(&mut self, number: i32, why: String) {
        if let Some(heir) = self.heirs.get_mut(&number) {
            tracing::error!(partition = number, generation = heir.generation, %why, "the old rules go on");
            heir.stage = Stage::Refused;
            let record = rulebook::Record::Refused { number: heir.generation, partition: number, why };
            self.shop.book.say(record);
        }
    }

    /// Ends a partition's heir: its state is its lane's.
    pub fn end(&mut self, number: i32) {
        self.shop.bench.cancel(number);
        self.heirs.remove(&number);
    }
}

impl Heir<'_> {
    /// Whether it has taken in whatever the lane has.
    fn is_level(&self, lane: &Lane<'_>) -> bool {
        let has = |heir: &Lane<'_>, topic| heir.offset(topic).max(0) == lane.offset(topic).max(0);
        match &self.stage {
            Stage::Asked | Stage::Refused => false,
            Stage::Free => lane.waiting() == 0,
            Stage::Beside(heir) => {
                !heir.more_due()
                    && heir.waiting() == 0
                    && lane.waiting() == 0
                    && Topic::ALL.into_iter().all(|topic| has(heir, topic))
            }
        }
    }
}
