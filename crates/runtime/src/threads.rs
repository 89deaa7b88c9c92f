//! Threads by name, so that whoever looks at a process sees what each is for.

use std::thread::{Builder, JoinHandle};

use crate::fault::RunError;

/// Starts one.
///
/// # Errors
/// Where the system gives none.
pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, RunError> {
    Builder::new().name(name.to_owned()).spawn(work).map_err(none)
}

/// What it means that the system gives no thread.
pub(crate) fn none(error: std::io::Error) -> RunError {
    RunError::Setting(format!("can't start a thread: {error}"))
}
