//! Hundreds of thousands of accounts that a jump of time makes due at once: a settlement takes in so many of them
//! and no more, and whoever arrives meanwhile waits for nobody.

use std::convert::Infallible;
use std::sync::Arc;

use springtide_core::event::{Event, Fact, Kind, Profile, ProfileField, Topic};
use springtide_core::meaning::fixtures;
use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::partition::{Backing, Deadline, Erased, Lateness, Partition, Progress, Settled};
use springtide_core::rules::{Detector, Family, Rules, Source, Test, Urgency};
use springtide_core::time::{DAY_MS, Millis};
use uuid::Uuid;

use crate::plain::{detector, event, play, rules};
use crate::shelf::Shelf;

const CROWD: usize = 200_000;
const DUE_AT_MOST: usize = 1_000;
/// One that is due on top may be asked for, and the one that arrives is.
const SETTLEMENTS: usize = CROWD / DUE_AT_MOST + 1;

/// A shelf that counts how often it is asked for an account.
#[derive(Default)]
struct Counted {
    shelf: Shelf,
    loads: usize,
}

impl Backing for Counted {
    type Error = Infallible;

    fn load(&mut self, account: &str) -> Result<Vec<(PieceKey, Piece)>, Infallible> {
        self.loads += 1;
        self.shelf.load(account)
    }

    fn due(&mut self, kind: Deadline, up_to: Millis, at_most: usize) -> Result<Vec<Box<str>>, Infallible> {
        self.shelf.due(kind, up_to, at_most)
    }

    fn reschedule(
        &mut self,
        kind: Deadline,
        account: &str,
        from: Option<Millis>,
        to: Option<Millis>,
    ) -> Result<(), Infallible> {
        self.shelf.reschedule(kind, account, from, to)
    }
}

/// A partition of which nothing stays in memory from one settlement to the next.
struct Crowd {
    partition: Partition,
    backing: Counted,
}

impl Crowd {
    fn new(rules: Rules) -> Crowd {
        let (progress, erased) = (Progress::new(Lateness::default()), Erased::new(Uuid::from_u128(3)));
        Crowd { partition: Partition::new(Arc::new(rules), progress, erased), backing: Counted::default() }
    }

    fn record(&mut self, account: &str, fact: Fact) {
        let Ok(_) = self.partition.record(&mut self.backing, Event { account: account.into(), fact });
    }

    /// Settles, writes what changed and forgets the accounts; also says how many were asked for.
    fn settle(&mut self, clock: Millis) -> (Settled, usize) {
        let Ok(settled) = self.partition.settle(&mut self.backing, clock, DUE_AT_MOST);
        self.backing.shelf.put(self.partition.cut());
        self.partition.keep_within(0);
        (settled, std::mem::take(&mut self.backing.loads))
    }

    /// Accounts of which nobody is due on day 1.
    fn gather(&mut self, fact: impl Fn(usize) -> Fact) {
        for number in 0..CROWD {
            self.record(&format!("account-{number}"), profile());
            self.record(&format!("account-{number}"), fact(number));
            if number % 10_000 == 0 {
                self.settle(DAY_MS);
            }
        }
        let (settled, _) = self.settle(DAY_MS);
        assert!(!settled.more_due, "nobody is due yet");
    }

    /// Settles until nobody is due, with a newcomer before each settlement, who must be heard in it. Returns how
    /// many settlements it took and how many revisions were of others.
    fn disperse(&mut self, clock: Millis, at: Millis) -> (usize, usize) {
        let mut others = 0;
        for turn in 1..=2 * SETTLEMENTS {
            let newcomer = format!("newcomer-{turn}");
            self.record(&newcomer, Fact::Profile(Arc::new(fixtures::profile(at))));
            self.record(&newcomer, event(Kind::LayoffAnnounced, at, &newcomer));
            let (settled, loads) = self.settle(clock);
            let heard = settled.emitted.iter().filter(|said| *said.account == *newcomer).count();
            assert_eq!(heard, 1, "{newcomer} is heard at once");
            assert!(loads <= DUE_AT_MOST + 1, "{loads} accounts were looked at");
            others += settled.emitted.len() - heard;
            if !settled.more_due {
                return (turn, others);
            }
        }
        panic!("somebody stays due");
    }
}

/// The renewal is on day 200.
fn profile() -> Fact {
    Fact::Profile(Arc::new(Profile { renewal_at: Some(200 * DAY_MS), ..fixtures::profile(0) }))
}

/// A renewal that is 90 days off, or a layoff, makes an opportunity.
fn renewals() -> Rules {
    let source = Source::Timer { field: ProfileField::RenewalAt, lead_ms: 90 * DAY_MS };
    let renewal =
        Detector { name: "renewal".into(), family: Family::Business, urgency: Urgency::Low, source };
    rules(vec![renewal, detector("layoff", Kind::LayoffAnnounced, Test::Match)], play(vec![0, 1]))
}

#[test]
fn timers_that_are_all_due_at_once_are_taken_in_by_and_by() {
    let mut crowd = Crowd::new(renewals());
    // Of no detector, so that the timers alone speak.
    crowd.gather(|number| event(Kind::OfficeOpened, DAY_MS, &format!("office-{number}")));
    let (settlements, signals) = crowd.disperse(150 * DAY_MS, 2 * DAY_MS);
    assert_eq!((settlements, signals), (CROWD / DUE_AT_MOST, CROWD));
}

#[test]
fn accounts_that_a_jump_of_the_horizon_lets_shrink_do_so_by_and_by() {
    let layoffs = || rules(vec![detector("layoff", Kind::LayoffAnnounced, Test::Match)], play(vec![0]));
    let mut crowd = Crowd::new(layoffs());
    crowd.gather(|number| event(Kind::LayoffAnnounced, DAY_MS, &format!("layoff-{number}")));
    let before = crowd.backing.shelf.bytes_but_rows();
    Topic::ALL.into_iter().for_each(|topic| crowd.partition.progress_mut().set_level(topic, true));
    let (settlements, revisions) = crowd.disperse(400 * DAY_MS, 400 * DAY_MS);
    assert!((2..=SETTLEMENTS).contains(&settlements), "{settlements} settlements");
    assert_eq!(revisions, 0);
    let after = crowd.backing.shelf.bytes_but_rows();
    assert!(2 * after < before, "{before} bytes became {after}");
}
