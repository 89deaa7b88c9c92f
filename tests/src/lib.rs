//! What the end-to-end tests stand on: a real Kafka, the `springtide` command, and readers that are not ours.
//!
//! - [`broker`], [`registry`]: one Apache Kafka, one schema registry for the whole test binary; [`service`]: how such
//!   are started; [`program`]: the command, built if need be.
//! - [`avro`]: what producers write and consumers read by the registry; [`proxy`]: a registry that can be away.
//! - [`admin`]: making topics as somebody else would, and asking for their settings; [`acls`]: granting rights.
//! - [`process`]: a child that never outlives its test; [`wait`]: waiting for a condition, with a deadline.
//! - [`records`], [`data`], [`flood`]: input; [`feed`]: writing it to the topics, as a customer's producers would.
//! - [`memory`]: what a process holds, and what it may hold by its settings.
//! - [`transaction`]: one of somebody else's that stays open; [`http`]: asking as a probe does.
//! - [`yaml`]: reading the files of `deploy/`; [`tool`]: running the programs that check them, where they are there.
//! - [`watched`]: a pipeline with those who look at its figures; [`prometheus`]: one that scrapes it.
//! - [`golden`]: what a pipeline of an earlier stored format left behind.
//! - [`fire`]: real faults against three brokers under load.
//! - [`fleet`]: several instances of one pipeline.
//! - [`pipeline`]: one pipeline with topics and state of its own, so that tests share the broker.
//! - [`collector`]: one that takes traces.
//! - [`tail`]: reading a topic as it grows.
//! - [`kcat`]: reading what was committed; [`committed`]: what must be true of it; [`opportunities`]: comparing
//!   it with a replay.

pub mod acls;
pub mod admin;
pub mod avro;
pub mod broker;
pub mod collector;
pub mod committed;
pub mod data;
pub mod feed;
pub mod fire;
pub mod fleet;
pub mod flood;
pub mod golden;
pub mod http;
pub mod kcat;
pub mod memory;
pub mod opportunities;
pub mod pipeline;
pub mod process;
pub mod program;
pub mod prometheus;
pub mod proxy;
pub mod random;
pub mod records;
pub mod registry;
pub mod service;
pub mod tail;
pub mod tool;
pub mod transaction;
pub mod wait;
pub mod watched;
pub mod yaml;
