//! Several instances of one pipeline, each with a state directory of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::pipeline::Pipeline;
use crate::process::{Ended, Process};
use crate::wait;

/// Instances by number.
pub struct Fleet<'p> {
    pipeline: &'p Pipeline,
    flags: Vec<OsString>,
    running: BTreeMap<usize, Process>,
}

impl<'p> Fleet<'p> {
    /// None runs yet; each will get these flags.
    pub fn new(pipeline: &'p Pipeline, flags: Vec<OsString>) -> Fleet<'p> {
        Fleet { pipeline, flags, running: BTreeMap::new() }
    }

    /// Where an instance's state is.
    pub fn state(&self, number: usize) -> PathBuf {
        self.pipeline.beside(&format!("state-{number}"))
    }

    /// Starts an instance.
    pub fn start(&mut self, number: usize) {
        self.start_with(number, &[]);
    }

    /// Starts an instance with more flags.
    pub fn start_with(&mut self, number: usize, more: &[&str]) {
        let mut flags = self.flags.clone();
        flags.extend(["--state-dir".into(), self.state(number).into()]);
        flags.extend(more.iter().map(OsString::from));
        self.running.insert(number, self.pipeline.run(flags));
    }

    /// An instance that runs.
    ///
    /// # Panics
    /// Where it does not.
    pub fn of(&mut self, number: usize) -> &mut Process {
        self.running.get_mut(&number).expect("an instance that runs")
    }

    /// Kills an instance, as `kill -9` does.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn kill(&mut self, number: usize) {
        self.running.remove(&number).expect("an instance that runs").kill();
    }

    /// Asks an instance to end, and waits until it has, well.
    ///
    /// # Panics
    /// Where it does not.
    pub fn stop(&mut self, number: usize) -> Ended {
        let run = self.running.remove(&number).expect("an instance that runs");
        run.terminate();
        run.finish().well()
    }

    /// Waits until all have ended by themselves, well.
    ///
    /// # Panics
    /// Where one does not.
    pub fn finish(&mut self) -> Vec<Ended> {
        std::mem::take(&mut self.running).into_values().map(|run| run.finish().well()).collect()
    }

    /// Waits until something is so while all run.
    ///
    /// # Panics
    /// Where one ends before, or the deadline passes.
    pub fn await_that(&mut self, what: &str, mut so: impl FnMut() -> bool) {
        let came = wait::until(|| {
            let ended = self.running.values_mut().any(Process::has_ended);
            if so() { Some(true) } else { ended.then_some(false) }
        });
        let words = || self.running.values().map(Process::stderr).collect::<Vec<_>>().join("\n---\n");
        assert!(came == Some(true), "waited until {what}, in vain:\n{}", words());
    }

    /// Waits until so many more records stand in the changelog topic.
    ///
    /// # Panics
    /// As [`Fleet::await_that`].
    pub fn await_progress(&mut self, records: i64) {
        let pipeline = self.pipeline;
        let goal = pipeline.changelog_end() + records;
        self.await_that("the state goes on", || pipeline.changelog_end() >= goal);
    }
}
