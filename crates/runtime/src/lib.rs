//! The only room that speaks with Kafka: it polls, does what the core decided, and commits.
//!
//! - [`Settings`]: where and how; [`Passed`]: what librdkafka is told besides; [`layout`]: whether the topics fit
//!   together; [`topics`]: making them; [`transfer`]: more partitions;
//!   [`partitioner`] and [`placement`]: whether an account's records meet.
//! - [`pipeline`]: workers, each a member of the group on a thread of its own. A record goes to its [`lane`] (one
//!   partition of the five topics); at a commit what the lanes decided leaves together: outputs, state and offsets
//!   in one Kafka transaction ([`sink`]), then the state in one batch of the store.
//! - [`changelog`]: brings state back, and keeps standby copies, while the rest goes on.
//! - `scrub`: has the disk forget what was erased.
//! - [`decode`], [`encode`]: values in their topic's format, JSON or Avro; [`registry`]: the schemas of the latter.
//! - [`traces`]: whence a record came goes on with what it led to, and to a collector.
//! - [`Control`], [`Metrics`]: how a pipeline is and what it has done, for others to see and to end it.
//! - [`domains`]: accounts by domain: signals that name one are routed to whose it is.
//! - [`similar`]: what accounts may want next, from the profiles into the signals.
//! - [`desk`]: the inbox that people see, and what they decide.
//! - [`history`]: what the input topics still hold, for a backtest.
//! - [`demo`]: a broker inside the process, for a look around.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod assignment;
mod board;
mod brokers;
pub mod changelog;
mod client;
mod clients;
pub mod control;
pub mod decode;
mod delivered;
pub mod demo;
pub mod desk;
pub mod domains;
pub mod encode;
mod ends;
pub mod fault;
mod fetch;
mod follow;
mod headers;
pub mod history;
pub mod kafka;
mod lag;
pub mod lane;
pub mod layout;
pub mod lease;
mod limits;
pub mod members;
pub mod metrics;
mod overdue;
pub mod partitioner;
pub mod passed;
pub mod pipeline;
pub mod placement;
mod profiles;
pub mod registry;
mod rights;
pub mod rulebook;
mod sampling;
mod scrub;
pub mod settings;
pub mod similar;
pub mod sink;
mod threads;
pub mod topics;
pub mod traces;
pub mod transfer;
pub mod warming;
pub mod worker;
mod writer;

pub use board::WorkerHealth;
pub use control::{Control, Health};
pub use desk::Desk;
pub use domains::ByDomain;
pub use fault::RunError;
pub use metrics::Metrics;
pub use passed::Passed;
pub use pipeline::{run, wall_clock};
pub use registry::{Registry, RegistrySettings};
pub use rulebook::Rulebook;
pub use settings::{Format, Formats, Names, Settings};
pub use worker::Summary;
