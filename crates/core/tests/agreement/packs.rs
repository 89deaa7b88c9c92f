//! Random rule packs, built from the core's own types.

use std::fmt;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use springtide_core::event::{Key, Kind, ProfileField};
use springtide_core::expr::{Comparison, EventField, Expr};
use springtide_core::rules::{
    Calendar, Detector, DetectorId, Family, Guide, Motion, Play, Route, Rules, Scoring, Source, Span, Test,
    Urgency,
};
use springtide_core::time::{DAY_MS, Day, HOUR_MS, Millis};

use crate::events::FIRST_DAY;

/// A rule pack before it is compiled.
#[derive(Clone)]
pub struct Pack {
    pub detectors: Vec<Detector>,
    pub plays: Vec<Play>,
    pub holidays: Vec<Day>,
}

/// A line each, so that a failing case can be read.
impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for detector in &self.detectors {
            match &detector.source {
                Source::Events { kind, filter, test } => {
                    write!(f, "\n{}: {} {test:?}", detector.name, kind.name())?;
                    filter.as_ref().map_or(Ok(()), |filter| write!(f, " where {filter}"))?;
                }
                timer => write!(f, "\n{}: {timer:?}", detector.name)?,
            }
        }
        for play in &self.plays {
            write!(
                f,
                "\n{}: gate {}, {:?}",
                play.name,
                play.gate,
                Play { gate: Expr::Bool(true), ..play.clone() }
            )?;
        }
        write!(f, "\nholidays: {:?}\n", self.holidays)
    }
}

impl Pack {
    pub fn rules(&self) -> Rules {
        let calendar = Calendar::new(self.holidays.clone());
        Rules::new("test", self.detectors.clone(), self.plays.clone(), Scoring::default(), calendar)
    }

    /// Another pack's, but where it is picked the own detector or play of the same name.
    pub fn mixed_with(&self, other: &Pack, detectors: &[bool], plays: &[bool]) -> Pack {
        fn mixed<T: Clone>(own: &[T], other: &[T], picks: &[bool]) -> Vec<T> {
            let pick = |at: usize| {
                let own = own.get(at).filter(|_| picks[at % picks.len()]);
                own.or(other.get(at)).cloned()
            };
            (0..own.len().max(other.len())).map_while(pick).collect()
        }
        let detectors = mixed(&self.detectors, &other.detectors, detectors);
        let plays = mixed(&self.plays, &other.plays, plays);
        let plays = plays.into_iter().enumerate();
        let plays = plays.map(|(at, play)| within(play, at, detectors.len())).collect();
        Pack { detectors, plays, holidays: other.holidays.clone() }
    }

    /// The types of events that the detectors read.
    pub fn kinds(&self) -> Vec<Kind> {
        let kind = |detector: &Detector| match &detector.source {
            Source::Events { kind, .. } => Some(*kind),
            Source::Timer { .. } => None,
        };
        self.detectors.iter().filter_map(kind).collect()
    }
}

pub fn pack() -> impl Strategy<Value = Pack> {
    let holidays =
        select(vec![vec![], vec![FIRST_DAY + 1], vec![FIRST_DAY + 3, FIRST_DAY + 4, FIRST_DAY + 7]]);
    (vec(detector(), 1..=4), vec(play(), 1..=2), holidays).prop_map(|(detectors, plays, holidays)| {
        let named =
            |(at, detector): (usize, Detector)| Detector { name: format!("d{at}").into(), ..detector };
        let detectors: Vec<Detector> = detectors.into_iter().enumerate().map(named).collect();
        let plays =
            plays.into_iter().enumerate().map(|(at, play)| within(play, at, detectors.len())).collect();
        Pack { detectors, plays, holidays }
    })
}

/// Gives a play its name, and detectors that exist, each once a side.
fn within(play: Play, at: usize, detectors: usize) -> Play {
    let side = |ids: Vec<DetectorId>| {
        let mut known = Vec::new();
        for id in ids.into_iter().map(|id| id % detectors) {
            if !known.contains(&id) {
                known.push(id);
            }
        }
        known
    };
    Play {
        name: format!("p{at}").into(),
        product: side(play.product),
        business: side(play.business),
        boost: side(play.boost),
        unless: side(play.unless),
        ..play
    }
}

fn detector() -> impl Strategy<Value = Detector> {
    let family = select(vec![Family::Product, Family::Business, Family::Engagement]);
    let urgency = select(vec![Urgency::Medium, Urgency::Low, Urgency::High]);
    let name = "d".into();
    (source(), family, urgency).prop_map(move |(source, family, urgency)| Detector {
        name: Clone::clone(&name),
        family,
        urgency,
        source,
    })
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        3 => with_filter(select(MATCHED), Just(Test::Match).boxed()),
        2 => with_filter(select(MEASURED), ratio().boxed()),
        3 => keyed(distinct),
        2 => keyed(spike),
        2 => with_filter(select(MEASURED), trend().boxed()),
        2 => keyed(first),
        2 => keyed(regulars),
        2 => timer(),
    ]
}

const MATCHED: &[Kind] = &[
    Kind::JobPosted,
    Kind::SeatSnapshot,
    Kind::LayoffAnnounced,
    Kind::NpsResponse,
    Kind::IntentSurge,
    Kind::UserActivity,
];
const MEASURED: &[Kind] = &[Kind::SeatSnapshot, Kind::MeterReading];
const KEYED: &[(Kind, Key, Key)] = &[
    (Kind::UserActivity, Key::Field(0), Key::EventId),
    (Kind::FeatureUsed, Key::Field(1), Key::Field(0)),
    (Kind::FeatureUsed, Key::Field(0), Key::Field(1)),
    (Kind::JobPosted, Key::Field(0), Key::Field(2)),
    (Kind::CompetitorResearched, Key::EventId, Key::Field(0)),
    (Kind::CompetitorResearched, Key::Field(0), Key::EventId),
    (Kind::NpsResponse, Key::Field(0), Key::Field(1)),
];

fn with_filter(
    kinds: impl Strategy<Value = Kind>,
    test: BoxedStrategy<Test>,
) -> impl Strategy<Value = Source> {
    (kinds, test, filter()).prop_map(|(kind, test, filter)| Source::Events {
        kind,
        filter: filter.on(kind),
        test,
    })
}

fn keyed<S: Strategy<Value = Test> + 'static>(test: fn(Key, Key) -> S) -> impl Strategy<Value = Source> {
    (select(KEYED), filter()).prop_flat_map(move |((kind, key, group), filter)| {
        test(key, group).prop_map(move |test| Source::Events { kind, filter: filter.clone().on(kind), test })
    })
}

fn ratio() -> impl Strategy<Value = Test> {
    select(vec![0.8, 0.5, 1.0]).prop_map(|at_least| Test::Ratio { at_least })
}

fn trend() -> impl Strategy<Value = Test> {
    (select(vec![0.1, 0.0]), 1..=2_i64).prop_map(|(growth, periods)| Test::Trend { growth, periods })
}

fn distinct(key: Key, group: Key) -> impl Strategy<Value = Test> {
    (1..=3_u64, days(&[1, 0, 2, 7]), any::<bool>()).prop_map(move |(at_least, within_ms, grouped)| {
        let group_by = grouped.then_some(group);
        Test::Distinct { key, at_least, within_ms, group_by }
    })
}

fn spike(key: Key, _: Key) -> impl Strategy<Value = Test> {
    (select(vec![1.5, 1.0, 2.0]), 1..=4_i64, 1..=2_u64, select(vec![1.0, 2.0, 3.0])).prop_map(
        move |(factor, baseline_days, min_days, min_count)| Test::Spike {
            key,
            factor,
            baseline_days,
            min_days,
            min_count,
        },
    )
}

fn first(key: Key, _: Key) -> impl Strategy<Value = Test> {
    Just(Test::First { key })
}

fn regulars(key: Key, _: Key) -> impl Strategy<Value = Test> {
    (1..=2_u64, 1..=3_u32, 0..=3_i64).prop_map(move |(at_least, active_days, more)| Test::Regulars {
        key,
        at_least,
        active_days,
        within_days: i64::from(active_days) + more,
    })
}

fn timer() -> impl Strategy<Value = Source> {
    let field = select(vec![ProfileField::RenewalAt, ProfileField::LastExpansionAt]);
    (field, days(&[1, 3, 90])).prop_map(|(field, lead_ms)| Source::Timer { field, lead_ms })
}

/// A detector's `where`.
#[derive(Clone, Debug)]
enum Filter {
    None,
    Event,
    Profile(Expr),
    Both(Expr),
    Either(Expr),
}

fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![
        12 => Just(Filter::None),
        1 => Just(Filter::Event),
        2 => about_profile().prop_map(Filter::Profile),
        1 => about_profile().prop_map(Filter::Both),
        1 => about_profile().prop_map(Filter::Either),
    ]
}

impl Filter {
    fn on(self, kind: Kind) -> Option<Expr> {
        match self {
            Filter::None => None,
            Filter::Event => Some(about_event(kind)),
            Filter::Profile(expr) => Some(expr),
            Filter::Both(expr) => Some(Expr::And(vec![about_event(kind), expr])),
            Filter::Either(expr) => Some(Expr::Or(vec![about_event(kind), expr])),
        }
    }
}

/// A condition on the last field of a type.
fn about_event(kind: Kind) -> Expr {
    let field = kind.fields().len() - 1;
    let name = kind.fields()[field].name;
    let value = Expr::Event(name.into(), EventField::Key(Key::Field(field)));
    let text = compare(Comparison::NotEqual, value.clone(), Expr::Text("a".into()));
    // Of a number the first part is true, of a text the second is an error that `||` absorbs.
    Expr::And(vec![
        text,
        Expr::Or(vec![compare(Comparison::AtLeast, value.clone(), Expr::Number(10.0)), is_text(value)]),
    ])
}

fn is_text(value: Expr) -> Expr {
    compare(Comparison::AtLeast, value, Expr::Text("".into()))
}

fn compare(op: Comparison, a: Expr, b: Expr) -> Expr {
    Expr::Compare(op, Box::new(a), Box::new(b))
}

fn number(field: ProfileField, op: Comparison, value: f64) -> Expr {
    compare(op, Expr::Profile(field), Expr::Number(value))
}

fn age(field: ProfileField, op: Comparison, days: f64) -> Expr {
    compare(op, Expr::DaysSince(Box::new(Expr::Profile(field))), Expr::Number(days))
}

fn about_profile() -> impl Strategy<Value = Expr> {
    select(vec![
        number(ProfileField::HealthScore, Comparison::Greater, 60.0),
        number(ProfileField::Mrr, Comparison::AtLeast, 600.0),
        Expr::Not(Box::new(number(ProfileField::Mrr, Comparison::AtLeast, 600.0))),
        age(ProfileField::FirstValueAt, Comparison::AtLeast, 3.0),
        age(ProfileField::LastExpansionAt, Comparison::Greater, 2.0),
        Expr::Has(Box::new(Expr::Profile(ProfileField::SeatsLicensed))),
    ])
}

fn gate() -> impl Strategy<Value = Expr> {
    prop_oneof![
        5 => Just(Expr::Bool(true)),
        1 => about_profile(),
        1 => vec(about_profile(), 2).prop_map(Expr::And),
    ]
}

fn days(of: &[Millis]) -> impl Strategy<Value = Millis> + use<> {
    select(of.iter().map(|days| days * DAY_MS).collect::<Vec<_>>())
}

fn window() -> impl Strategy<Value = Span> {
    prop_oneof![
        4 => days(&[5, 1, 5, 0, 2]).prop_map(Span::Time),
        1 => Just(Span::Time(12 * HOUR_MS)),
        3 => select(vec![5, 1, 0, 2]).prop_map(Span::BusinessDays),
    ]
}

fn side(at_least: usize) -> impl Strategy<Value = Vec<DetectorId>> {
    vec(0..8_usize, at_least..=4)
}

fn sides() -> impl Strategy<Value = [Vec<DetectorId>; 4]> {
    let against = weighted(0.25, side(1)).prop_map(Option::unwrap_or_default).boxed();
    let boost = weighted(0.4, side(1)).prop_map(Option::unwrap_or_default).boxed();
    let trigger = prop_oneof![
        1 => side(1).prop_map(|product| (product, vec![])),
        1 => side(1).prop_map(|business| (vec![], business)),
        3 => (side(1), side(1)),
    ];
    (trigger, boost, against)
        .prop_map(|((product, business), boost, unless)| [product, business, boost, unless])
}

fn play() -> impl Strategy<Value = Play> {
    let holds = (days(&[1, 0, 3, 90]), days(&[1, 0, 3, 90]), days(&[1, 0, 3, 90]));
    let cooldown = prop_oneof![3 => days(&[1, 0, 3]), 1 => Just(30 * DAY_MS), 1 => Just(1)];
    let act_within = select(vec![Span::BusinessDays(5), Span::BusinessDays(0), Span::Time(14 * DAY_MS)]);
    (
        sides(),
        days(&[0, 1, 45]),
        window(),
        gate(),
        cooldown,
        holds,
        (act_within, route(), select(&Motion::ALL[..])),
    )
        .prop_map(
            |(sides, unless_within_ms, window, gate, cooldown_ms, holds, (act_within, route, motion))| {
                let [product, business, boost, unless] = sides;
                let (dismissed_for_ms, in_progress_for_ms, after_expansion_ms) = holds;
                Play {
                    name: "p".into(),
                    motion,
                    product,
                    business,
                    boost,
                    unless,
                    unless_within_ms,
                    window,
                    gate,
                    cooldown_ms,
                    dismissed_for_ms,
                    in_progress_for_ms,
                    after_expansion_ms,
                    act_within,
                    value: None,
                    route,
                    guide: Guide::default(),
                }
            },
        )
}

fn route() -> impl Strategy<Value = Route> {
    let smb = [("smb".into(), "self_serve".into())].into_iter().collect();
    select(vec![
        Route::default(),
        Route { over_value: Some((1_500.0, "sales".into())), ..Route::default() },
        Route { by_segment: smb, role: Some("cross_sell".into()), over_value: None },
    ])
}
