//! A rule pack's folder: every `*.yaml` and `*.yml` below it. Those named `*.test.yaml` and `*.test.yml` are its tests,
//! and no rules.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Mistakes, Pack, SourceFile, compile};

/// How far below the folder files are looked for: a link that leads back up must not lead on for ever.
const MAX_DEPTH: usize = 16;

/// Why a folder gave no rules.
#[derive(Debug)]
pub enum LoadError {
    /// A file or folder could not be read.
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is no rule file in the folder.
    NoFiles(PathBuf),
    /// What the files say is wrong.
    Mistakes(Mistakes),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Read { path, error } => write!(f, "{}: {error}", path.display()),
            LoadError::NoFiles(path) => {
                write!(f, "{}: no *.yaml or *.yml file in this folder", path.display())
            }
            LoadError::Mistakes(mistakes) => mistakes.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Read { error, .. } => Some(error),
            LoadError::Mistakes(mistakes) => Some(mistakes),
            LoadError::NoFiles(_) => None,
        }
    }
}

/// Reads and compiles a folder.
///
/// ```no_run
/// match springtide_rules::load("rules".as_ref()) {
///     Ok(pack) => println!("{} plays", pack.rules.plays.len()),
///     Err(error) => eprintln!("{error}"),
/// }
/// ```
///
/// # Errors
/// [`LoadError`]: an unreadable file, no file at all, or every mistake in them.
pub fn load(dir: &Path) -> Result<Pack, LoadError> {
    compile(&read_files(dir)?).map_err(LoadError::Mistakes)
}

/// Reads a folder's rule files, sorted by path, without compiling them.
///
/// Names that begin with a dot are passed over: a mounted ConfigMap keeps its real files, a second time, in
/// such folders.
///
/// # Errors
/// [`LoadError::Read`] and [`LoadError::NoFiles`].
pub fn read_files(dir: &Path) -> Result<Vec<SourceFile>, LoadError> {
    let files = read(dir, false)?;
    if files.is_empty() { Err(LoadError::NoFiles(dir.to_owned())) } else { Ok(files) }
}

/// Reads a folder's test files, sorted by path, for [`run_tests`](crate::run_tests); there may be none.
///
/// # Errors
/// [`LoadError::Read`].
pub fn read_test_files(dir: &Path) -> Result<Vec<SourceFile>, LoadError> {
    read(dir, true)
}

fn is_test(path: &Path) -> bool {
    let stem = path.file_stem().map(Path::new);
    stem.and_then(Path::extension).is_some_and(|extension| extension == "test")
}

fn read(dir: &Path, tests: bool) -> Result<Vec<SourceFile>, LoadError> {
    let mut paths = Vec::new();
    collect(dir, 0, &mut paths)?;
    paths.sort();
    paths
        .into_iter()
        .filter(|path| is_test(path) == tests)
        .map(|path| match std::fs::read_to_string(&path) {
            Ok(text) => Ok(SourceFile { path: path.display().to_string(), text }),
            Err(error) => Err(LoadError::Read { path, error }),
        })
        .collect()
}

fn collect(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let failed = |error| LoadError::Read { path: dir.to_owned(), error };
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if hidden {
            continue;
        }
        if path.is_dir() {
            if depth < MAX_DEPTH {
                collect(&path, depth + 1, found)?;
            }
        } else if is_yaml {
            found.push(path);
        }
    }
    Ok(())
}
