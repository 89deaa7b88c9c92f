//! What is on the topics that contenders run on, and what they are told of it.

use springtide_core::time::{DAY_MS, Millis};

use super::contender::{Contender, Memory, Question, Task};
use super::results::Scenario;
use crate::flags::Format;
use crate::load::{Failure, Place};
use crate::nexmark::Bids;
use crate::wire::Wire;
use crate::workload::Workload;

/// Events, by whose kind they are.
#[derive(Clone, Copy)]
pub enum Input<'p> {
    /// Customers' usage, and what is heard of them.
    Customers(&'p Workload),
    /// Bids of an auction, in JSON.
    Bids(&'p Bids),
}

/// What is on the topics of a scenario.
pub struct Load<'p> {
    /// What results call it.
    pub scenario: Scenario,
    /// The events.
    pub input: Input<'p>,
    /// How they are written.
    pub format: Format,
    /// What the topics' names begin with.
    pub prefix: &'static str,
}

impl Load<'_> {
    /// Writes it to topics that are there; returns how many records count. Profiles of bids don't, as only ours reads
    /// them.
    ///
    /// # Errors
    /// Where the broker does not take them.
    pub fn write(&self, place: &Place, wire: &Wire) -> Result<u64, Failure> {
        match self.input {
            Input::Customers(workload) => place.load(workload, wire),
            Input::Bids(bids) => place.load_bids(bids),
        }
    }

    /// What a contender is told in a round.
    pub fn task(&self, contender: Contender, memory: Memory, round: usize) -> Task {
        let ample = if memory == Memory::Ample { "ample-" } else { "" };
        Task {
            question: match self.input {
                Input::Customers(_) => Question::Expansion,
                Input::Bids(_) => Question::Swing,
            },
            id: format!("{}{ample}{}-{round}", self.prefix, contender.slug()),
            prefix: self.prefix.to_owned(),
            format: self.format,
            disorder_ms: match self.input {
                Input::Customers(workload) => workload.disorder_ms,
                Input::Bids(_) => 0,
            },
            memory,
            // Beyond all windows of the last event.
            until: Some(self.end() + 15 * DAY_MS),
        }
    }

    fn end(&self) -> Millis {
        match self.input {
            Input::Customers(workload) => workload.start + workload.span_ms,
            Input::Bids(bids) => bids.clone().last().map_or(0, |bid| bid.at_ms),
        }
    }

    /// Whether a contender runs on it. The default pack's rules are others, so that it runs on the first load alone.
    pub fn takes(&self, contender: Contender) -> bool {
        match (self.scenario, contender) {
            (_, Contender::Springtide) => true,
            (Scenario::Json, contender) => !matches!(contender, Contender::FlinkCep | Contender::FlinkSql),
            (Scenario::Disordered | Scenario::Avro, contender) => {
                matches!(contender, Contender::Streams | Contender::FlinkProcess)
            }
            (Scenario::Little, contender) => contender == Contender::FlinkCep,
            (Scenario::Nexmark, contender) => contender == Contender::FlinkSql,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::START;

    #[test]
    fn bids_are_asked_for_swings_and_workloads_for_expansion() {
        let (bids, workload) = (Bids::new(7, START, 10, 100), Workload::default());
        let load = |scenario, input| Load { scenario, input, format: Format::Json, prefix: "x-" };
        let nexmark = load(Scenario::Nexmark, Input::Bids(&bids));
        let json = load(Scenario::Json, Input::Customers(&workload));
        let task = nexmark.task(Contender::FlinkSql, Memory::Default, 2);
        assert_eq!((task.id.as_str(), task.question), ("x-flink-sql-2", Question::Swing));
        // 46 bids a round of 50 events, and eight of the third after a person and three auctions: the last is event 111.
        assert_eq!(task.until, Some(START + 111 * 10 + 15 * DAY_MS));
        assert_eq!(json.task(Contender::Springtide, Memory::Default, 1).question, Question::Expansion);
        for (contender, on_bids, on_json) in [
            (Contender::Springtide, true, true),
            (Contender::SpringtideDefaultPack, false, true),
            (Contender::Streams, false, true),
            (Contender::FlinkProcess, false, true),
            (Contender::FlinkCep, false, false),
            (Contender::FlinkSql, true, false),
        ] {
            assert_eq!(
                (nexmark.takes(contender), json.takes(contender)),
                (on_bids, on_json),
                "{contender:?}"
            );
        }
    }
}
