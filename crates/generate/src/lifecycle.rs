//! How an account changes from day to day: fortune, health, renewals, leaving; and when its profile is sent again.

use springtide_core::event::Champion;
use springtide_core::time::{DAY_MS, HOUR_MS};

use crate::account::Scene;
use crate::temper::{Archetype, daily};

impl Scene<'_, '_> {
    /// The changes of the day, told by the profile. Comes before all else, so that the first record is a profile.
    pub fn lifecycle_day(&mut self) {
        if self.today.has(self.account.joins) {
            self.send_profile(self.account.joins);
        }
        if !self.account.gone {
            self.fortune();
            self.health();
            self.value();
            self.renewal();
            self.champion();
            self.deal_day();
        }
        if self.account.stale && !self.today.has(self.account.joins) {
            // The customer database is exported in the small hours.
            let at = self.today.start + HOUR_MS + i64::from(self.random.below(3 * HOUR_MS as u32));
            self.send_profile(at);
        }
    }

    fn fortune(&mut self) {
        let next = self.account.archetype.tomorrow(&mut self.random, self.today.settings.expanding);
        if next != self.account.archetype {
            self.account.archetype = next;
            self.account.growth = self.random.between(next.temper().growth);
            self.account.health_target = self.random.between(next.temper().health);
        }
        let leaves = self.random.chance(daily(0.6));
        if next == Archetype::Churning && leaves {
            self.leave();
        }
    }

    /// The customer ends the contract: nobody pays or uses anything from here on.
    fn leave(&mut self) {
        let account = &mut *self.account;
        account.gone = true;
        account.stale = true;
        (account.mrr, account.seats, account.users) = (0.0, 0, 0.0);
        (account.renewal, account.deal, account.rollout) = (None, None, None);
        (account.health, account.champion) = (account.health.min(20.0), Champion::None);
    }

    fn health(&mut self) {
        let noise = self.random.bell() * 0.7;
        let account = &mut *self.account;
        account.health += (account.health_target - account.health) * 0.04 + noise;
        account.health = account.health.clamp(0.0, 100.0);
        account.pulse += (account.archetype.temper().pulse - account.pulse) * 0.05;
        // Small moves are not worth an export.
        account.stale |= (account.health - account.told_health).abs() >= 3.0;
    }

    fn value(&mut self) {
        let account = &mut *self.account;
        // Told the night after.
        account.stale |= (self.today.start - DAY_MS..self.today.start).contains(&account.first_value);
    }

    fn renewal(&mut self) {
        let Some((renewal, term)) = self.account.renewal else {
            return;
        };
        if renewal > self.today.start {
            return;
        }
        let account = &mut *self.account;
        account.renewal = Some((renewal + i64::from(term) * DAY_MS, term));
        // Prices are adjusted when contracts are renewed.
        let rise = self.random.between((1.0, 1.06));
        account.mrr *= rise;
        account.price *= rise;
        account.stale = true;
    }

    fn champion(&mut self) {
        let (leaves, warms) = (self.random.chance(1.0 / 400.0), self.random.chance(1.0 / 300.0));
        let account = &mut *self.account;
        let champion = match account.champion {
            Champion::None | Champion::Weak if warms && account.health > 65.0 => Champion::Moderate,
            Champion::Moderate if warms && account.health > 70.0 => Champion::Strong,
            Champion::Moderate | Champion::Strong if leaves => Champion::None,
            same => same,
        };
        account.stale |= champion != account.champion;
        account.champion = champion;
    }
}
