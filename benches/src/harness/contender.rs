//! The contenders: how each is told what to read, what to write and where its state goes.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use springtide_core::event::Topic;
use springtide_core::time::{Millis, format_rfc3339};

use super::process::Process;
use crate::flags::Format;
use crate::load::{Failure, Place};

const TOPICS_WITHIN: Duration = Duration::from_secs(120);

/// Who runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// Ours, with the rules that all have.
    Springtide,
    /// Ours, with all that ships with it.
    SpringtideDefaultPack,
    /// Kafka Streams.
    Streams,
    /// Flink, one keyed function.
    FlinkProcess,
    /// Flink with its library for patterns.
    FlinkCep,
    /// Flink SQL, which has the Nexmark query alone.
    FlinkSql,
}

/// What is looked for in the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The play that all contenders but Flink SQL have.
    Expansion,
    /// The Nexmark query (`benches/nexmark/README.md`).
    Swing,
}

impl Question {
    /// The folder of its rules, from the repository's.
    pub fn rules(self) -> &'static str {
        match self {
            Question::Expansion => "benches/rules",
            Question::Swing => "benches/nexmark/rules",
        }
    }

    /// The play that answers it.
    pub fn play(self) -> &'static str {
        match self {
            Question::Expansion => "seat-expansion",
            Question::Swing => "price-swing",
        }
    }
}

/// How much of its state ours may keep in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// As it ships.
    Default,
    /// All of it.
    Ample,
}

/// What all contenders of one `bench all` share.
pub struct Site {
    /// The broker, without a prefix.
    pub bootstrap_servers: String,
    /// The registry, for ours.
    pub registry: Option<String>,
    /// The command `springtide`.
    pub springtide: PathBuf,
    /// The repository.
    pub root: PathBuf,
    /// Where states and logs go.
    pub work: PathBuf,
    /// How often all commit.
    pub commit_interval_ms: u64,
    /// How many threads all have.
    pub threads: u32,
    /// Partitions of each topic.
    pub partitions: i32,
}

/// What one contender is told.
#[derive(Clone, Debug)]
pub struct Task {
    /// What it looks for.
    pub question: Question,
    /// Application id, and what the output is named by.
    pub id: String,
    /// What stands before the topics that it reads.
    pub prefix: String,
    /// How they are written.
    pub format: Format,
    /// How much later than its time a record may come.
    pub disorder_ms: i64,
    /// How much of its state ours may keep in memory.
    pub memory: Memory,
    /// What the timers' clock stands at; it goes where there is none.
    pub until: Option<Millis>,
}

impl Contender {
    /// As tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Contender::Springtide => "springtide",
            Contender::SpringtideDefaultPack => "springtide, default pack",
            Contender::Streams => "kafka streams",
            Contender::FlinkProcess => "flink",
            Contender::FlinkCep => "flink cep",
            Contender::FlinkSql => "flink sql",
        }
    }

    /// As topics and folders call it.
    pub fn slug(self) -> String {
        self.name().replace(", ", "-").replace(' ', "-")
    }

    fn is_ours(self) -> bool {
        matches!(self, Contender::Springtide | Contender::SpringtideDefaultPack)
    }

    /// Why it can't run, where it was not built.
    pub fn absent(self, site: &Site) -> Option<String> {
        let needed = match self {
            Contender::Springtide | Contender::SpringtideDefaultPack => site.springtide.clone(),
            Contender::Streams => site.root.join("benches/peers/streams/target/lib"),
            Contender::FlinkProcess | Contender::FlinkCep => site.root.join("benches/peers/flink/target/lib"),
            Contender::FlinkSql => site.root.join("benches/peers/nexmark/target/lib"),
        };
        (!needed.exists()).then(|| format!("{}: {} is not there", self.name(), needed.display()))
    }

    /// Makes the topics that it writes, for a task that is new.
    ///
    /// # Errors
    /// Where the broker refuses.
    pub fn prepare(self, site: &Site, task: &Task) -> Result<(), Failure> {
        fs::create_dir_all(site.folder(task))?;
        if !self.is_ours() {
            return site.place("").make(&[task.output()]);
        }
        fs::write(site.config(task), self.configuration(site, task)?)?;
        let mut arguments = words(&["topics", "--replication-factor", "1", "--partitions"]);
        arguments.extend([site.partitions.to_string(), "--config".to_owned(), path(site.config(task))?]);
        Process::start(&site.springtide, &arguments, &site.folder(task).join("topics"))?
            .finish(TOPICS_WITHIN)?;
        Ok(())
    }

    /// Starts it; `until_caught_up` has it end by itself.
    ///
    /// # Errors
    /// Where it can't be started.
    pub fn start(self, site: &Site, task: &Task, until_caught_up: bool) -> Result<Process, Failure> {
        let folder = site.folder(task);
        let mut arguments = match self.is_ours() {
            true => {
                let mut arguments = words(&["run", "--config"]);
                arguments.push(path(site.config(task))?);
                arguments
            }
            false => self.peer_arguments(site, task)?,
        };
        if until_caught_up {
            arguments.push("--until-caught-up".to_owned());
        }
        let program = match self {
            Contender::Springtide | Contender::SpringtideDefaultPack => site.springtide.clone(),
            Contender::Streams => site.root.join("benches/peers/run-streams"),
            Contender::FlinkProcess | Contender::FlinkCep => site.root.join("benches/peers/run-flink"),
            Contender::FlinkSql => site.root.join("benches/peers/run-nexmark"),
        };
        Process::start(&program, &arguments, &folder.join("log"))
    }

    fn peer_arguments(self, site: &Site, task: &Task) -> Result<Vec<String>, Failure> {
        let pairs = [
            ("--bootstrap-servers", site.bootstrap_servers.clone()),
            ("--application-id", task.id.clone()),
            ("--prefix", task.prefix.clone()),
            ("--format", task.format.name().to_owned()),
            ("--output", task.output()),
            ("--state-dir", path(site.state(task))?),
            ("--commit-interval-ms", site.commit_interval_ms.to_string()),
            ("--threads", site.threads.to_string()),
            ("--disorder-ms", task.disorder_ms.to_string()),
        ];
        let form = match self {
            Contender::FlinkProcess => &["--form", "process"][..],
            Contender::FlinkCep => &["--form", "cep"],
            // With RocksDB its patterns pass over all that they have deleted.
            Contender::FlinkSql => &["--state", "hashmap"],
            _ => &[],
        };
        let pairs = pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
        Ok(pairs.chain(words(form)).collect())
    }

    fn configuration(self, site: &Site, task: &Task) -> Result<String, Failure> {
        let mut text = format!(
            "bootstrap_servers = {:?}\napplication_id = {:?}\nstate_dir = {:?}\nthreads = {}\ncommit_interval = \"{}ms\"\n",
            site.bootstrap_servers,
            task.id,
            path(site.state(task))?,
            site.threads,
            site.commit_interval_ms
        );
        if self == Contender::Springtide {
            writeln!(text, "rules = {:?}", path(site.root.join(task.question.rules()))?)?;
        }
        if let Some(until) = task.until {
            writeln!(text, "until = {:?}", format_rfc3339(until))?;
        }
        if task.memory == Memory::Ample {
            text.push_str("resident_mib = 4096\nblock_cache_mib = 1024\nwrite_buffer_mib = 256\n");
        }
        if let (Format::Avro, Some(registry)) = (task.format, &site.registry) {
            writeln!(text, "schema_registry = {registry:?}")?;
        }
        text.push_str("[topics]\n");
        for topic in Topic::ALL {
            writeln!(text, "{} = \"{}{}\"", topic.name(), task.prefix, topic.name())?;
        }
        writeln!(text, "expansion-opportunities = {:?}", task.output())?;
        writeln!(text, "expansion-opportunities-latest = {:?}", task.latest())?;
        for other in ["springtide-dead-letter", "springtide-late"] {
            writeln!(text, "{other} = \"{}-{other}\"", task.id)?;
        }
        text.push_str(
            "[formats]\nexpansion-opportunities = \"json\"\nexpansion-opportunities-latest = \"json\"\n",
        );
        for topic in Topic::ALL {
            writeln!(text, "{} = {:?}", topic.name(), task.format.name())?;
        }
        Ok(text)
    }
}

impl Task {
    /// The topic of all revisions.
    pub fn output(&self) -> String {
        format!("{}-output", self.id)
    }

    /// The topic of what stands, which only ours has.
    pub fn latest(&self) -> String {
        format!("{}-latest", self.id)
    }
}

impl Site {
    /// The broker, with topics that begin with a prefix.
    pub fn place(&self, prefix: &str) -> Place {
        Place {
            bootstrap_servers: self.bootstrap_servers.clone(),
            prefix: prefix.to_owned(),
            partitions: self.partitions,
        }
    }

    /// Where everything of a task is.
    pub fn folder(&self, task: &Task) -> PathBuf {
        self.work.join(&task.id)
    }

    /// Where its state is.
    pub fn state(&self, task: &Task) -> PathBuf {
        self.folder(task).join("state")
    }

    fn config(&self, task: &Task) -> PathBuf {
        self.folder(task).join("springtide.toml")
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn path(path: PathBuf) -> Result<String, Failure> {
    path.into_os_string().into_string().map_err(|path| format!("{}: not Unicode", path.display()).into())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine;

    #[test]
    fn the_rules_of_a_question_have_the_play_that_answers_it() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for question in [Question::Expansion, Question::Swing] {
            let rules = engine::rules(&path(root.join(question.rules())).unwrap()).unwrap();
            assert!(rules.plays.iter().any(|play| *play.name == *question.play()), "{question:?}");
        }
    }
}
