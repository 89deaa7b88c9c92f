//! What a running pipeline says over HTTP: figures and health (SPEC section 7.1). It reads only, and knows no Kafka.
//!
//! - [`Server`]: listens, on a thread of its own.
//! - [`health`]: when a pipeline is alive and when it is ready, in words.
//!
//! `/metrics` is Prometheus' text exposition; `/livez` and `/readyz` answer 200 or 503 with a JSON object whose
//! `reason` says why.
//!
//! ```
//! use springtide_server::{Health, Server};
//! let server = Server::start("127.0.0.1:0", prometheus::Registry::new(), Health::default).unwrap();
//! assert_ne!(server.address().port(), 0);
//! ```

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod health;
mod routes;
mod serve;

pub use health::{Health, Phase, Worker};
pub use serve::{ListenError, Server};
