//! What is answered under which path.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::TextEncoder;
use serde_json::json;

use crate::health::{Health, Verdict};

/// What answers are made from.
#[derive(Clone)]
pub(crate) struct Sources {
    pub registry: prometheus::Registry,
    pub health: Arc<dyn Fn() -> Health + Send + Sync>,
}

pub(crate) fn router(sources: Sources) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/startupz", get(started))
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .fallback(unknown)
        .with_state(sources)
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
    let reason = "no such page: there are /metrics, /startupz, /livez and /readyz";
    object(StatusCode::NOT_FOUND, &json!({ "status": "not found", "reason": reason }))
}

fn object(status: StatusCode, value: &serde_json::Value) -> Response {
    // A probe must not be answered from a cache.
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, format!("{value}\n")).into_response()
}
