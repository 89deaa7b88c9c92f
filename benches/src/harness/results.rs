//! What was measured, and what is read from it: the figures that have a target.

use super::contender::Contender;
use super::latency::Latency;
use super::restore::Restore;
use crate::engine;

/// What is on the topics, and so what runs are compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// JSON, in order.
    Json,
    /// JSON, out of order by up to an hour.
    Disordered,
    /// Avro, in order.
    Avro,
    /// JSON, in order, little of it.
    Little,
    /// Few accounts.
    FewAccounts,
    /// Many accounts, more than fit into memory as it ships.
    ManyAccounts,
    /// The same, with memory for all.
    ManyAccountsInMemory,
    /// The bids of the Nexmark query; profiles are not counted as records.
    Nexmark,
}

impl Scenario {
    /// As tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::Json => "JSON",
            Scenario::Disordered => "JSON, disordered",
            Scenario::Avro => "Avro",
            Scenario::Little => "JSON, small load",
            Scenario::FewAccounts => "JSON, few accounts",
            Scenario::ManyAccounts => "JSON, many accounts",
            Scenario::ManyAccountsInMemory => "JSON, many accounts, ample memory",
            Scenario::Nexmark => "Nexmark",
        }
    }
}

/// Who ran: a contender or a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// A contender.
    Contender(Contender),
    /// Reading, in batches.
    Consume,
    /// Reading, a call a record.
    ConsumeEach,
    /// Reading and decoding.
    Decode,
    /// The same, and writing as much as ours does.
    DecodeProduce,
}

impl Runner {
    /// As tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Runner::Contender(contender) => contender.name(),
            Runner::Consume => "limit: consume",
            Runner::ConsumeEach => "limit: consume, a call a record",
            Runner::Decode => "limit: consume + decode",
            Runner::DecodeProduce => "limit: consume + decode + produce",
        }
    }
}

/// One run of one process.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// On what.
    pub scenario: Scenario,
    /// Who.
    pub runner: Runner,
    /// Records that it read.
    pub records: u64,
    /// CPU seconds from start to end.
    pub cpu_s: f64,
    /// The largest resident size in bytes.
    pub peak_bytes: u64,
    /// Seconds by the clock.
    pub wall_s: f64,
    /// Openings that it found, where it looks for any.
    pub openings: Option<usize>,
}

impl Run {
    /// CPU seconds a million records.
    pub fn cpu_s_per_million(&self) -> f64 {
        self.cpu_s * 1e6 / self.records.max(1) as f64
    }
}

/// Everything of one `bench all`.
#[derive(Debug, Default)]
pub struct Results {
    /// Runs, in order.
    pub runs: Vec<Run>,
    /// Latencies.
    pub latency: Vec<(Contender, Latency)>,
    /// Restores.
    pub restore: Vec<(Contender, Restore)>,
    /// The engine alone, by pack.
    pub engine: Vec<(&'static str, engine::Run)>,
    /// Comparisons that agreed, in words.
    pub agreed: Vec<String>,
    /// What was left out, and why.
    pub skipped: Vec<String>,
    /// What went wrong: contenders that failed, and findings that differ.
    pub failed: Vec<String>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
    /// It is only told.
    None,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What.
    pub name: String,
    /// What it should be.
    pub target: Target,
    /// What it is; `None` where something that it needs was not measured.
    pub measured: Option<f64>,
    /// Behind the number.
    pub unit: &'static str,
}

impl Figure {
    /// Whether it is as it should be; `None` where that can't be said.
    pub fn reached(&self) -> Option<bool> {
        match self.target {
            Target::AtLeast(least) => Some(self.measured? >= least),
            Target::AtMost(most) => Some(self.measured? <= most),
            Target::None => None,
        }
    }
}

impl Results {
    /// The median of a figure over the rounds of one runner.
    fn median(&self, scenario: Scenario, runner: Runner, of: impl Fn(&Run) -> f64) -> Option<f64> {
        let runs = self.runs.iter().filter(|run| (run.scenario, run.runner) == (scenario, runner));
        let mut all: Vec<f64> = runs.map(of).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    }

    /// CPU seconds a million records, the median of the rounds.
    pub fn cost(&self, scenario: Scenario, runner: Runner) -> Option<f64> {
        self.median(scenario, runner, Run::cpu_s_per_million)
    }

    fn contender_cost(&self, scenario: Scenario, contender: Contender) -> Option<f64> {
        self.cost(scenario, Runner::Contender(contender))
    }

    /// How many times as many events a CPU second as somebody else.
    fn speed(&self, scenario: Scenario, against: Runner) -> Option<f64> {
        Some(self.cost(scenario, against)? / self.contender_cost(scenario, Contender::Springtide)?)
    }

    fn latency_of(&self, contender: Contender) -> Option<&Latency> {
        self.latency.iter().find(|(whose, _)| *whose == contender).map(|(_, latency)| latency)
    }

    fn restore_of(&self, contender: Contender) -> Option<&Restore> {
        self.restore.iter().find(|(whose, _)| *whose == contender).map(|(_, restore)| restore)
    }

    /// The table, in order.
    pub fn figures(&self, commit_interval_ms: u64) -> Vec<Figure> {
        let mut figures = self.speeds();
        figures.extend(self.times(commit_interval_ms));
        figures.extend(self.sizes());
        figures
    }

    fn speeds(&self) -> Vec<Figure> {
        let streams = Runner::Contender(Contender::Streams);
        let flink = Runner::Contender(Contender::FlinkProcess);
        let cep = Runner::Contender(Contender::FlinkCep);
        let sql = Runner::Contender(Contender::FlinkSql);
        let peers = [
            (Scenario::Json, streams, Target::AtLeast(6.0)),
            (Scenario::Avro, streams, Target::AtLeast(7.0)),
            (Scenario::Disordered, streams, Target::None),
            (Scenario::Json, flink, Target::AtLeast(9.0)),
            (Scenario::Avro, flink, Target::None),
            (Scenario::Disordered, flink, Target::None),
            (Scenario::Little, cep, Target::None),
            (Scenario::Nexmark, sql, Target::None),
            (Scenario::Json, Runner::Decode, Target::AtLeast(0.65)),
            (Scenario::Avro, Runner::Decode, Target::AtLeast(0.65)),
            (Scenario::Json, Runner::DecodeProduce, Target::None),
        ];
        let figure = |(scenario, against, target): (Scenario, Runner, Target)| {
            let name = format!("events per CPU second, {}, against {}", scenario.name(), against.name());
            Figure { name, target, measured: self.speed(scenario, against), unit: " ×" }
        };
        peers.into_iter().map(figure).collect()
    }

    fn times(&self, commit_interval_ms: u64) -> Vec<Figure> {
        let (ours, theirs) = (self.latency_of(Contender::Springtide), self.latency_of(Contender::Streams));
        let (back, their_back) =
            (self.restore_of(Contender::Springtide), self.restore_of(Contender::Streams));
        let figure =
            |name: &str, target, measured, unit| Figure { name: name.to_owned(), target, measured, unit };
        vec![
            figure(
                "produce → visible, p99, against the commit interval",
                Target::AtMost(1.5),
                ours.map(|ours| ours.p99_ms / commit_interval_ms as f64),
                " ×",
            ),
            figure(
                "produce → visible, p99, against kafka streams",
                Target::AtMost(1.0),
                ours.zip(theirs).map(|(ours, theirs)| ours.p99_ms / theirs.p99_ms),
                " ×",
            ),
            figure(
                "restore of a lost disk, records/s, against kafka streams",
                Target::AtLeast(3.0),
                back.zip(their_back).map(|(ours, theirs)| ours.rate() / theirs.rate()),
                " ×",
            ),
            figure(
                "CPU of an idle pipeline, of a core",
                Target::AtMost(1.0),
                back.map(|ours| ours.idle_share * 100.0),
                " %",
            ),
        ]
    }

    fn sizes(&self) -> Vec<Figure> {
        let ratio = |over: Option<f64>, under: Option<f64>| Some(over? / under?);
        let peak = |contender| {
            self.median(Scenario::Json, Runner::Contender(contender), |run| run.peak_bytes as f64)
        };
        let cost = |scenario| self.contender_cost(scenario, Contender::Springtide);
        let few = cost(Scenario::FewAccounts);
        let figure = |name: &str, most: f64, measured| Figure {
            name: name.to_owned(),
            target: Target::AtMost(most),
            measured,
            unit: " ×",
        };
        vec![
            figure(
                "resident memory, JSON, against kafka streams",
                0.25,
                ratio(peak(Contender::Springtide), peak(Contender::Streams)),
            ),
            figure(
                "cost per event, many accounts in memory, against few",
                1.3,
                ratio(cost(Scenario::ManyAccountsInMemory), few),
            ),
            figure(
                "cost per event, many accounts on disk, against few",
                2.0,
                ratio(cost(Scenario::ManyAccounts), few),
            ),
            figure(
                "cost per event, default pack, against the bench pack",
                2.0,
                ratio(
                    self.contender_cost(Scenario::Json, Contender::SpringtideDefaultPack),
                    cost(Scenario::Json),
                ),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_ratios_of_medians_and_miss_what_was_not_measured() {
        let run = |runner, cpu_s| Run {
            scenario: Scenario::Json,
            runner,
            records: 1_000_000,
            cpu_s,
            peak_bytes: 1 << 20,
            wall_s: 1.0,
            openings: None,
        };
        let ours = Runner::Contender(Contender::Springtide);
        let theirs = Runner::Contender(Contender::Streams);
        let runs = vec![run(ours, 1.0), run(ours, 50.0), run(ours, 1.5), run(theirs, 9.0)];
        let results = Results { runs, ..Results::default() };
        let figures = results.figures(100);
        assert_eq!((figures[0].measured, figures[0].reached()), (Some(6.0), Some(true)));
        assert_eq!((figures[1].measured, figures[1].reached()), (None, None));
        let nexmark = |figure: &&Figure| figure.name == "events per CPU second, Nexmark, against flink sql";
        assert!(figures.iter().any(|figure| nexmark(&figure) && figure.target == Target::None));
        let memory = figures.iter().find(|figure| figure.name.starts_with("resident")).unwrap();
        assert_eq!((memory.measured, memory.reached()), (Some(1.0), Some(false)));
    }
}
