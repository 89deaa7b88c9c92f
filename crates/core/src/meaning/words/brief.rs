//! The headline and the written handoff.

use std::fmt::Write;

use super::number;
use crate::event::Profile;
use crate::meaning::opportunity::{EvidenceLine, Input, ScorePart};
use crate::rules::{Family, Guide, Motion, Play};
use crate::time::{Millis, format_date};

/// The strongest piece of a family: the most urgent, then the latest.
fn lead(evidence: &[EvidenceLine], family: Family) -> Option<&EvidenceLine> {
    evidence.iter().filter(|line| line.family == family).max_by_key(|line| (line.urgency, line.occurred_at))
}

/// One sentence, led by the triggering behaviour.
pub(in crate::meaning) fn headline(
    profile: &Profile,
    play: &Play,
    evidence: &[EvidenceLine],
    yearly: Option<f64>,
    act_by: Millis,
) -> String {
    let product = lead(evidence, Family::Product);
    let business = lead(evidence, Family::Business);
    let trigger = match (product, business) {
        (Some(product), Some(business)) => format!("{}; {}", product.summary, business.summary),
        (Some(line), None) | (None, Some(line)) => line.summary.clone(),
        (None, None) => play.name.replace('-', " "),
    };
    let worth = match yearly {
        Some(value) if value > 0.0 => {
            format!(" worth about {} {} a year", profile.currency, number(value.round()))
        }
        _ => String::new(),
    };
    format!(
        "{trigger}: {} is ready for {}{worth}, act by {}",
        profile.name,
        purchase(play.motion),
        format_date(act_by)
    )
}

/// What the customer would buy.
pub fn purchase(motion: Motion) -> &'static str {
    match motion {
        Motion::Seat => "more seats",
        Motion::Upsell => "a larger plan",
        Motion::CrossSell => "another product",
        Motion::Usage => "more usage",
        Motion::AddOn => "an add-on",
    }
}

/// The written handoff: signal, usage data, suggested play, as Markdown.
pub(in crate::meaning) fn brief(
    profile: &Profile,
    play: &Play,
    headline: &str,
    evidence: &[EvidenceLine],
    parts: &[ScorePart],
    score: f64,
) -> String {
    let mut text =
        format!("# {}: {}\n\n{headline}.\n", escaped(&profile.name), play.name.replace(['-', '_'], " "));
    section(&mut text, "Signal", evidence, |family| family != Family::Product);
    section(&mut text, "Usage data", evidence, |family| family == Family::Product);
    account(&mut text, profile);
    guide(&mut text, &play.guide, profile.segment.name());
    let _ = write!(text, "\n## Score {}\n\n", number(score));
    for part in parts {
        let input = match &part.input {
            Input::Number(value) => format!("{}{}", number(*value), unit(part.name)),
            Input::Text(value) => value.to_string(),
            Input::Bool(value) => value.to_string(),
            Input::None => "unknown".to_owned(),
        };
        let _ = writeln!(
            text,
            "- {}: {} points × {} (from {input})",
            part.name,
            number(part.points),
            part.weight
        );
    }
    text
}

/// What a component of the score counts.
fn unit(part: &str) -> &'static str {
    match part {
        "potential" => " a year",
        "health" => " of 100",
        "timing" => " days to renewal",
        _ => "",
    }
}

fn section(text: &mut String, title: &str, evidence: &[EvidenceLine], of: impl Fn(Family) -> bool) {
    let mut lines = evidence.iter().filter(|line| of(line.family)).peekable();
    if lines.peek().is_none() {
        return;
    }
    let _ = write!(text, "\n## {title}\n\n");
    for line in lines {
        let since = match format_date(line.since) {
            since if since == format_date(line.occurred_at) => String::new(),
            since => format!(", since {since}"),
        };
        let _ = writeln!(
            text,
            "- {} ({}{since}; {})",
            escaped(&line.summary),
            format_date(line.occurred_at),
            line.detector
        );
    }
}

fn account(text: &mut String, profile: &Profile) {
    let _ = write!(text, "\n## Account\n\n- Segment: {}\n", profile.segment.name().replace('_', " "));
    let _ = writeln!(text, "- MRR: {} {}", profile.currency, number(profile.mrr));
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(text, "- {name}: {}", escaped(&value));
        }
    };
    line("Plan", profile.plan.as_deref().map(str::to_owned));
    line("Seats licensed", profile.seats_licensed.map(number));
    line("Health", profile.health_score.map(number));
    line("Renewal", profile.renewal_at.map(format_date));
    line("Champion", profile.champion.map(|champion| champion.name().to_owned()));
    line("Products", (!profile.products.is_empty()).then(|| profile.products.join(", ")));
}

fn guide(text: &mut String, guide: &Guide, segment: &str) {
    let said =
        [&guide.outreach, &guide.proposal, &guide.close, &guide.timeline].into_iter().any(Option::is_some);
    if !said && guide.discovery.is_empty() && guide.objections.is_empty() {
        return;
    }
    text.push_str("\n## Suggested play\n");
    let mut paragraph = |name: &str, words: Option<&str>| {
        if let Some(words) = words {
            let _ = writeln!(text, "\n**{name}.** {words}");
        }
    };
    paragraph("Outreach", guide.outreach.as_deref());
    paragraph("For this segment", guide.by_segment.get(segment).map(|words| &**words));
    paragraph("Proposal", guide.proposal.as_deref());
    paragraph("Close", guide.close.as_deref());
    paragraph("Timeline", guide.timeline.as_deref());
    list(text, "Discovery questions", &guide.discovery);
    list(text, "Objections", &guide.objections);
}

fn list(text: &mut String, title: &str, items: &[Box<str>]) {
    if !items.is_empty() {
        let _ = write!(text, "\n**{title}**\n\n");
        for item in items {
            let _ = writeln!(text, "- {item}");
        }
    }
}

/// Text from outside, made harmless in Markdown: no markup, no line breaks.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
