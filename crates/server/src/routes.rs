//! What is answered under which path.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::TextEncoder;
use serde_json::json;
use tokio::sync::watch;

use crate::api::{self, Access};
use crate::desk::Desk;
use crate::health::{Health, Verdict};
use crate::log_level::LogLevel;
use crate::page;

/// What answers are made from.
#[derive(Clone)]
pub struct Sources {
    /// Figures.
    pub registry: prometheus::Registry,
    /// How the pipeline is.
    pub health: Arc<dyn Fn() -> Health + Send + Sync>,
    /// How much is logged.
    pub log_level: Arc<dyn LogLevel>,
    /// The inbox, and who may see it and decide; there is no API without.
    pub desk: Option<(Arc<dyn Desk>, Access)>,
}

/// More than any list of levels needs.
const LONGEST_BODY_BYTES: usize = 4_096;

/// Answers that go on and on end once the sender of `ended` is gone.
pub(crate) fn router(sources: Sources, ended: watch::Receiver<()>) -> Router {
    let api = sources.desk.clone().map(|(desk, access)| api::router(desk, access, ended));
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/startupz", get(started))
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/loglevel", get(log_level).put(change_log_level))
        .layer(DefaultBodyLimit::max(LONGEST_BODY_BYTES))
        .fallback(unknown)
        .with_state(sources);
    match api {
        Some(api) => router.merge(page::router()).nest("/api/v1", api),
        None => router,
    }
}

async fn metrics(State(sources): State<Sources>) -> Response {
    match TextEncoder::new().encode_to_string(&sources.registry.gather()) {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("can't write the figures: {error}\n")).into_response()
        }
    }
}

async fn started(State(sources): State<Sources>) -> Response {
    judged(&(sources.health)().started())
}

async fn live(State(sources): State<Sources>) -> Response {
    judged(&(sources.health)().live())
}

async fn ready(State(sources): State<Sources>) -> Response {
    judged(&(sources.health)().ready())
}

fn judged(verdict: &Verdict) -> Response {
    let (status, word) =
        if verdict.holds { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ok") };
    object(status, &json!({ "status": word, "reason": verdict.reason }))
}

async fn unknown() -> Response {
    let reason = "no such page: there are /metrics, /startupz, /livez, /readyz and /loglevel";
    object(StatusCode::NOT_FOUND, &json!({ "status": "not found", "reason": reason }))
}

async fn log_level(State(sources): State<Sources>) -> Response {
    object(StatusCode::OK, &json!({ "level": sources.log_level.now() }))
}

/// Changes it, for whoever is on this machine and no browser: a page of somebody else's may ask for a `PUT` here in a
/// visitor's name, and its browser says so (`Origin`).
async fn change_log_level(
    State(sources): State<Sources>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    directives: String,
) -> Response {
    let refused = |status, reason: &str| object(status, &json!({ "status": "refused", "reason": reason }));
    if !peer.ip().to_canonical().is_loopback() {
        return refused(
            StatusCode::FORBIDDEN,
            "the log's level is changed from this machine alone: curl -X PUT -d LEVEL http://localhost:PORT/loglevel",
        );
    }
    if headers.contains_key(header::ORIGIN) {
        return refused(StatusCode::FORBIDDEN, "the log's level is not changed by pages");
    }
    match sources.log_level.change(directives.trim()) {
        Ok(()) => log_level(State(sources)).await,
        Err(reason) => refused(StatusCode::BAD_REQUEST, &reason),
    }
}

fn object(status: StatusCode, value: &serde_json::Value) -> Response {
    // A probe must not be answered from a cache.
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, format!("{value}\n")).into_response()
}
