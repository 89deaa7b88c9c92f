//! What a running pipeline says over HTTP: figures and health (SPEC section 7.1). It reads, but for the level of the log,
//! and knows no Kafka.
//!
//! - [`Server`]: listens, on a thread of its own.
//! - [`health`]: when a pipeline is alive and when it is ready, in words.
//! - [`LogLevel`]: how much is logged.
//!
//! `/metrics` is Prometheus' text exposition; `/livez` and `/readyz` answer 200 or 503 with a JSON object whose
//! `reason` says why. `/loglevel` shows the level, and takes another from this machine.
//!
//! ```
//! use std::sync::Arc;
//! use springtide_server::{Health, LogLevel, Server, Sources};
//!
//! struct Quiet;
//! impl LogLevel for Quiet {
//!     fn now(&self) -> String {
//!         "off".to_owned()
//!     }
//!     fn change(&self, _: &str) -> Result<(), String> {
//!         Err("it stays off".to_owned())
//!     }
//! }
//!
//! let registry = prometheus::Registry::new();
//! let (health, log_level) = (Arc::new(Health::default), Arc::new(Quiet));
//! let sources = Sources { registry, health, log_level, desk: None };
//! let server = Server::start("127.0.0.1:0", sources).unwrap();
//! assert_ne!(server.address().port(), 0);
//! ```

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod api;
mod desk;
pub mod health;
mod log_level;
mod page;
mod routes;
mod serve;

pub use desk::{Desk, Known, Whose};
pub use health::{Health, Phase, Worker};
pub use log_level::LogLevel;
pub use routes::Sources;
pub use serve::{ListenError, Server};
