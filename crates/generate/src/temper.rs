//! The kinds of customers, and how often what happens to each: one table, to be tuned in one place.

use springtide_core::event::Segment;

use crate::random::Random;

/// How a customer is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archetype {
    /// Content and level.
    Steady,
    /// A few percent more each week.
    Growing,
    /// A tenth and more each week, for a while.
    Exploding,
    /// Shrinking, with complaints.
    Struggling,
    /// On the way out.
    Churning,
}

/// What an archetype means. Rates are expected events in 60 days of a mid-market account; pairs are ranges.
pub struct Temper {
    /// Growth of usage and users a day.
    pub growth: (f64, f64),
    /// Share of seats and of meters in use at the start.
    pub fill: (f64, f64),
    /// Where the health score is drawn to.
    pub health: (f64, f64),
    /// How much of their usual activity users show.
    pub pulse: f64,
    /// Uses of a new feature that comes with every plan, and of an advanced one.
    pub adoption: (f64, f64),
    /// Integrations connected.
    pub integration: f64,
    /// Milestones reached.
    pub milestone: f64,
    /// Weeks in which people keep running into features of a higher plan.
    pub gate_storm: f64,
    /// Waves of hiring in one department.
    pub hiring: f64,
    /// Executives hired.
    pub executive: f64,
    /// Funding rounds.
    pub funding: f64,
    /// Offices opened.
    pub office: f64,
    /// Step between two counts of the staff.
    pub staff_step: (f64, f64),
    /// Share of intent surges that are hot.
    pub hot_intent: f64,
    /// Looks at competitors.
    pub competitor: f64,
    /// Share of the news that is good, and that is bad.
    pub mood: (f64, f64),
    /// Share of the guidance that is raised.
    pub raised: f64,
    /// Strategic announcements.
    pub strategic: f64,
    /// Acquisitions.
    pub acquisition: f64,
    /// Layoffs.
    pub layoff: f64,
    /// Technologies adopted or dropped.
    pub stack: f64,
    /// Support cases opened.
    pub escalation: f64,
    /// Referrals and public praise.
    pub praise: f64,
    /// Feature requests.
    pub request: f64,
}

const STEADY: Temper = Temper {
    growth: (-0.0006, 0.0010),
    fill: (0.35, 0.71),
    health: (56.0, 92.0),
    pulse: 1.0,
    adoption: (0.12, 0.03),
    integration: 0.06,
    milestone: 0.06,
    gate_storm: 0.04,
    hiring: 0.03,
    executive: 0.12,
    funding: 0.01,
    office: 0.02,
    staff_step: (-0.03, 0.05),
    hot_intent: 0.15,
    competitor: 0.03,
    mood: (0.13, 0.10),
    raised: 0.15,
    strategic: 0.03,
    acquisition: 0.01,
    layoff: 0.02,
    stack: 0.09,
    escalation: 0.15,
    praise: 0.05,
    request: 0.25,
};

const GROWING: Temper = Temper {
    growth: (0.002, 0.007),
    fill: (0.42, 0.74),
    health: (66.0, 97.0),
    pulse: 1.05,
    adoption: (0.40, 0.18),
    integration: 0.25,
    milestone: 0.25,
    gate_storm: 0.30,
    hiring: 0.22,
    executive: 0.20,
    funding: 0.05,
    office: 0.06,
    staff_step: (0.02, 0.17),
    hot_intent: 0.30,
    competitor: 0.08,
    mood: (0.26, 0.04),
    raised: 0.30,
    strategic: 0.05,
    acquisition: 0.03,
    layoff: 0.004,
    stack: 0.18,
    escalation: 0.12,
    praise: 0.15,
    request: 0.50,
};

const EXPLODING: Temper = Temper {
    growth: (0.014, 0.021),
    fill: (0.38, 0.70),
    health: (64.0, 95.0),
    pulse: 1.1,
    adoption: (0.70, 0.25),
    integration: 0.50,
    milestone: 0.50,
    gate_storm: 0.50,
    hiring: 0.40,
    executive: 0.32,
    funding: 0.18,
    office: 0.12,
    staff_step: (0.08, 0.35),
    hot_intent: 0.40,
    competitor: 0.10,
    mood: (0.35, 0.04),
    raised: 0.45,
    strategic: 0.10,
    acquisition: 0.05,
    layoff: 0.002,
    stack: 0.28,
    escalation: 0.20,
    praise: 0.25,
    request: 0.80,
};

const STRUGGLING: Temper = Temper {
    growth: (-0.006, -0.001),
    fill: (0.30, 0.65),
    health: (34.0, 60.0),
    pulse: 0.7,
    adoption: (0.04, 0.005),
    integration: 0.02,
    milestone: 0.01,
    gate_storm: 0.02,
    hiring: 0.01,
    executive: 0.10,
    funding: 0.004,
    office: 0.005,
    staff_step: (-0.14, 0.02),
    hot_intent: 0.15,
    competitor: 0.20,
    mood: (0.08, 0.35),
    raised: 0.03,
    strategic: 0.02,
    acquisition: 0.01,
    layoff: 0.25,
    stack: 0.10,
    escalation: 0.60,
    praise: 0.01,
    request: 0.30,
};

const CHURNING: Temper = Temper {
    growth: (-0.025, -0.008),
    fill: (0.20, 0.55),
    health: (10.0, 42.0),
    pulse: 0.35,
    adoption: (0.01, 0.0),
    integration: 0.0,
    milestone: 0.0,
    gate_storm: 0.0,
    hiring: 0.01,
    executive: 0.08,
    funding: 0.002,
    office: 0.002,
    staff_step: (-0.25, 0.0),
    hot_intent: 0.15,
    competitor: 0.40,
    mood: (0.05, 0.40),
    raised: 0.02,
    strategic: 0.02,
    acquisition: 0.01,
    layoff: 0.40,
    stack: 0.12,
    escalation: 0.70,
    praise: 0.0,
    request: 0.10,
};

impl Archetype {
    /// What the archetype means.
    pub fn temper(self) -> &'static Temper {
        match self {
            Archetype::Steady => &STEADY,
            Archetype::Growing => &GROWING,
            Archetype::Exploding => &EXPLODING,
            Archetype::Struggling => &STRUGGLING,
            Archetype::Churning => &CHURNING,
        }
    }

    /// A new account's archetype, `expanding` being the share of the growing and exploding.
    pub fn any(random: &mut Random, expanding: f64) -> Archetype {
        let expands = random.chance(expanding);
        match (expands, random.unit()) {
            (true, share) if share < 0.18 => Archetype::Exploding,
            (true, _) => Archetype::Growing,
            (false, share) if share < 0.72 => Archetype::Steady,
            (false, share) if share < 0.90 => Archetype::Struggling,
            (false, _) => Archetype::Churning,
        }
    }

    /// What the account is from today on: nothing explodes for ever, and fortunes turn within months.
    pub fn tomorrow(self, random: &mut Random, expanding: f64) -> Archetype {
        let share = random.unit();
        match self {
            Archetype::Steady if share < expanding / 80.0 => Archetype::Growing,
            Archetype::Steady if share > 1.0 - 1.0 / 700.0 => Archetype::Struggling,
            Archetype::Growing if share < 1.0 / 150.0 => Archetype::Steady,
            Archetype::Growing if share > 1.0 - expanding / 250.0 => Archetype::Exploding,
            Archetype::Exploding if share < 1.0 / 80.0 => Archetype::Growing,
            Archetype::Struggling if share < 1.0 / 150.0 => Archetype::Steady,
            Archetype::Struggling if share > 1.0 - 1.0 / 250.0 => Archetype::Churning,
            same => same,
        }
    }
}

/// How much more the world hears of a company of this size than of a mid-market one.
pub fn fame(segment: Segment) -> f64 {
    match segment {
        Segment::Smb => 0.5,
        Segment::MidMarket => 1.0,
        Segment::Enterprise => 1.6,
    }
}

/// The probability, on one day, of what is expected `rate` times in 60.
pub fn daily(rate: f64) -> f64 {
    rate / 60.0
}
