//! The explanation for a person at a terminal.

use std::cmp::Reverse;
use std::fmt::Write;

use springtide_core::event::Profile;
use springtide_core::meaning::explain::{
    Condition, ConditionKind, DetectorState, PlayExplanation, Signals, Verdict,
};
use springtide_core::time::{Millis, day_of, format_date, format_rfc3339};

use super::Explained;
use crate::text::counted;

/// A block a play, those that opened first.
pub fn page(explained: &Explained<'_>) -> String {
    let mut page = String::new();
    let name = explained.profile.as_ref().map_or("an account without a profile", |profile| &*profile.name);
    line(&mut page, 0, format_args!("{name} ({}) at {}", explained.account, moment(explained.at)));
    if let Some(profile) = &explained.profile {
        line(&mut page, 0, format_args!("{}", about(profile)));
    }
    let mut plays: Vec<&PlayExplanation> = explained.plays.iter().collect();
    plays.sort_by_key(|play| (rank(&play.verdict), play.failed().count()));
    for play in plays {
        page.push('\n');
        block(&mut page, play, explained.at);
    }
    page
}

fn line(page: &mut String, indent: usize, words: std::fmt::Arguments<'_>) {
    let _ = writeln!(page, "{:indent$}{words}", "");
}

/// `2 March 2026, 09:30 UTC`
fn moment(at: Millis) -> String {
    let clock = format_rfc3339(at);
    format!("{}, {} UTC", format_date(at), clock.get(11..16).unwrap_or_default())
}

fn about(profile: &Profile) -> String {
    let mut about = vec![profile.segment.name().replace('_', " ")];
    about.extend(profile.plan.as_ref().map(|plan| format!("plan {plan}")));
    about.push(format!("{} {} a month", profile.currency, profile.mrr));
    about.extend(profile.health_score.map(|health| format!("health {health}")));
    about.extend(profile.renewal_at.map(|at| format!("renewal {}", format_date(at))));
    format!("profile as of {}: {}", format_date(profile.at), about.join(", "))
}

fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Opened => 0,
        Verdict::Revised { .. } => 1,
        Verdict::Open { .. } => 2,
        Verdict::NotOpen { .. } => 3,
    }
}

fn block(page: &mut String, play: &PlayExplanation, at: Millis) {
    line(page, 0, format_args!("{}: {}", play.play, headline(&play.verdict, at)));
    let is_hold = |condition: &&Condition| condition.kind >= ConditionKind::Cooldown;
    // The profile stands in the head of the page, and of what may hold back only what does is worth a line.
    let is_dull = |condition: &&Condition| condition.kind == ConditionKind::Profile || is_hold(condition);
    for condition in play.conditions.iter().filter(|condition| !is_dull(condition) || !condition.held) {
        said(page, condition, at);
    }
    if play.conditions.iter().filter(is_hold).all(|condition| condition.held) {
        line(page, 2, format_args!("✓ nothing holds it back"));
    }
    if let Some(miss) = &play.nearest_miss {
        let label = match play.verdict {
            Verdict::NotOpen { .. } => "nearest miss",
            _ => "no new one",
        };
        line(page, 2, format_args!("→ {label}: {miss}"));
    }
}

fn headline(verdict: &Verdict, at: Millis) -> String {
    let ago = |opened_at: Millis| match day_of(at) - day_of(opened_at) {
        0 => "earlier that day".to_owned(),
        days => format!("{} before", counted(days.unsigned_abs(), "day", "days")),
    };
    match verdict {
        Verdict::Opened => "OPENED at this instant".to_owned(),
        Verdict::Revised { opened_at, added } => {
            format!("REVISED, new evidence from {} (open since {})", added.join(", "), moment(*opened_at))
        }
        Verdict::Open { opened_at } => format!("OPEN since {}, {}", moment(*opened_at), ago(*opened_at)),
        Verdict::NotOpen { last_opened_at: None } => "not open, and never was".to_owned(),
        Verdict::NotOpen { last_opened_at: Some(opened_at) } => {
            format!("not opened; last opened on {}, {}", format_date(*opened_at), ago(*opened_at))
        }
    }
}

fn mark(held: bool) -> char {
    if held { '✓' } else { '✗' }
}

fn said(page: &mut String, condition: &Condition, at: Millis) {
    let found = condition.found.as_ref().map_or_else(String::new, |found| format!(": {found}"));
    line(page, 2, format_args!("{} {}{found}", mark(condition.held), condition.text));
    let unless = condition.kind == ConditionKind::Unless;
    for state in condition.detectors.iter() {
        if let Some(signals) = &state.signals {
            line(page, 6, format_args!("{} {}: {}", mark(!unless), state.detector, inside(signals, at)));
        }
    }
    if !condition.held && !unless {
        silent(page, condition);
    }
    if let (false, Some(until)) = (condition.held, condition.until.filter(|_| unless)) {
        line(page, 6, format_args!("holds again as from {}", format_date(until)));
    }
}

fn inside(signals: &Signals, at: Millis) -> String {
    let latest = match signals.latest == at {
        true => "now".to_owned(),
        false => format_date(signals.latest),
    };
    match signals.count {
        1 => format!("{} ({latest})", signals.summary),
        count => {
            format!("{} ({latest}; {count} signals since {})", signals.summary, format_date(signals.since))
        }
    }
}

/// The detectors of a side without any signal: what is near first, what has nothing at all in one line.
fn silent(page: &mut String, condition: &Condition) {
    let mut near: Vec<&DetectorState> =
        condition.detectors.iter().filter(|state| !state.is_silent()).collect();
    near.sort_by_key(|state| Reverse(state.closeness_percent()));
    for state in near {
        line(page, 6, format_args!("✗ {}: {}", state.detector, almost(state)));
    }
    let nothing: Vec<&DetectorState> = condition.detectors.iter().filter(|state| state.is_silent()).collect();
    match (&nothing[..], condition.detectors.len()) {
        ([], _) => {}
        ([state], 1) => line(page, 6, format_args!("✗ {}: {}", state.detector, almost(state))),
        (several, _) => {
            let names: Vec<&str> = several.iter().map(|state| &*state.detector).collect();
            line(page, 6, format_args!("✗ nothing near from {}", names.join(", ")));
        }
    }
}

/// The signal that is too old, and what came near one since.
fn almost(state: &DetectorState) -> String {
    let near = state.near.as_ref();
    match (&state.before, near) {
        (Some(before), near) => {
            let now = near.filter(|near| !near.is_far()).map(|near| format!("; now {}", near.text));
            format!("{}, {}{}", before.summary, before.text, now.unwrap_or_default())
        }
        (None, Some(near)) => near.text.clone(),
        (None, None) => "nothing".to_owned(),
    }
}
