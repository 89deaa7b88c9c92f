//! One line for a signal, and the facts behind it.

use super::{counted, number, percent};
use crate::event::{Activity, Kind, ProfileField, Value};
use crate::meaning::detect::Measure;
use crate::meaning::opportunity::{Facts, Input};
use crate::meaning::signal::{Cause, Signal};
use crate::rules::{Detector, Source, Test};
use crate::time::{DAY_MS, Millis, format_date, format_rfc3339};

/// One line that says what a signal is, for a person.
pub(in crate::meaning) fn summary(detector: &Detector, signal: &Signal) -> String {
    match (&signal.cause, &detector.source) {
        (Cause::Timer(time), Source::Timer { field, .. }) => timer(*field, *time, signal.at),
        (Cause::Event(event), Source::Events { test, .. }) => match (test, signal.measure) {
            (Test::Ratio { .. }, Some(measure)) => usage(event, measure),
            (Test::Trend { periods, .. }, Some(measure)) => growth(event, measure, *periods),
            (Test::Distinct { within_ms, .. }, Some(measure)) => {
                format!("{} in {}", several(event, measure.value), span(*within_ms))
            }
            (Test::Spike { .. }, Some(measure)) => spike(event, measure),
            (Test::Regulars { active_days, within_days, .. }, Some(measure)) => format!(
                "{} on {active_days} or more of the last {within_days} days",
                counted(measure.value, "user active", "users active")
            ),
            (Test::First { .. }, _) => first(event),
            _ => single(event),
        },
        _ => detector.name.replace('_', " "),
    }
}

/// The event's fields and what the detector measured.
pub(in crate::meaning) fn facts(signal: &Signal) -> Facts {
    let mut facts = Facts::new();
    match &signal.cause {
        Cause::Timer(time) => {
            facts.insert("date".into(), Input::Text(format_rfc3339(*time).into()));
            facts.insert("days_left".into(), Input::Number((time - signal.at) as f64 / DAY_MS as f64));
        }
        Cause::Event(event) => {
            facts.insert("type".into(), Input::Text(event.kind.name().into()));
            for (field, value) in event.kind.fields().iter().zip(&event.values) {
                match value {
                    Value::Absent => None,
                    Value::Number(number) => facts.insert(field.name.into(), Input::Number(*number)),
                    Value::Text(text) => facts.insert(field.name.into(), Input::Text(text.clone())),
                };
            }
        }
    }
    if let Some(measure) = signal.measure {
        facts.insert("measured".into(), Input::Number(measure.value));
        facts.insert("against".into(), Input::Number(measure.against));
    }
    facts
}

fn timer(field: ProfileField, time: Millis, at: Millis) -> String {
    let what = match field {
        ProfileField::RenewalAt => "Renewal",
        ProfileField::SignedUpAt => "Sign-up date",
        ProfileField::FirstValueAt => "First value date",
        _ => "Last expansion date",
    };
    let days = ((time - at) as f64 / DAY_MS as f64).floor();
    format!("{what} on {}, {} ahead", format_date(time), counted(days, "day", "days"))
}

fn usage(event: &Activity, measure: Measure) -> String {
    let (used, limit) = (number(measure.value), number(measure.against));
    let share = percent(measure.value / measure.against);
    match event.meter() {
        None => format!("{used} of {limit} seats in use ({share})"),
        Some(meter) => format!("{meter} at {used} of {limit} ({share})"),
    }
}

fn growth(event: &Activity, measure: Measure, periods: i64) -> String {
    let what = event.meter().unwrap_or("Seats in use");
    let (now, before) = (number(measure.value), number(measure.against));
    let rise = percent(measure.value / measure.against - 1.0);
    let weeks = counted(periods as f64, "week", "weeks");
    format!("{what} grew to {now} from {before} a week before (+{rise}), the latest of {weeks} of growth")
}

fn spike(event: &Activity, measure: Measure) -> String {
    let threshold = number(measure.against);
    let what = match event.kind {
        Kind::UserActivity | Kind::FeatureUsed | Kind::LimitReached => {
            counted(measure.value, "user", "users")
        }
        kind => format!("{} distinct in {}", number(measure.value), kind.name()),
    };
    format!("{what} active on {}, a spike above {threshold}", format_date(event.at))
}

fn span(ms: Millis) -> String {
    if ms % DAY_MS == 0 {
        counted((ms / DAY_MS) as f64, "day", "days")
    } else {
        counted((ms as f64 / 3_600_000.0 * 100.0).round() / 100.0, "hour", "hours")
    }
}

/// A count of events of one type, with what it is about.
fn several(event: &Activity, count: f64) -> String {
    let about = |field: usize| event.text(field).unwrap_or("unknown");
    match event.kind {
        Kind::JobPosted => format!("{} in {}", counted(count, "job posted", "jobs posted"), about(2)),
        Kind::UserInvited => counted(count, "person invited", "people invited"),
        Kind::OverageCharged => {
            format!("{}, the latest for {}", counted(count, "overage charge", "overage charges"), about(0))
        }
        Kind::LimitReached => {
            format!("{} reached, the latest {}", counted(count, "limit", "limits"), about(0))
        }
        Kind::FeatureUsed => {
            format!("{} on advanced features, the latest {}", counted(count, "user", "users"), about(0))
        }
        Kind::UserActivity => counted(count, "active user", "active users"),
        kind => format!("{} of {}", counted(count, "distinct value", "distinct values"), kind.name()),
    }
}

fn first(event: &Activity) -> String {
    let value = event.text(0).unwrap_or("unknown");
    match event.kind {
        Kind::FeatureUsed => format!("First use of {value}"),
        Kind::IntegrationConnected => format!("Connected {value} for the first time"),
        Kind::MilestoneReached => format!("Reached the milestone {value}"),
        kind => format!("First {} of its kind: {value}", kind.name()),
    }
}

/// What accounts like this one own.
fn similar(event: &Activity) -> String {
    let [support, lift, peers, owners] = [1, 2, 3, 4].map(|field| event.number(field).unwrap_or_default());
    let accounts = if peers == 1.0 { "account owns" } else { "accounts own" };
    let product = event.text(0).unwrap_or_default();
    let often = number((lift * 10.0).round() / 10.0);
    let (owners, peers) = (number(owners), number(peers));
    format!(
        "{owners} of {peers} similar {accounts} {product} ({}, {often} × as often as all)",
        percent(support)
    )
}

/// An event that is a signal by itself.
fn single(event: &Activity) -> String {
    let text = |name: &str| match event.get(name) {
        Value::Text(text) => text.to_string(),
        Value::Number(value) => number(*value),
        Value::Absent => String::new(),
    };
    let with = |sentence: &str, name: &str| match event.get(name) {
        Value::Absent => sentence.to_owned(),
        _ => format!("{sentence} ({})", text(name)),
    };
    match event.kind {
        Kind::ExecutiveHired => {
            let who = with(&text("title"), "name");
            format!("{who} hired into {}", text("department"))
        }
        Kind::EarningsGuidance => format!("Earnings guidance {}", text("direction")),
        Kind::StrategicAnnouncement => format!("Announced a strategy on {}", text("topic")),
        Kind::Acquisition if text("role") == "target" => with("Is being acquired", "counterpart"),
        Kind::Acquisition => with("Acquires a company", "counterpart"),
        Kind::FundingRaised => match event.number(1) {
            Some(amount) => format!("{} of USD {}", with("Raised funding", "round"), number(amount)),
            None => with("Raised funding", "round"),
        },
        Kind::OfficeOpened => format!("Opened an office in {}", text("location")),
        Kind::HeadcountChanged => format!("Headcount from {} to {}", text("previous"), text("current")),
        Kind::IntentSurge => format!("Intent surge on {} (score {})", text("topic"), text("score")),
        Kind::CompetitorResearched => with("Researched a competitor", "competitor"),
        Kind::NewsPublished => with(&format!("In the news, {}", text("sentiment")), "headline"),
        Kind::LayoffAnnounced => "Announced layoffs".to_owned(),
        Kind::SimilarAccountsOwn => similar(event),
        Kind::TechStackChanged => format!("{} {}", text("technology"), text("change")),
        Kind::NpsResponse => format!("NPS response of {}", text("score")),
        Kind::PublicShare => format!("Spoke of us in public ({})", text("channel")),
        Kind::ChampionActive => format!("Champion {} active ({})", text("contact"), text("strength")),
        Kind::ReferralMade => with("Referred somebody", "referred"),
        Kind::FeatureRequested => with(&format!("Asked for {}", text("feature")), "tier"),
        Kind::EscalationOpened => format!("Escalation {} opened ({})", text("ticket"), text("priority")),
        Kind::SeatSnapshot => format!("{} in use", counted(event.number(0).unwrap_or(0.0), "seat", "seats")),
        Kind::MeterReading => format!("{} at {}", text("meter"), text("used")),
        kind => format!("{}: {}", kind.name().replace('_', " "), event.text(0).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_similar_accounts_own_is_said_with_its_figures() {
        let said = |support: f64, lift: f64, peers: f64, owners: f64| {
            let numbers = [support, lift, peers, owners].map(Value::Number);
            let values = [Value::Text("Analytics".into())].into_iter().chain(numbers).collect();
            single(&Activity { at: 0, id: "e".into(), kind: Kind::SimilarAccountsOwn, values })
        };
        for (figures, wanted) in [
            (
                (31.0 / 42.0, 2.108, 42.0, 31.0),
                "31 of 42 similar accounts own Analytics (74 %, 2.1 × as often as all)",
            ),
            ((1.0, 3.0, 1.0, 1.0), "1 of 1 similar account owns Analytics (100 %, 3 × as often as all)"),
            (
                (0.25, 1.25, 4_000.0, 1_000.0),
                "1,000 of 4,000 similar accounts own Analytics (25 %, 1.3 × as often as all)",
            ),
        ] {
            let (support, lift, peers, owners) = figures;
            assert_eq!(said(support, lift, peers, owners), wanted);
        }
    }
}
