//! `springtide new`: files to begin with, each with a test that passes, and never over what is there.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use springtide_rules::{
    LoadError, Skeleton, SourceFile, compile, default_files, default_test_files, detector_kinds,
    detector_skeleton, play_skeleton, read_files, run_tests,
};

use crate::args::{NewArgs, NewWhat};
use crate::failure::Failure;
use crate::input::file_error;
use crate::text::{counted, say};

/// Writes a pack, a detector or a play.
pub fn run(args: &NewArgs) -> Result<(), Failure> {
    match &args.what {
        NewWhat::Pack(args) => pack(&args.dir),
        NewWhat::Detector(args) => {
            let skeleton = detector_skeleton(known_name(&args.name)?, &args.kind).ok_or_else(|| {
                let kinds: Vec<&str> = detector_kinds().map(|(kind, _)| kind).collect();
                let (kind, kinds) = (&args.kind, kinds.join(", "));
                Failure::Usage(format!("`{kind}` is no kind of detector; the kinds are {kinds}"))
            })?;
            add(&args.rules, &args.name, skeleton)
        }
        NewWhat::Play(args) => add(&args.rules, &args.name, play_skeleton(known_name(&args.name)?)),
    }
}

/// The default pack with its tests, as files of one's own.
pub fn pack(dir: &Path) -> Result<(), Failure> {
    let files: Vec<(PathBuf, &str)> = default_files()
        .iter()
        .chain(default_test_files())
        .map(|(name, text)| (dir.join(name), *text))
        .collect();
    write(&files)?;
    say(&format!("wrote {} to {}\n", counted(files.len() as u64, "file", "files"), dir.display()))
}

/// A name that is fit for a file too.
fn known_name(name: &str) -> Result<&str, Failure> {
    let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    // A dash before all would be a flag, and YAML reads digits as a number.
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if fits && begins_well && name.len() <= 90 {
        return Ok(name);
    }
    Err(Failure::Usage(format!(
        "`{name}` is no name for a file: up to 90 letters, digits, `_` and `-`, a letter first"
    )))
}

/// Adds a skeleton to a pack: only when the pack with it is well, and its test passes.
fn add(dir: &Path, name: &str, skeleton: Skeleton) -> Result<(), Failure> {
    let mut files = existing(dir)?;
    if !files.is_empty() {
        let why = |error| Failure::Rules(format!("{error}\nthe pack has mistakes; nothing was written"));
        compile(&files).map_err(why)?;
    }
    let at = |file: &SourceFile| dir.join(&file.path);
    let written = [(at(&skeleton.rules), &*skeleton.rules.text), (at(&skeleton.test), &*skeleton.test.text)];
    free(&written)?;
    files.push(SourceFile { path: written[0].0.display().to_string(), text: skeleton.rules.text.clone() });
    // A name that is taken is the one mistake that a skeleton can make.
    let pack = compile(&files).map_err(|error| Failure::Rules(format!("{error}\nnothing was written")))?;
    let report = run_tests(&pack.rules, std::slice::from_ref(&skeleton.test));
    let failed = report.map(|report| report.failures).map_err(|error| Failure::Rules(error.to_string()))?;
    if let Some(failure) = failed.first() {
        return Err(Failure::Rules(format!("the test of `{name}` fails: {failure}; nothing was written")));
    }
    write(&written)?;
    let lines = written.iter().map(|(path, _)| format!("wrote {}\n", path.display()));
    say(&lines.collect::<String>())
}

/// A pack's files; none where there is no pack yet.
fn existing(dir: &Path) -> Result<Vec<SourceFile>, Failure> {
    match read_files(dir) {
        Ok(files) => Ok(files),
        Err(LoadError::NoFiles(_)) => Ok(Vec::new()),
        Err(LoadError::Read { error, .. }) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Failure::Rules(error.to_string())),
    }
}

fn free(files: &[(PathBuf, &str)]) -> Result<(), Failure> {
    match files.iter().find(|(path, _)| path.exists()) {
        Some((path, _)) => {
            Err(Failure::File(path.clone(), "is there already; nothing was written".to_owned()))
        }
        None => Ok(()),
    }
}

fn write(files: &[(PathBuf, &str)]) -> Result<(), Failure> {
    free(files)?;
    for (path, text) in files {
        let parent = path.parent().unwrap_or(path);
        std::fs::create_dir_all(parent).map_err(|error| file_error(parent, &error))?;
        std::fs::write(path, text).map_err(|error| file_error(path, &error))?;
    }
    Ok(())
}
