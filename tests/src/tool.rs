//! Programs that check what is deployed, and that not every machine has: what is left out for that is said, past what a
//! test's output is captured by.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::process::Command;

use crate::broker::repository;
use crate::process::Ended;

/// Runs `xtask/NAME`, however long it takes to bring what it needs; `None` where it says that it skipped what was asked.
///
/// # Panics
/// Where it can't be started.
pub fn xtask<A: AsRef<OsStr>>(name: &str, args: &[A]) -> Option<Ended> {
    let ended = run(repository().join("xtask").join(name).as_os_str(), args);
    let skipped = ended.stderr.lines().find(|line| line.starts_with("Skipped: "));
    skipped.inspect(|line| say(line)).is_none().then_some(ended)
}

/// Runs a program to its end, without a deadline.
///
/// # Panics
/// Where it can't be started.
pub fn run<A: AsRef<OsStr>>(program: &OsStr, args: &[A]) -> Ended {
    let mut line: Vec<OsString> = vec![program.into()];
    line.extend(args.iter().map(OsString::from));
    let output = Command::new(program).args(args).output();
    Ended::new(output.unwrap_or_else(|error| panic!("{}: {error}", program.display())), &line)
}

/// Whether a program is on the PATH.
pub fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Says so past the test's captured output: nobody shall think that it was tested.
///
/// # Panics
/// Where standard error is closed.
pub fn say(skipped: &str) {
    std::io::stderr().write_all(format!("{skipped}\n").as_bytes()).unwrap();
}
