//! A child process, weighed from its start to its end.

use std::fs::{self, File};
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cost::Cost;
use crate::load::Failure;

/// Between two looks at it.
const LOOK: Duration = Duration::from_millis(20);
/// How the JVM ends in good order when it is asked to by SIGTERM: with this exit code, as `wait` has it.
const ENDED_BY_TERM: libc::c_int = (128 + libc::SIGTERM) << 8;

/// A process that runs; dropping it kills it.
pub struct Process {
    pid: libc::pid_t,
    name: String,
    stdout: PathBuf,
    stderr: PathBuf,
    started: Instant,
    peak_bytes: u64,
    ended: bool,
}

/// One that has ended well.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What it cost, children that it waited for included.
    pub cost: Cost,
    /// From start to end by the clock.
    pub wall: Duration,
    /// What it wrote.
    pub stdout: String,
}

impl Process {
    /// Starts a program, whose words go to files in a folder. The kernel kills it when this thread ends.
    ///
    /// # Errors
    /// Where it can't be started.
    pub fn start(program: &Path, arguments: &[String], folder: &Path) -> Result<Process, Failure> {
        fs::create_dir_all(folder)?;
        let (stdout, stderr) = (folder.join("stdout"), folder.join("stderr"));
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(File::create(&stdout)?)
            .stderr(File::create(&stderr)?)
            .spawn()
            .map_err(|error| format!("setpriv (util-linux), which starts programs: {error}"))?;
        Ok(Process {
            pid: libc::pid_t::try_from(child.id())?,
            name: program.display().to_string(),
            stdout,
            stderr,
            started: Instant::now(),
            peak_bytes: 0,
            ended: false,
        })
    }

    /// Waits until it ends.
    ///
    /// # Errors
    /// Where it does not within that time, or ends badly: with its last words.
    pub fn finish(self, within: Duration) -> Result<Finished, Failure> {
        self.end(within, &[0])
    }

    fn end(mut self, within: Duration, good: &[libc::c_int]) -> Result<Finished, Failure> {
        let deadline = Instant::now() + within;
        loop {
            if let Some((status, mut cost)) = self.reap()? {
                // The kernel's own figure counts what this process had when it started that one.
                cost.peak_bytes = self.peak_bytes;
                if !good.contains(&status) {
                    return Err(format!("{} ended badly ({status}): {}", self.name, self.last_words()).into());
                }
                let stdout = fs::read_to_string(&self.stdout)?;
                return Ok(Finished { cost, wall: self.started.elapsed(), stdout });
            }
            if Instant::now() > deadline {
                let seconds = within.as_secs();
                return Err(format!("{} did not end in {seconds} s: {}", self.name, self.last_words()).into());
            }
            self.look();
            std::thread::sleep(LOOK);
        }
    }

    /// Asks it to end in good order, and waits.
    ///
    /// # Errors
    /// As [`Process::finish`].
    pub fn terminate(mut self, within: Duration) -> Result<Finished, Failure> {
        self.look();
        // SAFETY: it is our child and was not waited for, so that the id is its own.
        unsafe { libc::kill(self.pid, libc::SIGTERM) };
        self.end(within, &[0, ENDED_BY_TERM])
    }

    /// Waits until what it has written on standard error is so.
    ///
    /// # Errors
    /// Where it ends before, or the time is over.
    pub fn await_words<T>(
        &mut self,
        within: Duration,
        what: &str,
        so: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(found) = so(&fs::read_to_string(&self.stderr)?) {
                return Ok(found);
            }
            if self.reap()?.is_some() || Instant::now() > deadline {
                return Err(format!("{}: waited for {what} in vain: {}", self.name, self.last_words()).into());
            }
            self.look();
            std::thread::sleep(LOOK);
        }
    }

    /// CPU seconds that it has used so far.
    ///
    /// # Errors
    /// Where it is gone.
    pub fn cpu_seconds(&self) -> Result<f64, Failure> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        // The name, in brackets, may have anything in it. User and kernel time are the 14th and 15th field.
        let (_, fields) = stat.rsplit_once(')').ok_or("no bracket in stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        let ticks = ticks.collect::<Result<Vec<f64>, _>>()?.iter().sum::<f64>();
        // SAFETY: a question about a constant.
        Ok(ticks / unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64)
    }

    fn look(&mut self) {
        let Ok(status) = fs::read_to_string(format!("/proc/{}/status", self.pid)) else { return };
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
        self.peak_bytes = self.peak_bytes.max(kib.unwrap_or_default() << 10);
    }

    /// How it ended and what it cost, once it has.
    fn reap(&mut self) -> Result<Option<(i32, Cost)>, Failure> {
        let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::zeroed());
        // SAFETY: the kernel fills both; zeroes are a good usage should it not.
        let (waited, usage) = unsafe {
            let waited = libc::wait4(self.pid, &raw mut status, libc::WNOHANG, usage.as_mut_ptr());
            (waited, usage.assume_init())
        };
        match waited {
            0 => Ok(None),
            waited if waited == self.pid => {
                self.ended = true;
                Ok(Some((status, Cost::from(&usage))))
            }
            _ => Err(format!("{}: {}", self.name, std::io::Error::last_os_error()).into()),
        }
    }

    fn last_words(&self) -> String {
        let words = fs::read_to_string(&self.stderr).unwrap_or_default();
        let lines: Vec<&str> = words.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.ended {
            let mut status = 0;
            // SAFETY: it is our child and was not waited for, so that the id is its own.
            unsafe {
                libc::kill(self.pid, libc::SIGKILL);
                libc::waitpid(self.pid, &raw mut status, 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        let folder =
            std::env::temp_dir().join(format!("bench-process-{}-{}", std::process::id(), script.len()));
        Process::start(Path::new("sh"), &["-c".to_owned(), script.to_owned()], &folder).unwrap()
    }

    #[test]
    fn time_of_a_process_and_its_children_is_counted() {
        let loops = "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done";
        let one = shell(loops).finish(Duration::from_secs(60)).unwrap();
        let two = shell(&format!("{loops}; sh -c '{loops}'")).finish(Duration::from_secs(60)).unwrap();
        assert!(two.cost.cpu_seconds() > one.cost.cpu_seconds() && one.cost.cpu_seconds() > 0.0);
    }

    #[test]
    fn what_it_says_is_heard_and_how_it_fails() {
        let mut process = shell("echo ready >&2; read nothing; sleep 60");
        process
            .await_words(Duration::from_secs(60), "ready", |words| words.contains("ready").then_some(()))
            .unwrap();
        assert!(process.terminate(Duration::from_secs(60)).unwrap_err().to_string().contains("ended badly"));
        let failed = shell("echo why >&2; exit 3").finish(Duration::from_secs(60)).unwrap_err().to_string();
        assert!(failed.contains("why"), "{failed}");
    }
}
