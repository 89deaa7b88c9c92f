//! The pipeline from end to end: real Kafka, the real command, readers of another make (SPEC sections 2, 5, 6, 8).
//!
//! What a pipeline has committed is held against a replay of the same files; see `springtide_tests` for the parts.

mod accounts;
mod agreement;
mod aside;
mod bounds;
mod change;
mod crashes;
mod digest;
mod domains;
mod drafts;
mod erasure;
mod fire;
mod formats;
mod history;
mod idle;
mod inbox;
mod instances;
mod leaders;
mod lost_state;
mod more_partitions;
mod observed;
mod page;
mod placement;
mod registry;
mod registry_away;
mod report_http;
mod restarts;
mod revisions;
mod rights;
mod secrets;
mod security;
mod similar;
mod topics;
mod traces;
mod upgrades;
