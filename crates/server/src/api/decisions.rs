//! What somebody decides becomes an outcome event, once, and nothing else happens by itself (SPEC 9.1).

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use springtide_core::event::{Outcome, Stage};
use springtide_core::time::{Millis, parse_rfc3339};
use springtide_inbox::Inbox;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::described;
use super::opportunities::{named, unknown};
use super::shapes::{Decision, NewDecision, NotAdmitted, Refused};
use super::{Api, Decider, Refusal};

/// The header with the key by which a decision is written once.
const KEY: &str = "idempotency-key";
/// What an event's id may have (SPEC section 2).
const LONGEST_KEY: usize = 128;
const LONGEST_REASON: usize = 1_000;
/// How long somebody waits to see their own decision.
const TO_BE_SEEN: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The key's description.
struct Key;

impl ToSchema for Key {}

impl PartialSchema for Key {
    fn schema() -> RefOr<Schema> {
        described::key().into()
    }
}

fn wrong(reason: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, reason)
}

/// Writes a decision. The same key again gives the decision that it made, and writes nothing.
#[utoipa::path(post, path = "/api/v1/opportunities/{id}/decisions", tag = "opportunities",
    params(
        ("id" = Uuid, Path, description = "The opportunity's id."),
        ("Idempotency-Key" = inline(Key), Header, description = "Of your own making, one for each decision; 1 to 128 printable ASCII characters."),
    ),
    request_body = NewDecision,
    responses(
        (status = 200, description = "It was written before.", body = Decision),
        (status = 201, description = "It is written.", body = Decision),
        (status = 400, description = "That is no id, no JSON, or there is no key.", body = Refused),
        (status = 404, description = "There is no such opportunity.", body = Refused),
        (status = 409, description = "Somebody decided since, or the key was used for something else.", body = Refused),
        (status = 415, description = "Not JSON.", body = Refused),
        (status = 422, description = "The decision is not as it should be.", body = Refused),
        NotAdmitted,
        (status = 503, description = "Not now; ask again with the same key.", body = Refused),
    ))]
pub(super) async fn decide(
    Decider(person): Decider,
    State(api): State<Api>,
    id: Result<Path<Uuid>, PathRejection>,
    headers: HeaderMap,
    decision: Result<Json<NewDecision>, JsonRejection>,
) -> Result<Response, Refusal> {
    let id = named(id)?;
    let key = key(&headers)?;
    let Json(decision) =
        decision.map_err(|rejected| Refusal::new(rejected.status(), rejected.body_text()))?;
    api.must_be_level()?;
    let _one_at_a_time = api.deciding.lock().await;
    let now = api.desk.now();
    let mut wanted = outcome(id, &key, &decision, now)?;
    wanted.actor = Some(person.name.into());
    let (account, play, known, last) = known(&api, id, &key, now)?;
    wanted.play = play;
    if let Some(known) = known {
        return if is_same(&known, &wanted) {
            Ok((StatusCode::OK, Json(Decision::from(&known))).into_response())
        } else {
            Err(Refusal::new(StatusCode::CONFLICT, "this key was used for another decision"))
        };
    }
    if decision.after.is_some_and(|after| after != last.unwrap_or_default()) {
        return Err(Refusal::new(StatusCode::CONFLICT, "somebody decided since you looked: look again"));
    }
    let written = wanted.clone();
    api.ask(move |desk| desk.decide(&account, &written)).await?;
    await_seen(&api, id, &key).await;
    Ok((StatusCode::CREATED, Json(Decision::from(&wanted))).into_response())
}

fn key(headers: &HeaderMap) -> Result<String, Refusal> {
    let key = headers.get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !(1..=LONGEST_KEY).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let reason = "give an `Idempotency-Key` of 1 to 128 printable ASCII characters: with the same again nothing is written twice";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, reason));
    }
    Ok(key.to_owned())
}

/// The outcome that a decision comes to, its play and who decided left out.
fn outcome(id: Uuid, key: &str, decision: &NewDecision, now: Millis) -> Result<Outcome, Refusal> {
    let known = || Stage::ALL.map(Stage::name).join(", ");
    let stage = Stage::ALL.into_iter().find(|known| known.name() == decision.stage);
    let stage = stage.ok_or_else(|| wrong(format!("`stage` must be one of {}", known())))?;
    let instant =
        |text| parse_rfc3339(text).ok_or_else(|| wrong("`until` is no time, such as 2026-03-02T09:30:00Z"));
    let until = decision.until.as_deref().map(instant).transpose()?;
    if stage == Stage::Snoozed && until.is_none() {
        return Err(wrong("`snoozed` needs an `until`"));
    }
    let reason = decision.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if stage == Stage::Dismissed && reason.is_none() {
        return Err(wrong("`dismissed` needs a `reason`: what the rules could learn from it"));
    }
    if reason.is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        return Err(wrong("`reason` has more than 1000 characters"));
    }
    let amounts = [("amount", decision.amount), ("cost", decision.cost)];
    if let Some((name, _)) =
        amounts.iter().find(|(_, amount)| amount.is_some_and(|amount| !(amount.is_finite() && amount >= 0.0)))
    {
        return Err(wrong(format!("`{name}` must be a number from 0 on")));
    }
    Ok(Outcome {
        at: now,
        id: key.into(),
        opportunity: id.to_string().into(),
        play: Box::default(),
        stage,
        until,
        amount: decision.amount,
        cost: decision.cost,
        reason: reason.map(Into::into),
        actor: None,
    })
}

/// An opportunity's account and play, what the key has written before, and the id of the last decision.
type Known = (String, Box<str>, Option<Outcome>, Option<String>);

fn known(api: &Api, id: Uuid, key: &str, now: Millis) -> Result<Known, Refusal> {
    let known = api.look(|inbox| {
        inbox.find(id, now).map(|found| {
            let before = found.done.iter().find(|outcome| &*outcome.id == key).cloned();
            let last = found.done.last().map(|outcome| outcome.id.to_string());
            (found.row.account.to_string(), found.row.play.clone(), before, last)
        })
    });
    known?.ok_or_else(unknown)
}

/// Whether two are one decision, but for when each was asked for.
fn is_same(one: &Outcome, other: &Outcome) -> bool {
    let at_once = Outcome { at: one.at, ..other.clone() };
    *one == at_once
}

/// Waits for a moment until the inbox has it, so that whoever looks next sees it.
async fn await_seen(api: &Api, id: Uuid, key: &str) {
    let seen = async {
        let is_there = |inbox: &Inbox| {
            let found = inbox.find(id, Millis::MAX);
            found.is_none_or(|found| found.done.iter().any(|outcome| &*outcome.id == key))
        };
        while !api.look(is_there).unwrap_or_default() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    // It is written; that it is not seen yet is no failure.
    let _ = tokio::time::timeout(TO_BE_SEEN, seen).await;
}
