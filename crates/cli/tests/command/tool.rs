//! Starting the program and reading what it says.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// How a call ended.
pub struct Ran {
    pub code: Option<i32>,
    pub out: Vec<u8>,
    pub err: String,
}

impl Ran {
    /// Standard output, of a call that must have succeeded.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.calm();
        String::from_utf8(self.out).expect("UTF-8")
    }

    /// Standard error, of a call that must have ended with this code.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}", self.err);
        self.calm();
        self.err
    }

    /// A panic is never the answer, whatever the exit code.
    #[track_caller]
    pub fn calm(&self) {
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }

    /// The summary that `replay --json` ends with.
    #[track_caller]
    pub fn summary(&self) -> Value {
        let line = self.err.lines().last().expect("a summary");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {}", self.err))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let err = String::from_utf8(output.stderr).expect("UTF-8");
        Ran { code: output.status.code(), out: output.stdout, err }
    }
}

/// The program, untouched by the environment's settings.
pub fn springtide() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_springtide"));
    let settings = std::env::vars_os().map(|(name, _)| name);
    settings.filter(|name| name.to_string_lossy().starts_with("SPRINGTIDE_")).for_each(|name| {
        command.env_remove(name);
    });
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(args: I) -> Ran {
    springtide().args(args).output().expect("the program starts").into()
}

/// Runs it with something on standard input.
pub fn run_with(args: &[&str], input: &[u8]) -> Ran {
    let mut command = springtide();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("it reads all"));
        child.wait_with_output().expect("it ends").into()
    })
}

/// A folder that goes with its test.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path in it.
    pub fn at(&self, name: &str) -> String {
        self.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// A file in it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = PathBuf::from(self.at(name));
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        self.at(name)
    }
}
