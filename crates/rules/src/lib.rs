//! Rule packs: YAML and CEL text in, the core's compiled rules out, every mistake with its file, line and
//! column (SPEC section 4).
//!
//! [`load`] reads a folder, [`compile`] takes texts, [`default_pack`] is the one that ships. All mistakes of a
//! pack are reported at once. What is allowed, but always an error or never true, is a warning; what is likely a slip
//! (a detector that no play uses), a hint. [`run_tests`] runs the tests that stand beside a pack.

mod builtin;
mod calendar;
mod cases;
mod cel;
mod detector;
mod drafts;
mod expressions;
mod folder;
mod form;
mod hints;
mod mistake;
mod near;
mod pack;
mod play;
mod read;
mod scoring;
mod sections;
mod skeleton;
mod version;
mod yaml;

pub use builtin::{default_files, default_pack, default_test_files};
pub use cases::{TestFailure, TestReport, run_tests};
pub use cel::{Scope, expression};
pub use folder::{LoadError, load, read_files, read_test_files};
#[doc(hidden)]
pub use form::value_of;
pub use form::{detector_kinds, form_keys, rule_schema, test_schema};
pub use mistake::{Mistake, Mistakes};
pub use pack::{Pack, compile};
pub use skeleton::{Skeleton, detector_skeleton, play_skeleton};

/// A file of a rule pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// What mistakes call the file.
    pub path: String,
    /// Its content.
    pub text: String,
}
