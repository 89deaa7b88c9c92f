//! Lists of opportunities, and single ones.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query as Asking, State};
use axum::http::StatusCode;
use springtide_core::rules::Urgency;
use springtide_core::time::{Millis, format_rfc3339, parse_rfc3339};
use springtide_inbox::{Query, Sort, Standing};
use uuid::Uuid;

use super::shapes::{Asked, Decision, List, NotAdmitted, Refused, Revisions, Summary, Whole};
use super::{Api, Refusal, Viewer};

/// How many a page has unless asked, and at most.
const ON_A_PAGE: usize = 50;
const MOST_ON_A_PAGE: usize = 500;

pub(super) fn wrong(reason: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, reason)
}

/// Opportunities, the most urgent first.
#[utoipa::path(get, path = "/api/v1/opportunities", tag = "opportunities", params(Asked), responses(
    (status = 200, body = List),
    (status = 400, description = "Something asked for is not as it should be.", body = Refused),
    NotAdmitted,
    (status = 503, description = "Not now.", body = Refused),
))]
pub(super) async fn list(
    _: Viewer,
    State(api): State<Api>,
    asked: Result<Asking<Asked>, QueryRejection>,
) -> Result<Json<List>, Refusal> {
    let Asking(asked) = asked.map_err(|rejected| wrong(rejected.body_text()))?;
    let query = query(asked)?;
    api.must_be_level()?;
    let now = api.desk.now();
    api.look(|inbox| {
        let page = inbox.ask(&query, now);
        let items =
            page.items.iter().map(|(row, standing)| Summary::new(row, *standing, page.as_of)).collect();
        let next = page.next.map(|next| next.to_string());
        Json(List { items, total: page.total, next, as_of: format_rfc3339(page.as_of) })
    })
}

/// What is asked for by name, where it is.
pub(super) fn text(text: Option<String>) -> Option<Box<str>> {
    text.filter(|text| !text.is_empty()).map(String::into_boxed_str)
}

/// An instant that is asked for.
pub(super) fn instant(text: String) -> Result<Millis, Refusal> {
    parse_rfc3339(&text).ok_or_else(|| wrong(format!("`{text}` is no time, such as 2026-03-02T09:30:00Z")))
}

fn query(asked: Asked) -> Result<Query, Refusal> {
    let one_of = |name: &str, known: &str| wrong(format!("`{name}` is not one of {known}"));
    let standing = |name: &str| {
        let known = Standing::ALL.map(Standing::name).join(", ");
        Standing::from_name(name).ok_or_else(|| one_of(name, &known))
    };
    let sort = |name: String| {
        let found = Sort::ALL.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, sort)| *sort)
            .ok_or_else(|| one_of(&name, &Sort::ALL.map(|(known, _)| known).join(", ")))
    };
    let urgencies = Urgency::ALL.map(Urgency::name);
    if let Some(name) = asked.urgency.as_deref().filter(|name| !urgencies.contains(name)) {
        return Err(one_of(name, &urgencies.join(", ")));
    }
    let limit = asked.limit.unwrap_or(ON_A_PAGE);
    if !(1..=MOST_ON_A_PAGE).contains(&limit) {
        return Err(wrong(format!("`limit` must be 1 to {MOST_ON_A_PAGE}")));
    }
    let after = asked
        .after
        .map(|after| after.parse().map_err(|_| wrong("`after` is no `next` of a page")))
        .transpose()?;
    let standings = asked.standing.as_deref().map(|names| names.split(',').map(standing).collect());
    Ok(Query {
        owner: text(asked.owner),
        role: text(asked.role),
        account: text(asked.account),
        play: text(asked.play),
        urgency: text(asked.urgency),
        standings: standings.transpose()?.unwrap_or_default(),
        act_before: asked.act_before.map(instant).transpose()?,
        text: text(asked.text),
        sort: asked.sort.map(sort).transpose()?.unwrap_or_default(),
        limit,
        after,
    })
}

/// The opportunity that a path names.
pub(super) fn named(id: Result<Path<Uuid>, PathRejection>) -> Result<Uuid, Refusal> {
    id.map(|Path(id)| id).map_err(|_| wrong("an opportunity's id is a UUID"))
}

/// Nobody knows it.
pub(super) fn unknown() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "no such opportunity: it was never there, or its account was erased")
}

/// One opportunity, with all that is known of it.
#[utoipa::path(get, path = "/api/v1/opportunities/{id}", tag = "opportunities",
    params(("id" = Uuid, Path, description = "The opportunity's id.")),
    responses(
        (status = 200, body = Whole),
        (status = 400, description = "That is no id.", body = Refused),
        (status = 404, description = "There is none.", body = Refused),
        NotAdmitted,
        (status = 503, description = "Not now.", body = Refused),
    ))]
pub(super) async fn one(
    _: Viewer,
    State(api): State<Api>,
    id: Result<Path<Uuid>, PathRejection>,
) -> Result<Json<Whole>, Refusal> {
    let id = named(id)?;
    api.must_be_level()?;
    let opportunity = whole(&api, id).await?;
    let now = api.desk.now();
    let found = api.look(|inbox| {
        inbox.find(id, now).map(|found| {
            let decisions: Vec<Decision> = found.done.iter().map(Decision::from).collect();
            (Summary::new(found.row, found.standing, now), decisions)
        })
    });
    let (summary, decisions) = found?.ok_or_else(unknown)?;
    Ok(Json(Whole { opportunity, summary, decisions }))
}

/// How an opportunity came to be what it is: its revisions.
#[utoipa::path(get, path = "/api/v1/opportunities/{id}/revisions", tag = "opportunities",
    params(("id" = Uuid, Path, description = "The opportunity's id.")),
    responses(
        (status = 200, body = Revisions),
        (status = 400, description = "That is no id.", body = Refused),
        (status = 404, description = "There is none.", body = Refused),
        NotAdmitted,
        (status = 503, description = "Not now.", body = Refused),
    ))]
pub(super) async fn revisions(
    _: Viewer,
    State(api): State<Api>,
    id: Result<Path<Uuid>, PathRejection>,
) -> Result<Json<Revisions>, Refusal> {
    let id = named(id)?;
    api.must_be_level()?;
    let found = api.ask(move |desk| desk.revisions(id)).await?;
    let items = found.ok_or_else(unknown)?.iter().map(|json| serde_json::from_str(json)).collect();
    let items: Result<Vec<_>, _> = items;
    Ok(Json(Revisions { items: items.map_err(|error| Refusal::later(error.to_string()))? }))
}

/// The whole of an opportunity.
pub(super) async fn whole(api: &Api, id: Uuid) -> Result<serde_json::Value, Refusal> {
    let whole = api.ask(move |desk| desk.whole(id)).await?.ok_or_else(unknown)?;
    serde_json::from_str(&whole).map_err(|error| Refusal::later(error.to_string()))
}
