//! One customer: all that the simulation remembers of it.

use springtide_core::event::{Champion, Kind, Segment, Topic};
use springtide_core::time::{HOUR_MS, Millis};

use crate::deal::Deal;
use crate::draft::{Today, What};
use crate::line::Members;
use crate::random::Random;
use crate::temper::{Archetype, Temper};
use crate::words::company::Company;

/// A meter of an account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    /// Use in the last 30 days.
    pub used: f64,
    /// What the plan includes; 0 for a meter that the account does not have.
    pub limit: f64,
    /// Where growth ends.
    pub ceiling: f64,
}

/// A wave of hiring in one department.
#[derive(Clone, Copy, Debug)]
pub struct Hiring {
    /// Position in the list of departments.
    pub department: u8,
    /// Postings still to come.
    pub left: u32,
}

/// A team that moves onto the product.
#[derive(Clone, Copy, Debug)]
pub struct Rollout {
    /// Working days before it begins.
    pub waits: u32,
    /// Working days that it lasts.
    pub lasts: u32,
    /// Invitations a day.
    pub invites: u32,
}

/// A customer.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its number.
    pub index: u32,
    /// The seed of everything about it.
    pub seed: u64,
    /// Who it is.
    pub company: Company,
    /// How it is doing.
    pub archetype: Archetype,
    /// Size class.
    pub segment: Segment,
    /// First instant with a profile; nothing is known from before.
    pub joins: Millis,
    /// Hours that its clocks are ahead of UTC.
    pub zone: i8,
    /// Whether its results are public.
    pub listed: bool,
    /// Employees.
    pub headcount: u32,
    /// Departments that buy, as bits.
    pub buyers: u32,

    /// Growth a day.
    pub growth: f64,
    /// Share of their usual activity that users show.
    pub pulse: f64,
    /// Share of the activity that remains at a weekend.
    pub weekend: f64,
    /// Share of users for whom the product is daily work.
    pub regulars: f64,
    /// Whether readings carry their limits, instead of leaving them to the profile.
    pub states_limits: bool,
    /// People with a seat.
    pub users: f64,
    /// Where their number ends.
    pub most_users: f64,
    /// Meters, in the order of the catalogue.
    pub meters: [Meter; 4],
    /// Features in use, as bits.
    pub features: u32,
    /// Integrations connected, as bits.
    pub integrations: u32,
    /// Milestones reached.
    pub milestones: u32,
    /// A team being rolled out.
    pub rollout: Option<Rollout>,
    /// Days of running into gates still to come.
    pub storm: u32,

    /// Position in the list of plans.
    pub plan: u8,
    /// Seats bought.
    pub seats: u32,
    /// Price of a seat a month.
    pub price: f64,
    /// Monthly recurring revenue.
    pub mrr: f64,
    /// Products owned, as bits.
    pub products: u32,
    /// Start of the customer relationship.
    pub signed_up: Millis,
    /// When the product proves its worth, maybe in the future.
    pub first_value: Millis,
    /// Next renewal and length of the term in days; `None` for month to month.
    pub renewal: Option<(Millis, u32)>,
    /// Last time it bought more.
    pub expanded: Option<Millis>,
    /// A purchase being talked about.
    pub deal: Option<Deal>,
    /// Whether it has left.
    pub gone: bool,

    /// Health score, and the one in the last profile.
    pub health: f64,
    /// The health score in the last profile.
    pub told_health: f64,
    /// Where the health score tends.
    pub health_target: f64,
    /// Our advocate.
    pub champion: Champion,

    /// A wave of hiring.
    pub hiring: Option<Hiring>,
    /// Whether the last profile is out of date.
    pub stale: bool,
    /// Records so far.
    pub serial: u32,
}

impl Account {
    /// Share of the seats in use.
    pub fn seat_fill(&self) -> f64 {
        if self.seats == 0 { 0.0 } else { self.users / f64::from(self.seats) }
    }

    /// The fullest meter's share of its limit.
    pub fn meter_fill(&self) -> f64 {
        let fills =
            self.meters.iter().filter(|meter| meter.limit > 0.0).map(|meter| meter.used / meter.limit);
        fills.fold(0.0, f64::max)
    }
}

/// What may happen on a day: how often in 60 days, and what it then does.
pub type Happening<'a, 'b> = (f64, fn(&mut Scene<'a, 'b>));

/// An account's day: who, when, and the chance that decides.
pub struct Scene<'a, 'b> {
    /// Who.
    pub account: &'a mut Account,
    /// When.
    pub today: &'a mut Today<'b>,
    /// What decides.
    pub random: Random,
}

impl Scene<'_, '_> {
    /// What the account's archetype means.
    pub fn temper(&self) -> &'static Temper {
        self.account.archetype.temper()
    }

    /// An instant between two hours of the customer's day.
    pub fn between_hours(&mut self, from: f64, to: f64) -> Millis {
        let hours = self.random.between((from, to)) - f64::from(self.account.zone);
        self.today.start + (hours * HOUR_MS as f64) as Millis
    }

    /// An instant in the customer's working hours.
    pub fn working_hours(&mut self) -> Millis {
        self.between_hours(8.5, 18.0)
    }

    /// A record of a type, with its members, in working hours.
    pub fn tell(&mut self, kind: Kind, members: impl FnOnce(Members) -> Members) {
        let at = self.working_hours();
        self.tell_at(at, kind, members);
    }

    /// A record of a type, with its members.
    pub fn tell_at(&mut self, at: Millis, kind: Kind, members: impl FnOnce(Members) -> Members) {
        self.put(at, kind.topic(), members(Members::of(kind)));
    }

    /// A record of a topic.
    pub fn put(&mut self, at: Millis, topic: Topic, members: Members) {
        self.today.put(self.account, at, What::Other(topic, members.finish()));
    }
}
