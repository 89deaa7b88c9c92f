//! The command line.

mod backtest;
mod change;
mod near_misses;
mod similar;

use std::fmt;
use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand};
use springtide_core::event::{Segment, Topic};
use springtide_core::time::{DAY_MS, HOUR_MS, Millis, SECOND_MS, parse_rfc3339};
use springtide_runtime::Format;

use crate::command::logs::LogFormat;
use crate::config::formats::{Formatted, assignment};
pub use backtest::BacktestArgs;
pub use change::{ChangeArgs, Unjustified};
pub use near_misses::NearMissesArgs;
pub use similar::SimilarArgs;

/// Tells a software company which of its customers is ready to buy more, and why, while there is still time.
#[derive(Debug, Parser)]
#[command(name = "springtide", version, propagate_version = true, arg_required_else_help = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the pipeline on Kafka
    Run(RunArgs),
    /// Work out the opportunities of recorded events, without Kafka
    Replay(ReplayArgs),
    /// Say why an account did or did not open each play at an instant
    Explain(ExplainArgs),
    /// List the accounts that were one condition short of a play at an instant, the nearest first
    NearMisses(NearMissesArgs),
    /// Report what became of opportunities and revenue: funnel, close rates, cost, pace, NRR and GRR, precision of plays
    Report(ReportArgs),
    /// Compare two rule packs over the same history: what each would have opened, and why
    Backtest(BacktestArgs),
    /// Check a rule pack, report every mistake with its file, line and column, and run the pack's tests
    Check(CheckArgs),
    /// Change the rules of a pipeline that runs: warmed up from history, taken over at one instant
    Change(ChangeArgs),
    /// Begin a rule pack, a detector or a play: files to edit, with a test that passes
    New(NewArgs),
    /// Make the Kafka topics that are missing, and check those that are there
    Topics(TopicsArgs),
    /// Show all of it on this machine with nothing installed: generated input, a broker inside the process
    Demo(DemoArgs),
    /// Say which product each account may want next, by what similar accounts own: events for the rules, to be run daily
    Similar(SimilarArgs),
    /// Write realistic input, the same for the same seed
    Generate(GenerateArgs),
    /// Print the configuration as `run` has it with the same flags, each value with where it came from
    Config(RunArgs),
    /// Print a completion script for a shell
    Completion(CompletionArgs),
    /// Print the manual page, of all or of one command, in roff: `springtide man | man -l -`
    Man(ManArgs),
}

/// Where Kafka is.
#[derive(Default, Group)]
pub struct ConnectionArgs {
    /// Configuration file (TOML); `deploy/springtide.toml` has every setting with its default
    #[arg(long, value_name = "FILE", env = "SPRINGTIDE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Brokers to begin with [default: localhost:9092]
    #[arg(long, value_name = "HOST:PORT,…", env = "SPRINGTIDE_BOOTSTRAP_SERVERS")]
    pub bootstrap_servers: Option<String>,
    /// Consumer group, and prefix of transactional ids [default: springtide]
    #[arg(long, value_name = "ID", env = "SPRINGTIDE_APPLICATION_ID")]
    pub application_id: Option<String>,
    /// Schema registry, several URLs with commas between; user and password belong into the configuration file or
    /// SPRINGTIDE_SCHEMA_REGISTRY_USER and SPRINGTIDE_SCHEMA_REGISTRY_PASSWORD
    #[arg(long, value_name = "URL", env = "SPRINGTIDE_SCHEMA_REGISTRY", hide_env_values = true)]
    pub schema_registry: Option<String>,
    /// A topic's format. Input is JSON unless said, output Avro where a schema registry is given
    #[arg(long, value_name = "TOPIC=avro|json", value_parser = assignment, env = "SPRINGTIDE_FORMAT", value_delimiter = ',')]
    pub format: Vec<(Formatted, Format)>,
    /// Route signals that name a domain, in business-signals-by-domain, to the account whose latest profile lists it
    #[arg(long, env = "SPRINGTIDE_BY_DOMAIN")]
    pub by_domain: bool,
    /// A librdkafka setting; `consumer.` or `producer.` before its name gives it to one sort of client only. `file.`
    /// before all names a file that has the value: everybody on the machine can see flags. In the environment
    /// SPRINGTIDE_SET, one a line
    // Read later: a mistake here would be shown with what may be a secret.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// Without what may be a secret.
impl fmt::Debug for ConnectionArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConnectionArgs { config, bootstrap_servers, application_id, format, .. } = self;
        let mut shown = f.debug_struct("ConnectionArgs");
        shown.field("config", config).field("bootstrap_servers", bootstrap_servers);
        shown.field("application_id", application_id).field("format", format).finish_non_exhaustive()
    }
}

/// `springtide run`
#[derive(Debug, Default, Group)]
pub struct RunArgs {
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// Where the state is kept [default: springtide-state]
    #[arg(long, value_name = "DIR", env = "SPRINGTIDE_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
    /// Folder of rule files; the default pack where it is left out
    #[arg(long, value_name = "DIR", env = "SPRINGTIDE_RULES")]
    pub rules: Option<PathBuf>,
    /// A fixed clock for the timers; the wall clock where it is left out
    #[arg(long, value_name = "TIME", value_parser = time, env = "SPRINGTIDE_UNTIL")]
    pub until: Option<Millis>,
    /// Build state from what is older, and emit only what opens later
    #[arg(long, value_name = "TIME", value_parser = time, env = "SPRINGTIDE_EMIT_FROM")]
    pub emit_from: Option<Millis>,
    /// How late events of a topic may come, such as `business-signals=14d`
    #[arg(long, value_name = "TOPIC=DURATION", value_parser = lateness, env = "SPRINGTIDE_ALLOWED_LATENESS",
        value_delimiter = ',')]
    pub allowed_lateness: Vec<(Topic, Millis)>,
    /// Members of the consumer group that this process is, each with a thread of its own [default: 1]
    #[arg(long, value_name = "COUNT", env = "SPRINGTIDE_THREADS")]
    pub threads: Option<usize>,
    /// A name that outlives the process, for static membership: a restart within the session's time-out moves no
    /// partition
    #[arg(long, value_name = "NAME", env = "SPRINGTIDE_INSTANCE_ID")]
    pub instance_id: Option<String>,
    /// Where to answer /metrics, /startupz, /livez, /readyz and /loglevel over HTTP, to whoever asks; nowhere where it is left out. With
    /// port 0 the system chooses one, and the log says which
    #[arg(long, value_name = "HOST:PORT", env = "SPRINGTIDE_LISTEN")]
    pub listen: Option<String>,
    /// How lines of the log are written
    #[arg(long, value_name = "FORMAT", env = "SPRINGTIDE_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Collector of traces that takes OTLP over HTTP, such as http://localhost:4318; OpenTelemetry's own variables
    /// (OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS, OTEL_TRACES_SAMPLER) hold as well. None is sent where nobody says
    #[arg(long, value_name = "URL", env = "SPRINGTIDE_OTLP_ENDPOINT", hide_env_values = true)]
    pub otlp_endpoint: Option<String>,
    /// Answer the API for people and tools under /api/v1 of the address to listen on; without tokens, or a proxy that says
    /// who asks, to this machine alone
    #[arg(long, env = "SPRINGTIDE_API")]
    pub api: bool,
    /// Who may ask the API: a file with a line each of a name, a role (view, decide, admin) and a token
    #[arg(long, value_name = "FILE", env = "SPRINGTIDE_API_TOKENS")]
    pub api_tokens: Option<PathBuf>,
    /// Where the group's other members reach what this one answers, where that is not the address to listen on: asked for an
    /// account whose partition is another's, a member asks there. HOST:PORT
    #[arg(long, value_name = "HOST:PORT", env = "SPRINGTIDE_ADVERTISE")]
    pub advertise: Option<String>,
    /// End, committed, once what the topics hold at the start is processed
    #[arg(long, env = "SPRINGTIDE_UNTIL_CAUGHT_UP")]
    pub until_caught_up: bool,
    /// Print a configuration file with every setting, its default and what it is for, and end
    #[arg(long)]
    pub print_config: bool,
    /// Print a table of all figures that /metrics has, with what they say, and end
    #[arg(long)]
    pub print_metrics: bool,
    /// Print a table of all settings with their defaults, flags and variables, and what they are for, and end
    #[arg(long)]
    pub print_reference: bool,
}

/// `springtide topics`
#[derive(Debug, Group)]
pub struct TopicsArgs {
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// Partitions of the topics that are made
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(i32).range(1..))]
    pub partitions: i32,
    /// Copies of each partition
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
    pub replication_factor: i32,
    /// Make nothing, only check
    #[arg(long)]
    pub verify: bool,
    /// Fill the input topics, which must be empty, with what those hold that this configuration file names: the way to
    /// more partitions
    #[arg(long, value_name = "FILE", conflicts_with = "verify")]
    pub copy_from: Option<PathBuf>,
}

/// `springtide demo`
#[derive(Debug, Group)]
pub struct DemoArgs {
    /// Another seed, another world
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many accounts
    #[arg(long, default_value_t = 200)]
    pub accounts: u32,
    /// How many days, the last one yesterday
    #[arg(long, default_value_t = 60)]
    pub days: u32,
    /// Folder of rule files; the default pack where it is left out
    #[arg(long, value_name = "DIR", env = "SPRINGTIDE_RULES")]
    pub rules: Option<PathBuf>,
}

/// Which files to read, and by which rules.
#[derive(Debug, Group)]
pub struct InputArgs {
    /// Files of records: .jsonl, .jsonl.gz, .jsonl.zst or .avro, or - for lines from standard input. A file's
    /// name up to the first dot names its topic; a line's own `_topic` goes before it
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Folder of rule files; the default pack where it is left out
    #[arg(long, value_name = "DIR", env = "SPRINGTIDE_RULES")]
    pub rules: Option<PathBuf>,
    /// The clock of the timers; the greatest `occurred_at` of the input where it is left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Millis>,
    /// Keep lines that can't be used in this file, as they came
    #[arg(long, value_name = "FILE")]
    pub dead_letter: Option<PathBuf>,
}

/// `springtide replay`
#[derive(Debug, Group)]
pub struct ReplayArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Print every revision as it comes, not just the final one of each opportunity
    #[arg(long)]
    pub revisions: bool,
    /// Take the lines in file order through the engine of `run`, late events set aside
    #[arg(long)]
    pub as_arrived: bool,
    /// How late events of a topic may come, such as `business-signals=14d`; only with --as-arrived
    #[arg(long, value_name = "TOPIC=DURATION", value_parser = lateness, requires = "as_arrived")]
    pub allowed_lateness: Vec<(Topic, Millis)>,
    /// Keep late lines in this file; only with --as-arrived
    #[arg(long, value_name = "FILE", requires = "as_arrived")]
    pub late: Option<PathBuf>,
    /// Print the closing summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// `springtide explain`
#[derive(Debug, Group)]
pub struct ExplainArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// The account
    #[arg(long, value_name = "ID")]
    pub account: String,
    /// The instant; the account's last event where it is left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Millis>,
    /// Only this play
    #[arg(long, value_name = "NAME")]
    pub play: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `springtide report`
#[derive(Debug, Group)]
pub struct ReportArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// The period's first instant; 12 months before its end where it is left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub from: Option<Millis>,
    /// The first instant after the period, from which on nothing is looked at; where it is left out, the end of the day
    /// (UTC) of --until, else of the greatest `occurred_at` of the input
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub to: Option<Millis>,
    /// Only accounts of this segment, several with commas: enterprise, mid_market, smb
    #[arg(long, value_name = "SEGMENT", value_parser = segment, value_delimiter = ',')]
    pub segment: Vec<Segment>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Print CSV, a figure a line
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

/// `springtide check`
#[derive(Debug, Group)]
pub struct CheckArgs {
    /// Folder of rule files; the default pack where it is left out
    #[arg(long, value_name = "DIR", env = "SPRINGTIDE_RULES")]
    pub rules: Option<PathBuf>,
    /// Write the default pack into this folder, to start one's own from
    #[arg(long, value_name = "DIR", conflicts_with = "rules")]
    pub write_default: Option<PathBuf>,
    /// Only the rules, not the tests beside them (*.test.yaml)
    #[arg(long)]
    pub no_tests: bool,
    /// Print the JSON Schema of a rule file, for editors, and end; with `tests` that of a test file
    #[arg(long, value_name = "FORM", num_args = 0..=1, default_missing_value = "rules", value_parser = ["rules", "tests"],
        conflicts_with = "write_default")]
    pub print_schema: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `springtide new`
#[derive(Debug, Group)]
pub struct NewArgs {
    /// What to begin
    #[command(subcommand)]
    pub what: NewWhat,
}

/// What to begin.
#[derive(Debug, Subcommand)]
pub enum NewWhat {
    /// Write the default pack with its tests into a folder, to start one's own from
    Pack(NewPackArgs),
    /// Write a detector of a kind, and a test of it
    Detector(NewDetectorArgs),
    /// Write a play with two detectors of its own, and a test of it
    Play(NewPlayArgs),
}

/// `springtide new pack`
#[derive(Debug, Group)]
pub struct NewPackArgs {
    /// The folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// `springtide new detector`
#[derive(Debug, Group)]
pub struct NewDetectorArgs {
    /// Its name
    pub name: String,
    /// match, ratio, distinct, spike, trend, first, before or regulars
    #[arg(long, default_value = "match")]
    pub kind: String,
    /// Folder of rule files; it is made where it is missing
    #[arg(long, value_name = "DIR", env = "SPRINGTIDE_RULES")]
    pub rules: PathBuf,
}

/// `springtide new play`
#[derive(Debug, Group)]
pub struct NewPlayArgs {
    /// Its name
    pub name: String,
    /// Folder of rule files; it is made where it is missing
    #[arg(long, value_name = "DIR", env = "SPRINGTIDE_RULES")]
    pub rules: PathBuf,
}

/// `springtide generate`
#[derive(Debug, Group)]
pub struct GenerateArgs {
    /// Folder for one .jsonl file a topic; all lines with `_topic` on standard output where it is left out
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Another seed, another world
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many accounts
    #[arg(long, default_value_t = 200)]
    pub accounts: u32,
    /// How many days
    #[arg(long, default_value_t = 60)]
    pub days: u32,
    /// The first day
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "2026-01-01T00:00:00Z")]
    pub start: Millis,
    /// How busy the users are, 1 being usual
    #[arg(long, default_value_t = 1.0, value_parser = activity)]
    pub activity: f64,
    /// In the order of arrival instead of event time: vendors deliver days late
    #[arg(long)]
    pub disorder: bool,
    /// With outcomes
    #[arg(long)]
    pub outcomes: bool,
}

/// `springtide completion`
#[derive(Debug, Group)]
pub struct CompletionArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `springtide man`
#[derive(Debug, Group)]
pub struct ManArgs {
    /// The command; that of the program where it is left out
    pub command: Option<String>,
}

/// Reads an RFC 3339 time; a date alone is its first instant.
pub fn time(text: &str) -> Result<Millis, String> {
    let midnight = format!("{text}T00:00:00Z");
    parse_rfc3339(text)
        .or_else(|| parse_rfc3339(&midnight))
        .ok_or_else(|| "expected a time such as 2026-03-02T09:30:00Z".to_owned())
}

/// Reads a duration: `90s`, `15m`, `6h`, `5d`.
pub fn duration(text: &str) -> Result<Millis, String> {
    let units = [("s", SECOND_MS), ("m", 60 * SECOND_MS), ("h", HOUR_MS), ("d", DAY_MS)];
    units
        .iter()
        .find_map(|(unit, ms)| {
            text.strip_suffix(unit)?.parse::<u32>().ok().map(|count| i64::from(count) * ms)
        })
        .ok_or_else(|| format!("`{text}` is no duration; expected one such as 90s, 15m, 6h or 14d"))
}

fn activity(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1_000.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1000".to_owned())
}

fn lateness(text: &str) -> Result<(Topic, Millis), String> {
    let (topic, length) =
        text.split_once('=').ok_or("expected TOPIC=DURATION, such as business-signals=14d")?;
    let names = || Topic::ALL.map(Topic::name).join(", ");
    let topic = Topic::from_name(topic)
        .ok_or_else(|| format!("`{topic}` is no topic; the topics are {}", names()))?;
    Ok((topic, duration(length)?))
}

fn segment(text: &str) -> Result<Segment, String> {
    let names = || Segment::ALL.map(Segment::name).join(", ");
    let known = Segment::ALL.into_iter().find(|segment| segment.name() == text);
    known.ok_or_else(|| format!("`{text}` is no segment; the segments are {}", names()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn secrets_in_flags_do_not_show() {
        let line =
            ["springtide", "run", "--set=sasl.password=s3cret", "--schema-registry=http://me:s3cret@r"];
        let args = Args::try_parse_from(line).unwrap();
        assert!(!format!("{args:?} {args:#?}").contains("s3cret"));
        // Whatever stands behind --set, the parser of flags has no words on it.
        assert!(Args::try_parse_from(["springtide", "run", "--set", "s3cret"]).is_ok());
    }

    #[test]
    fn durations_and_times_are_read() {
        assert_eq!(duration("14d"), Ok(14 * DAY_MS));
        assert_eq!(duration("90s"), Ok(90 * SECOND_MS));
        assert!(duration("d").is_err() && duration("5w").is_err() && duration("-1d").is_err());
        assert_eq!(time("1970-01-02"), Ok(DAY_MS));
        assert_eq!(lateness("business-signals=1h"), Ok((Topic::BusinessSignals, HOUR_MS)));
        assert!(lateness("news=1h").is_err());
    }
}
