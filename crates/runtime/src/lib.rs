//! The only room that speaks with Kafka: it polls, does what the core decided, and commits.
//!
//! - [`Settings`]: where and how; [`layout`]: whether the topics fit together; [`topics`]: making them.
//! - [`worker`]: the loop on a thread of its own. A record goes to its [`lane`] (one partition of the five
//!   topics), and at a commit its outputs, offsets and state leave together: outputs and offsets in one
//!   Kafka transaction ([`sink`]), then state and the same offsets in one batch of the store.
//! - [`decode`], [`encode`]: values in their topic's format, JSON or Avro; [`registry`]: the schemas of the latter.
//! - [`demo`]: a broker inside the process, for a look around.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod assignment;
mod clients;
pub mod control;
pub mod decode;
pub mod demo;
pub mod encode;
pub mod fault;
mod headers;
pub mod lane;
pub mod layout;
pub mod registry;
pub mod settings;
pub mod sink;
pub mod topics;
pub mod worker;

pub use control::Control;
pub use fault::RunError;
pub use registry::{Registry, RegistrySettings};
pub use settings::{Format, Formats, Names, Settings};
pub use worker::{Summary, run, wall_clock};
