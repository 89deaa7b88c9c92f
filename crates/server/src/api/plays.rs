//! The plays of the rules, and how often each was right.

use axum::Json;
use axum::extract::State;
use springtide_core::rules::{DetectorId, Rules, Span};
use springtide_core::time::{DAY_MS, HOUR_MS, Millis, SECOND_MS, format_rfc3339};
use springtide_report::{Report, Reported};

use super::reports::{last_year, worked_out};
use super::shapes::{NotAdmitted, Play, Plays};
use super::{Api, Refusal, Viewer};

/// The plays, by name.
#[utoipa::path(get, path = "/api/v1/plays", tag = "report", responses((status = 200, body = Plays), NotAdmitted))]
pub(super) async fn plays(_: Viewer, State(api): State<Api>) -> Result<Json<Plays>, Refusal> {
    let now = api.desk.now();
    let (report, as_of) = match api.desk.reported() {
        Reported::Made(gathered) => {
            (Some(worked_out(&api, &gathered, last_year(now)).await?), gathered.as_of)
        }
        Reported::Making(_) | Reported::Failed(_) => (None, now),
    };
    let rules = api.desk.rules();
    let items = rules.plays.iter().map(|play| shaped(rules, play, report.as_deref())).collect();
    Ok(Json(Plays { as_of: format_rfc3339(as_of), items }))
}

fn shaped(rules: &Rules, play: &springtide_core::rules::Play, report: Option<&Report>) -> Play {
    let names = |ids: &[DetectorId]| ids.iter().map(|id| rules.detectors[*id].name.to_string()).collect();
    let row = report.map(|report| report.plays.iter().find(|row| row.play == *play.name));
    // Nothing opened and nothing ended: that is known too.
    let record = row.map(|row| serde_json::to_value(row.cloned().unwrap_or_else(|| untouched(play))));
    Play {
        play: play.name.to_string(),
        motion: play.motion.name(),
        trigger: if play.convergent() { "convergent" } else { "single" },
        product: names(&play.product),
        business: names(&play.business),
        boost: names(&play.boost),
        unless: names(&play.unless),
        gate: play.gate.to_string(),
        window: written(play.window),
        act_within: written(play.act_within),
        cooldown_days: play.cooldown_ms as f64 / DAY_MS as f64,
        record: record.and_then(Result::ok),
    }
}

fn untouched(play: &springtide_core::rules::Play) -> springtide_report::PlayRow {
    springtide_report::PlayRow {
        play: play.name.to_string(),
        motion: Some(play.motion.name()),
        ..springtide_report::PlayRow::default()
    }
}

/// As a rule file has it.
fn written(span: Span) -> String {
    let units: [(Millis, &str); 4] = [(DAY_MS, "d"), (HOUR_MS, "h"), (60 * SECOND_MS, "m"), (SECOND_MS, "s")];
    match span {
        Span::BusinessDays(count) => format!("{count}bd"),
        Span::Time(ms) => match units.iter().find(|(unit, _)| ms % unit == 0) {
            Some((unit, name)) => format!("{}{name}", ms / unit),
            None => format!("{ms}ms"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_in_a_rule_file() {
        for (span, expected) in [
            (Span::BusinessDays(5), "5bd"),
            (Span::Time(5 * DAY_MS), "5d"),
            (Span::Time(36 * HOUR_MS), "36h"),
            (Span::Time(90 * SECOND_MS), "90s"),
            (Span::Time(15 * 60 * SECOND_MS), "15m"),
        ] {
            assert_eq!(written(span), expected);
        }
    }
}
