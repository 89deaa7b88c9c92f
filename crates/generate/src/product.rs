//! A day in the product: who came, what they used, how full seats and meters are, what they ran into.

use springtide_core::event::Kind;
use springtide_core::time::{HOUR_MS, Millis};

use crate::account::{Rollout, Scene};
use crate::draft::What;
use crate::random::{Random, mix, nth_bit};
use crate::temper::daily;
use crate::words::catalog::{ADVANCED_MASK, BASIC_MASK, GATES, INTEGRATIONS, METERS, MILESTONES};
use crate::words::people;

/// A minute in milliseconds.
const MINUTE_MS: Millis = 60_000;
/// Out of 65,536, because one draw decides several things about a user's day.
const WHOLE: f64 = 65_536.0;

impl Scene<'_, '_> {
    /// The product's records of the day.
    pub fn product_day(&mut self) {
        self.grow();
        self.visits();
        self.seats();
        self.meters();
        self.gates();
        if !self.today.weekend {
            self.roll_out();
            self.adopt();
        }
    }

    /// Usage and users grow until there is nobody left to win.
    fn grow(&mut self) {
        let account = &mut *self.account;
        for meter in account.meters.iter_mut().filter(|meter| meter.limit > 0.0) {
            let used = meter.used * (1.0 + account.growth * room(meter.used, meter.ceiling));
            // Far above its limit, use is throttled.
            meter.used = used.min(meter.limit * 1.5);
        }
        let users = account.users * (1.0 + account.growth * room(account.users, account.most_users));
        let newcomers = (users as u32).saturating_sub(account.users as u32);
        account.users = users.clamp(1.0, f64::from(account.seats).max(1.0));
        (0..newcomers.min(6)).for_each(|_| self.invite());
    }

    fn invite(&mut self) {
        let number = self.random.draw();
        let invitee = people::email(number, &self.account.company.domain());
        self.tell(Kind::UserInvited, |members| members.text("invitee", &invitee));
    }

    /// A team moves onto the product: invitations, day after day, until seats run out.
    fn roll_out(&mut self) {
        let Some(Rollout { waits, lasts, invites }) = self.account.rollout else {
            return;
        };
        self.account.rollout = match (waits, lasts) {
            (0, 0) => None,
            (0, _) => Some(Rollout { waits, lasts: lasts - 1, invites }),
            _ => Some(Rollout { waits: waits - 1, lasts, invites }),
        };
        if waits > 0 || lasts == 0 {
            return;
        }
        (0..invites).for_each(|_| self.invite());
        let account = &mut *self.account;
        account.users = (account.users + f64::from(invites)).min(f64::from(account.seats).max(1.0));
    }

    /// Every user decides by habit whether to come, and how often.
    fn visits(&mut self) {
        let day = self.random.between((0.92, 1.08));
        let account = &*self.account;
        let mood = account.pulse * day * if self.today.weekend { account.weekend } else { 1.0 };
        let regulars = (account.regulars * WHOLE) as u64;
        let odds = [0.88, 0.34, 0.06].map(|odds: f64| (odds * mood * WHOLE) as u64);
        let (users, seed) = (account.users as u32, account.seed);
        for user in 0..users {
            let (habit, luck) = (mix(seed ^ u64::from(user)), self.random.draw());
            let habit = match habit & 0xffff {
                share if share < regulars => 0,
                _ if habit >> 16 & 1 == 0 => 1,
                _ => 2,
            };
            if luck & 0xffff < odds[habit] {
                self.visit(user, habit, luck >> 16);
            }
        }
    }

    /// A user's day: visits, and what was used in them.
    fn visit(&mut self, user: u32, habit: usize, luck: u64) {
        let usual = [2.0, 1.4, 1.0][habit] * self.today.settings.activity;
        let times = (usual + (luck & 0xffff) as f64 / WHOLE) as u32;
        for _ in 0..times {
            let draw = self.random.draw();
            let at = self.visit_time(draw);
            self.today.put(self.account, at, What::Visit { user });
            // A third of the visits leave a trace of what they were for.
            if draw & 0xff < 80 {
                let feature = self.feature(user, draw >> 8 & 0xffff);
                let at = at + (draw >> 24 & 0xffff) as Millis * 5;
                feature
                    .into_iter()
                    .for_each(|feature| self.today.put(self.account, at, What::Use { feature, user }));
            }
        }
    }

    /// Mostly around the middle of the customer's working day: two even numbers, one on the other.
    fn visit_time(&self, draw: u64) -> Millis {
        let sum = (draw >> 40 & 0xfff) + (draw >> 52);
        let working_day = (10 * HOUR_MS as u64 + 30 * MINUTE_MS as u64) * sum / 0x1ffe;
        let fine = draw & 0x3fff;
        self.today.start + (8 - i64::from(self.account.zone)) * HOUR_MS + (working_day + fine) as Millis
    }

    /// The lower a feature's bit, the more often it is used; only some people use the advanced ones.
    fn feature(&self, user: u32, luck: u64) -> Option<u8> {
        let expert = mix(self.account.seed ^ u64::from(user)) >> 20 & 7 == 0;
        let mask = match self.account.features & ADVANCED_MASK {
            advanced if expert && luck & 3 == 0 && advanced != 0 => advanced,
            _ => self.account.features & BASIC_MASK,
        };
        let (count, luck) = (u64::from(mask.count_ones().max(1)), luck >> 2);
        nth_bit(mask, (luck % count).min((luck >> 7) % count) as u32)
    }

    /// The daily count of seats in use; a few people keep theirs only for working days.
    fn seats(&mut self) {
        let busy = if self.today.weekend { 0.94 } else { 1.0 };
        let noise = 1.0 + self.random.bell() * 0.01;
        let account = &*self.account;
        let used = ((account.users * busy * noise).round() as u32).clamp(0, account.seats);
        let licensed = account.states_limits.then_some(account.seats);
        let at = self.today.start + 22 * HOUR_MS + i64::from(self.random.below(HOUR_MS as u32));
        self.today.put(self.account, at, What::Seats { used, licensed });
    }

    /// The daily readings, and charges for what is above the limit, weekly.
    fn meters(&mut self) {
        let weekly = (self.today.start / (24 * HOUR_MS) + i64::from(self.account.index)) % 7 == 0;
        for (meter, (name, ..)) in METERS.iter().enumerate() {
            let reading = self.account.meters[meter];
            if reading.limit <= 0.0 {
                continue;
            }
            let (meter, used) = (meter as u8, reading.used * (1.0 + self.random.bell() * 0.006));
            let limit = self.account.states_limits.then_some(reading.limit);
            let at = self.today.start + 23 * HOUR_MS + i64::from(self.random.below(HOUR_MS as u32 / 2));
            self.today.put(self.account, at, What::Reading { meter, used, limit });
            if weekly && used > reading.limit {
                let amount = self.account.mrr * 0.1 * (used / reading.limit - 0.95);
                self.tell_at(at + MINUTE_MS, Kind::OverageCharged, |members| {
                    members.text("meter", name).amount("amount", amount, 2)
                });
            }
        }
    }

    /// What people ran into: full meters, full seats, and features of a higher plan.
    fn gates(&mut self) {
        if self.account.meter_fill() > 1.0 && self.random.chance(0.25) {
            self.run_into("usage");
        }
        if self.account.seat_fill() > 0.995 && self.random.chance(0.15) {
            self.run_into("seats");
        }
        if self.account.storm == 0 && self.random.chance(daily(self.temper().gate_storm)) {
            self.account.storm = self.random.whole(2, 5);
            // Who cannot do what they want looks at what others offer.
            if self.random.chance(0.3) {
                self.competitor();
            }
        }
        if self.account.storm > 0 && !self.today.weekend {
            self.account.storm -= 1;
            // One storm is about one feature.
            let gate = GATES[(self.account.seed % GATES.len() as u64) as usize];
            (0..self.random.whole(1, 2)).for_each(|_| self.run_into(gate));
        }
    }

    fn run_into(&mut self, gate: &str) {
        let user = self.random.below(self.account.users as u32 + 1);
        self.tell(Kind::LimitReached, |members| {
            members.text("gate", gate).text("user_id", &format!("u{user}"))
        });
    }

    /// Features, integrations and milestones are reached once.
    fn adopt(&mut self) {
        let temper = self.temper();
        let (basic, advanced) = temper.adoption;
        self.adopt_feature(basic, BASIC_MASK);
        self.adopt_feature(advanced, ADVANCED_MASK);
        if happens(&mut self.random, temper.integration) {
            let missing = !self.account.integrations & ((1 << INTEGRATIONS.len()) - 1);
            if let Some(bit) = self.random.bit(missing) {
                self.account.integrations |= 1 << bit;
                let name = INTEGRATIONS[usize::from(bit)];
                self.tell(Kind::IntegrationConnected, |members| members.text("integration", name));
            }
        }
        if happens(&mut self.random, temper.milestone)
            && let Some(name) = MILESTONES.get(self.account.milestones as usize)
        {
            self.account.milestones += 1;
            self.tell(Kind::MilestoneReached, |members| members.text("milestone", name));
        }
    }

    fn adopt_feature(&mut self, rate: f64, among: u32) {
        if happens(&mut self.random, rate) {
            let bit = self.random.bit(!self.account.features & among);
            self.account.features |= bit.map_or(0, |bit| 1 << bit);
        }
    }
}

/// Whether something expected `rate` times in 60 days happens on this working day.
fn happens(random: &mut Random, rate: f64) -> bool {
    random.chance(daily(rate) * 7.0 / 5.0)
}

/// How much of the growth is left: all up to half of the ceiling, then less and less.
fn room(level: f64, ceiling: f64) -> f64 {
    (2.0 * (1.0 - level / ceiling)).clamp(0.0, 1.0)
}
