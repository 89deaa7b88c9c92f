//! Which rules a pipeline has had, has, and is to have: generations, in a topic that all of its instances read.
//!
//! Generation 0 is what a pipeline began with. A later one follows the one that counted when it was written down: its
//! packs' texts stand in the topic, so that every instance has the same rules whatever lies in its folder. Instances say
//! there how far each partition is; once all are warmed up, whoever asked for the change writes from which instant on the
//! new rules count (`change.rs`), and each partition takes them over in a transaction of its own
//! (`worker/succession.rs`). What a partition's state was made by stands in the state.

pub mod change;
mod record;
mod scribe;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::metadata::MetadataTopic;
use rdkafka::{Message, Offset, TopicPartitionList};
use springtide_core::meaning::succeed::Unjustified;
use springtide_core::rules::{Change, Rules};
use springtide_core::time::Millis;

use crate::brokers::{Answer, Brokers, Reports};
use crate::clients;
use crate::control::Control;
use crate::fault::{RunError, while_doing};
use crate::settings::Settings;
use crate::threads::Recurring;
pub(crate) use record::Record;
pub use record::Texts;
use record::Written;
pub(crate) use scribe::Scribe;

/// How often it is looked whether the topic is there.
const LOOK: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(100);
const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes rules of a pack's texts; says in words why it can't.
pub type Compile = Arc<dyn Fn(&Texts) -> Result<Compiled, String> + Send + Sync>;

/// Rules, and the fingerprint of the part of them that needs history.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The rules.
    pub rules: Rules,
    /// The fingerprint.
    pub history: String,
    /// What they were made of.
    pub texts: Texts,
}

/// Rules that a pipeline has, or is to have.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Its number.
    pub number: u32,
    /// The rules; nobody is told of what they open before they count.
    pub rules: Arc<Rules>,
    /// The fingerprint of the part that needs history.
    pub history: String,
    /// What they were made of.
    pub texts: Arc<Texts>,
    /// The generation that it follows, and what goes on of that; nothing for the first.
    pub follows: Option<(u32, Arc<Change>)>,
    /// What becomes of opportunities that only the rules before justify.
    pub unjustified: Unjustified,
    /// From which instant on it counts; nothing where that is not said yet.
    pub counts_from: Option<Millis>,
    /// Whether it was given up before it counted.
    pub given_up: bool,
    /// Partitions that are warmed up.
    pub ready: BTreeSet<i32>,
    /// Partitions whose state it makes.
    pub taken: BTreeSet<i32>,
    /// Why partitions can't take it over.
    pub refused: BTreeMap<i32, String>,
    /// How far partitions are with warming up: records read, of how many.
    pub warmed: BTreeMap<i32, (i64, i64)>,
}

#[derive(Default)]
struct Book {
    generations: BTreeMap<u32, Generation>,
}

/// What all of a process know of the rules. Clones share it.
#[derive(Clone)]
pub struct Rulebook {
    book: Arc<RwLock<Book>>,
    compile: Option<Compile>,
    /// To be written into the topic.
    unsaid: Arc<Mutex<Vec<Record>>>,
}

impl Rulebook {
    /// Rules that never change.
    pub fn fixed(rules: Arc<Rules>) -> Rulebook {
        let book = Rulebook { book: Arc::default(), compile: None, unsaid: Arc::default() };
        let rules = Rules::clone(&rules);
        book.begin(Compiled { rules, history: String::new(), texts: Texts::new() });
        book
    }

    /// What the topic of a pipeline says; `first` are the rules that it begins with where there is no such topic.
    ///
    /// # Errors
    /// Where brokers refuse us or say nothing, or the topic has what can't be read.
    pub fn load(
        settings: &Settings,
        control: &Control,
        first: Compiled,
        compile: Compile,
    ) -> Result<Rulebook, RunError> {
        let book = Rulebook { book: Arc::default(), compile: Some(compile), unsaid: Arc::default() };
        book.begin(first);
        let brokers = Brokers::connect(settings)?;
        let name = settings.rules_topic();
        let answers = brokers.wait_for(&[&name], control)?;
        if answers.get(&name) == Some(&Answer::Denied) {
            tracing::info!(
                topic = name,
                "no right to see whether rules were ever changed; they are those of the folder"
            );
        }
        if matches!(answers.get(&name), Some(Answer::There(_))) {
            let mut reader = Reader::open(settings)?;
            while !reader.read(&book)? {
                if control.stopping() {
                    return Err(RunError::Stopped);
                }
            }
        }
        Ok(book)
    }

    /// Reads on, until the returned is dropped.
    pub(crate) fn follow(&self, settings: &Settings) -> Result<Option<Recurring>, RunError> {
        if self.compile.is_none() {
            return Ok(None);
        }
        let (book, settings) = (self.clone(), settings.clone());
        // One client, however long nobody changes rules.
        let asker: BaseConsumer<Reports> = clients::glancer(&settings, Reports::default())?;
        let mut open: Option<(Reader, Scribe)> = None;
        let mut step = move || -> Result<Duration, RunError> {
            if open.is_none() && is_there(&asker, &settings.rules_topic())? {
                open = Some((Reader::open(&settings)?, Scribe::connect(&settings)?));
            }
            let Some((reader, scribe)) = &mut open else { return Ok(LOOK) };
            book.write_down(scribe)?;
            reader.read(&book)?;
            Ok(Duration::ZERO)
        };
        let go_on = move || {
            step().unwrap_or_else(|error| {
                tracing::warn!(%error, "can't read which rules are to come; trying again");
                LOOK
            })
        };
        Recurring::start("rulebook", LOOK, go_on).map(Some)
    }

    /// Has something written into the topic, soon; the last that is said of a partition counts.
    pub(crate) fn say(&self, record: Record) {
        self.unsaid.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }

    fn write_down(&self, scribe: &Scribe) -> Result<(), RunError> {
        let said = std::mem::take(&mut *self.unsaid.lock().unwrap_or_else(PoisonError::into_inner));
        for (at, record) in said.iter().enumerate() {
            if let Err(error) = scribe.write(record) {
                let left = said[at..].to_vec();
                self.unsaid.lock().unwrap_or_else(PoisonError::into_inner).splice(0..0, left);
                return Err(error);
            }
        }
        Ok(())
    }

    fn begin(&self, first: Compiled) {
        let first = Generation::new(0, first, None, Unjustified::Keep);
        self.write().generations.insert(0, first);
    }

    fn look(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rules of a generation, where it is known.
    pub fn rules(&self, generation: u32) -> Option<Arc<Rules>> {
        self.look().generations.get(&generation).map(|known| Arc::clone(&known.rules))
    }

    /// A generation, where it is known.
    pub fn generation(&self, number: u32) -> Option<Generation> {
        self.look().generations.get(&number).cloned()
    }

    /// Says that a partition's state is made by a generation, where nobody has: whoever let it take over may have died before.
    pub(crate) fn say_taken(&self, number: u32, partition: i32) {
        let is_said =
            self.look().generations.get(&number).is_none_or(|known| known.taken.contains(&partition));
        if number > 0 && !is_said {
            self.say(Record::Taken { number, partition });
        }
    }

    /// The generation that is to follow one, where there is any.
    pub fn next(&self, generation: u32) -> Option<Generation> {
        let book = self.look();
        let follows =
            |known: &&Generation| known.follows.as_ref().is_some_and(|(before, _)| *before == generation);
        book.generations.values().filter(|known| !known.given_up).find(follows).cloned()
    }

    /// The latest generation that counts.
    pub fn counting(&self) -> Generation {
        let book = self.look();
        let counts = |known: &&Generation| known.counts_from.is_some();
        let latest = book.generations.values().rev().find(counts).or(book.generations.get(&0));
        // There is a first one from the beginning on.
        latest.cloned().unwrap_or_else(Generation::nothing)
    }

    /// The number of the latest, whatever became of it.
    fn last(&self) -> u32 {
        self.look().generations.keys().next_back().copied().unwrap_or(0)
    }

    /// The fingerprint of what a pipeline's first rules keep of the past, which names its state.
    pub fn first_history(&self) -> String {
        self.look().generations.get(&0).map(|first| first.history.clone()).unwrap_or_default()
    }

    /// Whether any generation has the rules of a version.
    pub fn knows(&self, version: &str) -> bool {
        self.look().generations.values().any(|known| &*known.rules.version == version)
    }

    /// Whether the rules may ever change.
    pub(crate) fn can_change(&self) -> bool {
        self.compile.is_some()
    }

    /// Whether there was ever a change of rules.
    pub fn has_changed(&self) -> bool {
        self.look().generations.len() > 1
    }

    /// Takes in a record of the topic.
    fn take(&self, record: Record) -> Result<(), String> {
        match record {
            Record::Generation { number, written } => self.take_generation(number, written),
            Record::Counts { number, from } => self.with(number, |known| {
                if known.counts_from.replace(from) != Some(from) {
                    let rules = Rules::clone(&known.rules).silent_before(from);
                    known.rules = Arc::new(rules);
                }
            }),
            Record::GivenUp { number } => self.with(number, |known| known.given_up = true),
            Record::Warming { number, partition, read, of } => self.with(number, |known| {
                known.ready.remove(&partition);
                known.warmed.insert(partition, (read, of));
            }),
            Record::Ready { number, partition } => self.with(number, |known| {
                known.ready.insert(partition);
            }),
            Record::Taken { number, partition } => self.with(number, |known| {
                known.taken.insert(partition);
            }),
            Record::Refused { number, partition, why } => self.with(number, |known| {
                known.refused.insert(partition, why);
            }),
        }
    }

    fn with(&self, number: u32, change: impl FnOnce(&mut Generation)) -> Result<(), String> {
        match self.write().generations.get_mut(&number) {
            Some(known) => {
                change(known);
                Ok(())
            }
            None => {
                Err(format!("generation {number} of the rules is not written down before what is said of it"))
            }
        }
    }

    fn take_generation(&self, number: u32, written: Written) -> Result<(), String> {
        let Some(compile) = &self.compile else { return Ok(()) };
        let compiled =
            compile(&written.texts).map_err(|why| format!("generation {number} of the rules: {why}"))?;
        let mut book = self.write();
        if number > 0 && book.generations.contains_key(&number) {
            return Ok(());
        }
        let follows = match written.follows {
            None => None,
            Some(before) => {
                let known = book.generations.get(&before);
                let known =
                    known.ok_or_else(|| format!("generation {number} follows {before}, which is unknown"))?;
                Some((before, Arc::new(Change::between(&known.rules, &compiled.rules))))
            }
        };
        let known = Generation::new(number, compiled, follows, written.unjustified);
        book.generations.insert(number, known);
        Ok(())
    }
}

impl Generation {
    fn new(
        number: u32,
        compiled: Compiled,
        follows: Option<(u32, Arc<Change>)>,
        unjustified: Unjustified,
    ) -> Generation {
        Generation {
            number,
            rules: Arc::new(compiled.rules),
            history: compiled.history,
            texts: Arc::new(compiled.texts),
            follows,
            unjustified,
            counts_from: None,
            given_up: false,
            ready: BTreeSet::new(),
            taken: BTreeSet::new(),
            refused: BTreeMap::new(),
            warmed: BTreeMap::new(),
        }
    }

    fn nothing() -> Generation {
        let rules = Rules::new("", Vec::new(), Vec::new(), Default::default(), Default::default());
        Generation::new(
            0,
            Compiled { rules, history: String::new(), texts: Texts::new() },
            None,
            Unjustified::Keep,
        )
    }

    /// What needs history; nothing where all goes on.
    pub fn warming(&self) -> Option<&springtide_core::rules::Warming> {
        self.follows.as_ref().and_then(|(_, change)| change.warming.as_ref())
    }
}

fn is_there(asker: &BaseConsumer<Reports>, name: &str) -> Result<bool, RunError> {
    let metadata = asker.fetch_metadata(Some(name), ASK_TIMEOUT);
    let metadata = metadata.map_err(while_doing("asking for the topic with the rules"))?;
    let led = |topic: &MetadataTopic| topic.error().is_none() && !topic.partitions().is_empty();
    Ok(metadata.topics().first().is_some_and(led))
}

/// Reads the topic.
struct Reader {
    consumer: BaseConsumer<Reports>,
}

impl Reader {
    fn open(settings: &Settings) -> Result<Reader, RunError> {
        let consumer: BaseConsumer<Reports> = clients::follower(settings, Reports::default())?;
        let mut list = TopicPartitionList::new();
        let fault = || while_doing("beginning to read which rules there are");
        list.add_partition_offset(&settings.rules_topic(), 0, Offset::Beginning).map_err(fault())?;
        consumer.assign(&list).map_err(fault())?;
        Ok(Reader { consumer })
    }

    /// Takes in what is there; true at the end of it.
    fn read(&mut self, book: &Rulebook) -> Result<bool, RunError> {
        self.read_within(book, POLL).map(|end| end == Some(true))
    }

    /// The same; true too where nothing comes.
    fn read_now(&mut self, book: &Rulebook) -> Result<bool, RunError> {
        self.read_within(book, POLL).map(|end| end != Some(false))
    }

    /// Takes a record in; whether that was the end, nothing where there was neither.
    fn read_within(&mut self, book: &Rulebook, timeout: Duration) -> Result<Option<bool>, RunError> {
        match self.consumer.poll(timeout) {
            None => Ok(None),
            Some(Ok(message)) => {
                let record = Record::read(message.key().unwrap_or_default(), message.payload());
                match record.and_then(|record| record.map_or(Ok(()), |record| book.take(record))) {
                    Ok(()) => Ok(Some(false)),
                    Err(why) => Err(RunError::Rules(why)),
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) => Ok(Some(true)),
            Some(Err(error)) => Err(while_doing("reading which rules there are")(error)),
        }
    }
}
