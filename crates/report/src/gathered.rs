//! What there is to report from, where it is read back from topics.

use std::sync::Arc;

use serde::Serialize;
use springtide_core::time::Millis;

use crate::reporter::Reporter;

/// What reports are made from.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Fed with what was read.
    pub reporter: Reporter,
    /// When reading began.
    pub as_of: Millis,
    /// What was not there, or not taken.
    pub left_out: LeftOut,
}

/// What was not there to be read, or was not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Places in the profiles' topic at which nothing stands any more: versions that compaction took, and the marks of
    /// transactions.
    pub profiles_gone: u64,
    /// The same of the outcomes' topic, of which retention takes the oldest.
    pub outcomes_gone: u64,
    /// Profiles that came later than the topic's allowed lateness.
    pub late_profiles: u64,
    /// Outcomes of accounts that were erased, or have no profile.
    pub outcomes_without_account: u64,
    /// Records that can't be used.
    pub bad: u64,
}

/// What there is to report from.
#[derive(Clone, Debug)]
pub enum Reported {
    /// This.
    Made(Arc<Gathered>),
    /// Nothing yet: so many records are read.
    Making(u64),
    /// Nothing, and why; it is tried again.
    Failed(String),
}
