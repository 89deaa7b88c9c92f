//! Threads by name, so that whoever looks at a process sees what each is for.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crate::fault::RunError;

/// Starts one.
///
/// # Errors
/// Where the system gives none.
pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, RunError> {
    Builder::new().name(name.to_owned()).spawn(work).map_err(none)
}

/// What is done now and then, on a thread of its own; dropping this ends it, at the latest with what is being done.
pub(crate) struct Recurring {
    _end: Sender<()>,
}

impl Recurring {
    /// Does it after a pause, and then each time after the pause that it says.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(
        name: &str,
        first: Duration,
        mut work: impl FnMut() -> Duration + Send + 'static,
    ) -> Result<Recurring, RunError> {
        let (end, ended) = channel::<()>();
        start(name, move || {
            let mut pause = first;
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = work();
            }
        })?;
        Ok(Recurring { _end: end })
    }
}

/// What it means that the system gives no thread.
pub(crate) fn none(error: std::io::Error) -> RunError {
    RunError::Setting(format!("can't start a thread: {error}"))
}
