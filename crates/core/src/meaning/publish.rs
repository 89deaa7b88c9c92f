//! From openings to what readers get: which revisions to emit, and the record of each.

use std::cmp::Reverse;

use uuid::Uuid;

use super::converge::{Given, Opening};
use super::identity::{opportunity_id, pair, pair_across};
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
        let unpaired = (0..old.len()).filter(|at| !pairs.contains(&Some(*at))).map(|at| &old[at]);
        let mut emitted = self.let_go(unpaired, retired, |_| false);
        let mut taken: Vec<Given> = kept.iter().chain(old).filter_map(|opening| opening.given).collect();
        for (opening, before) in new.iter_mut().zip(pairs) {
            let before = before.map(|at| &old[at]);
            let known = before.and_then(|before| before.given);
            let same = |given| before.is_some_and(|before| self.says_the_same(before, opening, given));
            if let Some(given) = known.filter(|given| same(*given)) {
                opening.given = Some(given);
                continue;
            }
            emitted.extend(self.tell(opening, known, &mut taken, retired));
        }
        emitted
    }

    /// The next revision of an opening that has an id, or the first of one that has none; nothing where nobody is to
    /// be told of it.
    fn tell(
        self,
        opening: &mut Opening,
        known: Option<Given>,
        taken: &mut Vec<Given>,
        retired: &Retired,
    ) -> Option<Opportunity> {
        let given = match known {
            Some(given) => Given { revision: given.revision + 1, ..given },
            None if opening.opened_at < self.rules.silent_before => return None,
            None => self.name(opening.opened_at, taken, retired),
        };
        opening.given = Some(given);
        taken.push(given);
        Some(self.record(opening, given, Status::Open))
    }

    /// From when on openings matter, once all is pruned to a horizon: they hold others back, or an event may change them.
    pub(super) fn remembered_from(self, horizon: Millis) -> Millis {
        let reach = self.rules.calendar.window_start(horizon, self.play.window);
        reach.min(horizon.saturating_sub(self.play.cooldown_ms).saturating_add(1))
    }

    /// Takes a play's openings over from other rules: ids go on as in [`Publisher::reconcile`], and a reader is told
    /// where the new rules say something else. `was` made the `old` ones, which name its detectors; of those from before
    /// an instant some may be forgotten. An old opening that the new rules lack is taken back, or where `keeps` says so
    /// stays as readers know it, for good.
    pub(super) fn take_over(
        self,
        (was, old, remembered_from): (Publisher<'_>, &[Opening], Millis),
        new: &mut [Opening],
        retired: &mut Retired,
        keeps: impl Fn(&Opening) -> bool,
    ) -> Vec<Opportunity> {
        let pairs = pair_across((old, remembered_from), new, self.play.cooldown_ms);
        let unpaired = (0..old.len()).filter(|at| !pairs.contains(&Some(*at))).map(|at| &old[at]);
        let mut emitted = was.let_go(unpaired, retired, keeps);
        let mut taken: Vec<Given> = old.iter().filter_map(|opening| opening.given).collect();
        for (opening, before) in new.iter_mut().zip(pairs) {
            let before = before.map(|at| &old[at]);
            let known = before.and_then(|before| before.given);
            let same = |given| before.is_some_and(|before| self.reads_as(was, (before, opening), given));
            match known.filter(|given| same(*given)) {
                Some(given) => opening.given = Some(given),
                None => emitted.extend(self.tell(opening, known, &mut taken, retired)),
            }
        }
        emitted
    }

    /// Takes openings back, but those that are kept as they are; none of their ids is given again.
    pub(super) fn let_go<'o>(
        self,
        gone: impl Iterator<Item = &'o Opening>,
        retired: &mut Retired,
        keeps: impl Fn(&Opening) -> bool,
    ) -> Vec<Opportunity> {
        let mut emitted = Vec::new();
        for opening in gone {
            let Some(given) = opening.given else { continue };
            retired.push((given.named_at, given.id));
            if !keeps(opening) {
                let last = Given { revision: given.revision + 1, ..given };
                emitted.push(self.record(opening, last, Status::Withdrawn));
            }
        }
        emitted
    }

    /// Whether a reader sees no difference between an opening under other rules and under these, but for the rules'
    /// version.
    fn reads_as(self, was: Publisher<'_>, (before, now): (&Opening, &Opening), given: Given) -> bool {
        let before = was.record(before, given, Status::Open);
        let now = self.record(now, given, Status::Open);
        now == Opportunity { rules_version: now.rules_version.clone(), ..before }
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
