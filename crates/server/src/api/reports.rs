//! Reports: the same that `springtide report` says, from what the topics have.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query as Asking, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use springtide_core::event::Segment;
use springtide_core::time::{Millis, format_rfc3339};
use springtide_report::{Gathered, Report, Reported, Scope, csv, months_after, rows, year_up_to};

use super::opportunities::{instant, wrong};
use super::shapes::{self, AskedReport, LeftOut, NotAdmitted, Refused};
use super::{Api, Refusal, Viewer};

/// So many are kept: people look at a few periods again and again.
const KEPT: usize = 8;

/// The reports that were worked out last, by what they were made from and their scope.
#[derive(Default)]
pub(super) struct Recent(VecDeque<(Millis, Scope, Arc<Report>)>);

/// What became of opportunities and revenue, as of when the topics were last read: it is read anew when somebody asks ten
/// minutes later.
#[utoipa::path(get, path = "/api/v1/report", tag = "report", params(AskedReport), responses(
    (status = 200, body = shapes::Reported),
    (status = 400, description = "Something asked for is not as it should be.", body = Refused),
    NotAdmitted,
    (status = 503, description = "It is being made for the first time, or can't be.", body = Refused),
))]
pub(super) async fn report(
    _: Viewer,
    State(api): State<Api>,
    asked: Result<Asking<AskedReport>, QueryRejection>,
) -> Result<Json<shapes::Reported>, Refusal> {
    let scope = scope(asked, api.desk.now())?;
    let gathered = gathered(&api)?;
    let report = worked_out(&api, &gathered, scope).await?;
    let report = serde_json::to_value(&*report).map_err(|error| Refusal::later(error.to_string()))?;
    let left_out = LeftOut {
        profiles_gone: gathered.left_out.profiles_gone,
        outcomes_gone: gathered.left_out.outcomes_gone,
        late_profiles: gathered.left_out.late_profiles,
        outcomes_without_account: gathered.left_out.outcomes_without_account,
        bad: gathered.left_out.bad,
    };
    Ok(Json(shapes::Reported { as_of: format_rfc3339(gathered.as_of), report, left_out }))
}

/// The same as a table, a figure a line, as `springtide report --csv` prints it.
#[utoipa::path(get, path = "/api/v1/report.csv", tag = "report", params(AskedReport), responses(
    (status = 200, description = "The table.", body = String, content_type = "text/csv"),
    (status = 400, description = "Something asked for is not as it should be.", body = Refused),
    NotAdmitted,
    (status = 503, description = "It is being made for the first time, or can't be.", body = Refused),
))]
pub(super) async fn table(
    _: Viewer,
    State(api): State<Api>,
    asked: Result<Asking<AskedReport>, QueryRejection>,
) -> Result<Response, Refusal> {
    let scope = scope(asked, api.desk.now())?;
    let gathered = gathered(&api)?;
    let report = worked_out(&api, &gathered, scope).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"springtide-report.csv\""),
    ];
    Ok((headers, csv(&rows(&report))).into_response())
}

/// The twelve months up to and with today.
pub(super) fn last_year(now: Millis) -> Scope {
    let (from, to) = year_up_to(now);
    Scope { from, to, segments: Vec::new() }
}

fn scope(asked: Result<Asking<AskedReport>, QueryRejection>, now: Millis) -> Result<Scope, Refusal> {
    let Asking(asked) = asked.map_err(|rejected| wrong(rejected.body_text()))?;
    let to = asked.to.map(instant).transpose()?.unwrap_or_else(|| last_year(now).to);
    let from = asked.from.map(instant).transpose()?.unwrap_or_else(|| months_after(to, -12));
    if from >= to {
        return Err(wrong("the period is empty: `from` is not before its end"));
    }
    let segment = |name: &str| {
        let known = Segment::ALL.map(Segment::name).join(", ");
        let found = Segment::ALL.into_iter().find(|segment| segment.name() == name);
        found.ok_or_else(|| wrong(format!("`{name}` is not one of {known}")))
    };
    let segments = asked.segment.map(|names| names.split(',').map(segment).collect());
    Ok(Scope { from, to, segments: segments.transpose()?.unwrap_or_default() })
}

/// What there is to report from.
fn gathered(api: &Api) -> Result<Arc<Gathered>, Refusal> {
    match api.desk.reported() {
        Reported::Made(gathered) => Ok(gathered),
        Reported::Making(read) => {
            let reason =
                format!("the report is being made, {read} records are read; in a moment it is there");
            Err(Refusal { again_after: Some(2), ..Refusal::later(reason) })
        }
        Reported::Failed(reason) => Err(Refusal {
            again_after: Some(30),
            ..Refusal::later(format!("what the report is made from can't be read: {reason}"))
        }),
    }
}

/// A report: one that is known, else worked out, one at a time and beside the thread that answers.
pub(super) async fn worked_out(
    api: &Api,
    gathered: &Arc<Gathered>,
    scope: Scope,
) -> Result<Arc<Report>, Refusal> {
    let mut recent = api.reports.lock().await;
    let is_it =
        |(as_of, known, _): &&(Millis, Scope, Arc<Report>)| *as_of == gathered.as_of && *known == scope;
    if let Some((_, _, report)) = recent.0.iter().find(is_it) {
        return Ok(Arc::clone(report));
    }
    let (from, about) = (Arc::clone(gathered), scope.clone());
    let report = tokio::task::spawn_blocking(move || Arc::new(from.reporter.report(&about))).await;
    let report = report.map_err(|error| Refusal::later(error.to_string()))?;
    recent.0.push_front((gathered.as_of, scope, Arc::clone(&report)));
    recent.0.truncate(KEPT);
    Ok(report)
}
