//! A case: a rule pack, and events with the way they arrive.

use std::fmt;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use springtide_core::event::{Fact, Topic};
use springtide_core::meaning::fixtures;
use springtide_core::partition::Lateness;
use springtide_core::time::{DAY_MS, HOUR_MS, Millis, start_of};

use crate::events::{Draft, FIRST_DAY, draft};
use crate::packs::{Pack, pack};

/// One arrival, and what is done after it.
#[derive(Clone)]
pub struct Arrival {
    pub account: &'static str,
    pub fact: Fact,
    /// Whether what arrived so far is settled now.
    pub settle: bool,
    /// Whether what changed is then written, and the accounts dropped from memory.
    pub cut: bool,
    /// Whether a topic is then said to be level with the furthest, or not.
    pub level: Option<(Topic, bool)>,
}

/// One line, so that a failing case can be read.
impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arrival { account, fact, settle, cut, level } = self;
        write!(f, "\n{account} {:?} {}", fact.topic(), fact.canonical())?;
        f.write_str(if *settle { ", settle" } else { "" })?;
        f.write_str(if *cut { ", cut" } else { "" })?;
        level.map_or(Ok(()), |(topic, level)| write!(f, ", {topic:?} level: {level}"))
    }
}

/// A rule pack, and what arrives, in order of arrival.
#[derive(Clone, Debug)]
pub struct Case {
    pub pack: Pack,
    /// Topics that hold nothing back from the start.
    pub level: Vec<Topic>,
    pub arrivals: Vec<Arrival>,
}

impl Case {
    /// What arrived, in order of arrival.
    pub fn facts(&self) -> Vec<Fact> {
        self.arrivals.iter().map(|arrival| arrival.fact.clone()).collect()
    }
}

/// How far arrival strays from the order of time.
#[derive(Clone, Copy, Debug)]
enum Order {
    InTime,
    Delayed,
    Any,
}

#[derive(Clone, Debug)]
struct Sending {
    draft: Draft,
    account: &'static str,
    delay: Millis,
    again_after: Option<Millis>,
    settle: bool,
    cut: bool,
    level: Option<(Topic, bool)>,
}

fn delay() -> impl Strategy<Value = Millis> {
    prop_oneof![
        5 => Just(0),
        3 => select(vec![DAY_MS, 6 * HOUR_MS, 2 * DAY_MS, 3 * DAY_MS]),
        1 => select(vec![7 * DAY_MS, 14 * DAY_MS - 1, 60 * DAY_MS]),
    ]
}

fn sending(accounts: &'static [&'static str]) -> impl Strategy<Value = Sending> {
    let again_after = weighted(0.05, delay());
    let level = weighted(0.1, (select(&Topic::ALL[..]), prop::bool::weighted(0.8)));
    (
        draft(),
        select(accounts),
        delay(),
        again_after,
        prop::bool::weighted(0.4),
        prop::bool::weighted(0.3),
        level,
    )
        .prop_map(|(draft, account, delay, again_after, settle, cut, level)| Sending {
            draft,
            account,
            delay,
            again_after,
            settle,
            cut,
            level,
        })
}

/// Cases of one account.
pub fn case() -> impl Strategy<Value = Case> {
    case_of(&["acme"])
}

/// Cases of some accounts.
pub fn case_of(accounts: &'static [&'static str]) -> impl Strategy<Value = Case> {
    let order = prop_oneof![1 => Just(Order::InTime), 3 => Just(Order::Delayed), 1 => Just(Order::Any)];
    let known_from_start = prop::bool::weighted(0.8);
    let level = prop_oneof![4 => Just(Topic::ALL.to_vec()), 1 => subsequence(&Topic::ALL[..], 0..=5)];
    let parts = (pack(), vec(sending(accounts), 1..=40), order, known_from_start, level);
    parts.prop_map(move |(pack, sendings, order, known, level)| {
        let mut arrivals = arrivals(&pack, sendings, order);
        if known {
            let first = accounts.iter().map(|account| known_since_long(account));
            arrivals.splice(0..0, first);
        }
        Case { pack, level, arrivals }
    })
}

/// Cases of some accounts, and a pack to change to, which has some detectors and plays of the case's.
pub fn changing(accounts: &'static [&'static str]) -> impl Strategy<Value = (Case, Pack)> {
    let picks = || vec(prop::bool::ANY, 8);
    (case_of(accounts), pack(), picks(), picks(), vec(sending(accounts), 0..=20)).prop_map(
        |(mut case, other, detectors, plays, sendings)| {
            let next = case.pack.mixed_with(&other, &detectors, &plays);
            // Of the types that the other's detectors read, too.
            let more = arrivals(&next, sendings, Order::Delayed);
            for (at, arrival) in more.into_iter().enumerate() {
                case.arrivals.insert((2 * at + 1).min(case.arrivals.len()), arrival);
            }
            (case, next)
        },
    )
}

/// A profile before all else: without one no play is active.
fn known_since_long(account: &'static str) -> Arrival {
    let profile = fixtures::profile(start_of(FIRST_DAY) - DAY_MS);
    Arrival { account, fact: Fact::Profile(Arc::new(profile)), settle: false, cut: false, level: None }
}

fn arrivals(pack: &Pack, sendings: Vec<Sending>, order: Order) -> Vec<Arrival> {
    let kinds = pack.kinds();
    let mut arrivals = Vec::new();
    for sending in sendings {
        let Sending { draft, account, delay, again_after, settle, cut, level } = sending;
        let fact = draft.of(&kinds);
        let arrival = Arrival { account, fact, settle, cut, level };
        let at = arrival.fact.at() + delay;
        arrivals.extend(again_after.map(|after| (at + after, arrival.clone())));
        arrivals.push((at, arrival));
    }
    match order {
        Order::InTime => arrivals.sort_by_key(|(_, arrival)| arrival.fact.at()),
        Order::Delayed => arrivals.sort_by_key(|(arrives_at, _)| *arrives_at),
        Order::Any => {}
    }
    arrivals.into_iter().map(|(_, arrival)| arrival).collect()
}

/// Allowed lateness by topic.
pub fn lateness() -> impl Strategy<Value = Lateness> {
    let one = || select([1, 3, 3, 7, 14, 0].map(|days| days * DAY_MS).to_vec());
    [one(), one(), one(), one(), one()].prop_map(Lateness)
}
