//! From openings to what readers get: which revisions to emit, and the record of each.

use std::cmp::Reverse;

use uuid::Uuid;

use super::converge::{Given, Opening};
use super::identity::{opportunity_id, pair};
use super::opportunity::{EvidenceLine, GateCondition, Input, Opportunity, Status};
use super::{score, words};
use crate::expr::{Env, Expr, Val};
use crate::rules::{Play, Rules, Urgency};
use crate::time::Millis;

/// Ids that belonged to openings which are gone: (`opened_at` as of the first emission, id).
pub(super) type Retired = Vec<(Millis, Uuid)>;

/// Who publishes: one play of one account.
#[derive(Clone, Copy)]
pub(super) struct Publisher<'a> {
    pub(super) rules: &'a Rules,
    pub(super) account: &'a str,
    pub(super) play: &'a Play,
}

impl Publisher<'_> {
    /// Pairs the openings before with those now, gives ids and revisions, and returns what to emit.
    /// `kept` are openings before both, whose ids are taken.
    pub(super) fn reconcile(
        self,
        kept: &[Opening],
        old: &[Opening],
        new: &mut [Opening],
        retired: &mut Retired,
    ) -> Vec<Opportunity> {
        let pairs = pair(old, new, self.play.cooldown_ms);
        let mut emitted = Vec::new();
        let unpaired = (0..old.len()).filter(|at| !pairs.contains(&Some(*at)));
        for gone in unpaired.map(|at| &old[at]) {
            if let Some(given) = gone.given {
                retired.push((given.named_at, given.id));
                let last = Given { revision: given.revision + 1, ..given };
                emitted.push(self.record(gone, last, Status::Withdrawn));
            }
        }
        let mut taken: Vec<Given> = kept.iter().chain(old).filter_map(|opening| opening.given).collect();
        for (opening, before) in new.iter_mut().zip(pairs) {
            let before = before.map(|at| &old[at]);
            let given = match before.and_then(|before| before.given) {
                Some(given) if before.is_some_and(|before| self.says_the_same(before, opening, given)) => {
                    opening.given = Some(given);
                    continue;
                }
                Some(given) => Given { revision: given.revision + 1, ..given },
                None => self.name(opening.opened_at, &taken, retired),
            };
            opening.given = Some(given);
            taken.push(given);
            emitted.push(self.record(opening, given, Status::Open));
        }
        emitted
    }

    /// Whether a reader would see no difference. A late profile may be another one and read the same.
    fn says_the_same(self, before: &Opening, now: &Opening, given: Given) -> bool {
        before.says_the_same(now)
            || self.record(before, given, Status::Open) == self.record(now, given, Status::Open)
    }

    /// A new id: the first of its instant that was never given.
    fn name(self, opened_at: Millis, taken: &[Given], retired: &Retired) -> Given {
        let mut again = 0;
        loop {
            let id = opportunity_id(self.account, &self.play.name, opened_at, again);
            if !taken.iter().any(|given| given.id == id) && !retired.iter().any(|(_, gone)| *gone == id) {
                return Given { id, revision: 1, named_at: opened_at };
            }
            again += 1;
        }
    }

    /// The record of one revision.
    fn record(self, opening: &Opening, given: Given, status: Status) -> Opportunity {
        let Publisher { rules, account, play } = self;
        let profile = &opening.profile;
        let yearly = score::yearly_value(account, play, opening);
        let parts = score::parts(rules, play, opening, yearly);
        let total = score::total(&parts);
        let evidence = self.evidence(opening);
        let act_by = rules.calendar.add(opening.opened_at, play.act_within);
        let role = score::role(play, opening, yearly);
        let headline = words::headline(profile, play, &evidence, yearly, act_by);
        let brief = words::brief(profile, play, &headline, &evidence, &parts, total);
        Opportunity {
            id: given.id,
            revision: given.revision,
            status,
            account: account.into(),
            account_name: profile.name.clone(),
            external_ids: profile.external_ids.clone(),
            segment: profile.segment,
            play: play.name.clone(),
            motion: play.motion,
            convergent: play.convergent(),
            rules_version: rules.version.clone(),
            opened_at: opening.opened_at,
            named_at: given.named_at,
            updated_at: opening.last_at,
            act_by,
            urgency: evidence.iter().map(|line| line.urgency).max().unwrap_or(Urgency::Low),
            score: total,
            score_parts: parts,
            gate: self.gate(opening),
            owner: profile.owners.get(&role).cloned(),
            role,
            evidence,
            headline,
            brief,
            yearly_value: yearly.unwrap_or(0.0),
            currency: profile.currency.clone(),
        }
    }

    fn evidence(self, opening: &Opening) -> Vec<EvidenceLine> {
        let mut lines: Vec<EvidenceLine> = opening
            .evidence
            .iter()
            .map(|evidence| {
                let detector = &self.rules.detectors[evidence.detector];
                EvidenceLine {
                    family: detector.family,
                    detector: detector.name.clone(),
                    occurred_at: evidence.signal.at,
                    since: evidence.since,
                    urgency: detector.urgency,
                    event_id: evidence.signal.event_id().map(Box::from),
                    summary: words::summary(detector, &evidence.signal),
                    values: words::facts(&evidence.signal),
                }
            })
            .collect();
        lines.sort_by(|a, b| {
            (a.family, Reverse(a.urgency), &a.detector).cmp(&(b.family, Reverse(b.urgency), &b.detector))
        });
        lines
    }

    fn gate(self, opening: &Opening) -> Vec<GateCondition> {
        let profile = Some(&*opening.gate_profile);
        let env = Env { account: self.account, event: None, profile, now: opening.opened_at };
        self.play.gate.conditions().iter().map(|part| condition(part, &env)).collect()
    }
}

/// A condition with the value of what it asks about, and whether it holds.
pub fn condition(part: &Expr, env: &Env<'_>) -> GateCondition {
    let subject = match part {
        Expr::Compare(_, left, _) | Expr::In(left, _) => left,
        other => other,
    };
    let value = match subject.eval(env) {
        // Days since what never happened.
        Ok(Val::Number(number)) if number == f64::INFINITY => Input::Text("never".into()),
        Ok(Val::Number(number)) => Input::Number(number),
        Ok(Val::Text(text)) => Input::Text(text.into()),
        Ok(Val::Bool(value)) => Input::Bool(value),
        _ => Input::None,
    };
    GateCondition { condition: part.to_string(), value, held: part.holds(env) }
}
