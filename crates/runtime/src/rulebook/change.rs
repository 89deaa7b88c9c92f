//! A change of rules, as whoever wants it sees it: written down, waited for, made to count (SPEC 7.2).

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::admin::{NewTopic, TopicReplication};
use rdkafka::consumer::Consumer;
use springtide_core::event::Topic;
use springtide_core::meaning::succeed::Unjustified;
use springtide_core::rules::{Change, Rules, Source, Test};
use springtide_core::time::Millis;

use super::record::Written;
use super::{Compile, Compiled, Generation, Reader, Record, Rulebook, Scribe, Texts};
use crate::brokers::{Answer, Brokers};
use crate::control::Control;
use crate::fault::{RunError, while_doing};
use crate::layout;
use crate::pipeline::wall_clock;
use crate::settings::Settings;

const ASK_TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(200);
/// How long what was written may take to be read.
const COMES_BACK: Duration = Duration::from_secs(30);
/// From when on new rules count once all partitions are ready: so long every instance has to hear of it.
const NOTICE_MS: Millis = 2_000;

/// What is wanted.
pub struct Proposal {
    /// The rules that the pipeline began with, where they were never changed.
    pub first: Texts,
    /// The new rules.
    pub next: Texts,
    /// What becomes of opportunities that only the old rules justify.
    pub unjustified: Unjustified,
    /// From which instant on the new rules count; as soon as all partitions are ready where there is none.
    pub counts_from: Option<Millis>,
    /// Whether to go on although the topics lack a part of the past that the new rules look at.
    pub with_less_history: bool,
    /// How long to wait for partitions; the change goes on without anybody who waits.
    pub patience: Option<Duration>,
}

/// How far a change is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The new rules' number, and their version.
    pub generation: u32,
    /// The version.
    pub version: String,
    /// Partitions in all.
    pub partitions: i32,
    /// Records read for warming up, of how many that is known.
    pub warmed: (i64, i64),
    /// Partitions that are ready.
    pub ready: usize,
    /// From when on they count.
    pub counts_from: Option<Millis>,
    /// Partitions that have taken them over.
    pub taken: usize,
}

/// A pipeline whose rules somebody wants to change.
pub struct Changing {
    settings: Settings,
    brokers: Brokers,
    partitions: i32,
    book: Rulebook,
    compile: Compile,
    reader: Option<Reader>,
}

impl Changing {
    /// Reads what rules there are, were, and are to come.
    ///
    /// # Errors
    /// Where brokers do not answer, or the pipeline's topics are not there.
    pub fn open(settings: &Settings, first: Compiled, compile: Compile) -> Result<Changing, RunError> {
        let brokers = Brokers::connect(settings)?;
        let answers = brokers.ask_once(settings.names.input.iter().map(String::as_str))?;
        let partitions = layout::check_input(settings, &answers)?;
        let book = Rulebook::load(settings, &Control::default(), first, compile.clone())?;
        let mut changing =
            Changing { settings: settings.clone(), brokers, partitions, book, compile, reader: None };
        changing.read_on()?;
        Ok(changing)
    }

    /// The generation that is to come, where there is one.
    pub fn pending(&self) -> Option<Generation> {
        self.book.next(self.book.counting().number).or_else(|| {
            let counting = self.book.counting();
            (counting.number > 0 && counting.taken.len() < self.partitions as usize).then_some(counting)
        })
    }

    /// The rules that count.
    pub fn counting(&self) -> Generation {
        self.book.counting()
    }

    /// Writes new rules down, unless they are the ones that are to come already; then waits until they have taken over.
    /// `tell` is told how far that is, now and then.
    ///
    /// # Errors
    /// Where they can't be had, each with what to do: the old rules go on.
    pub fn change(
        &mut self,
        proposal: &Proposal,
        tell: &mut dyn FnMut(&Standing),
    ) -> Result<Standing, RunError> {
        let next = (self.compile)(&proposal.next).map_err(RunError::Rules)?;
        let number = match self.pending() {
            Some(pending) if pending.rules.version == next.rules.version => pending.number,
            Some(pending) => {
                return Err(RunError::Rules(format!(
                    "rules {} are to come already (generation {}): wait for them, or give them up (--give-up)",
                    pending.rules.version, pending.number
                )));
            }
            None => self.propose(proposal, &next)?,
        };
        self.follow(number, proposal, tell)
    }

    /// Gives up rules that do not count yet.
    ///
    /// # Errors
    /// Where there are none, or they count by now.
    pub fn give_up(&mut self) -> Result<u32, RunError> {
        match self.pending() {
            Some(pending) if pending.counts_from.is_none() => {
                self.write(&Record::GivenUp { number: pending.number })?;
                Ok(pending.number)
            }
            Some(pending) => Err(RunError::Rules(format!(
                "rules {} count already: change back with the folder of the old ones",
                pending.rules.version
            ))),
            None => Err(RunError::Rules("no rules are to come".to_owned())),
        }
    }

    fn propose(&mut self, proposal: &Proposal, next: &Compiled) -> Result<u32, RunError> {
        let counting = self.book.counting();
        if counting.rules.version == next.rules.version {
            return Err(RunError::Rules(format!("rules {} count already", next.rules.version)));
        }
        let change = Change::between(&counting.rules, &next.rules);
        if !proposal.with_less_history {
            self.refuse_lost_past(&change)?;
        }
        self.make_topic()?;
        if !self.book.has_changed() {
            let first =
                Written { follows: None, unjustified: Unjustified::Keep, texts: proposal.first.clone() };
            self.write(&Record::Generation { number: 0, written: first })?;
        }
        let number = self.book.last() + 1;
        let written = Written {
            follows: Some(counting.number),
            unjustified: proposal.unjustified,
            texts: proposal.next.clone(),
        };
        self.write(&Record::Generation { number, written })?;
        Ok(number)
    }

    /// Waits for partitions, and says from when on the rules count.
    fn follow(
        &mut self,
        number: u32,
        proposal: &Proposal,
        tell: &mut dyn FnMut(&Standing),
    ) -> Result<Standing, RunError> {
        let began = Instant::now();
        loop {
            self.read_on()?;
            let Some(known) = self.book.generation(number) else {
                // What was written comes back a moment later.
                if began.elapsed() > COMES_BACK {
                    let gone = format!(
                        "generation {number} was written into topic `{}`, and does not come back",
                        self.settings.rules_topic()
                    );
                    return Err(RunError::Rules(gone));
                }
                thread::sleep(POLL);
                continue;
            };
            let standing = self.standing(&known);
            tell(&standing);
            if known.given_up {
                return Err(RunError::Rules(format!("rules {} were given up", known.rules.version)));
            }
            if let Some((partition, why)) = known.refused.iter().next() {
                return Err(RunError::Rules(format!(
                    "partition {partition}: {why}. The old rules go on; give the new ones up with --give-up"
                )));
            }
            if standing.taken == self.partitions as usize {
                return Ok(standing);
            }
            if known.counts_from.is_none() && standing.ready == self.partitions as usize {
                let from = proposal.counts_from.unwrap_or_else(|| wall_clock() + NOTICE_MS);
                self.write(&Record::Counts { number, from })?;
            }
            if proposal.patience.is_some_and(|patience| began.elapsed() > patience) {
                return Err(RunError::Rules(format!(
                    "{} of {} partitions are ready and {} have taken rules {} over after {} s; what is begun goes on: the same \
                     command waits on",
                    standing.ready,
                    self.partitions,
                    standing.taken,
                    standing.version,
                    began.elapsed().as_secs()
                )));
            }
            thread::sleep(POLL);
        }
    }

    fn standing(&self, known: &Generation) -> Standing {
        let warmed = known.warmed.values().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        let ready = known.ready.union(&known.taken).count();
        Standing {
            generation: known.number,
            version: known.rules.version.to_string(),
            partitions: self.partitions,
            warmed,
            ready,
            counts_from: known.counts_from,
            taken: known.taken.len(),
        }
    }

    /// Reads whatever is there by now.
    fn read_on(&mut self) -> Result<(), RunError> {
        let name = self.settings.rules_topic();
        if self.reader.is_none()
            && matches!(self.brokers.ask_once([&*name])?.get(&name), Some(Answer::There(_)))
        {
            self.reader = Some(Reader::open(&self.settings)?);
        }
        if let Some(reader) = &mut self.reader {
            while !reader.read_now(&self.book)? {}
        }
        Ok(())
    }

    fn write(&mut self, record: &Record) -> Result<(), RunError> {
        Scribe::connect(&self.settings)?.write(record)?;
        self.read_on()
    }

    fn make_topic(&self) -> Result<(), RunError> {
        let (name, like) = (self.settings.rules_topic(), self.settings.changelog());
        let answers = self.brokers.ask_once([&*name, &*like])?;
        if matches!(answers.get(&name), Some(Answer::There(_))) {
            return Ok(());
        }
        let Some(Answer::There(shape)) = answers.get(&like) else {
            return Err(RunError::Rules(format!(
                "there is no topic `{like}`: no pipeline ever ran as `{}`. Before the first start, just name the folder \
                 (--rules)",
                self.settings.application_id
            )));
        };
        let replication = TopicReplication::Fixed(shape.replication_factor);
        self.brokers.make(&[NewTopic::new(&name, 1, replication).set("cleanup.policy", "compact")])
    }

    /// Refuses rules that look at a past that the topics do not have any more.
    fn refuse_lost_past(&self, change: &Change) -> Result<(), RunError> {
        let Some(warming) = &change.warming else { return Ok(()) };
        for (detector, topic) in reads(&warming.rules) {
            let name = self.settings.names.of(topic);
            let lost = (0..self.partitions).find_map(|number| {
                let asked = self.brokers.consumer.fetch_watermarks(name, number, ASK_TIMEOUT);
                asked.map(|(low, high)| (low > 0 && low < high).then_some((number, low))).transpose()
            });
            if let Some(lost) = lost {
                let (number, low) = lost.map_err(while_doing("asking where a topic begins"))?;
                return Err(RunError::Rules(format!(
                    "detector `{detector}` needs the past of `{name}`, of which partition {number} has lost {low} records by its \
                     retention: what the new rules would have seen in them is not known. With --less-history they are warmed up \
                     from what is there"
                )));
            }
        }
        Ok(())
    }
}

/// Detectors that remember more than an event, and the topics that they read.
fn reads(rules: &Rules) -> impl Iterator<Item = (&str, Topic)> {
    rules.detectors.iter().filter_map(|detector| match &detector.source {
        Source::Events { test: Test::Match | Test::Ratio { .. }, .. } | Source::Timer { .. } => None,
        Source::Events { kind, .. } => Some((&*detector.name, kind.topic())),
    })
}
