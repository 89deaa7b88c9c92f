//! An event's way through a partition with a history, under the default pack, and the bytes of a commit.

use std::hint::black_box;
use std::sync::Arc;

use springtide_core::event::{Event, Topic};
use springtide_core::partition::{Erased, Lateness, Partition, Progress, Settled};
use springtide_core::time::{DAY_MS, HOUR_MS, Millis};
use springtide_schema::decode_json;
use springtide_store::{
    DeadlineChange, Entry, Identity, MemoryStore, PartitionBacking, PartitionCommit, PartitionMeta, Store,
};

use super::{Case, Run};
use crate::wire::Wire;
use crate::workload::{Datum, Record, START, Workload};

const ACCOUNTS: u64 = 10;
/// How long the accounts have had events. The horizon lies 14 days back.
const DAYS: i64 = 20;
/// When the measured events arrive: in the middle of the last day.
const NOON: Millis = START + (DAYS - 1) * DAY_MS + 12 * HOUR_MS;
const USERS_A_DAY: i64 = 10;
const REPEATS: i64 = 10;
const NEWCOMERS: i64 = 4;
const COMMIT_EVENTS: usize = 10_000;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("event/in-order-unchanged", REPEATS, unchanged),
        case("event/in-order-changed", NEWCOMERS, changed),
        case("event/out-of-order", 1, out_of_order),
        case("event/opens-opportunity", 1, opening),
        Case::new("commit/settle-cut-encode", COMMIT_EVENTS as u64, || {
            let mut ground = commit();
            Box::new(move || _ = black_box(ground.entries()))
        }),
    ]
}

fn case(name: &str, events_each: i64, arriving: fn(u64) -> Vec<Event>) -> Case {
    Case::new(name, ACCOUNTS * events_each as u64, move || arrival(arriving))
}

/// A run that takes some events of each account, and settles once.
fn arrival(arriving: fn(u64) -> Vec<Event>) -> Run {
    let mut ground = Ground::with_history();
    let mut events = Some(events_of_each(arriving));
    Box::new(move || {
        ground.record(events.take().unwrap_or_default());
        black_box(ground.settle());
    })
}

fn events_of_each(of: fn(u64) -> Vec<Event>) -> Vec<Event> {
    (0..ACCOUNTS).flat_map(of).collect()
}

/// Users who were already there this day are active again.
fn unchanged(account: u64) -> Vec<Event> {
    (0..REPEATS).map(|number| active(account, NOON + number, DAYS - 1, number % 3)).collect()
}

/// Users come who were not there before: they count, and are too few for a signal.
fn changed(account: u64) -> Vec<Event> {
    (0..NEWCOMERS).map(|number| active(account, NOON + number, DAYS, number)).collect()
}

/// One of them is told of after an event that happened an hour later.
fn out_of_order(account: u64) -> Vec<Event> {
    vec![active(account, NOON - HOUR_MS, DAYS, 0)]
}

/// Seats fill up, two days after the account raised funds.
fn opening(account: u64) -> Vec<Event> {
    vec![seats(account, NOON, 95)]
}

/// Events of a skewed crowd of accounts over two days: those of the first are committed, those of the second wait.
fn commit() -> Ground {
    let workload = Workload {
        accounts: 2_000,
        usage: 19_600,
        business: 400,
        span_ms: 2 * DAY_MS,
        ..Workload::default()
    };
    let mut events: Vec<Event> = workload.profiles().chain(workload.events()).map(event).collect();
    let waiting = events.split_off(events.len() - COMMIT_EVENTS);
    let mut ground = Ground::empty();
    ground.record(events);
    ground.commit();
    ground.record(waiting);
    ground
}

/// A partition and where its state is kept.
struct Ground {
    store: MemoryStore,
    partition: Partition,
    clock: Millis,
}

impl Ground {
    fn empty() -> Ground {
        let rules = Arc::new(springtide_rules::default_pack().rules);
        let mut partition = Partition::new(rules, Progress::new(Lateness::default()), Erased::default());
        for topic in Topic::ALL {
            partition.progress_mut().set_level(topic, true);
        }
        let store = MemoryStore::new(&Identity::new("rules", "benches"));
        Ground { store, partition, clock: Millis::MIN }
    }

    /// Accounts with their days behind them, committed once a day.
    fn with_history() -> Ground {
        let mut ground = Ground::empty();
        ground.record(events_of_each(|account| vec![profile(account)]));
        for day in 0..DAYS {
            ground.record((0..ACCOUNTS).flat_map(|account| day_of(account, day)));
            ground.commit();
        }
        // Known to all, so that what is measured after it is in order, or not.
        ground.record(events_of_each(|account| vec![active(account, NOON - 1, DAYS - 1, 0)]));
        ground.commit();
        ground
    }

    fn record(&mut self, events: impl IntoIterator<Item = Event>) {
        // Only a settlement changes deadlines, so this one has none to keep.
        let mut backing = PartitionBacking::new(&self.store, 0);
        for event in events {
            self.clock = self.clock.max(event.at());
            let verdict = self.partition.record(&mut backing, event);
            black_box(verdict.expect("memory can be read"));
        }
    }

    /// What a settlement says, and the deadlines that it changed.
    fn settle(&mut self) -> (Settled, Vec<DeadlineChange>) {
        let mut backing = PartitionBacking::new(&self.store, 0);
        let settled = self.partition.settle(&mut backing, self.clock, usize::MAX);
        (settled.expect("memory can be read"), backing.take_deadlines())
    }

    /// Settles; the bytes of the commit.
    fn entries(&mut self) -> Vec<Entry> {
        let (_, deadlines) = self.settle();
        let accounts = self.partition.cut();
        let commit =
            PartitionCommit { accounts, deadlines, ..PartitionCommit::new(0, PartitionMeta::default()) };
        commit.entries().expect("what was recorded can be stored")
    }

    fn commit(&mut self) {
        let entries = self.entries();
        self.store.write(&entries).expect("memory can be written");
    }
}

/// One day's events of an account, none of which leads to an opening.
fn day_of(account: u64, day: i64) -> Vec<Event> {
    let morning = START + day * DAY_MS + 8 * HOUR_MS;
    let mut events: Vec<Event> =
        (0..USERS_A_DAY).map(|number| active(account, morning + number, day, number)).collect();
    events.push(seats(account, morning + HOUR_MS, 50));
    if day % 2 == 0 {
        let invitee = Datum::Text(format!("guest-{day}@example.com"));
        events.push(usage(account, morning + 2 * HOUR_MS, "user_invited", vec![("invitee", invitee)]));
    }
    if day == DAYS - 3 {
        let fields = vec![("type", Datum::Word("funding_raised"))];
        events.push(event(record(Topic::BusinessSignals, account, morning + 3 * HOUR_MS, fields)));
    }
    events
}

/// The users of a day come back every third day, which makes nobody a regular.
fn active(account: u64, at: Millis, day: i64, number: i64) -> Event {
    let user = Datum::Text(format!("user-{}-{number}", day % 3));
    usage(account, at, "user_activity", vec![("user_id", user)])
}

fn seats(account: u64, at: Millis, used: i64) -> Event {
    let fields = vec![("seats_used", Datum::Count(used)), ("seats_licensed", Datum::Count(100))];
    usage(account, at, "seat_snapshot", fields)
}

fn usage(account: u64, at: Millis, kind: &'static str, mut fields: Vec<(&'static str, Datum)>) -> Event {
    fields.push(("type", Datum::Word(kind)));
    event(record(Topic::ProductUsage, account, at, fields))
}

/// A customer to whom more may be sold.
fn profile(account: u64) -> Event {
    let fields = vec![
        ("name", Datum::Text(format!("Customer {account}"))),
        ("segment", Datum::Word("mid_market")),
        ("mrr", Datum::Amount(1_000.0)),
        ("currency", Datum::Word("EUR")),
        ("health_score", Datum::Amount(85.0)),
        ("first_value_at", Datum::Time(START - 400 * DAY_MS)),
    ];
    event(record(Topic::AccountProfiles, account, START, fields))
}

fn record(topic: Topic, account: u64, at: Millis, mut fields: Vec<(&'static str, Datum)>) -> Record {
    fields.push(("event_id", Datum::Text(format!("{}-{account}-{at}", topic.name()))));
    Record { topic, account: format!("account-{account:07}"), at, fields }
}

fn event(record: Record) -> Event {
    decode_json(record.topic, &Wire::Json.value(&record)).expect("the record is good").event
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What some events of each account emit, and how many pieces of state they change.
    fn outcome(arriving: fn(u64) -> Vec<Event>) -> (usize, usize) {
        let mut ground = Ground::with_history();
        ground.record(events_of_each(arriving));
        let (settled, _) = ground.settle();
        (settled.emitted.len(), ground.partition.cut().iter().map(|cut| cut.pieces.len()).sum())
    }

    #[test]
    fn each_case_does_what_it_is_called_after() {
        let accounts = ACCOUNTS as usize;
        assert_eq!(outcome(unchanged), (0, 0));
        for arriving in [changed, out_of_order] {
            let (emitted, pieces) = outcome(arriving);
            assert!(emitted == 0 && pieces >= accounts, "{emitted} emitted, {pieces} pieces");
        }
        assert_eq!(outcome(opening).0, accounts);
    }

    #[test]
    fn a_commit_has_all_of_its_events_and_more_than_its_place() {
        let mut ground = commit();
        assert!(ground.partition.waiting() > 100);
        assert!(ground.entries().len() > ground.partition.waiting() + 100);
        assert_eq!(ground.partition.waiting(), 0);
    }
}
