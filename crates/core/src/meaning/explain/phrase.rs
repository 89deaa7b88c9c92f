//! Lengths of time, counts and values of expressions, as people say them.

use crate::event::{Key, Kind};
use crate::expr::{Comparison, Env, Expr, Failed, Val};
use crate::meaning::words::number;
use crate::rules::{Calendar, Span};
use crate::time::{DAY_MS, HOUR_MS, Millis, day_of, format_date, format_rfc3339};

/// A date; with the time of day where it is the day of the instant that is explained.
pub(super) fn when(time: Millis, at: Millis) -> String {
    let date = format_date(time);
    if day_of(time) != day_of(at) {
        return date;
    }
    let clock = format_rfc3339(time).get(11..16).map(str::to_owned).unwrap_or_default();
    format!("{date}, {clock} UTC")
}

fn part(count: i64, unit: &str) -> String {
    format!("{} {unit}{}", number(count as f64), if count == 1 { "" } else { "s" })
}

/// A length of time by its two largest units; hours do not matter after two weeks.
pub(super) fn lasting(ms: Millis) -> String {
    const MINUTE_MS: Millis = 60_000;
    let (days, hours, minutes) = (ms / DAY_MS, ms % DAY_MS / HOUR_MS, ms % HOUR_MS / MINUTE_MS);
    match (days, hours, minutes) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, _) => part(minutes, "minute"),
        (0, _, 0) => part(hours, "hour"),
        (0, ..) => format!("{} {}", part(hours, "hour"), part(minutes, "minute")),
        (14.., ..) | (_, 0, _) => part(days, "day"),
        _ => format!("{} {}", part(days, "day"), part(hours, "hour")),
    }
}

/// The age of something that is too old by a limit: never the limit itself.
pub(super) fn age(ms: Millis, window: Span) -> String {
    let text = lasting(ms);
    if text == span(window) { format!("just over {text}") } else { text }
}

/// The length of a window.
pub(super) fn span(span: Span) -> String {
    match span {
        Span::Time(ms) => lasting(ms),
        Span::BusinessDays(days) => part(days, "business day"),
    }
}

/// How long ago something may be to be in a window, in milliseconds.
pub(super) fn reach(calendar: &Calendar, at: Millis, window: Span) -> Millis {
    at.saturating_sub(calendar.window_start(at, window))
}

/// What is missing to a count: `one job posting short`.
pub(super) fn short(missing: f64, unit: (&str, &str)) -> String {
    const NAMES: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let noun = if missing == 1.0 { unit.0 } else { unit.1 };
    let name = NAMES.get(missing as usize).filter(|_| missing.fract() == 0.0);
    format!("{} {noun} short", name.map_or_else(|| number(missing), |name| (*name).to_owned()))
}

/// One and many of what a detector counts.
pub(super) fn unit(kind: Kind, key: Key) -> (&'static str, &'static str) {
    let field = match key {
        Key::EventId => "",
        Key::Field(field) => kind.fields().get(field).map_or("", |field| field.name),
    };
    match (kind, field) {
        (_, "user_id") => ("user", "users"),
        (_, "posting_id") => ("job posting", "job postings"),
        (_, "invitee") => ("invited person", "invited people"),
        (_, "feature") => ("feature", "features"),
        (_, "integration") => ("integration", "integrations"),
        (_, "milestone") => ("milestone", "milestones"),
        (Kind::OverageCharged, "") => ("overage charge", "overage charges"),
        (Kind::LimitReached, "") => ("hit of a limit", "hits of a limit"),
        (_, "") => ("event", "events"),
        _ => ("distinct value", "distinct values"),
    }
}

/// The value of an expression: `55`, `"free"`, `absent`.
pub(super) fn shown(expr: &Expr, env: &Env<'_>) -> String {
    match expr.eval(env) {
        Ok(value) => of_value(&value),
        Err(Failed::Absent) => "absent".to_owned(),
        Err(Failed::NoProfile) => "unknown without a profile".to_owned(),
        Err(Failed::Types) => "of the wrong type".to_owned(),
    }
}

fn of_value(value: &Val<'_>) -> String {
    match value {
        Val::Number(f64::INFINITY) => "never".to_owned(),
        Val::Number(value) => number(*value),
        Val::Text(text) => format!("{text:?}"),
        Val::Bool(value) => value.to_string(),
        Val::Time(at) => format_date(*at),
        Val::List(items) => list(items.iter().map(of_value)),
        Val::Texts(texts) => list(texts.iter().map(|text| format!("{text:?}"))),
        Val::Numbers(map) => list(map.iter().map(|(name, value)| format!("{name}: {}", number(*value)))),
        Val::Names(map) => list(map.iter().map(|(name, value)| format!("{name}: {value:?}"))),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.len() {
        0 => "[] (empty)".to_owned(),
        1..=6 => format!("[{}]", items.join(", ")),
        more => format!("[{}, and {} more]", items[..5].join(", "), more - 5),
    }
}

/// What was found where a condition asks: the left side of a comparison, else all that it reads.
pub(super) fn found(condition: &Expr, env: &Env<'_>) -> String {
    match condition {
        Expr::Compare(_, left, _) | Expr::In(left, _) => shown(left, env),
        other => reads(other, env),
    }
}

/// The parts of an expression that read something, each with its value.
fn reads(expr: &Expr, env: &Env<'_>) -> String {
    let mut leaves = Vec::new();
    collect(expr, &mut leaves);
    let mut said: Vec<String> = Vec::new();
    for leaf in leaves {
        let text = format!("{leaf} {}", shown(leaf, env));
        if !said.contains(&text) {
            said.push(text);
        }
    }
    if said.is_empty() { shown(expr, env) } else { said.join(", ") }
}

fn collect<'a>(expr: &'a Expr, leaves: &mut Vec<&'a Expr>) {
    match expr {
        Expr::Event(..)
        | Expr::Profile(_)
        | Expr::Unknown(..)
        | Expr::Member(..)
        | Expr::Index(..)
        | Expr::Has(_)
        | Expr::DaysSince(_)
        | Expr::Size(_) => leaves.push(expr),
        other => other.children().for_each(|child| collect(child, leaves)),
    }
}

/// Why a condition does not hold: `profile.health_score 55, needs > 60`.
pub(super) fn failing(condition: &Expr, env: &Env<'_>) -> String {
    match condition {
        Expr::Compare(op, left, right) => {
            let bound = if is_literal(right) {
                right.to_string()
            } else {
                format!("{right} ({})", shown(right, env))
            };
            let op = if *op == Comparison::Equal { String::new() } else { format!("{op} ") };
            format!("{left} {}, needs {op}{bound}", shown(left, env))
        }
        Expr::In(left, right) if is_literal(right) => {
            format!("{left} {}, needs one of {right}", shown(left, env))
        }
        Expr::In(left, right) => format!("{left} {}, not in {right} {}", shown(left, env), shown(right, env)),
        other => format!("`{other}` ({})", reads(other, env)),
    }
}

fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::Text(_) | Expr::Bool(_) => true,
        Expr::List(parts) => parts.iter().all(is_literal),
        Expr::Negate(of) => is_literal(of),
        _ => false,
    }
}

/// The first instant at which a condition on the age of something holds by itself.
pub(super) fn holds_from(condition: &Expr, env: &Env<'_>) -> Option<Millis> {
    let Expr::Compare(op @ (Comparison::Greater | Comparison::AtLeast), left, right) = condition else {
        return None;
    };
    let (Expr::DaysSince(_), Expr::Number(days)) = (&**left, &**right) else {
        return None;
    };
    let Ok(Val::Number(now)) = left.eval(env) else {
        return None;
    };
    let left_ms = (days - now) * DAY_MS as f64;
    // Ages beyond a few thousand years are no dates.
    let sane = left_ms.is_finite() && (0.0..1e15).contains(&left_ms);
    let whole = if *op == Comparison::Greater { left_ms.floor() + 1.0 } else { left_ms.ceil() };
    sane.then(|| env.now.saturating_add(whole as Millis))
}
