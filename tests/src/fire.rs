//! Springtide under fire: three real brokers, several instances, steady load, and real faults drawn by a seed; at the end
//! what is committed is held against a replay of the same events (SPEC section 6).
//!
//! - [`plan`]: which faults there are, and in which order they come; [`scene`]: where they happen.
//! - [`cluster`]: the brokers; [`link`]: the network before them; [`disk`], [`damage`]: what happens to state.
//! - [`instances`]: the instances and their supervisor; [`feed`]: what is written; [`feeder`]: the producers.
//! - [`verdict`]: what was lost, doubled or wrong; [`states`]: whether state directories agree.

pub mod cluster;
pub mod damage;
pub mod disk;
pub mod feed;
pub mod feeder;
pub mod instances;
pub mod link;
pub mod plan;
pub mod scene;
pub mod states;
pub mod verdict;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use plan::Kind;
use verdict::Verdict;

/// How long, and which faults.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// For how many seconds faults come.
    pub seconds: u64,
    /// Another seed, other faults and other events.
    pub seed: u64,
}

/// What happened, and what came of it.
pub struct Report {
    /// What was asked for.
    pub asked: Asked,
    /// Faults by kind.
    pub faults: BTreeMap<Kind, u32>,
    /// Why a kind can't be had here.
    pub not_done: BTreeMap<Kind, String>,
    /// Events that the topics took.
    pub events: u64,
    /// How many of them came a second time.
    pub again: usize,
    /// Accounts that were erased.
    pub erased: usize,
    /// Events that were processed when the faults were over.
    pub processed_under_fire: i64,
    /// Opportunities that a replay has.
    pub expected: usize,
    /// Copies of a partition's state that were compared with another one.
    pub states: usize,
    /// What instances ended with by themselves.
    pub ends: BTreeMap<String, u32>,
    /// What must not be, beside the verdict: broken instances, events aside, what did not come about in time.
    pub complaints: Vec<String>,
    /// The comparison.
    pub verdict: Verdict,
    /// Where the words of the instances and brokers are, where something is wrong.
    pub logs: Option<PathBuf>,
}

impl Report {
    /// Whether all is as it should be.
    pub fn is_clean(&self) -> bool {
        self.complaints.is_empty() && self.verdict.is_clean()
    }

    /// How many faults.
    pub fn total(&self) -> u32 {
        self.faults.values().sum()
    }

    /// The table.
    pub fn table(&self) -> String {
        let mut table = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(table, "{name:<44}{value:>12}");
        };
        line("faults", String::new());
        for kind in Kind::all() {
            let count = self.faults.get(&kind).map_or("0".to_owned(), u32::to_string);
            let not_done = self.not_done.contains_key(&kind);
            line(&format!("  {}", kind.words()), if not_done { "not done".to_owned() } else { count });
        }
        line("  together", self.total().to_string());
        line("ended by themselves, started again", self.ends.values().sum::<u32>().to_string());
        for (words, count) in &self.ends {
            line(&format!("  {words}"), count.to_string());
        }
        line("events in", self.events.to_string());
        line("  of them written a second time", self.again.to_string());
        line("  of them erasures of an account", self.erased.to_string());
        line("  of them processed while faults came", self.processed_under_fire.to_string());
        line("opportunities expected", self.expected.to_string());
        line("opportunities committed", self.verdict.open.to_string());
        line("  their revisions, withdrawn ones too", self.verdict.revisions.to_string());
        line("copies of a partition's state compared", self.states.to_string());
        line("lost", self.verdict.lost.len().to_string());
        line("doubled", self.verdict.doubled.len().to_string());
        line("wrong", (self.verdict.wrong.len() + self.complaints.len()).to_string());
        table
    }

    /// What is wrong, the first of each sort, and where to look.
    pub fn words(&self) -> String {
        let verdict = &self.verdict;
        let mut words = String::new();
        for (sort, all) in [
            ("lost", &verdict.lost),
            ("doubled", &verdict.doubled),
            ("wrong", &verdict.wrong),
            ("wrong", &self.complaints),
        ] {
            for one in all.iter().take(10) {
                let _ = writeln!(words, "{sort}: {one}");
            }
        }
        for (kind, why) in &self.not_done {
            let _ = writeln!(words, "not done: {}: {why}", kind.words());
        }
        if let Some(logs) = &self.logs {
            let _ = writeln!(words, "what they said is in {}", logs.display());
        }
        words
    }
}
