//! What an opportunity says, by placeholder: read from it, or worked out from it exactly.

use serde_json::Value;
use springtide_core::meaning::words::{number, percent, purchase};
use springtide_core::rules::{Motion, Placeholder, Urgency};
use springtide_core::time::{DAY_MS, Millis, format_date, parse_rfc3339};

/// Fields with names that programs give: `mobile_app`.
const PRODUCT_NAMES: [&str; 5] = ["meter", "feature", "integration", "milestone", "gate"];
/// What the gate's condition on the first value begins with.
const SINCE_FIRST_VALUE: &str = "days_since(profile.first_value_at) ";

/// An opportunity's JSON, looked at by what a template may ask for.
pub(super) struct Facts<'o> {
    opportunity: &'o Value,
    evidence: &'o [Value],
    now: Millis,
}

/// Two numbers that a detector compared.
struct Measure<'o> {
    line: &'o Value,
    measured: f64,
    against: f64,
}

impl<'o> Facts<'o> {
    pub fn of(opportunity: &'o Value, now: Millis) -> Facts<'o> {
        let evidence = opportunity["evidence"].as_array().map_or(&[][..], Vec::as_slice);
        Facts { opportunity, evidence, now }
    }

    /// What stands for a placeholder, in one line; none where the opportunity does not say it.
    pub fn value(&self, placeholder: Placeholder) -> Option<String> {
        let value = self.said(placeholder).or_else(|| self.of_evidence(placeholder))?;
        // From outside, and nothing that should break a line.
        let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// Of the opportunity as a whole, and of its leading signals.
    fn said(&self, placeholder: Placeholder) -> Option<String> {
        use Placeholder as P;
        match placeholder {
            P::AccountName => text(&self.opportunity["account_name"]),
            P::Owner => text(&self.opportunity["route"]["owner"]),
            P::Role => text(&self.opportunity["route"]["role"]).map(|role| spoken(&role)),
            P::Play => text(&self.opportunity["play"]).map(|play| play.replace(['-', '_'], " ")),
            P::Purchase => {
                let name = self.opportunity["motion"].as_str()?;
                let motion = Motion::ALL.into_iter().find(|motion| motion.name() == name)?;
                Some(purchase(motion).to_owned())
            }
            P::ActBy => {
                let at = self.opportunity["act_by"].as_str().and_then(parse_rfc3339)?;
                (at > self.now).then(|| format_date(at))
            }
            P::YearlyValue => self.yearly_value(),
            P::RenewalDate => self.renewal_at().map(format_date),
            P::FirstValueDate => self.first_value_at().map(format_date),
            P::ProductEvidence => text(&self.lead("product")?["summary"]),
            P::ProductDate => date(&self.lead("product")?["occurred_at"]),
            P::BusinessEvidence => text(&self.lead("business")?["summary"]),
            P::BusinessDate => date(&self.lead("business")?["occurred_at"]),
            P::EngagementEvidence => text(&self.lead("engagement")?["summary"]),
            _ => None,
        }
    }

    /// Of single pieces of evidence.
    fn of_evidence(&self, placeholder: Placeholder) -> Option<String> {
        use Placeholder as P;
        let (kind, field) = match placeholder {
            P::Resource => return self.usage().and_then(|usage| resource(usage.line, "seats")),
            P::Used => return self.usage().map(|usage| number(usage.measured)),
            P::Limit => return self.usage().map(|usage| number(usage.against)),
            P::Ratio => return self.usage().map(|usage| percent(usage.measured / usage.against)),
            P::Left => {
                let left = self.usage().map(|usage| usage.against - usage.measured);
                return left.filter(|left| *left > 0.0).map(number);
            }
            P::UsageDate => return self.usage().and_then(|usage| date(&usage.line["occurred_at"])),
            P::GrowthOf => return self.growth().and_then(|growth| resource(growth.line, "seats in use")),
            P::GrownFrom => return self.growth().map(|growth| number(growth.against)),
            P::GrownTo => return self.growth().map(|growth| number(growth.measured)),
            P::Growth => return self.growth().map(|growth| percent(growth.measured / growth.against - 1.0)),
            P::ActiveUsers => ("user_activity", "measured"),
            P::Invited => ("user_invited", "measured"),
            P::Feature => ("feature_used", "feature"),
            P::FeatureUsers => ("feature_used", "measured"),
            P::Integration => ("integration_connected", "integration"),
            P::Milestone => ("milestone_reached", "milestone"),
            P::LimitReached => ("limit_reached", "gate"),
            P::LimitHits => ("limit_reached", "measured"),
            P::Overages => ("overage_charged", "measured"),
            P::OverageMeter => ("overage_charged", "meter"),
            P::Openings => ("job_posted", "measured"),
            P::HiringDepartment => ("job_posted", "department"),
            P::ExecutiveTitle => ("executive_hired", "title"),
            P::ExecutiveDepartment => ("executive_hired", "department"),
            P::Office => ("office_opened", "location"),
            P::HeadcountFrom => ("headcount_changed", "previous"),
            P::HeadcountTo => ("headcount_changed", "current"),
            P::FundingRound => ("funding_raised", "round"),
            P::StrategyTopic => ("strategic_announcement", "topic"),
            P::Acquired => {
                let line = self.lead_of(|line| is_of(line, "acquisition"))?;
                return text(&line["values"]["counterpart"]).filter(|_| line["values"]["role"] == "acquirer");
            }
            P::RequestedFeature => ("feature_requested", "feature"),
            P::RequestedTier => ("feature_requested", "tier"),
            P::NpsScore => ("nps_response", "score"),
            _ => return None,
        };
        let value = &self.lead_of(|line| is_of(line, kind))?["values"][field];
        let words =
            || text(value).map(|words| if PRODUCT_NAMES.contains(&field) { spoken(&words) } else { words });
        value.as_f64().map(number).or_else(words)
    }

    /// The strongest of some evidence: the most urgent, then the latest, as in the headline.
    fn lead_of(&self, of: impl Fn(&Value) -> bool) -> Option<&'o Value> {
        let urgency = |line: &Value| Urgency::ALL.iter().position(|known| line["urgency"] == known.name());
        let at = |line: &Value| line["occurred_at"].as_str().and_then(parse_rfc3339);
        self.evidence.iter().filter(|line| of(line)).max_by_key(|line| (urgency(line), at(line)))
    }

    fn lead(&self, family: &str) -> Option<&'o Value> {
        self.lead_of(|line| line["family"] == family)
    }

    /// How near they are to a limit.
    fn usage(&self) -> Option<Measure<'o>> {
        self.measure("of")
    }

    /// How much more there is than a week before.
    fn growth(&self) -> Option<Measure<'o>> {
        self.measure("from")
    }

    /// The leading signal on seats or a meter whose summary has both numbers with a word between: evidence does not name
    /// its detector's kind, and its words do.
    fn measure(&self, between: &str) -> Option<Measure<'o>> {
        let line = self.lead_of(|line| measured(line, between).is_some())?;
        measured(line, between)
    }

    fn yearly_value(&self) -> Option<String> {
        let value = self.opportunity["yearly_value"].as_f64().filter(|value| *value > 0.0)?;
        Some(format!("{} {}", text(&self.opportunity["currency"])?, number(value.round())))
    }

    /// From the days that the score's timing was read from, as of when evidence was last added.
    fn renewal_at(&self) -> Option<Millis> {
        let parts = self.opportunity["score_parts"].as_array()?;
        let days = parts.iter().find(|part| part["name"] == "timing")?["input"].as_f64()?;
        let at = parse_rfc3339(self.opportunity["updated_at"].as_str()?)?;
        days_after(at, days).filter(|renewal_at| *renewal_at > self.now)
    }

    /// From the days that the gate's condition was read from, as of when it opened.
    fn first_value_at(&self) -> Option<Millis> {
        let gate = self.opportunity["gate"].as_array()?;
        let since = |part: &&Value| {
            part["condition"].as_str().is_some_and(|text| text.starts_with(SINCE_FIRST_VALUE))
        };
        let days = gate.iter().find(since)?["value"].as_f64()?;
        let at = parse_rfc3339(self.opportunity["opened_at"].as_str()?)?;
        days_after(at, -days)
    }
}

/// What a detector compared on seats or a meter, where its summary says so.
fn measured<'o>(line: &'o Value, between: &str) -> Option<Measure<'o>> {
    let values = &line["values"];
    let (measured, against) = (values["measured"].as_f64()?, values["against"].as_f64()?);
    let words = format!("{} {between} {}", number(measured), number(against));
    let said = line["summary"].as_str()?.contains(&words);
    let kind = is_of(line, "seat_snapshot") || is_of(line, "meter_reading");
    (said && kind && against > 0.0).then_some(Measure { line, measured, against })
}

/// To the millisecond; none beyond the years that a date is written for.
fn days_after(at: Millis, days: f64) -> Option<Millis> {
    let then = at as f64 + days * DAY_MS as f64;
    let years = -62_167_219_200_000.0..253_402_300_800_000.0;
    years.contains(&then.round()).then_some(then.round() as Millis)
}

fn is_of(line: &Value, kind: &str) -> bool {
    line["values"]["type"] == kind
}

fn resource(line: &Value, seats: &str) -> Option<String> {
    if is_of(line, "seat_snapshot") {
        Some(seats.to_owned())
    } else {
        text(&line["values"]["meter"]).map(|meter| spoken(&meter))
    }
}

/// As people write it.
fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn date(value: &Value) -> Option<String> {
    value.as_str().and_then(parse_rfc3339).map(format_date)
}
