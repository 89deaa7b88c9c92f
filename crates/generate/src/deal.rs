//! How an account buys more: talks that pass through stages, and what a signature changes.

use springtide_core::event::{Stage, Topic};
use springtide_core::time::{DAY_MS, Millis, day_of, weekday};

use crate::account::Scene;
use crate::line::Members;
use crate::temper::daily;
use crate::words::catalog::{METERS, PLANS, PLAYS, PRODUCTS};
use crate::words::people;

/// A purchase being talked about.
#[derive(Clone, Copy, Debug)]
pub struct Deal {
    /// The opportunity's id.
    id: u128,
    /// Position in the list of plays.
    play: u8,
    /// The stage reached.
    stage: Stage,
    /// The instant of the next stage.
    next: Millis,
}

impl Scene<'_, '_> {
    /// Begins a deal, or moves it on.
    pub fn deal_day(&mut self) {
        match self.account.deal {
            None => self.open_deal(),
            Some(deal) if self.today.has(deal.next) => self.move_deal(deal),
            Some(_) => {}
        }
    }

    fn open_deal(&mut self) {
        let account = &self.account;
        let pressed = account.seat_fill() > 0.93 || account.meter_fill() > 0.97;
        let rate = if pressed { 2.5 } else { 0.06 };
        if account.health < 60.0 || self.today.weekend || !self.random.chance(daily(rate)) {
            return;
        }
        let play = if account.seat_fill() > 0.9 {
            0
        } else if account.meter_fill() > 0.9 {
            self.random.pick(&[1, 5])
        } else {
            self.random.below(PLAYS.len() as u32) as u8
        };
        let id = u128::from(self.random.draw()) << 64 | u128::from(self.random.draw());
        let (stage, next) = (Stage::Qualified, self.working_hours());
        self.account.deal = Some(Deal { id, play, stage, next });
        self.deal_day();
    }

    /// Tells the stage reached and plans the next one.
    fn move_deal(&mut self, deal: Deal) {
        self.tell_stage(deal);
        let luck = self.random.unit();
        let stage = match deal.stage {
            Stage::Qualified if luck < 0.12 => Stage::Dismissed,
            Stage::Qualified if luck < 0.2 => Stage::Snoozed,
            Stage::Qualified => Stage::Discovery,
            Stage::Discovery => Stage::Proposal,
            Stage::Proposal if luck < 0.3 => Stage::ClosedLost,
            Stage::Proposal => Stage::Negotiation,
            Stage::Negotiation if luck < 0.2 => Stage::ClosedLost,
            Stage::Negotiation => Stage::ClosedWon,
            Stage::ClosedWon | Stage::ClosedLost | Stage::Dismissed | Stage::Snoozed => {
                self.account.deal = None;
                return;
            }
        };
        // Whole days keep a deal in working hours, and nobody signs at a weekend.
        let next = deal.next + i64::from(self.random.pick(&[2_u32, 3, 4, 7, 7, 9])) * DAY_MS;
        let next = if weekday(day_of(next)) >= 5 { next + 2 * DAY_MS } else { next };
        self.account.deal = Some(Deal { stage, next, ..deal });
    }

    fn tell_stage(&mut self, deal: Deal) {
        let id = uuid(deal.id);
        let play = PLAYS[usize::from(deal.play)];
        let members = Members::default().text("opportunity_id", &id).text("play", play);
        let members = members.text("stage", deal.stage.name());
        let actor = people::name((deal.id >> 64) as u64);
        let members = match deal.stage {
            Stage::Snoozed => members.time("until", deal.next + 30 * DAY_MS),
            Stage::Dismissed => members.text("reason", "not a fit now"),
            Stage::ClosedLost => {
                members.text("reason", self.random.pick(&["no budget", "no decision", "competitor"]))
            }
            Stage::ClosedWon => {
                let before = self.account.mrr;
                self.expand(deal);
                let amount = (self.account.mrr - before) * 12.0;
                let cost = amount * self.random.between((0.05, 0.3));
                members.amount("amount", amount, 2).amount("cost", cost, 2)
            }
            _ => members,
        };
        self.put(deal.next, Topic::OpportunityOutcomes, members.text("actor", &actor));
    }

    /// What the signature changes: seats, limits, plan or products, and the revenue.
    fn expand(&mut self, deal: Deal) {
        let share = self.random.between((1.15, 1.5));
        let account = &mut *self.account;
        match deal.play {
            0 | 6 => account.seats = (f64::from(account.seats) * share / 5.0) as u32 * 5 + 5,
            2 | 4 => account.products |= 1 << self.random.below(PRODUCTS.len() as u32),
            _ => {
                account.plan = (account.plan + 1).min(PLANS.len() as u8 - 1);
                account.price *= share;
                for (meter, (_, _, step)) in account.meters.iter_mut().zip(METERS) {
                    let more = ((meter.limit.max(meter.used) * share / step) as u32 + 1) as f64 * step;
                    meter.limit = if meter.limit > 0.0 { more } else { 0.0 };
                }
            }
        }
        account.mrr = match deal.play {
            2 | 4 => account.mrr * share,
            _ => account.mrr.max(f64::from(account.seats) * account.price),
        };
        account.expanded = Some(deal.next);
        account.stale = true;
    }
}

/// The id as opportunities have it: version 5, the usual variant.
fn uuid(number: u128) -> String {
    let number = number & !(0xf << 76) & !(0x3 << 62) | 5 << 76 | 2 << 62;
    let hex = format!("{number:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_of_version_5() {
        assert_eq!(super::uuid(0), "00000000-0000-5000-8000-000000000000");
    }
}
