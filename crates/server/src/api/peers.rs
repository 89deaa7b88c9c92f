//! Asking the process that owns an account, in the name of whoever asks.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{Access, Refusal};

/// Says that another process passes this on: it is not passed on again.
const PASSED_ON: HeaderName = HeaderName::from_static("springtide-passed-on");
/// Says in the answer which process gave it.
const ANSWERED_BY: HeaderName = HeaderName::from_static("springtide-answered-by");

/// How long the other may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The other processes of the group; without a client where the system gives none, in its words.
#[derive(Clone)]
pub(super) struct Peers(Result<reqwest::Client, String>);

impl Peers {
    /// A client that goes straight there: a proxy for the way out would be the wrong way.
    pub fn new() -> Peers {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Peers(client.map_err(|error| error.to_string()))
    }

    /// Asks there, with what says who asks, and answers as that does.
    pub async fn ask(
        &self,
        address: &str,
        path: &str,
        headers: &HeaderMap,
        access: &Access,
    ) -> Result<Response, Refusal> {
        if headers.contains_key(PASSED_ON) {
            return Err(Refusal::later("the account's partition is moving from one process to another"));
        }
        let client = self.0.as_ref().map_err(Refusal::later)?;
        let mut request = client.get(format!("http://{address}{path}")).header(PASSED_ON, "1");
        for name in access.telling() {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let failed = |error: reqwest::Error| {
            Refusal::later(format!(
                "{address}, which owns the account, does not answer: {}",
                error.without_url()
            ))
        };
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
        let body = answer.bytes().await.map_err(failed)?;
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = match status {
            // Whoever may ask here may ask there, unless the two are set up differently.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StatusCode::BAD_GATEWAY,
            status => status,
        };
        let told = response.headers_mut();
        told.extend(kind.map(|kind| (header::CONTENT_TYPE, kind)));
        told.extend(HeaderValue::from_str(address).ok().map(|address| (ANSWERED_BY, address)));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            told.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Ok(response)
    }
}
