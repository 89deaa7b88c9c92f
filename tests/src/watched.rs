//! A pipeline that runs and listens, and what those see who look at it.

use std::ffi::OsString;

use crate::http::{Answer, get};
use crate::pipeline::Pipeline;
use crate::process::Process;

/// What stands in the log before where it listens.
const LISTENS: &str = "answering over HTTP address=";

/// Waits until a process says where it listens, and returns that.
///
/// # Panics
/// Where it does not.
pub fn await_address(run: &mut Process) -> String {
    let said = |run: &Process| run.stderr().split_once(LISTENS).map(|(_, rest)| rest.to_owned());
    run.await_that("it says where it listens", |run| said(run).is_some_and(|rest| rest.contains('\n')));
    said(run).as_deref().and_then(|rest| rest.lines().next()).expect("a line").to_owned()
}

/// A pipeline that runs and listens.
pub struct Watched {
    /// The process.
    pub run: Process,
    /// Where it listens.
    pub address: String,
}

impl Watched {
    /// Starts it, and waits until it says where it listens.
    ///
    /// # Panics
    /// Where it does not.
    pub fn start(pipeline: &Pipeline, mut flags: Vec<OsString>) -> Watched {
        flags.extend(["--listen".into(), "127.0.0.1:0".into()]);
        let mut run = pipeline.run(flags);
        let address = await_address(&mut run);
        Watched { run, address }
    }

    /// What it answers.
    pub fn get(&self, path: &str) -> Answer {
        get(&self.address, path)
    }

    /// The value of a figure, by its name with its labels.
    pub fn figure(&self, series: &str) -> Option<f64> {
        figure(&self.address, series)
    }

    /// Waits until a figure has a value, or is not there.
    pub fn await_figure(&mut self, series: &str, expected: impl Into<Option<f64>>) {
        let (address, expected) = (&self.address, expected.into());
        let so = |_: &Process| figure(address, series) == expected;
        self.run.await_that(&format!("`{series}` is {expected:?}"), so);
    }

    /// Waits until a figure has any value.
    pub fn await_some(&mut self, series: &str) {
        let address = &self.address;
        self.run.await_that(&format!("`{series}` is there"), |_| figure(address, series).is_some());
    }

    /// Waits for an answer with a status, and a word in its body.
    pub fn await_answer(&mut self, path: &str, status: u16, reason: &str) {
        let address = &self.address;
        self.run.await_that(&format!("{path} answers {status}, {reason}"), |_| {
            let answer = get(address, path);
            answer.status == status && answer.body.contains(reason)
        });
    }
}

fn figure(address: &str, series: &str) -> Option<f64> {
    let answer = get(address, "/metrics");
    assert_eq!(answer.status, 200);
    let value = |line: &str| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok();
    answer.body.lines().find_map(value)
}

/// The figure that says how much of a partition is unread.
pub fn lag(topic: &str, partition: i32) -> String {
    format!(r#"springtide_lag_records{{partition="{partition}",topic="{topic}"}}"#)
}

/// The figure that says for how long the oldest unread record of a partition has been there.
pub fn lag_seconds(topic: &str, partition: i32) -> String {
    format!(r#"springtide_lag_seconds{{partition="{partition}",topic="{topic}"}}"#)
}
