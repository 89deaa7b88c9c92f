//! What accounts are said to weigh, held to what an allocator gave for them. A binary of its own, with one test:
//! the allocator counts for all threads.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use springtide_core::event::{Activity, Event, Fact, Key, Kind, Topic, Value};
use springtide_core::meaning::fixtures::profile;
use springtide_core::partition::{Deadlines, Erased, Lateness, Partition, Progress};
use springtide_core::rules::{Detector, Family, Rules, Source, Test, Urgency};
use springtide_core::time::{DAY_MS, Millis};

/// Counts bytes as an allocator takes them: with a word of its own, and in sixteens.
struct Counting;

static LIVE_BYTES: AtomicUsize = AtomicUsize::new(0);

fn taken(layout: Layout) -> usize {
    (layout.size() + 8).next_multiple_of(16)
}

// SAFETY: each call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE_BYTES.fetch_add(taken(layout), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE_BYTES.fetch_sub(taken(layout), Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn rules() -> Rules {
    let user = Key::Field(0);
    let detector = |name: &str, test| {
        let source = Source::Events { kind: Kind::UserActivity, filter: None, test };
        Detector { name: name.into(), family: Family::Product, urgency: Urgency::Low, source }
    };
    let within_ms = 14 * DAY_MS;
    let detectors = vec![
        detector("first", Test::First { key: user }),
        detector("distinct", Test::Distinct { key: user, at_least: 40, within_ms, group_by: None }),
        detector("regulars", Test::Regulars { key: user, at_least: 40, active_days: 4, within_days: 7 }),
        detector(
            "spike",
            Test::Spike { key: user, factor: 1.5, baseline_days: 28, min_days: 7, min_count: 10.0 },
        ),
    ];
    Rules::new("test", detectors, Vec::new(), Default::default(), Default::default())
}

/// A user of fifty in a day's turn.
fn active(at: Millis, number: u64) -> Fact {
    let user = number.wrapping_mul(2_654_435_761) / 7 % 50;
    let values = [Value::Text(format!("user-{user}").into())].into();
    Fact::Activity(Arc::new(Activity {
        at,
        id: format!("{at}-{number}").into(),
        kind: Kind::UserActivity,
        values,
    }))
}

/// Accounts with a history of so many days, and what they take by the allocator and by the estimate.
fn weighed(accounts: u64, days: i64, a_day: u64) -> (usize, usize) {
    let mut partition =
        Partition::new(Arc::new(rules()), Progress::new(Lateness::default()), Erased::default());
    Topic::ALL.into_iter().for_each(|topic| partition.progress_mut().set_level(topic, true));
    let mut deadlines = Deadlines::default();
    let mut take = |partition: &mut Partition, account: u64, fact| {
        let Ok(_) =
            partition.record(&mut deadlines, Event { account: format!("account-{account}").into(), fact });
    };
    let before = LIVE_BYTES.load(Ordering::Relaxed);
    (0..accounts).for_each(|account| take(&mut partition, account, Fact::Profile(Arc::new(profile(0)))));
    for day in 0..days {
        for number in 0..a_day {
            let at = day * DAY_MS + number as Millis * (DAY_MS / a_day as Millis);
            (0..accounts).for_each(|account| take(&mut partition, account, active(at, number)));
        }
        let Ok(_) = partition.settle(&mut Deadlines::default(), day * DAY_MS, usize::MAX);
        partition.cut();
    }
    (LIVE_BYTES.load(Ordering::Relaxed) - before, partition.resident_bytes())
}

#[test]
fn an_estimate_is_within_a_factor_of_two_of_what_was_allocated() {
    for (accounts, days, a_day) in [(2_000, 1, 1), (2_000, 30, 1), (300, 60, 20), (20, 30, 500)] {
        let (live, said) = weighed(accounts, days, a_day);
        assert!(
            said < 2 * live && live < 2 * said,
            "{accounts} accounts, {days} days, {a_day} events a day: {said} bytes said, {live} allocated"
        );
    }
}
