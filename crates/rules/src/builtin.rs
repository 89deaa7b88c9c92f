//! The default pack, embedded as the files that a person can write out and edit.

use std::sync::OnceLock;

use springtide_core::rules::Drafts;

use crate::mistake::Log;
use crate::sections::Sections;
use crate::{Pack, SourceFile, compile, drafts};

/// Where the templates are.
const DRAFTS: &str = "drafts.yaml";

macro_rules! files {
    ($name:ident: $($path:literal),* $(,)?) => {
        const $name: &[(&str, &str)] = &[$(($path, include_str!(concat!("../packs/default/", $path)))),*];
    };
}

files! {
    FILES:
    "calendar.yaml",
    "detectors/against.yaml",
    "detectors/business.yaml",
    "detectors/engagement.yaml",
    "detectors/product.yaml",
    "detectors/timers.yaml",
    "drafts.yaml",
    "gates.yaml",
    "plays/add-on.yaml",
    "plays/cross-sell.yaml",
    "plays/renewal-expansion.yaml",
    "plays/seat-expansion.yaml",
    "plays/tier-upgrade.yaml",
    "plays/usage-growth.yaml",
    "plays/usage-limit.yaml",
    "scoring.yaml",
}

/// The default pack's files: path below the pack's folder, and text.
///
/// ```
/// assert!(springtide_rules::default_files().iter().any(|(path, _)| *path == "gates.yaml"));
/// ```
pub fn default_files() -> &'static [(&'static str, &'static str)] {
    FILES
}

files! {
    TESTS:
    "tests/add-on.test.yaml",
    "tests/cross-sell.test.yaml",
    "tests/renewal-expansion.test.yaml",
    "tests/seat-expansion.test.yaml",
    "tests/tier-upgrade.test.yaml",
    "tests/usage-growth.test.yaml",
    "tests/usage-limit.test.yaml",
}

/// The default pack's tests: path below the pack's folder, and text.
///
/// ```
/// assert!(springtide_rules::default_test_files().iter().all(|(path, _)| path.ends_with(".test.yaml")));
/// ```
pub fn default_test_files() -> &'static [(&'static str, &'static str)] {
    TESTS
}

/// The templates that ship, for packs that have none.
pub(crate) fn drafts() -> Drafts {
    static READ: OnceLock<Drafts> = OnceLock::new();
    let read = || {
        let text = FILES.iter().find(|(path, _)| *path == DRAFTS).map_or("", |(_, text)| text);
        let file = SourceFile { path: DRAFTS.to_owned(), text: text.to_owned() };
        let mut log = Log::new(vec![DRAFTS.to_owned()]);
        // Their plays are in other files.
        let sections = Sections { complete: false, ..Sections::gather(&[&file], &mut log) };
        drafts::read(&sections, &mut log)
    };
    READ.get_or_init(read).clone()
}

/// The default pack.
///
/// ```
/// let pack = springtide_rules::default_pack();
/// assert!(pack.rules.plays.iter().any(|play| &*play.name == "seat-expansion"));
/// assert!(pack.warnings.is_empty());
/// ```
///
/// # Panics
/// Never: a test holds that the embedded files compile.
pub fn default_pack() -> Pack {
    let files: Vec<SourceFile> = FILES
        .iter()
        .map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() })
        .collect();
    match compile(&files) {
        Ok(pack) => pack,
        Err(mistakes) => unreachable!("the default pack is tested: {mistakes}"),
    }
}
