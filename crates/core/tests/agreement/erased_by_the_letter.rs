//! Erasure at its edges, each in a few steps.

use std::sync::Arc;

use springtide_core::event::{Event, Fact, Kind, Profile, ProfileField, Topic};
use springtide_core::meaning::fixtures;
use springtide_core::meaning::opportunity::Status;
use springtide_core::meaning::piece::PieceKey;
use springtide_core::partition::{Erased, Lateness, Partition, Progress};
use springtide_core::rules::{Detector, Family, Rules, Source, Test, Urgency};
use springtide_core::time::{DAY_MS, Millis};
use uuid::Uuid;

use crate::plain::{detector, event, play, rules};
use crate::shelf::Shelf;
use Step::{Cut, Erase, Evict, Layoff, Profiled, Settle};

/// What is done; every record and tombstone is of one account, and says when it was written.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A profile that renews on day 100, so that a timer and an opening follow on day 90.
    Profiled(Millis),
    /// A layoff on a day, which opens an opportunity.
    Layoff(i64, Millis),
    Erase(Millis),
    Settle,
    /// Writes what changed.
    Cut,
    /// Lets memory go.
    Evict,
}

/// What came of it.
#[derive(Debug, Default, PartialEq)]
struct End {
    /// How many rows each tombstone took.
    rows: Vec<usize>,
    /// How many records were dropped.
    dropped: usize,
    /// How many revisions opened something.
    opened: usize,
    /// How many pieces are stored, after all is settled and written.
    stored: usize,
    /// How many deadlines there are.
    due: usize,
}

const NOW: Millis = 50 * DAY_MS;

fn renewal() -> Detector {
    let source = Source::Timer { field: ProfileField::RenewalAt, lead_ms: 10 * DAY_MS };
    Detector { name: "renewal".into(), family: Family::Business, urgency: Urgency::Low, source }
}

fn pack() -> Rules {
    rules(vec![detector("layoff", Kind::LayoffAnnounced, Test::Match), renewal()], play(vec![0, 1]))
}

struct Desk {
    partition: Partition,
    shelf: Shelf,
    end: End,
}

impl Desk {
    fn new() -> Desk {
        let progress = Progress::new(Lateness([100 * DAY_MS; 5]));
        let mut partition = Partition::new(Arc::new(pack()), progress, Erased::new(Uuid::from_u128(9)));
        Topic::ALL.into_iter().for_each(|topic| partition.progress_mut().set_level(topic, true));
        Desk { partition, shelf: Shelf::default(), end: End::default() }
    }

    fn record(&mut self, fact: Fact, written_at: Millis) {
        if self.partition.is_erased("acme", written_at) {
            self.end.dropped += 1;
        } else {
            let event = Event { account: "acme".into(), fact };
            let Ok(_) = self.partition.record(&mut self.shelf, event);
        }
    }

    fn settle(&mut self) {
        let Ok(settled) = self.partition.settle(&mut self.shelf, NOW, 10);
        assert!(settled.emitted.iter().all(|told| told.status == Status::Open && told.revision == 1));
        self.end.opened += settled.emitted.len();
    }

    fn cut(&mut self) {
        self.shelf.put(self.partition.cut());
        self.shelf.put_erasures(self.partition.cut_erasures());
    }

    fn take(&mut self, step: Step) {
        match step {
            Profiled(written_at) => {
                let renewal_at = Some(100 * DAY_MS);
                let profile = Profile { renewal_at, ..fixtures::profile(0) };
                self.record(Fact::Profile(Arc::new(profile)), written_at);
            }
            Layoff(day, written_at) => {
                self.record(event(Kind::LayoffAnnounced, day * DAY_MS, "layoff"), written_at);
            }
            Erase(written_at) => {
                let Ok(erasure) = self.partition.erase(&mut self.shelf, "acme", written_at);
                self.end.rows.push(erasure.rows.len());
            }
            Settle => self.settle(),
            Cut => self.cut(),
            Evict => self.partition.keep_within(0),
        }
    }
}

fn check(steps: &[Step], expected: End) {
    let mut desk = Desk::new();
    steps.iter().for_each(|step| desk.take(*step));
    desk.settle();
    desk.cut();
    // A base is written now or later.
    let is_base = |key: &PieceKey| matches!(key, PieceKey::Base(_));
    desk.end.stored = desk.shelf.pieces("acme").iter().filter(|(key, _)| !is_base(key)).count();
    desk.end.due = desk.shelf.deadlines("acme").len();
    assert_eq!(desk.end, expected, "{steps:?}");
}

/// What is stored of an account with a profile and a layoff, but for its base: schedule, profiles, play, rows, log,
/// signals.
const WHOLE: usize = 6;

/// What is due of it: its timer and its quiet.
const DUE: usize = 2;

#[test]
fn without_a_tombstone_everything_stays() {
    let end = End { opened: 1, stored: WHOLE, due: DUE, ..End::default() };
    check(&[Profiled(1), Layoff(20, 2)], end);
}

#[test]
fn an_erased_account_leaves_nothing() {
    let gone = |rows: &[usize], opened| End { rows: rows.into(), opened, ..End::default() };
    for (steps, expected) in [
        (&[Profiled(1), Layoff(20, 2), Settle, Cut, Evict, Erase(3)][..], gone(&[1], 1)),
        (&[Profiled(1), Layoff(20, 2), Settle, Cut, Erase(3)], gone(&[1], 1)),
        (&[Profiled(1), Layoff(20, 2), Settle, Erase(3), Cut, Evict], gone(&[1], 1)),
        // Never settled, so never emitted.
        (&[Profiled(1), Layoff(20, 2), Erase(3)], gone(&[0], 0)),
        (&[Profiled(1), Settle, Cut, Layoff(20, 2), Erase(3), Settle, Evict], gone(&[0], 0)),
        // Unknown.
        (&[Erase(3)], gone(&[0], 0)),
        // Again: the same, an older one, a later one; in one commit, and after it.
        (
            &[Profiled(1), Layoff(20, 2), Settle, Erase(3), Erase(3), Erase(2), Erase(4)],
            gone(&[1, 0, 0, 0], 1),
        ),
        (
            &[Profiled(1), Layoff(20, 2), Settle, Cut, Erase(3), Cut, Evict, Erase(3), Cut, Erase(4)],
            gone(&[1, 0, 0], 1),
        ),
    ] {
        check(steps, expected);
    }
}

#[test]
fn what_was_written_no_later_than_the_tombstone_is_dropped_with_it() {
    for (written_at, dropped) in [(Millis::MIN, 1), (2, 1), (3, 1), (4, 0), (Millis::MAX, 0)] {
        let steps = [Profiled(1), Settle, Cut, Evict, Erase(3), Layoff(20, written_at)];
        // Without a profile nothing opens; a layoff of 20 days after 1970 leaves its schedule,
        // log and signal.
        let (stored, due) = if dropped == 1 { (0, 0) } else { (3, 1) };
        check(&steps, End { rows: vec![0], dropped, stored, due, ..End::default() });
    }
    // An older tombstone that comes later takes nothing that was written since the latest.
    let steps = [Erase(3), Profiled(4), Layoff(20, 5), Settle, Erase(2), Erase(3)];
    check(&steps, End { rows: vec![0, 0, 0], opened: 1, stored: WHOLE, due: DUE, ..End::default() });
}

#[test]
fn an_account_that_comes_back_starts_afresh() {
    let back =
        |rows: &[usize], opened| End { rows: rows.into(), opened, stored: WHOLE, due: DUE, ..End::default() };
    for (steps, expected) in [
        (
            &[Profiled(1), Layoff(20, 2), Settle, Cut, Evict, Erase(3), Profiled(4), Layoff(20, 5)][..],
            back(&[1], 2),
        ),
        // Another day: the day of the log and of the signal before must not stay.
        (
            &[Profiled(1), Layoff(20, 2), Settle, Cut, Evict, Erase(3), Profiled(4), Layoff(21, 5), Settle],
            back(&[1], 2),
        ),
        (
            &[Profiled(1), Layoff(20, 2), Settle, Cut, Erase(3), Cut, Evict, Profiled(4), Layoff(21, 5)],
            back(&[1], 2),
        ),
        // Erased, back, erased and back again before the next commit: rows between are taken too.
        (
            &[
                Profiled(1),
                Layoff(20, 2),
                Settle,
                Cut,
                Evict,
                Erase(3),
                Profiled(4),
                Layoff(21, 5),
                Settle,
                Erase(6),
                Profiled(7),
                Layoff(22, 8),
            ],
            back(&[1, 1], 3),
        ),
        // Back and not settled when it is erased again.
        (
            &[
                Profiled(1),
                Layoff(20, 2),
                Settle,
                Cut,
                Erase(3),
                Layoff(21, 4),
                Erase(5),
                Profiled(6),
                Layoff(22, 7),
            ],
            back(&[1, 0], 2),
        ),
    ] {
        check(steps, expected);
    }
}

#[test]
fn an_erasure_is_remembered_for_the_longest_lateness() {
    let mut desk = Desk::new();
    let longest = 100 * DAY_MS;
    desk.take(Erase(1_000));
    desk.partition.forget_erasures(1_000 + longest);
    assert!(desk.partition.is_erased("acme", 1_000));
    desk.partition.forget_erasures(1_001 + longest);
    assert!(!desk.partition.is_erased("acme", 1_000));
    assert_eq!(desk.partition.erased(), 0);
}
