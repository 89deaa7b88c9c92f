//! How much of everything, and who takes part.

use std::path::PathBuf;

use springtide_core::event::Topic;
use springtide_core::time::DAY_MS;

use super::contender::Contender;
use super::latency::Pace;
use crate::flags::Flags;
use crate::load::Failure;
use crate::nexmark::Bids;
use crate::workload::{START, Workload};

/// What the command knows.
pub const FLAGS: [&str; 14] = [
    "short",
    "out",
    "only",
    "contenders",
    "rounds",
    "root",
    "springtide",
    "accounts",
    "usage",
    "business",
    "bids",
    "threads",
    "commit-interval-ms",
    "partitions",
];

/// What can be asked for with `--only`.
pub const PARTS: [&str; 9] =
    ["json", "disorder", "avro", "little", "sizes", "nexmark", "restore", "latency", "engine"];

const HOUR_MS: i64 = 3_600_000;
/// A hundred events a second of the auction's, so that five seconds matter.
const AUCTION_GAP_MS: i64 = 10;

/// How much of everything.
#[derive(Clone, Debug)]
pub struct Plan {
    /// A hundredth of everything, to see that it runs.
    pub short: bool,
    /// Where results go.
    pub out: PathBuf,
    /// The repository.
    pub root: PathBuf,
    /// The command `springtide`.
    pub springtide: PathBuf,
    /// Which parts.
    pub only: Vec<String>,
    /// Who takes part.
    pub contenders: Vec<Contender>,
    /// How often each runs.
    pub rounds: usize,
    /// The load of most runs, in order.
    pub main: Workload,
    /// The load of the contender that is twenty times slower.
    pub little: Workload,
    /// Few accounts.
    pub few: Workload,
    /// Many.
    pub many: Workload,
    /// The load of the Nexmark query.
    pub bids: Bids,
    /// The load of the engine alone.
    pub engine: Workload,
    /// The load of latency.
    pub pace: Pace,
    /// How long idling is looked at, in seconds.
    pub idle_s: u64,
    /// How often all commit.
    pub commit_interval_ms: u64,
    /// Threads of each.
    pub threads: u32,
    /// Partitions of each topic.
    pub partitions: i32,
}

impl Plan {
    /// From the command line.
    ///
    /// # Errors
    /// Where a flag is no good.
    pub fn read(flags: &Flags) -> Result<Plan, Failure> {
        let short = flags.has("short");
        let of = |full: u64, short_size: u64| if short { short_size } else { full };
        let main = Workload {
            accounts: flags.number("accounts", of(200_000, 500))?,
            usage: flags.number("usage", of(4_000_000, 40_000))?,
            business: flags.number("business", of(100_000, 2_000))?,
            ..Workload::default()
        };
        let root = PathBuf::from(flags.text("root", "."));
        let beside = std::env::current_exe()?.with_file_name("springtide");
        let springtide = flags.text("springtide", "");
        let plan = Plan {
            short,
            out: flags.text("out", "benches/results").into(),
            root: root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))?,
            springtide: if springtide.is_empty() { beside } else { springtide.into() },
            only: chosen(&flags.text("only", &PARTS.join(",")), &PARTS)?,
            contenders: contenders(&flags.text("contenders", &PEOPLE.map(|(name, _)| name).join(",")))?,
            rounds: flags.number("rounds", 1)?,
            little: Workload {
                usage: (main.usage / 20).max(of(1, 20_000)),
                business: (main.business / 20).max(of(1, 1_000)),
                accounts: (main.accounts / 20).max(of(1, 250)),
                ..main.clone()
            },
            few: Workload { accounts: main.accounts / 10, ..main.clone() },
            many: Workload { accounts: main.accounts * 10, ..main.clone() },
            bids: Bids::new(main.seed, START, AUCTION_GAP_MS, flags.number("bids", of(200_000, 5_000))?),
            engine: Workload {
                accounts: (main.accounts / 4).max(1),
                usage: main.usage / 4,
                business: main.business / 4,
                ..main.clone()
            },
            pace: Pace {
                rate: of(5_000, 1_000),
                lead_s: of(20, 10),
                counted_s: of(60, 10),
                accounts: of(4_000, 300),
                business_percent: 10,
            },
            idle_s: of(20, 3),
            commit_interval_ms: flags.number("commit-interval-ms", 100)?,
            threads: flags.number("threads", 1)?,
            partitions: flags.number("partitions", 8)?,
            main,
        };
        Ok(plan)
    }

    /// Whether a part was asked for.
    pub fn wants(&self, part: &str) -> bool {
        self.only.iter().any(|only| only == part)
    }

    /// A load out of order.
    pub fn disordered(&self) -> Workload {
        Workload { disorder_ms: HOUR_MS, ..self.main.clone() }
    }

    /// What the results say of how they came about.
    pub fn facts(&self) -> Vec<(String, String)> {
        let load = |load: &Workload| {
            format!(
                "{} accounts, {} usage events, {} business events over {} days, seed {}",
                load.accounts,
                load.usage,
                load.business,
                load.span_ms / DAY_MS,
                load.seed
            )
        };
        let pace = &self.pace;
        let facts = [
            ("load", load(&self.main)),
            ("disordered load", format!("the same, up to {} ms late", self.disordered().disorder_ms)),
            ("small load", load(&self.little)),
            ("few accounts", load(&self.few)),
            ("many accounts", load(&self.many)),
            ("nexmark", format!("{} bids of 100 events a second, seed {}", self.bids.len(), self.main.seed)),
            ("engine's load", load(&self.engine)),
            (
                "latency",
                format!(
                    "{} events/s, {} % business, {} accounts, {} s after {} s of start",
                    pace.rate, pace.business_percent, pace.accounts, pace.counted_s, pace.lead_s
                ),
            ),
            ("idle", format!("{} s", self.idle_s)),
            ("rounds", format!("{}, of which the median", self.rounds)),
            ("threads", self.threads.to_string()),
            ("commit interval", format!("{} ms", self.commit_interval_ms)),
            ("topics", format!("{} of {} partitions", Topic::ALL.len(), self.partitions)),
        ];
        facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

const PEOPLE: [(&str, Contender); 6] = [
    ("springtide", Contender::Springtide),
    ("default", Contender::SpringtideDefaultPack),
    ("streams", Contender::Streams),
    ("flink", Contender::FlinkProcess),
    ("cep", Contender::FlinkCep),
    ("sql", Contender::FlinkSql),
];

fn contenders(text: &str) -> Result<Vec<Contender>, Failure> {
    let names = chosen(text, &PEOPLE.map(|(name, _)| name))?;
    Ok(PEOPLE
        .into_iter()
        .filter(|(name, _)| names.iter().any(|chosen| chosen == name))
        .map(|(_, who)| who)
        .collect())
}

fn chosen(text: &str, known: &[&str]) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = text.split(',').map(str::to_owned).collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(other) => Err(format!("`{other}` is none of {}", known.join(", ")).into()),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(words: &[&str]) -> Plan {
        let words = words.iter().map(|word| (*word).to_owned());
        Plan::read(&Flags::read(words, &FLAGS).unwrap()).unwrap()
    }

    #[test]
    fn bids_are_part_of_all_and_few_in_short() {
        for (words, bids) in [(&[][..], 200_000), (&["--short"], 5_000), (&["--short", "--bids", "70"], 70)] {
            let plan = plan(words);
            assert!(plan.wants("nexmark") && plan.contenders.contains(&Contender::FlinkSql));
            assert_eq!(plan.bids.len(), bids);
        }
        assert!(!plan(&["--only", "json,engine"]).wants("nexmark"));
    }
}
