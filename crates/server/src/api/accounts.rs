//! One account: what is known of it, and why it has an opportunity or not.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{OriginalUri, Path, Query as Asking, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use springtide_core::meaning::explain::explain_state;
use springtide_core::time::{Millis, format_rfc3339};
use springtide_inbox::{Query, Standing};
use springtide_schema::{Explained, explanation_json};
use utoipa::IntoParams;

use super::opportunities::{instant, wrong};
use super::portrait::AccountShape;
use super::shapes::{NotAdmitted, Refused, Summary};
use super::{Api, Refusal, Viewer, described};
use crate::desk::{Known, Whose};

/// What an explanation may be asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AskedWhy {
    /// The instant; now where it is left out.
    #[param(schema_with = described::instant)]
    pub at: Option<String>,
    /// The play; all where it is left out.
    pub play: Option<String>,
}

/// An account: profiles, signals, usage against limits, what holds which play back until when, opportunities.
#[utoipa::path(get, path = "/api/v1/accounts/{id}", tag = "accounts",
    params(("id" = String, Path, description = "The account's id.")),
    responses(
        (status = 200, body = AccountShape),
        (status = 400, description = "That is no id.", body = Refused),
        (status = 404, description = "Nothing is known of it.", body = Refused),
        NotAdmitted,
        (status = 502, description = "Its owner is set up differently.", body = Refused),
        (status = 503, description = "Not now.", body = Refused),
    ))]
pub(super) async fn one(
    _: Viewer,
    State(api): State<Api>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let id = named(id)?;
    api.must_be_level()?;
    let known = match found(&api, &id, uri.path(), &headers).await? {
        Found::Here(known) => known,
        Found::Elsewhere(response) => return Ok(response),
    };
    let query =
        Query { account: Some(id.as_str().into()), standings: Standing::ALL.to_vec(), ..Query::default() };
    let opportunities = api.look(|inbox| {
        let page = inbox.ask(&query, known.now);
        page.items.iter().map(|(row, standing)| Summary::new(row, *standing, known.now)).collect()
    })?;
    Ok(Json(AccountShape::new(&known, opportunities)).into_response())
}

/// Why an account opened each play at an instant, or not: every condition, its values, the nearest miss. As
/// `springtide explain --json` says it, but that a state does not remember readings that were far from a signal.
#[utoipa::path(get, path = "/api/v1/accounts/{id}/explanation", tag = "accounts",
    params(("id" = String, Path, description = "The account's id."), AskedWhy),
    responses(
        (status = 200, description = "The explanation.", body = Object),
        (status = 400, description = "Something asked for is not as it should be, or before what is remembered.", body = Refused),
        (status = 404, description = "Nothing is known of it, or there is no such play.", body = Refused),
        NotAdmitted,
        (status = 502, description = "Its owner is set up differently.", body = Refused),
        (status = 503, description = "Not now.", body = Refused),
    ))]
pub(super) async fn why(
    _: Viewer,
    State(api): State<Api>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    asked: Result<Asking<AskedWhy>, QueryRejection>,
) -> Result<Response, Refusal> {
    let id = named(id)?;
    let Asking(asked) = asked.map_err(|rejected| wrong(rejected.body_text()))?;
    let at = asked.at.map(instant).transpose()?;
    let path = uri.path_and_query().map_or_else(|| uri.path(), |path| path.as_str());
    match found(&api, &id, path, &headers).await? {
        Found::Here(known) => explained(&known, at.unwrap_or(known.now), asked.play.as_deref()),
        Found::Elsewhere(response) => Ok(response),
    }
}

fn explained(known: &Known, at: Millis, play: Option<&str>) -> Result<Response, Refusal> {
    let Known { account, rules, clock, .. } = known;
    let mut plays = explain_state(rules, account, at, *clock).ok_or_else(|| {
        let from = account.known_from().map(format_rfc3339).unwrap_or_default();
        wrong(format!(
            "what was before {from} is not remembered: ask for a later instant, or `springtide explain` over files"
        ))
    })?;
    plays.retain(|one| play.is_none_or(|name| *one.play == *name));
    if let (true, Some(name)) = (plays.is_empty(), play) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, format!("`{name}` is no play")));
    }
    let profile = account.profile_at(at);
    let body = explanation_json(&Explained {
        account: account.id(),
        at,
        clock: *clock,
        rules_version: &rules.version,
        profile: profile.as_deref(),
        plays: &plays,
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn named(id: Result<Path<String>, PathRejection>) -> Result<String, Refusal> {
    let Path(id) = id.map_err(|_| wrong("an account's id is UTF-8"))?;
    match id.len() {
        1..=1_024 => Ok(id),
        _ => Err(wrong("an account's id has 1 to 1,024 bytes")),
    }
}

enum Found {
    Here(Box<Known>),
    /// What its owner says.
    Elsewhere(Response),
}

async fn found(api: &Api, id: &str, path: &str, headers: &HeaderMap) -> Result<Found, Refusal> {
    let account = id.to_owned();
    match api.ask(move |desk| desk.account(&account)).await? {
        Whose::Here(known) if known.account.is_empty() => {
            Err(Refusal::new(StatusCode::NOT_FOUND, "nothing is known of this account, or no longer"))
        }
        Whose::Here(known) => Ok(Found::Here(known)),
        Whose::There(address) => {
            api.peers.ask(&address, path, headers, &api.access).await.map(Found::Elsewhere)
        }
        Whose::Nobody(why) => Err(Refusal::later(why)),
    }
}
