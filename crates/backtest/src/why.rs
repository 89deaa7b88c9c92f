//! Which condition kept an opening shut under the pack that did not open it.

use std::collections::BTreeMap;

use serde::Serialize;
use springtide_core::meaning::explain::{Condition, ConditionKind, PlayExplanation, explain};
use springtide_core::rules::Rules;
use springtide_core::time::Millis;

use crate::backtest::Backtest;
use crate::difference::What;
use crate::facts::Facts;

/// A condition that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Failed {
    /// `profile`, `product`, `business`, `unless`, `gate`, `cooldown`, `dismissed`, `snoozed`, `in_progress`,
    /// `after_expansion` as `springtide explain` has them; `no_play` where the pack has no such play, `no_instant` where all
    /// held, but nothing happened that lets the play open.
    pub kind: &'static str,
    /// What it asks, where the kind alone does not say it.
    pub condition: Option<String>,
}

impl Failed {
    /// For people: `gate: profile.health_score > 60`.
    pub fn words(&self) -> String {
        let kind = match self.kind {
            "no_play" => "the pack has no such play",
            "no_instant" => "nothing happened at that instant",
            kind => kind,
        };
        let kind = kind.replace('_', " ");
        self.condition.as_ref().map_or_else(|| kind.clone(), |condition| format!("{kind}: {condition}"))
    }

    fn of(condition: &Condition) -> Failed {
        let kind = condition.kind.name();
        let text = &condition.text;
        let condition = match condition.kind {
            ConditionKind::Profile => Some("none yet".to_owned()),
            ConditionKind::Product | ConditionKind::Business => {
                let wanted = text.strip_prefix(&format!("a {kind} signal "));
                Some(wanted.map_or_else(|| text.clone(), |within| format!("no signal {within}")))
            }
            ConditionKind::Unless => Some(text.strip_prefix("no ").unwrap_or(text).to_owned()),
            ConditionKind::Gate => Some(text.clone()),
            _ => None,
        };
        Failed { kind, condition }
    }

    /// Everything that kept a play shut.
    fn all_of(explained: Option<&PlayExplanation>) -> Vec<Failed> {
        let Some(explained) = explained else {
            return vec![Failed { kind: "no_play", condition: None }];
        };
        let failed: Vec<&Condition> = explained.failed().collect();
        // Without a profile the gate can't hold either: to name it too would hide the cause.
        let no_profile = failed.iter().find(|condition| condition.kind == ConditionKind::Profile);
        match (no_profile, failed.is_empty()) {
            (Some(no_profile), _) => vec![Failed::of(no_profile)],
            (None, true) => vec![Failed { kind: "no_instant", condition: None }],
            (None, false) => failed.into_iter().map(Failed::of).collect(),
        }
    }
}

/// How often a condition kept an opening shut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedRow {
    /// Which.
    #[serde(flatten)]
    pub failed: Failed,
    /// Openings gained for which it did not hold under the old pack.
    pub gained: u64,
    /// Openings lost for which it does not hold under the new one.
    pub lost: u64,
    /// Of both, those for which all other conditions held: it alone decided.
    pub alone: u64,
}

/// The conditions that decide, of those openings gained and lost that are told in detail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Conditions {
    /// How many openings were asked about.
    pub explained: u64,
    /// How many gained or lost ones were not.
    pub left_out: u64,
    /// Those that decide most often first.
    pub rows: Vec<FailedRow>,
}

impl Backtest {
    /// The accounts that are asked about.
    pub(crate) fn to_explain(&self) -> impl Iterator<Item = &str> {
        let asked = self.detailed.differences.iter().filter(|one| one.what != What::Changed);
        asked.map(|one| &*one.account_id)
    }

    /// Asks for each opening gained or lost that is told in detail why it did not open under the other pack, at the
    /// instant at which it opened. `facts` are all events of those accounts; of one that is left out nothing is asked. `clock` is
    /// that of the timers. To be asked again, with the events of others, it adds to what is said: whoever has many accounts
    /// need not hold the events of all.
    pub fn explain(&mut self, old: &Rules, new: &Rules, facts: &Facts, clock: Millis) {
        let before = std::mem::take(&mut self.conditions);
        let rows = before.rows.into_iter().map(|row| (row.failed.clone(), row));
        let mut rows: BTreeMap<Failed, FailedRow> = rows.collect();
        let mut explained = before.explained;
        for difference in self.detailed.differences.iter_mut().filter(|one| one.what != What::Changed) {
            let gained = difference.what == What::Gained;
            let rules = if gained { old } else { new };
            let (account, at) = (&*difference.account_id, difference.opened_at());
            let Some(facts) = facts.by_account().get(account) else { continue };
            // A pack without the play has nothing to say, and to ask takes time.
            let plays = if rules.plays.iter().any(|play| *play.name == *difference.play) {
                explain(rules, account, facts, at, clock)
            } else {
                Vec::new()
            };
            let play = plays.iter().find(|play| *play.play == *difference.play);
            difference.failed = Failed::all_of(play);
            difference.nearest_miss = Some(match play {
                Some(play) => play.nearest_miss.clone().unwrap_or_default(),
                None => "the pack has no such play".to_owned(),
            });
            explained += 1;
            for failed in &difference.failed {
                let blank = || FailedRow { failed: failed.clone(), gained: 0, lost: 0, alone: 0 };
                let row = rows.entry(failed.clone()).or_insert_with(blank);
                *(if gained { &mut row.gained } else { &mut row.lost }) += 1;
                row.alone += u64::from(difference.failed.len() == 1);
            }
        }
        let mut rows: Vec<FailedRow> = rows.into_values().collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.gained + row.lost, row.alone)));
        let left_out = (self.total.counts.gained + self.total.counts.lost).saturating_sub(explained);
        self.conditions = Conditions { explained, left_out, rows };
    }
}
