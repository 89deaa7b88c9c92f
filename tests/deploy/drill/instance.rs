//! An instance that listens at one address, however often it is started.

use std::ffi::{OsStr, OsString};

use springtide_tests::http::get;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;
use springtide_tests::program::springtide;
use springtide_tests::watched::await_address;

/// So many lines are shown of an instance whose drill fails.
const LAST: usize = 40;

/// An instance of a pipeline.
pub struct Instance<'p> {
    pipeline: &'p Pipeline,
    /// Settings of its own.
    pub flags: Vec<OsString>,
    /// What it is started with, as a program that becomes it.
    pub around: Vec<OsString>,
    /// Where it listens, from its first start on: the alerts' label `instance`.
    pub address: String,
    run: Option<Process>,
    /// What those before this process said.
    before: String,
}

impl<'p> Instance<'p> {
    /// One that runs.
    pub fn start(pipeline: &'p Pipeline, flags: &[&str]) -> Instance<'p> {
        Instance::start_in(pipeline, flags, Vec::new())
    }

    /// One that runs in something.
    pub fn start_in(pipeline: &'p Pipeline, flags: &[&str], around: Vec<OsString>) -> Instance<'p> {
        let flags = flags.iter().map(OsString::from).collect();
        let address = "127.0.0.1:0".to_owned();
        let mut instance = Instance { pipeline, flags, around, address, run: None, before: String::new() };
        instance.raise();
        let mut run = instance.run.take().expect("it was started");
        instance.address = await_address(&mut run);
        instance.run = Some(run);
        instance
    }

    /// Starts it, where it does not run.
    pub fn raise(&mut self) {
        assert!(self.run.is_none(), "it runs");
        let mut line = self.around.clone();
        line.extend([springtide().into(), "run".into(), "--config".into(), self.pipeline.config().into()]);
        line.extend(self.flags.iter().cloned());
        line.extend(["--listen".into(), (&self.address).into()]);
        self.run = Some(Process::start::<OsString>(&line[0], &line[1..]));
    }

    /// Kills it, as `kill -9` does.
    pub fn kill(&mut self) {
        let run = self.run.take().expect("it runs");
        self.before.push_str(&run.stderr());
        run.kill();
    }

    /// Asks it to end, and waits until it has, well.
    pub fn stop(&mut self) {
        let run = self.run.take().expect("it runs");
        run.terminate();
        self.before.push_str(&run.finish().well().stderr);
    }

    /// Its process.
    pub fn run(&mut self) -> &mut Process {
        self.run.as_mut().expect("it runs")
    }

    /// All that it has said, since its first start.
    pub fn log(&self) -> String {
        self.before.clone() + &self.run.as_ref().map(Process::stderr).unwrap_or_default()
    }

    /// Waits until it works on so many partitions.
    pub fn works_on(&mut self, partitions: &str) {
        self.is_ready(200, &format!("working on {partitions}\""));
    }

    /// Waits until `/readyz` answers so.
    pub fn is_ready(&mut self, status: u16, words: &str) {
        let address = self.address.clone();
        self.run().await_that(&format!("it is {words}"), |_| {
            // Right after its start nobody listens yet.
            std::net::TcpStream::connect(&address).is_ok() && {
                let answer = get(&address, "/readyz");
                answer.status == status && answer.body.contains(words)
            }
        });
    }
}

impl Drop for Instance<'_> {
    /// Where a drill fails, why may stand in what it said.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(LAST);
            println!("{} said last:\n{}", self.address, lines[last..].join("\n"));
        }
    }
}

/// Words for a shell in which a program sees other mounts than we do; it becomes the program.
pub fn with_mounts(script: &str) -> Vec<OsString> {
    let script = format!("{script} && exec \"$@\"");
    ["unshare", "--mount", "sh", "-c", &script, "sh"].map(OsStr::new).map(OsStr::to_owned).to_vec()
}
