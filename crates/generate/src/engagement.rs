//! A day of talking with the customer: surveys, champions, requests, praise and complaints.

use springtide_core::event::{Champion, Kind};

use crate::account::{Happening, Scene};
use crate::random::mix;
use crate::temper::daily;
use crate::words::catalog::{PLANS, REQUESTS};
use crate::words::company::Company;
use crate::words::people;

/// Answers to surveys expected in 60 days.
const SURVEYS: f64 = 0.5;

impl<'a, 'b> Scene<'a, 'b> {
    /// The engagement records of the day.
    pub fn engagement_day(&mut self) {
        if self.today.weekend {
            return;
        }
        let temper = self.temper();
        let happenings: [Happening<'a, 'b>; 6] = [
            (SURVEYS, Self::survey),
            (self.champion_rate(), Self::champion_shows),
            (temper.request, Self::request),
            (temper.praise * 0.6, Self::refer),
            (temper.praise, Self::share),
            (temper.escalation, Self::escalate),
        ];
        for (rate, tell) in happenings {
            if self.random.chance(daily(rate) * 7.0 / 5.0) {
                tell(self);
            }
        }
    }

    fn survey(&mut self) {
        for _ in 0..self.random.whole(1, 3) {
            let score =
                (self.account.health / 10.0 + self.random.bell() * 1.6).round().clamp(0.0, 10.0) as u32;
            let respondent = format!("u{}", self.random.below(self.account.users as u32 + 1));
            self.tell(Kind::NpsResponse, |members| {
                members.count("score", score).text("respondent", &respondent)
            });
        }
    }

    fn champion_rate(&self) -> f64 {
        match self.account.champion {
            Champion::None => 0.0,
            Champion::Weak => 0.5,
            Champion::Moderate => 2.0,
            Champion::Strong => 4.0,
        }
    }

    fn champion_shows(&mut self) {
        let contact = people::email(mix(self.account.seed), &self.account.company.domain());
        let strength = self.account.champion.name();
        self.tell(Kind::ChampionActive, |members| {
            members.text("contact", &contact).text("strength", strength)
        });
    }

    fn request(&mut self) {
        let feature = self.random.pick(&REQUESTS);
        let higher = PLANS.get(usize::from(self.account.plan) + 1);
        let tier = higher.filter(|_| self.random.chance(0.35));
        self.tell(Kind::FeatureRequested, |members| {
            let members = members.text("feature", feature);
            match tier {
                Some((plan, _)) => members.text("tier", plan),
                None => members,
            }
        });
    }

    fn refer(&mut self) {
        let referred = Company::of(self.random.draw(), self.random.below(1_000)).name();
        self.tell(Kind::ReferralMade, |members| members.text("referred", &referred));
    }

    fn share(&mut self) {
        let channel = self.random.pick(&["case_study", "conference", "social", "social"]);
        self.tell(Kind::PublicShare, |members| members.text("channel", channel));
    }

    fn escalate(&mut self) {
        let priority = self.random.pick(&["p1", "p2", "p2", "p3", "p3", "p3", "p3", "p3"]);
        let ticket = format!("T-{}", self.random.below(1_000_000));
        self.tell(Kind::EscalationOpened, |members| {
            members.text("priority", priority).text("ticket", &ticket)
        });
    }
}
