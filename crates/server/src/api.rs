//! The HTTP API (SPEC 9.2): opportunities and decisions, for the page and for other tools. `/api/v1/openapi.json` describes it.
//!
//! - `access`: who asks, and what they may; `limit`: how often.
//! - `shapes`, `portrait`: what goes over the wire, `described` what may; `opportunities`, `decisions`, `drafts`, `reports`,
//!   `plays`, `digest`, `changes`, `me`, `accounts`: what is answered; `peers`: by whom, where this process does not know.

mod access;
mod accounts;
mod changes;
mod decisions;
mod described;
mod digest;
mod drafts;
mod limit;
mod me;
mod opportunities;
mod peers;
mod plays;
mod portrait;
mod reports;
mod shapes;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use springtide_inbox::Inbox;
use tokio::sync::{Semaphore, watch};
use utoipa::OpenApi;

pub use access::{Access, Person, ProxyHeaders, Role, Token};

use crate::desk::Desk;
use access::must_be_ours;
use limit::Limit;
use peers::Peers;

/// More than any decision needs, whatever its reason.
const LONGEST_BODY_BYTES: usize = 16_384;

/// What answers are made from.
#[derive(Clone)]
pub(crate) struct Api {
    pub desk: Arc<dyn Desk>,
    access: Arc<Access>,
    peers: Peers,
    limit: Arc<Mutex<Limit>>,
    /// Decisions of this process come one after the other, so that each knows of those before it.
    deciding: Arc<tokio::sync::Mutex<()>>,
    /// What was reported last; one report is worked out at a time.
    reports: Arc<tokio::sync::Mutex<reports::Recent>>,
    /// How many streams of changes may still be opened.
    streams: Arc<Semaphore>,
    ended: watch::Receiver<()>,
}

/// The API's description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Springtide",
        description = "Which customers are ready to buy more, why, and what people decide.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        me::me,
        opportunities::list,
        opportunities::one,
        opportunities::revisions,
        decisions::decide,
        drafts::draft,
        digest::digest,
        changes::changes,
        accounts::one,
        accounts::why,
        reports::report,
        reports::table,
        plays::plays
    ),
    tags(
        (name = "opportunities", description = "What stands, and what was decided."),
        (name = "accounts", description = "What is known of one account, and why it has an opportunity or not."),
        (name = "report", description = "What became of them, and how often each play is right."),
        (name = "access", description = "Who asks.")
    )
)]
struct Description;

/// The routes below `/api/v1`.
pub(crate) fn router(desk: Arc<dyn Desk>, access: Access, ended: watch::Receiver<()>) -> Router {
    let streams = Arc::new(Semaphore::new(changes::MOST_STREAMS));
    let (access, peers) = (Arc::new(access), Peers::new());
    let api = Api {
        desk,
        access,
        peers,
        limit: Arc::default(),
        deciding: Arc::default(),
        reports: Arc::default(),
        streams,
        ended,
    };
    Router::new()
        .route("/openapi.json", get(|| async { Json(Description::openapi()) }))
        .route("/me", get(me::me))
        .route("/changes", get(changes::changes))
        .route("/digest", get(digest::digest))
        .route("/report", get(reports::report))
        .route("/report.csv", get(reports::table))
        .route("/plays", get(plays::plays))
        .route("/opportunities", get(opportunities::list))
        .route("/opportunities/{id}", get(opportunities::one))
        .route("/opportunities/{id}/revisions", get(opportunities::revisions))
        .route("/opportunities/{id}/draft", get(drafts::draft))
        .route("/opportunities/{id}/decisions", post(decisions::decide))
        .route("/accounts/{id}", get(accounts::one))
        .route("/accounts/{id}/explanation", get(accounts::why))
        .layer(DefaultBodyLimit::max(LONGEST_BODY_BYTES))
        .fallback(|| async {
            Refusal::new(StatusCode::NOT_FOUND, "no such path; /api/v1/openapi.json names them all")
        })
        .method_not_allowed_fallback(|| async {
            Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "not with this method; /api/v1/openapi.json names them",
            )
        })
        .with_state(api)
}

/// Why a request is not answered, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub reason: String,
    /// After how many seconds to ask again.
    pub again_after: Option<u64>,
}

impl Refusal {
    pub fn new(status: StatusCode, reason: impl Into<String>) -> Refusal {
        Refusal { status, reason: reason.into(), again_after: None }
    }

    /// Nothing is wrong with the request; it can't be answered now.
    pub fn later(reason: impl Into<String>) -> Refusal {
        Refusal { again_after: Some(1), ..Refusal::new(StatusCode::SERVICE_UNAVAILABLE, reason) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "reason": self.reason }))).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.again_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Somebody who may see.
pub(crate) struct Viewer(pub Person);

/// Somebody who may decide, on a page of ours if on a page.
pub(crate) struct Decider(pub Person);

fn admitted(api: &Api, parts: &Parts, least: Role) -> Result<Person, Refusal> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer =
        peer.ok_or_else(|| Refusal::new(StatusCode::FORBIDDEN, "nobody knows where this comes from"))?;
    let person = api.access.who(peer.ip(), &parts.headers)?;
    let mut limit = api.limit.lock().unwrap_or_else(PoisonError::into_inner);
    limit.takes(&person.name, Instant::now()).map_err(|wait: Duration| Refusal {
        again_after: Some(wait.as_secs().max(1)),
        ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many requests at once")
    })?;
    if person.role < least {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "your role is to see, and not to decide"));
    }
    Ok(person)
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer
where
    Api: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Viewer, Refusal> {
        admitted(&Api::from_ref(state), parts, Role::View).map(Viewer)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Decider
where
    Api: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Decider, Refusal> {
        must_be_ours(&parts.headers)?;
        admitted(&Api::from_ref(state), parts, Role::Decide).map(Decider)
    }
}

impl Api {
    /// What somebody sees who looks into the inbox.
    fn look<T>(&self, look: impl Fn(&Inbox) -> T) -> Result<T, Refusal> {
        let mut seen = None;
        self.desk.look(&mut |inbox| seen = Some(look(inbox)));
        seen.ok_or_else(|| Refusal::later("the inbox does not answer"))
    }

    /// Asks the desk what may wait, beside the thread that answers.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Desk) -> Result<T, String> + Send + 'static,
    ) -> Result<T, Refusal> {
        let desk = Arc::clone(&self.desk);
        let answer = tokio::task::spawn_blocking(move || ask(&*desk)).await;
        answer.map_err(|error| Refusal::later(error.to_string()))?.map_err(Refusal::later)
    }

    /// Refuses while the inbox has only a part.
    fn must_be_level(&self) -> Result<(), Refusal> {
        match self.desk.is_level() {
            true => Ok(()),
            false => Err(Refusal::later("the inbox is being read; in a moment it is whole")),
        }
    }
}
