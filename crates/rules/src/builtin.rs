//! The default pack, embedded as the files that a person can write out and edit.

use crate::{Pack, SourceFile, compile};

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] = &[$(($path, include_str!(concat!("../packs/default/", $path)))),*];
    };
}

files! {
    "calendar.yaml",
    "detectors/against.yaml",
    "detectors/business.yaml",
    "detectors/engagement.yaml",
    "detectors/product.yaml",
    "detectors/timers.yaml",
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
