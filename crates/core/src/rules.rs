//! Compiled rules: detectors, plays, scoring, calendar (SPEC sections 3 and 4).
//!
//! The rules crate makes these from YAML; the meaning layer reads them and changes nothing.

mod calendar;
mod change;
mod drafts;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

pub use calendar::{Calendar, Span};
pub use change::{Change, Warming};
pub use drafts::{Drafts, Line, Part, Piece, Placeholder, Template, Wording};
pub use plan::{Plan, StreamPlan};

use crate::event::{Key, Kind, ProfileField};
use crate::expr::Expr;
use crate::time::{DAY_MS, Millis};

/// What a signal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Family {
    Product,
    Business,
    Engagement,
}

impl Family {
    /// The name in a rule file and in the output.
    pub fn name(self) -> &'static str {
        match self {
            Family::Product => "product",
            Family::Business => "business",
            Family::Engagement => "engagement",
        }
    }
}

/// How soon a signal wants an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Urgency {
    Low,
    Medium,
    High,
}

impl Urgency {
    /// All.
    pub const ALL: [Urgency; 3] = [Urgency::Low, Urgency::Medium, Urgency::High];

    /// The name in a rule file and in the output.
    pub fn name(self) -> &'static str {
        match self {
            Urgency::Low => "low",
            Urgency::Medium => "medium",
            Urgency::High => "high",
        }
    }
}

/// A detector: when does an event, or a date drawing near, become a signal?
#[derive(Clone, Debug)]
pub struct Detector {
    /// Unique name.
    pub name: Box<str>,
    /// What it is about.
    pub family: Family,
    /// How soon it wants an answer.
    pub urgency: Urgency,
    /// What it watches.
    pub source: Source,
}

/// What a detector watches.
#[derive(Clone, Debug)]
pub enum Source {
    /// Events of one type.
    Events {
        /// The type.
        kind: Kind,
        /// Which of them match; all, where there is none.
        filter: Option<Expr>,
        /// When a matching event is a signal.
        test: Test,
    },
    /// `before`: a time of the profile drawing near.
    Timer {
        /// The profile's time field.
        field: ProfileField,
        /// How long before it.
        lead_ms: Millis,
    },
}

/// When a matching event is a signal (SPEC 3.3).
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Always.
    Match,
    /// Used ÷ limit is at least this.
    Ratio {
        /// The share, 0.9 for 90 %.
        at_least: f64,
    },
    /// Enough distinct key values in the trailing window.
    Distinct {
        /// What is counted.
        key: Key,
        /// How many.
        at_least: u64,
        /// The trailing window, inclusive.
        within_ms: Millis,
        /// Counted apart by this.
        group_by: Option<Key>,
    },
    /// Distinct key values of the day far above the days before.
    Spike {
        /// What is counted.
        key: Key,
        /// Times the average of the days before.
        factor: f64,
        /// How many days before.
        baseline_days: i64,
        /// How many of them must have any.
        min_days: u64,
        /// The least count.
        min_count: f64,
    },
    /// Readings that grow week over week.
    Trend {
        /// 0.10 for +10 %.
        growth: f64,
        /// Weeks in a row.
        periods: i64,
    },
    /// A key value never seen before.
    First {
        /// What is new.
        key: Key,
    },
    /// Users active on most days.
    Regulars {
        /// Who.
        key: Key,
        /// How many of them.
        at_least: u64,
        /// Days on which each was active.
        active_days: u32,
        /// Out of how many.
        within_days: i64,
    },
}

impl Test {
    /// What an event must have to match; `None` for kinds without a key.
    pub fn key(&self) -> Option<Key> {
        match self {
            Test::Distinct { key, .. }
            | Test::Spike { key, .. }
            | Test::First { key }
            | Test::Regulars { key, .. } => Some(*key),
            Test::Match | Test::Ratio { .. } | Test::Trend { .. } => None,
        }
    }

    /// The name of the kind in a rule file.
    pub fn name(&self) -> &'static str {
        match self {
            Test::Match => "match",
            Test::Ratio { .. } => "ratio",
            Test::Distinct { .. } => "distinct",
            Test::Spike { .. } => "spike",
            Test::Trend { .. } => "trend",
            Test::First { .. } => "first",
            Test::Regulars { .. } => "regulars",
        }
    }
}

/// What an expansion is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Motion {
    Seat,
    Upsell,
    CrossSell,
    Usage,
    AddOn,
}

impl Motion {
    /// All motions.
    pub const ALL: [Motion; 5] =
        [Motion::Seat, Motion::Upsell, Motion::CrossSell, Motion::Usage, Motion::AddOn];

    /// The name in a rule file and in the output.
    pub fn name(self) -> &'static str {
        match self {
            Motion::Seat => "seat",
            Motion::Upsell => "upsell",
            Motion::CrossSell => "cross_sell",
            Motion::Usage => "usage",
            Motion::AddOn => "add_on",
        }
    }

    /// The default yearly value as a share of 12 × `mrr` (SPEC 3.7).
    pub fn share(self) -> f64 {
        match self {
            Motion::Seat => 0.20,
            Motion::Upsell => 0.30,
            Motion::CrossSell => 0.25,
            Motion::Usage => 0.15,
            Motion::AddOn => 0.10,
        }
    }

    /// The default role (SPEC 3.10).
    pub fn role(self) -> &'static str {
        match self {
            Motion::Seat | Motion::Usage => "customer_success",
            Motion::Upsell => "account_management",
            Motion::CrossSell | Motion::AddOn => "cross_sell",
        }
    }
}

/// Position of a detector in [`Rules::detectors`].
pub type DetectorId = usize;

/// A play: which signals together make which opportunity.
#[derive(Clone, Debug)]
pub struct Play {
    /// Unique name.
    pub name: Box<str>,
    /// What the expansion is made of.
    pub motion: Motion,
    /// Product detectors; empty: that side is not needed.
    pub product: Vec<DetectorId>,
    /// Business detectors; empty: that side is not needed.
    pub business: Vec<DetectorId>,
    /// Detectors that strengthen it.
    pub boost: Vec<DetectorId>,
    /// Detectors that speak against it.
    pub unless: Vec<DetectorId>,
    /// How long they do.
    pub unless_within_ms: Millis,
    /// How near to each other the signals must be.
    pub window: Span,
    /// Health and timing.
    pub gate: Expr,
    /// How long after an opening none follows.
    pub cooldown_ms: Millis,
    /// How long a dismissal holds.
    pub dismissed_for_ms: Millis,
    /// How long a stage in progress holds.
    pub in_progress_for_ms: Millis,
    /// How long a won expansion of the account holds.
    pub after_expansion_ms: Millis,
    /// By when to act.
    pub act_within: Span,
    /// The yearly value; the motion's share of 12 × `mrr` where there is none.
    pub value: Option<Expr>,
    /// Who gets it.
    pub route: Route,
    /// What a seller does.
    pub guide: Guide,
}

impl Play {
    /// The detectors that can be evidence: product, business and boost, in that order, each once.
    pub fn listed(&self) -> impl Iterator<Item = DetectorId> + '_ {
        // One may stand on two sides (the rules crate warns of it), and is one piece of evidence all the same.
        let (product, business) = (&self.product, &self.business);
        let business_alone = business.iter().filter(|id| !product.contains(id));
        let boost_alone = self.boost.iter().filter(|id| !product.contains(id) && !business.contains(id));
        product.iter().chain(business_alone).chain(boost_alone).copied()
    }

    /// Whether both sides are needed.
    pub fn convergent(&self) -> bool {
        !self.product.is_empty() && !self.business.is_empty()
    }
}

/// Who gets an opportunity, where a play says more than its motion (SPEC 3.10).
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// Instead of the motion's role.
    pub role: Option<Box<str>>,
    /// By segment name, before `role`.
    pub by_segment: BTreeMap<Box<str>, Box<str>>,
    /// A yearly value above the amount goes to the role, before `by_segment`.
    pub over_value: Option<(f64, Box<str>)>,
}

impl Play {
    /// Every role that may get it.
    pub fn roles(&self) -> BTreeSet<&str> {
        let route = &self.route;
        let otherwise = route.role.as_deref().unwrap_or_else(|| self.motion.role());
        let by_segment = route.by_segment.values().map(|role| &**role);
        by_segment.chain(route.over_value.as_ref().map(|(_, role)| &**role)).chain([otherwise]).collect()
    }
}

/// What a seller does, in words (SPEC 4.2).
#[derive(Clone, Debug, Default)]
pub struct Guide {
    /// The first contact.
    pub outreach: Option<Box<str>>,
    /// What to ask.
    pub discovery: Vec<Box<str>>,
    /// What to offer.
    pub proposal: Option<Box<str>>,
    /// How to come to an end.
    pub close: Option<Box<str>>,
    /// How long it takes.
    pub timeline: Option<Box<str>>,
    /// What will be said against it.
    pub objections: Vec<Box<str>>,
    /// What differs by segment name.
    pub by_segment: BTreeMap<Box<str>, Box<str>>,
}

/// Points on a line, sorted by the first number; flat beyond both ends.
pub type Curve = Vec<(f64, f64)>;

/// How an opportunity is scored (SPEC 3.7).
#[derive(Clone, Debug, PartialEq)]
pub struct Scoring {
    /// Weight of the yearly value.
    pub potential_weight: f64,
    /// Weight of the health score.
    pub health_weight: f64,
    /// Weight of the time to renewal.
    pub timing_weight: f64,
    /// Weight of champion and boosts.
    pub relationship_weight: f64,
    /// Yearly value to points.
    pub potential: Curve,
    /// Days to renewal to points.
    pub timing: Curve,
    /// Points of a champion: none, weak, moderate, strong.
    pub champion: [f64; 4],
    /// Points of each boost.
    pub per_boost: f64,
}

impl Default for Scoring {
    fn default() -> Self {
        Scoring {
            potential_weight: 0.40,
            health_weight: 0.30,
            timing_weight: 0.20,
            relationship_weight: 0.10,
            potential: vec![(0.0, 0.0), (1_000.0, 40.0), (5_000.0, 80.0), (20_000.0, 100.0)],
            timing: vec![(0.0, 100.0), (60.0, 90.0), (90.0, 80.0), (180.0, 50.0), (365.0, 20.0)],
            champion: [0.0, 25.0, 50.0, 75.0],
            per_boost: 10.0,
        }
    }
}

/// A whole rule pack.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What names this version in the output: derived from the pack's content.
    pub version: Box<str>,
    /// All detectors, sorted by name.
    pub detectors: Vec<Detector>,
    /// All plays, sorted by name.
    pub plays: Vec<Play>,
    /// How to score.
    pub scoring: Scoring,
    /// Which days are business days.
    pub calendar: Calendar,
    /// What the rules demand of an account's state.
    pub plan: Plan,
    /// Nobody is told of what opened before this instant, unless they were told before.
    pub silent_before: Millis,
}

impl Rules {
    /// Puts a pack together; detectors and plays must be sorted by name, and ids valid.
    pub fn new(
        version: &str,
        detectors: Vec<Detector>,
        plays: Vec<Play>,
        scoring: Scoring,
        calendar: Calendar,
    ) -> Rules {
        let plan = Plan::new(&detectors, &plays);
        let silent_before = Millis::MIN;
        Rules { version: version.into(), detectors, plays, scoring, calendar, plan, silent_before }
    }

    /// The same, but nobody is told of what opens before an instant.
    #[must_use]
    pub fn silent_before(self, at: Millis) -> Rules {
        Rules { silent_before: at, ..self }
    }
}

/// The defaults of SPEC 3.4 to 3.9 for what a play may leave out.
pub mod defaults {
    use super::{DAY_MS, Millis, Span};

    /// `unless_within`
    pub const UNLESS_WITHIN_MS: Millis = 45 * DAY_MS;
    /// `window`
    pub const WINDOW: Span = Span::Time(5 * DAY_MS);
    /// `cooldown`
    pub const COOLDOWN_MS: Millis = 30 * DAY_MS;
    /// `dismissed_for`
    pub const DISMISSED_FOR_MS: Millis = 90 * DAY_MS;
    /// `in_progress_for`
    pub const IN_PROGRESS_FOR_MS: Millis = 90 * DAY_MS;
    /// `after_expansion`
    pub const AFTER_EXPANSION_MS: Millis = 90 * DAY_MS;
    /// `act_within`
    pub const ACT_WITHIN: Span = Span::BusinessDays(5);
    /// `gate`
    pub const GATE: &str = "profile.health_score > 60 && days_since(profile.last_expansion_at) > 90 && \
                            days_since(profile.first_value_at) >= 90";
}
