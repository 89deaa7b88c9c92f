//! How much is logged, seen and changed while the process runs.

/// The log of the process.
pub trait LogLevel: Send + Sync {
    /// What is logged, as directives: `info`, or `info,springtide_runtime=debug`.
    fn now(&self) -> String;

    /// Logs this from here on.
    ///
    /// # Errors
    /// What is wrong with the directives, and what is expected; the log stays as it was.
    fn change(&self, directives: &str) -> Result<(), String>;
}
