//! New rules take a partition over: all of its accounts in one transaction, with what readers are told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use springtide_core::event::Topic;
use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::meaning::succeed::Succession;
use springtide_core::partition::{Deadline, succeed};
use springtide_store::{Accounts, DeadlineChange, Entry, PartitionCommit};

use super::Worker;
use crate::fault::RunError;
use crate::kafka::Kafka;
use crate::rulebook::Generation;
use crate::sink::{Position, Transaction};
use crate::warming::beside;

/// How often it is looked whether heirs have come to topics' ends.
const LOOK: Duration = Duration::from_millis(200);
/// More can't be written in one transaction before brokers give it up.
const MOST_BYTES: usize = 256 << 20;

/// What a partition's succession writes and says.
struct Turn {
    commit: PartitionCommit,
    emitted: Vec<Opportunity>,
}

impl<K: Kafka> Worker<'_, K> {
    /// Looks after heirs, and lets those succeed whose time has come. Nothing may be taken that is not committed.
    pub(super) fn follow_rules(&mut self) -> Result<(), RunError> {
        if self.between.is_some() || !self.shop.book.has_changed() {
            return Ok(());
        }
        if self.heirs.look_after(&self.lanes, (self.kafka.now(), self.kafka.random()))? {
            self.read_on()?;
        }
        if self.since(self.leveled) >= LOOK {
            self.leveled = self.kafka.now();
            self.level_heirs()?;
        }
        for (number, next) in self.heirs.due(&self.lanes, self.kafka.wall_clock()) {
            self.turn(number, &next)?;
        }
        Ok(())
    }

    /// Where a topic ends where an heir is, there is nothing left to read for it.
    fn level_heirs(&mut self) -> Result<(), RunError> {
        for topic in Topic::ALL {
            let short = self.heirs.short_of(&self.lanes, topic);
            if short.is_empty() {
                continue;
            }
            let ended = self.kafka.reached(topic, &short)?;
            for lane in ended.iter().filter_map(|number| self.lanes.get(number)) {
                self.heirs.level(lane, topic);
            }
        }
        Ok(())
    }

    fn turn(&mut self, number: i32, next: &Generation) -> Result<(), RunError> {
        let Some(Turn { commit, emitted }) = self.succeed(number, next)? else { return Ok(()) };
        let mut entries = commit.entries()?;
        let bytes: usize = entries.iter().map(size).sum();
        if bytes > MOST_BYTES {
            let why = format!(
                "the state of partition {number} is written anew, {} MB, which is more than one transaction can take ({} MB): \
                 make topics with more partitions (`springtide topics --copy-from`), and change the rules there",
                bytes >> 20,
                MOST_BYTES >> 20
            );
            self.heirs.refuse(number, why);
            return Ok(());
        }
        let (accounts, revisions) = (commit.accounts.len(), emitted.len());
        emitted.into_iter().try_for_each(|opportunity| self.emit(&opportunity))?;
        let Some(lane) = self.lanes.get(&number) else { return Ok(()) };
        if lane.is_new() {
            entries.push(self.shop.store.identity()?.entry());
        }
        let written_at = commit.meta.written_at;
        let position = |(topic, next): (Topic, i64)| Position {
            topic: self.shop.settings.names.of(topic).to_owned(),
            partition: number,
            next,
            written_at,
        };
        let transaction = Transaction {
            positions: lane.positions().map(position).collect(),
            records: std::mem::take(&mut self.batch.outgoing),
            state: vec![(number, entries)],
        };
        let written = self.kafka.commit(transaction)?;
        self.store(written, BTreeMap::from([(number, commit.meta)]), written_at)?;
        self.committed();
        // Its lane is opened anew, under the rules that its state is made by now.
        self.heirs.end(number);
        self.lanes.remove(&number);
        self.opening.insert(number, None);
        self.shop.store.drop_partition(beside(number))?;
        self.shop.metrics.expect(&next.rules);
        tracing::info!(
            partition = number,
            generation = next.number,
            version = %next.rules.version,
            accounts,
            revisions,
            "new rules have taken over"
        );
        self.read_on()
    }

    /// Every account of a partition under new rules.
    fn succeed(&self, number: i32, next: &Generation) -> Result<Option<Turn>, RunError> {
        let (Some(lane), Some((_, change))) = (self.lanes.get(&number), &next.follows) else {
            return Ok(None);
        };
        let store = self.shop.store;
        let by = Succession {
            old: &lane.under().rules,
            new: &next.rules,
            change,
            unjustified: next.unjustified,
            bounds: lane.bounds(),
            clock: lane.clock(),
        };
        let mut meta = lane.meta();
        meta.written_at = self.kafka.wall_clock();
        let mut commit =
            PartitionCommit { generation: Some(next.number), ..PartitionCommit::new(number, meta) };
        let mut emitted = Vec::new();
        let accounts: BTreeSet<Box<str>> = Accounts::of(store, number)
            .chain(Accounts::of(store, beside(number)))
            .collect::<Result<_, _>>()?;
        for account in accounts {
            let (stored, warmed) = (store.load(number, &account)?, store.load(beside(number), &account)?);
            let succeeded = succeed(&account, stored, warmed, &by);
            let (from, to) = succeeded.scheduled;
            let both = [(Deadline::Timer, from.timer, to.timer), (Deadline::Quiet, from.quiet, to.quiet)];
            commit.deadlines.extend(
                both.into_iter().filter(|(_, from, to)| from != to).map(|(deadline, from, to)| {
                    DeadlineChange { deadline, account: account.clone(), from, to }
                }),
            );
            commit.accounts.push(succeeded.cut);
            emitted.extend(succeeded.emitted);
        }
        Ok(Some(Turn { commit, emitted }))
    }
}

fn size(entry: &Entry) -> usize {
    entry.key.len() + entry.value.as_ref().map_or(0, Vec::len)
}
