//! A day in the customer's business, as the outside world sees it.

use springtide_core::event::{Kind, Segment};

use crate::account::{Happening, Hiring, Rollout, Scene};
use crate::temper::{daily, fame};
use crate::words::company::Company;
use crate::words::people;
use crate::words::world::{
    CITIES, COMPETITORS, DEPARTMENTS, HEADLINES, INTENTS, ROUNDS, STRATEGIES, TECHNOLOGIES,
};

/// Expected in 60 days of a mid-market account, whatever its archetype.
const JOBS: f64 = 1.0;
const STAFF_COUNTS: f64 = 0.35;
const INTENT: f64 = 0.40;
const NEWS: f64 = 0.45;
const GUIDANCE: f64 = 0.65;

impl<'a, 'b> Scene<'a, 'b> {
    /// The business records of the day.
    pub fn business_day(&mut self) {
        let temper = self.temper();
        let happenings: [Happening<'a, 'b>; 12] = [
            (JOBS, Self::job),
            (temper.hiring, Self::hiring),
            (temper.executive, Self::executive),
            (temper.funding, Self::funding),
            (temper.office, Self::office),
            (STAFF_COUNTS, Self::staff),
            (INTENT, Self::intent),
            (temper.competitor, Self::competitor),
            (NEWS, Self::news),
            (temper.strategic, Self::strategy),
            (temper.acquisition, Self::acquisition),
            (temper.layoff, Self::layoff),
        ];
        // The world keeps office hours, mostly.
        let heard = fame(self.account.segment) * if self.today.weekend { 0.2 } else { 1.32 };
        for (rate, tell) in happenings {
            if self.random.chance(daily(rate) * heard) {
                tell(self);
            }
        }
        if self.random.chance(daily(temper.stack)) {
            self.stack();
        }
        if self.account.listed && self.random.chance(daily(GUIDANCE)) {
            self.guidance();
        }
        self.hire();
    }

    /// A wave of hiring begins; often a team of new people follows in the product.
    fn hiring(&mut self) {
        let buyer = self.random.bit(self.account.buyers).filter(|_| self.random.chance(0.65));
        let department = buyer.unwrap_or(self.random.below(DEPARTMENTS.len() as u32) as u8);
        self.account.hiring = Some(Hiring { department, left: self.random.whole(3, 9) });
        if self.random.chance(0.6) {
            let (waits, lasts) = (self.random.whole(1, 12), self.random.whole(2, 6));
            let invites = (self.account.users * 0.03) as u32 + 1;
            self.account.rollout = Some(Rollout { waits, lasts, invites });
        }
    }

    fn hire(&mut self) {
        let Some(Hiring { department, left }) = self.account.hiring else {
            return;
        };
        if self.today.weekend || !self.random.chance(0.45) {
            return;
        }
        let now = self.random.whole(1, 2).min(left);
        (0..now).for_each(|_| self.post(department));
        self.account.hiring = (left > now).then_some(Hiring { department, left: left - now });
    }

    fn job(&mut self) {
        let department = self.random.below(DEPARTMENTS.len() as u32) as u8;
        self.post(department);
    }

    fn post(&mut self, department: u8) {
        let (department, titles) = DEPARTMENTS[usize::from(department)];
        let (posting, title) = (format!("job-{:08x}", self.random.draw() >> 32), self.random.pick(&titles));
        self.tell(Kind::JobPosted, |members| {
            members.text("posting_id", &posting).text("title", title).text("department", department)
        });
    }

    fn executive(&mut self) {
        let buyer = self.random.bit(self.account.buyers).filter(|_| self.random.chance(0.4));
        let department = buyer.unwrap_or(self.random.below(DEPARTMENTS.len() as u32) as u8);
        let department = DEPARTMENTS[usize::from(department)].0;
        let (seniority, title) = self.random.pick(&[
            ("c_level", "Chief Officer"),
            ("vp", "Vice President"),
            ("director", "Director"),
            ("director", "Senior Director"),
            ("manager", "Head"),
        ]);
        let name = people::name(self.random.draw());
        self.tell(Kind::ExecutiveHired, |members| {
            members
                .text("name", &name)
                .text("title", &format!("{title}, {department}"))
                .text("seniority", seniority)
                .text("department", department)
        });
    }

    fn funding(&mut self) {
        // The large ones have other sources.
        if self.account.segment == Segment::Enterprise && !self.random.chance(0.1) {
            return;
        }
        let (round, range) = self.random.pick(&ROUNDS);
        let amount = (self.random.between(range) * 2.0).round() * 500_000.0;
        self.tell(Kind::FundingRaised, |members| {
            members.text("round", round).amount("amount_usd", amount, 0)
        });
    }

    fn office(&mut self) {
        let city = self.random.pick(&CITIES);
        self.tell(Kind::OfficeOpened, |members| members.text("location", city));
    }

    fn staff(&mut self) {
        let previous = self.account.headcount;
        let step = self.random.between(self.temper().staff_step);
        let current = (f64::from(previous) * (1.0 + step)).round() as u32;
        self.account.headcount = current.max(1);
        self.account.most_users = self.account.most_users.max(f64::from(current) * 0.6);
        self.tell(Kind::HeadcountChanged, |members| {
            members.count("previous", previous).count("current", current)
        });
    }

    fn intent(&mut self) {
        let hot = self.random.chance(self.temper().hot_intent);
        let score = self.random.between(if hot { (70.0, 98.0) } else { (25.0, 69.9) });
        let topic = self.random.pick(&INTENTS);
        self.tell(Kind::IntentSurge, |members| members.text("topic", topic).amount("score", score, 1));
    }

    /// Somebody reads up on a competitor of the vendor.
    pub fn competitor(&mut self) {
        let competitor = self.random.chance(0.8).then(|| self.random.pick(&COMPETITORS));
        self.tell(Kind::CompetitorResearched, |members| match competitor {
            Some(name) => members.text("competitor", name),
            None => members,
        });
    }

    fn news(&mut self) {
        let (good, bad) = self.temper().mood;
        let (sentiment, headlines) = match self.random.unit() {
            share if share < good => ("positive", HEADLINES[0]),
            share if share > 1.0 - bad => ("negative", HEADLINES[2]),
            _ => ("neutral", HEADLINES[1]),
        };
        let headline = format!("{} {}", self.account.company.name(), self.random.pick(&headlines));
        self.tell(Kind::NewsPublished, |members| {
            members.text("sentiment", sentiment).text("headline", &headline)
        });
    }

    fn strategy(&mut self) {
        let topic = self.random.pick(&STRATEGIES);
        self.tell(Kind::StrategicAnnouncement, |members| members.text("topic", topic));
    }

    fn acquisition(&mut self) {
        let role = if self.random.chance(0.75) { "acquirer" } else { "target" };
        let counterpart = Company::of(self.random.draw(), self.random.below(1_000)).name();
        self.tell(Kind::Acquisition, |members| members.text("role", role).text("counterpart", &counterpart));
    }

    fn layoff(&mut self) {
        let share = self.random.between((0.02, 0.2));
        let count = (f64::from(self.account.headcount) * share) as u32 + 1;
        self.account.headcount = self.account.headcount.saturating_sub(count).max(1);
        self.tell(Kind::LayoffAnnounced, |members| members.count("count", count).amount("share", share, 3));
    }

    fn stack(&mut self) {
        let technology = self.random.pick(&TECHNOLOGIES);
        let change = if self.random.chance(0.7) { "adopted" } else { "dropped" };
        self.tell(Kind::TechStackChanged, |members| {
            members.text("technology", technology).text("change", change)
        });
    }

    fn guidance(&mut self) {
        let raised = self.temper().raised;
        let direction = match self.random.unit() {
            share if share < raised => "raised",
            share if share > 0.88 => "lowered",
            _ => "maintained",
        };
        self.tell(Kind::EarningsGuidance, |members| members.text("direction", direction));
    }
}
