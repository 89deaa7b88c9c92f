//! Tests of a pack, written beside it: an account's events, and what has to come of them.
//!
//! [`run_tests`] reads the form ([`read`]), makes facts of it ([`activity`], [`profile`], [`outcome`]), gives them to the
//! account of `core` that `replay` and `run` have as well, and holds what comes out to what is wanted ([`judge`]).

mod activity;
mod judge;
mod moment;
mod outcome;
mod profile;
mod read;
mod wanted;

use std::fmt;

use springtide_core::rules::Rules;

use crate::SourceFile;
use crate::mistake::{Log, Mistakes};

pub(crate) use activity::MOST_EVENTS;
pub(crate) use profile::fields as profile_fields;

/// The account that tests are about.
const ACCOUNT: &str = "acme";

/// What came of a pack's tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestReport {
    /// How many there are.
    pub tests: usize,
    /// What was not as wanted, in the order of files and lines.
    pub failures: Vec<TestFailure>,
}

impl TestReport {
    /// How many tests have a failure.
    pub fn failed(&self) -> usize {
        let mut names: Vec<_> = self.failures.iter().map(|failure| (&failure.file, &failure.test)).collect();
        names.dedup();
        names.len()
    }
}

/// One thing that a test wants and that is not so.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFailure {
    /// The file's path.
    pub file: String,
    /// Line of what was wanted, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The test's name.
    pub test: String,
    /// What was wanted.
    pub expected: String,
    /// What is so.
    pub found: String,
    /// What would have opened the play, where one was wanted that did not open.
    pub nearest_miss: Option<String>,
}

impl fmt::Display for TestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TestFailure { file, line, column, test, expected, found, nearest_miss } = self;
        write!(f, "{file}:{line}:{column}: `{test}`: expected {expected}, found {found}")?;
        nearest_miss.as_ref().map_or(Ok(()), |miss| write!(f, " (nearest miss: {miss})"))
    }
}

/// Runs the tests of test files (`*.test.yaml`) by a pack's rules.
///
/// ```
/// use springtide_rules::{SourceFile, default_pack, run_tests};
/// let text = "
/// tests:
///   a full meter is told:
///     events:
///       - { at: day 3 09:30, type: meter_reading, meter: calls, used: 95, limit: 100 }
///     expect:
///       - { play: usage-limit, at: day 3 09:30, evidence: [limit_80] }
/// ";
/// let file = SourceFile { path: "limits.test.yaml".into(), text: text.into() };
/// let report = run_tests(&default_pack().rules, &[file]).unwrap();
/// assert_eq!((report.tests, report.failures), (1, vec![]));
/// ```
///
/// # Errors
/// All mistakes in how the tests are written; none of them was run then.
pub fn run_tests(rules: &Rules, files: &[SourceFile]) -> Result<TestReport, Mistakes> {
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let mut log = Log::new(paths.clone());
    let cases: Vec<_> = files
        .iter()
        .enumerate()
        .flat_map(|(file, source)| read::cases(file, &source.text, rules, &mut log))
        .collect();
    log.finish()?;
    let failures = cases.iter().flat_map(|case| judge::failures(rules, case));
    let failures = failures.map(|(test, wrong)| TestFailure {
        file: paths[wrong.place.file].clone(),
        line: wrong.place.line,
        column: wrong.place.column,
        test: test.to_owned(),
        expected: wrong.expected,
        found: wrong.found,
        nearest_miss: wrong.nearest_miss,
    });
    Ok(TestReport { tests: cases.len(), failures: failures.collect() })
}
