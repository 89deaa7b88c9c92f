//! Holds what came of a test's events to what it wants.

use std::cell::RefCell;
use std::collections::BTreeMap;

use springtide_core::event::Fact;
use springtide_core::meaning::account::Account;
use springtide_core::meaning::explain::explain;
use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::meaning::portrait::Told;
use springtide_core::rules::{DetectorId, Rules};
use springtide_core::time::Millis;

use super::ACCOUNT;
use super::read::Case;
use super::wanted::{Says, Wanted, What};
use crate::mistake::Place;

/// Scores have one decimal.
const HALF_A_TENTH: f64 = 0.05;
/// How many instants are named where a detector signals at others.
const MOST_TOLD: usize = 4;

/// Something that is not as wanted.
pub(super) struct Wrong {
    pub place: Place,
    pub expected: String,
    pub found: String,
    pub nearest_miss: Option<String>,
}

/// What is not as wanted in a test, with the test's name.
pub(super) fn failures<'c>(rules: &Rules, case: &'c Case) -> Vec<(&'c str, Wrong)> {
    let found = Found::of(rules, case);
    found.judge().into_iter().map(|wrong| (case.name.as_str(), wrong)).collect()
}

/// What came of a test's events.
struct Found<'a> {
    rules: &'a Rules,
    case: &'a Case,
    /// Those that stand, in the order in which they opened.
    opportunities: Vec<Opportunity>,
    signals: Vec<Told>,
    /// The nearest miss of each play, by instant: it takes a look at all of the past.
    misses: RefCell<BTreeMap<Millis, Vec<Option<String>>>>,
}

impl<'a> Found<'a> {
    /// Gives the events to an account, as `replay` does. In which order and in how many steps changes nothing.
    fn of(rules: &'a Rules, case: &'a Case) -> Found<'a> {
        let mut account = Account::new(ACCOUNT);
        case.facts.iter().for_each(|fact| account.arrive(rules, fact.clone()));
        let revisions = account.settle(rules, case.until);
        let last: BTreeMap<_, Opportunity> = revisions.into_iter().map(|one| (one.id, one)).collect();
        let mut opportunities: Vec<Opportunity> =
            last.into_values().filter(|one| one.status == Status::Open).collect();
        opportunities.sort_by(|a, b| (a.opened_at, &a.play).cmp(&(b.opened_at, &b.play)));
        Found {
            rules,
            case,
            opportunities,
            signals: account.portrait(rules).signals,
            misses: RefCell::default(),
        }
    }

    fn judge(&self) -> Vec<Wrong> {
        let mut claimed = vec![false; self.opportunities.len()];
        let mut wrongs = Vec::new();
        // Those that name an instant choose first.
        let dated = self.case.wanted.iter().filter(|wanted| wanted.at.is_some());
        for wanted in dated.chain(self.case.wanted.iter().filter(|wanted| wanted.at.is_none())) {
            match &wanted.what {
                What::Nothing => wrongs.extend(self.nothing(wanted.place)),
                What::Opens { play, says } => match self.claim(*play, wanted.at, &mut claimed) {
                    None => wrongs.push(self.unopened(wanted, *play)),
                    Some(opportunity) => {
                        wrongs.extend(
                            says.iter().filter_map(|(place, says)| self.unsaid(*place, says, opportunity)),
                        );
                    }
                },
                What::Stays { play, because } => wrongs.extend(self.opened(wanted, *play, because.as_ref())),
                What::Signals(detector) => wrongs.extend(self.silent(wanted, *detector)),
                What::Silent(detector) => wrongs.extend(self.loud(wanted, *detector)),
            }
        }
        let unwanted = self.unwanted(&claimed);
        // That a play opened at another instant than it should have is said already.
        let told: Vec<Place> = wrongs.iter().map(|wrong| wrong.place).collect();
        wrongs.extend(unwanted.into_iter().filter(|wrong| !told.contains(&wrong.place)));
        wrongs.sort_by_key(|wrong| wrong.place);
        wrongs
    }

    fn claim(&self, play: usize, at: Option<Millis>, claimed: &mut [bool]) -> Option<&Opportunity> {
        let name = &self.rules.plays[play].name;
        let fits = |one: &Opportunity| one.play == *name && at.is_none_or(|at| one.opened_at == at);
        let found = self.opportunities.iter().zip(claimed).find(|(one, claimed)| !**claimed && fits(one));
        found.map(|(one, claimed)| {
            *claimed = true;
            one
        })
    }

    fn told(&self, at: Millis) -> String {
        self.case.start.told(at)
    }

    /// The last instant at which something happened.
    fn last(&self) -> Millis {
        let happened = self.case.facts.iter().filter(|fact| matches!(fact, Fact::Activity(_))).map(Fact::at);
        happened.max().unwrap_or(self.case.until)
    }

    fn nearest_miss(&self, play: usize, at: Millis) -> Option<String> {
        let explain = || {
            let plays = explain(self.rules, ACCOUNT, &self.case.facts, at, self.case.until);
            plays.into_iter().map(|play| play.nearest_miss).collect()
        };
        let mut misses = self.misses.borrow_mut();
        misses.entry(at).or_insert_with(explain).get(play).cloned().flatten()
    }

    /// What there is of a play, in words.
    fn openings(&self, play: usize) -> String {
        let name = &self.rules.plays[play].name;
        let days =
            self.opportunities.iter().filter(|one| one.play == *name).map(|one| self.told(one.opened_at));
        let days: Vec<String> = days.collect();
        if days.is_empty() {
            "that it did not open".to_owned()
        } else {
            format!("that it opened on {}", days.join(", "))
        }
    }

    fn unopened(&self, wanted: &Wanted, play: usize) -> Wrong {
        let name = &self.rules.plays[play].name;
        let expected = match wanted.at {
            Some(at) => format!("`{name}` to open on {}", self.told(at)),
            None => format!("`{name}` to open"),
        };
        let at = wanted.at.unwrap_or_else(|| self.last());
        let (found, nearest_miss) = (self.openings(play), self.nearest_miss(play, at));
        Wrong { place: wanted.place, expected, found, nearest_miss }
    }

    fn nothing(&self, place: Place) -> Option<Wrong> {
        let all =
            self.opportunities.iter().map(|one| format!("`{}` on {}", one.play, self.told(one.opened_at)));
        let all: Vec<String> = all.collect();
        let wrong = || Wrong {
            place,
            expected: "no play to open".to_owned(),
            found: all.join(", "),
            nearest_miss: None,
        };
        (!all.is_empty()).then(wrong)
    }

    fn opened(&self, wanted: &Wanted, play: usize, because: Option<&(Place, String)>) -> Option<Wrong> {
        let name = &self.rules.plays[play].name;
        if let Some(one) = self.opportunities.iter().find(|one| one.play == *name) {
            let evidence: Vec<&str> = one.evidence.iter().map(|line| &*line.detector).collect();
            return Some(Wrong {
                place: wanted.place,
                expected: format!("`{name}` not to open"),
                found: format!("that it opened on {} ({})", self.told(one.opened_at), evidence.join(", ")),
                nearest_miss: None,
            });
        }
        let (place, words) = because?;
        let miss = self.nearest_miss(play, wanted.at.unwrap_or_else(|| self.last())).unwrap_or_default();
        (!miss.contains(words.as_str())).then(|| Wrong {
            place: *place,
            expected: format!("`{name}` not to open because of {words:?}"),
            found: format!("{miss:?}"),
            nearest_miss: None,
        })
    }

    fn of_detector(&self, detector: DetectorId, at: Option<Millis>) -> Vec<Millis> {
        let all = self.signals.iter().filter(|signal| signal.detector == detector).map(|signal| signal.at);
        all.filter(|signal| at.is_none_or(|at| at == *signal)).collect()
    }

    fn signal_of(&self, wanted: &Wanted, detector: DetectorId) -> String {
        let name = &self.rules.detectors[detector].name;
        let at = wanted.at.map(|at| format!(" on {}", self.told(at))).unwrap_or_default();
        format!("signal of `{name}`{at}")
    }

    fn days(&self, signals: &[Millis]) -> String {
        let mut days: Vec<String> = signals.iter().take(MOST_TOLD).map(|at| self.told(*at)).collect();
        if signals.len() > MOST_TOLD {
            days.push(format!("{} more", signals.len() - MOST_TOLD));
        }
        if days.is_empty() { "none".to_owned() } else { format!("one on {}", days.join(", ")) }
    }

    fn silent(&self, wanted: &Wanted, detector: DetectorId) -> Option<Wrong> {
        self.of_detector(detector, wanted.at).is_empty().then(|| Wrong {
            place: wanted.place,
            expected: format!("a {}", self.signal_of(wanted, detector)),
            found: self.days(&self.of_detector(detector, None)),
            nearest_miss: None,
        })
    }

    fn loud(&self, wanted: &Wanted, detector: DetectorId) -> Option<Wrong> {
        let signals = self.of_detector(detector, wanted.at);
        (!signals.is_empty()).then(|| Wrong {
            place: wanted.place,
            expected: format!("no {}", self.signal_of(wanted, detector)),
            found: self.days(&signals),
            nearest_miss: None,
        })
    }

    /// Opportunities beyond those that are wanted, of plays of which some are.
    fn unwanted(&self, claimed: &[bool]) -> Vec<Wrong> {
        let mut wrongs = Vec::new();
        for (one, _) in self.opportunities.iter().zip(claimed).filter(|(_, claimed)| !**claimed) {
            let wanted = self.case.wanted.iter().find(|wanted| match &wanted.what {
                What::Opens { play, .. } => self.rules.plays[*play].name == one.play,
                _ => false,
            });
            wrongs.extend(wanted.map(|wanted| Wrong {
                place: wanted.place,
                expected: format!("no other opening of `{}`", one.play),
                found: format!("one on {}", self.told(one.opened_at)),
                nearest_miss: None,
            }));
        }
        wrongs
    }

    fn unsaid(&self, place: Place, says: &Says, one: &Opportunity) -> Option<Wrong> {
        let wrong = |expected: String, found: String| {
            let expected = format!("`{}` with {expected}", one.play);
            Some(Wrong { place, expected, found, nearest_miss: None })
        };
        let unless_same = |name: &str, wanted: &str, found: &str| match wanted == found {
            true => None,
            false => wrong(format!("the {name} {wanted}"), found.to_owned()),
        };
        let unless_near = |name: &str, wanted: f64, found: f64| match (wanted - found).abs() < HALF_A_TENTH {
            true => None,
            false => wrong(format!("the {name} {wanted}"), found.to_string()),
        };
        match says {
            Says::Urgency(urgency) => unless_same("urgency", urgency.name(), one.urgency.name()),
            Says::Score(score) => unless_near("score", *score, one.score),
            Says::Role(role) => unless_same("role", role, &one.role),
            Says::Owner(owner) => unless_same("owner", owner, one.owner.as_deref().unwrap_or("nobody")),
            Says::ActBy(at) => unless_same("date to act by", &self.told(*at), &self.told(one.act_by)),
            Says::YearlyValue(value) => unless_near("yearly value", *value, one.yearly_value),
            Says::Trigger(trigger) => unless_same("trigger", trigger, one.trigger()),
            Says::Evidence(names) => {
                let mut found: Vec<&str> = one.evidence.iter().map(|line| &*line.detector).collect();
                found.sort_unstable();
                unless_same("evidence", &names.join(", "), &found.join(", "))
            }
        }
    }
}
