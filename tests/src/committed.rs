//! What a pipeline has committed, and what must be true of it whatever happened on the way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::avro::Reader;
use crate::broker::Broker;
use crate::kcat::{Message, read_at, read_raw_at};
use crate::opportunities::Opportunities;

/// Both output topics, as a reader sees them.
pub struct Committed {
    changelog: Vec<Message>,
    latest: Vec<Message>,
}

/// The revisions of an opportunity in the order of the changelog, each with its record.
pub type Revisions<'a> = BTreeMap<String, Vec<(u64, &'a str)>>;

fn values_as_json(bootstrap: &str, topic: &str, reader: &mut Reader) -> Vec<Message> {
    let mut messages = read_at(bootstrap, topic);
    if messages.iter().any(is_avro) {
        let raw = read_raw_at(bootstrap, topic);
        assert_eq!(messages.len(), raw.len());
        for (message, raw) in messages.iter_mut().zip(raw).filter(|(message, _)| is_avro(message)) {
            message.value = raw.value.map(|value| reader.read(&value).to_string());
        }
    }
    messages
}

fn is_avro(message: &Message) -> bool {
    message.header("content-type") == Some("application/avro")
}

impl Committed {
    /// Reads both, values that are Avro as JSON of what they say.
    pub fn read(changelog: &str, latest: &str) -> Committed {
        Committed::read_at(&Broker::shared().bootstrap, changelog, latest)
    }

    /// The same from brokers that listen somewhere else.
    pub fn read_at(bootstrap: &str, changelog: &str, latest: &str) -> Committed {
        let mut reader = Reader::default();
        let mut as_json = |topic| values_as_json(bootstrap, topic, &mut reader);
        Committed { changelog: as_json(changelog), latest: as_json(latest) }
    }

    /// The records of the changelog.
    pub fn changelog(&self) -> &[Message] {
        &self.changelog
    }

    /// The records of the latest topic, those that another took the place of too.
    pub fn latest(&self) -> &[Message] {
        &self.latest
    }

    /// The media types of both topics' values.
    pub fn media_types(&self) -> BTreeSet<&str> {
        self.changelog
            .iter()
            .chain(&self.latest)
            .filter_map(|message| message.header("content-type"))
            .collect()
    }

    /// How many revisions.
    pub fn len(&self) -> usize {
        self.changelog.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.changelog.is_empty()
    }

    /// What is open at the end; each revision must be there once, and the latest topic must say the same.
    ///
    /// # Panics
    /// Where that is not so.
    pub fn open(&self) -> Opportunities {
        let revisions = self.revisions();
        let last = |said: &Vec<(u64, &str)>| serde_json::from_str(said.last().unwrap().1).unwrap();
        self.must_be_whole(&revisions);
        self.must_end_alike(&revisions);
        Opportunities::open(revisions.values().map(last))
    }

    /// All revisions.
    ///
    /// # Panics
    /// Where a record's key or headers say something else than its value.
    pub fn revisions(&self) -> Revisions<'_> {
        let mut revisions = Revisions::new();
        for message in &self.changelog {
            let text = message.value.as_deref().unwrap();
            let value: Value = serde_json::from_str(text).unwrap();
            let (id, revision) =
                (value["opportunity_id"].as_str().unwrap(), value["revision"].as_u64().unwrap());
            assert_eq!(message.key.as_deref(), value["account_id"].as_str(), "keyed by the account");
            assert_eq!(message.header("ce_id"), Some(&*format!("{id}:{revision}")));
            revisions.entry(id.to_owned()).or_default().push((revision, text));
        }
        revisions
    }

    fn must_be_whole(&self, revisions: &Revisions<'_>) {
        let numbers =
            revisions.iter().map(|(id, said)| (id, said.iter().map(|(n, _)| *n).collect::<Vec<_>>()));
        let wrong: Vec<_> =
            numbers.filter(|(_, numbers)| !numbers.iter().copied().eq(1..=numbers.len() as u64)).collect();
        assert!(wrong.is_empty(), "each revision must be there once and in order: {wrong:?}");
    }

    fn must_end_alike(&self, revisions: &Revisions<'_>) {
        let said = self
            .latest
            .iter()
            .map(|message| (message.key.as_deref().unwrap(), message.value.as_deref().unwrap()));
        let latest: BTreeMap<&str, &str> = said.collect();
        let changelog: BTreeMap<&str, &str> =
            revisions.iter().map(|(id, said)| (&**id, said.last().unwrap().1)).collect();
        assert!(latest == changelog, "the latest topic must end as the changelog does");
    }
}
