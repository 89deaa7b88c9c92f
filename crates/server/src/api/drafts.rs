//! Draft messages. Nothing is ever sent by itself.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use springtide_inbox::Draft;
use uuid::Uuid;

use super::opportunities::{named, whole};
use super::shapes::{self, Fact, NotAdmitted, Refused, Written};
use super::{Api, Refusal, Viewer};

/// A draft message about an opportunity, from the rule pack's template for its play, of what the opportunity says alone.
#[utoipa::path(get, path = "/api/v1/opportunities/{id}/draft", tag = "opportunities",
    params(("id" = Uuid, Path, description = "The opportunity's id.")),
    responses(
        (status = 200, body = shapes::Draft),
        (status = 400, description = "That is no id.", body = Refused),
        (status = 404, description = "There is none.", body = Refused),
        NotAdmitted,
        (status = 503, description = "Not now.", body = Refused),
    ))]
pub(super) async fn draft(
    _: Viewer,
    State(api): State<Api>,
    id: Result<Path<Uuid>, PathRejection>,
) -> Result<Json<shapes::Draft>, Refusal> {
    let id = named(id)?;
    api.must_be_level()?;
    let opportunity = whole(&api, id).await?;
    let draft = Draft::write(api.desk.drafts(), &opportunity, api.desk.now());
    let (text, template, subject) = (draft.text(), draft.template, draft.subject);
    let parts = draft.parts.into_iter().map(|written| Written {
        part: written.part.name(),
        label: label(written.part.name()),
        text: written.text,
        facts: written.facts.into_iter().map(|fact| Fact { name: fact.name, value: fact.value }).collect(),
        left_out: written.left_out,
    });
    let parts = parts.collect();
    Ok(Json(shapes::Draft { opportunity_id: id.to_string(), template, subject, parts, text }))
}

/// A part's name for a person.
fn label(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}
