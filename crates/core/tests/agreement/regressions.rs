//! Mistakes that the properties found, each as small as it became.

use std::sync::Arc;

use springtide_core::event::{Fact, Key, Kind, Profile, ProfileField, Topic};
use springtide_core::meaning::account::{Account, Bounds};
use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::meaning::piece::PieceKey;
use springtide_core::rules::{Detector, Play, Rules, Source, Test};
use springtide_core::time::{DAY_MS, Millis};

use crate::plain::{detector, event, play, profile, rules};

/// An account that takes events one by one.
struct Followed {
    rules: Rules,
    account: Account,
}

impl Followed {
    fn new(rules: Rules) -> Followed {
        Followed { rules, account: Account::new("acme") }
    }

    fn take(&mut self, fact: Fact) -> Vec<Opportunity> {
        self.account.arrive(&self.rules, fact);
        self.account.settle(&self.rules, 100 * DAY_MS)
    }

    /// Nothing of any topic comes from before a day.
    fn prune(&mut self, day: i64) {
        let bound = day * DAY_MS;
        self.account.prune(&self.rules, &Bounds { horizon: bound, topics: Topic::ALL.map(|_| bound) }, true);
    }
}

fn noon(day: i64) -> Millis {
    day * DAY_MS + DAY_MS / 2
}

fn layoffs() -> Rules {
    let play = Play { cooldown_ms: DAY_MS, ..play(vec![0]) };
    rules(vec![detector("layoff", Kind::LayoffAnnounced, Test::Match)], play)
}

#[test]
fn a_detector_on_two_sides_is_one_piece_of_evidence() {
    let both = Play { product: vec![0], business: vec![0], boost: vec![0], ..play(vec![]) };
    let layoff = detector("layoff", Kind::LayoffAnnounced, Test::Match);
    let mut followed = Followed::new(rules(vec![layoff], both));
    followed.take(profile(0, "Acme"));
    let opened = followed.take(event(Kind::LayoffAnnounced, noon(1), "a"));
    assert_eq!(opened[0].evidence.len(), 1);
}

#[test]
fn a_late_profile_that_reads_the_same_makes_no_revision() {
    let mut followed = Followed::new(layoffs());
    followed.take(profile(0, "Acme"));
    assert_eq!(followed.take(event(Kind::LayoffAnnounced, noon(2), "a")).len(), 1);
    assert!(followed.take(profile(noon(1), "Acme")).is_empty());
    let revised = followed.take(profile(noon(1) + 1, "Acme Corporation"));
    assert_eq!((revised[0].revision, revised[0].status), (2, Status::Open));
}

#[test]
fn signals_of_an_emptied_log_outlive_a_late_event() {
    let mut followed = Followed::new(layoffs());
    followed.take(profile(0, "Acme"));
    followed.take(event(Kind::LayoffAnnounced, noon(2), "a"));
    followed.prune(4);
    followed.take(event(Kind::LayoffAnnounced, noon(6), "b"));
    let late = followed.take(event(Kind::LayoffAnnounced, noon(5), "c"));
    assert!(late.iter().all(|opportunity| opportunity.status == Status::Open), "{late:#?}");
    assert_eq!(late[0].evidence[0].since, noon(2), "the first layoff still counts");
}

#[test]
fn an_opening_that_loses_evidence_falls_back_on_the_profile_before() {
    let funding = detector("funding", Kind::FundingRaised, Test::Match);
    let layoff = detector("layoff", Kind::LayoffAnnounced, Test::Match);
    let play = Play { cooldown_ms: 2 * DAY_MS, boost: vec![1], ..play(vec![0]) };
    let mut followed = Followed::new(rules(vec![funding, layoff], play));
    let first_of =
        |emitted: Vec<Opportunity>| emitted.into_iter().find(|one| one.opened_at == noon(1)).unwrap();
    followed.take(profile(0, "Before"));
    followed.take(event(Kind::FundingRaised, noon(1), "a"));
    followed.take(profile(noon(2), "After"));
    let revised = first_of(followed.take(event(Kind::LayoffAnnounced, noon(4), "b")));
    assert_eq!((revised.evidence.len(), &*revised.account_name), (2, "After"));
    followed.prune(3);
    // It opens another in between, which takes the layoff over.
    let revised = first_of(followed.take(event(Kind::FundingRaised, noon(3), "c")));
    assert_eq!((revised.evidence.len(), &*revised.account_name), (1, "Before"));
}

#[test]
fn an_event_that_a_late_one_makes_a_repeat_is_not_left_in_the_store() {
    let users = detector("users", Kind::UserActivity, Test::First { key: Key::Field(0) });
    let mut followed = Followed::new(rules(vec![users], play(vec![0])));
    followed.take(event(Kind::UserActivity, noon(3), "a"));
    followed.account.take_touched();
    followed.take(event(Kind::UserActivity, noon(2), "a"));
    let gone = PieceKey::Log(0, 3);
    assert!(followed.account.take_touched().contains(&gone));
    assert_eq!(followed.account.piece(gone), None);
}

#[test]
fn a_base_that_is_written_takes_the_days_with_it_that_it_went_past() {
    let key = Key::Field(0);
    let test = Test::Spike { key, factor: 1.5, baseline_days: 1, min_days: 1, min_count: 1.0 };
    let mut followed = Followed::new(rules(vec![detector("nps", Kind::NpsResponse, test)], play(vec![0])));
    followed.take(event(Kind::NpsResponse, noon(3), "a"));
    assert!(followed.account.take_touched().contains(&PieceKey::Log(0, 3)));
    followed.prune(2);
    // Moved on before that is written, and for itself not worth writing.
    let bound = 5 * DAY_MS;
    let bounds = Bounds { horizon: bound, topics: Topic::ALL.map(|_| bound) };
    followed.account.prune(&followed.rules, &bounds, false);
    let touched = followed.account.take_touched();
    assert!(touched.contains(&PieceKey::Base(0)), "{touched:?}");
    assert!(touched.contains(&PieceKey::Log(0, 3)), "it would be taken in twice: {touched:?}");
    assert_eq!(followed.account.piece(PieceKey::Log(0, 3)), None);
}

#[test]
fn an_account_without_a_profile_leaves_nothing() {
    let mut followed = Followed::new(layoffs());
    followed.take(event(Kind::LayoffAnnounced, noon(2), "a"));
    followed.prune(40);
    assert!(followed.account.is_empty());
    assert!(followed.account.take_touched().into_iter().all(|key| followed.account.piece(key).is_none()));
}

#[test]
fn an_event_that_can_never_count_leaves_nothing() {
    let hopeless = detector("seats", Kind::UserActivity, Test::Ratio { at_least: 0.9 });
    let mut followed = Followed::new(rules(vec![hopeless], play(vec![0])));
    followed.take(event(Kind::UserActivity, noon(2), "a"));
    followed.prune(2);
    followed.take(event(Kind::UserActivity, noon(2), "a"));
    assert!(followed.account.take_touched().into_iter().all(|key| followed.account.piece(key).is_none()));
}

#[test]
fn a_time_that_signalled_before_the_horizon_does_not_signal_again() {
    let renewal = Detector {
        source: Source::Timer { field: ProfileField::RenewalAt, lead_ms: 10 * DAY_MS },
        ..detector("renewal", Kind::LayoffAnnounced, Test::Match)
    };
    let mut followed = Followed::new(rules(vec![renewal], Play { cooldown_ms: DAY_MS, ..play(vec![0]) }));
    let renewing = |at| match profile(at, "Acme") {
        Fact::Profile(profile) => {
            Fact::Profile(Arc::new(Profile { renewal_at: Some(noon(60)), ..(*profile).clone() }))
        }
        other => other,
    };
    assert_eq!(followed.take(renewing(0)).len(), 1, "it signals ten days before");
    followed.prune(55);
    assert_eq!(followed.take(renewing(noon(57))), [], "sent again, it is the same time");
}

/// It stayed due for ever, and kept others who are due from their turn.
#[test]
fn a_base_that_moved_over_no_event_forgets_when_it_is_asked_to() {
    let spike =
        Test::Spike { key: Key::Field(0), factor: 1.5, baseline_days: 2, min_days: 1, min_count: 1.0 };
    let mut followed =
        Followed::new(rules(vec![detector("spike", Kind::UserActivity, spike)], play(vec![0])));
    followed.take(event(Kind::UserActivity, noon(6), "a"));
    followed.prune(7);
    let bound = 11 * DAY_MS;
    let bounds = Bounds { horizon: bound, topics: Topic::ALL.map(|_| bound) };
    followed.account.prune(&followed.rules, &bounds, false);
    followed.prune(11);
    assert!(followed.account.is_empty());
    assert_eq!(followed.account.quiet_from(&followed.rules), None);
}
