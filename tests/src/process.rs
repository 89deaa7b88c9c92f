//! A child process that never outlives its test, and whose output can be read while it runs.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use crate::wait;

/// A child process; dropping it kills it.
pub struct Process {
    child: Child,
    said: Said,
}

/// What a process writes: files without a name, so that it never has to wait for a reader.
struct Said {
    line: OsString,
    stdout: File,
    stderr: File,
}

/// A process that has ended.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// What it wrote on standard output.
    pub stdout: Vec<u8>,
    /// What it wrote on standard error.
    pub stderr: String,
    line: OsString,
}

impl Process {
    /// Starts a program. The kernel kills it with the thread that started it.
    ///
    /// # Panics
    /// Where it can't be started.
    pub fn start<A: AsRef<OsStr>>(program: &OsStr, args: &[A]) -> Process {
        Process::start_with(program, args, &[])
    }

    /// The same with environment variables.
    ///
    /// # Panics
    /// As [`Process::start`].
    pub fn start_with<A: AsRef<OsStr>>(program: &OsStr, args: &[A], environment: &[(&str, &str)]) -> Process {
        Process::launch(program, args, environment, tempfile::tempfile().unwrap())
    }

    /// The same with a file of its own for standard error, which may outlive it.
    ///
    /// # Panics
    /// As [`Process::start`].
    pub fn start_with_log<A: AsRef<OsStr>>(program: &OsStr, args: &[A], stderr: File) -> Process {
        Process::launch(program, args, &[], stderr)
    }

    fn launch<A: AsRef<OsStr>>(
        program: &OsStr,
        args: &[A],
        environment: &[(&str, &str)],
        stderr: File,
    ) -> Process {
        let stdout = tempfile::tempfile().unwrap();
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .args(args)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(stdout.try_clone().unwrap())
            .stderr(stderr.try_clone().unwrap())
            .spawn()
            .expect("setpriv (util-linux) starts programs");
        let words = std::iter::once(program).chain(args.iter().map(AsRef::as_ref));
        let line = words.collect::<Vec<_>>().join(OsStr::new(" "));
        Process { child, said: Said { line, stdout, stderr } }
    }

    /// Its id: setpriv becomes the program.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written on standard error so far.
    pub fn stderr(&self) -> String {
        text(&self.said.stderr)
    }

    /// Waits until it says something on standard error.
    ///
    /// # Panics
    /// Where it ends before, or does not say it in time.
    pub fn await_word(&mut self, word: &str) {
        self.await_that(&format!("it says `{word}`"), |process| process.stderr().contains(word));
    }

    /// What each of its threads does, where there is a debugger to tell.
    pub fn stacks(&self) -> Option<String> {
        let mut debugger = Command::new("gdb");
        debugger.args(["-batch", "-ex", "thread apply all backtrace", "-p"]).arg(self.child.id().to_string());
        let told = debugger.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        Some(String::from_utf8_lossy(&told.stdout).into_owned())
    }

    /// Waits until something is so while it runs.
    ///
    /// # Panics
    /// Where it ends before, or the deadline passes.
    pub fn await_that(&mut self, what: &str, mut so: impl FnMut(&Process) -> bool) {
        let came = wait::until(|| {
            // In this order: what a process did at its end counts.
            let ended = self.has_ended();
            if so(self) { Some(true) } else { ended.then_some(false) }
        });
        assert!(came == Some(true), "waited until {what}, in vain: {}", self.words());
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.status().is_some()
    }

    /// How it has ended, where it has.
    ///
    /// # Panics
    /// Where the system does not say.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Stops it in the middle of whatever it does.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on, as if no time had passed.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -\"$0\" \"$1\"", name, &id]).status().unwrap();
        assert!(sent.success(), "no process to send {name} to: {}", self.words());
    }

    /// Kills it, as `kill -9` does, and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// Where it does not in time.
    pub fn finish(mut self) -> Ended {
        let Some(status) = wait::until(|| self.child.try_wait().unwrap()) else {
            panic!("it does not end: {}", self.words());
        };
        Ended {
            status,
            stdout: bytes(&self.said.stdout),
            stderr: self.stderr(),
            line: std::mem::take(&mut self.said.line),
        }
    }

    fn words(&self) -> String {
        format!("{}\n{}", self.said.line.display(), self.stderr())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// One that somebody else has waited for; `line` is how it was called.
    pub fn new(output: Output, line: &[OsString]) -> Ended {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ended { status: output.status, stdout: output.stdout, stderr, line: line.join(OsStr::new(" ")) }
    }

    /// The same, having ended well.
    ///
    /// # Panics
    /// Where it has not.
    pub fn well(self) -> Ended {
        assert!(self.status.success(), "{}: {}\n{}", self.status, self.line.display(), self.stderr);
        self
    }

    /// What it said, having refused with this exit code.
    ///
    /// # Panics
    /// Where it has not.
    pub fn refused(self, code: i32) -> String {
        assert_eq!(self.status.code(), Some(code), "{}\n{}", self.line.display(), self.stderr);
        self.stderr
    }

    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }
}

fn bytes(file: &File) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

fn text(file: &File) -> String {
    String::from_utf8_lossy(&bytes(file)).into_owned()
}
