//! A record as the producer wrote it, before judgement, and the one way from there to an event.
//!
//! JSON and Avro both fill a [`Draft`]; strings are borrowed from the input wherever it has them in plain form.

mod activity;
mod field;
mod outcome;
mod profile;

use std::borrow::Cow;

use springtide_core::event::{Event, Fact, Kind, Topic};
use springtide_core::time::Millis;

use crate::bad::{BadClass, BadRecord};
use crate::cloudevents::Attributes;
pub(crate) use field::quote;

/// A record that could be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// What it says.
    pub event: Event,
    /// How many of its members its type does not know; they were ignored.
    pub unknown_fields: u32,
}

/// A member's value as the producer wrote it.
#[derive(Debug, Default)]
pub(crate) enum Raw<'a> {
    /// Absent or null.
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    /// A whole number of a form that tells whole numbers apart: Avro's `int` and `long`.
    Long(i64),
    /// An instant of a form that has them: Avro's timestamps.
    Time(Millis),
    Text(Cow<'a, str>),
    List(Vec<Raw<'a>>),
    Map(Vec<(Cow<'a, str>, Raw<'a>)>),
    /// Something that no field takes and that was not kept; named for messages: `a list`.
    Other(&'static str),
}

/// The members of a record. Of two with one name the last counts.
#[derive(Debug, Default)]
pub(crate) struct Draft<'a> {
    event_id: Raw<'a>,
    account_id: Raw<'a>,
    occurred_at: Raw<'a>,
    ty: Raw<'a>,
    topic: Raw<'a>,
    members: Members<'a>,
}

/// The members that are not common to all records, in the order of the input.
type Members<'a> = Vec<(Cow<'a, str>, Raw<'a>)>;

/// Members whose lists and maps are kept; in any other a list or map is only named.
const COMPOSITES: [&str; 6] =
    ["domains", "limits", "products", "buyer_departments", "owners", "external_ids"];

impl<'a> Draft<'a> {
    /// An empty draft with room for a usual record.
    pub(crate) fn new() -> Draft<'a> {
        Draft { members: Vec::with_capacity(8), ..Draft::default() }
    }

    /// Adds a member.
    pub(crate) fn put(&mut self, name: Cow<'a, str>, value: Raw<'a>) {
        match &*name {
            "event_id" => self.event_id = value,
            "account_id" => self.account_id = value,
            "occurred_at" => self.occurred_at = value,
            "type" => self.ty = value,
            "_topic" => self.topic = value,
            _ => self.members.push((name, value)),
        }
    }

    /// Whether a member's list or map is worth keeping.
    pub(crate) fn keeps_composite(name: &str) -> bool {
        COMPOSITES.contains(&name)
    }

    /// Whether any record has a member of this name.
    pub(crate) fn knows(name: &str) -> bool {
        matches!(name, "event_id" | "account_id" | "domain" | "occurred_at" | "type" | "_topic")
            || Kind::ALL.iter().any(|kind| kind.field(name).is_some())
            || profile::FIELDS.contains(&name)
            || outcome::FIELDS.contains(&name)
    }

    /// The topic a line names itself with, before the one of its file.
    pub(crate) fn own_topic(&mut self, default: Option<Topic>) -> Result<Topic, BadRecord> {
        let expected = || format!("one of {}", Topic::ALL.map(Topic::name).join(", "));
        match std::mem::take(&mut self.topic) {
            Raw::Null => default.ok_or_else(|| {
                BadRecord::new(
                    BadClass::UnknownTopic,
                    format!(
                        "the file's name names no topic, and the record has no `_topic`; expected {}",
                        expected()
                    ),
                )
            }),
            Raw::Text(name) => Topic::from_name(&name).ok_or_else(|| {
                let message = format!("field `_topic`: found {}, expected {}", quote(&name), expected());
                BadRecord::new(BadClass::UnknownTopic, message)
            }),
            other => Err(field::wrong_type("_topic", &other, &expected())),
        }
    }

    /// Judges the members as a record of a topic.
    pub(crate) fn into_event(
        mut self,
        topic: Topic,
        attributes: &Attributes<'a>,
    ) -> Result<Decoded, BadRecord> {
        self.fill(attributes);
        // Whoever wants a line's own topic has taken it; elsewhere it is a member like any other.
        let mut unknown_fields = u32::from(!matches!(self.topic, Raw::Null));
        let fact = match topic {
            Topic::AccountProfiles => {
                unknown_fields += self.stray_type(topic)?;
                Fact::Profile(self.profile(&mut unknown_fields)?.into())
            }
            Topic::OpportunityOutcomes => {
                unknown_fields += self.stray_type(topic)?;
                Fact::Outcome(self.outcome(&mut unknown_fields)?.into())
            }
            Topic::ProductUsage | Topic::BusinessSignals | Topic::EngagementSignals => {
                let kind = self.kind(topic, attributes)?;
                Fact::Activity(self.activity(kind, &mut unknown_fields)?.into())
            }
        };
        let account = field::id("account_id", self.account_id)?;
        Ok(Decoded { event: Event { account, fact }, unknown_fields })
    }

    /// Judges the members as a record of a topic that names a domain in the place of its account: the domain as it is written,
    /// and an event that has it for its account. A CloudEvent's subject stands for the domain.
    pub(crate) fn into_addressed(
        mut self,
        topic: Topic,
        attributes: &Attributes<'a>,
    ) -> Result<Event, BadRecord> {
        if !matches!(self.account_id, Raw::Null) {
            let message = format!(
                "field `account_id`: a record that names its account belongs to the topic `{}`, not to that of those by domain",
                topic.name()
            );
            return Err(BadRecord::new(BadClass::WrongTopic, message));
        }
        let subject = attributes.subject.map_or(Raw::Null, |text| Raw::Text(Cow::Borrowed(text)));
        let domain = match self.take("domain") {
            Raw::Null => subject,
            written => written,
        };
        let domain = field::id("domain", domain)?;
        self.account_id = Raw::Text(Cow::Owned(domain.into()));
        Ok(self.into_event(topic, &Attributes { subject: None, ..*attributes })?.event)
    }

    /// Lets a CloudEvent's attributes stand for members that the value lacks.
    fn fill(&mut self, attributes: &Attributes<'a>) {
        let slots = [
            (&mut self.event_id, attributes.id),
            (&mut self.account_id, attributes.subject),
            (&mut self.occurred_at, attributes.time),
        ];
        for (slot, attribute) in slots {
            if let (Raw::Null, Some(text)) = (&*slot, attribute) {
                *slot = Raw::Text(Cow::Borrowed(text));
            }
        }
    }

    /// The type of a record of a topic that has types.
    fn kind(&mut self, topic: Topic, attributes: &Attributes<'a>) -> Result<Kind, BadRecord> {
        let found = match std::mem::take(&mut self.ty) {
            Raw::Null => attributes.kind().map(Cow::Borrowed),
            Raw::Text(text) => Some(text),
            other => return Err(field::wrong_type("type", &other, "a string")),
        };
        let name = found.ok_or_else(|| field::missing("type", "a string"))?;
        let kind = Kind::from_name(&name).ok_or_else(|| {
            let message =
                format!("field `type`: found {}, which is no type of `{}`", quote(&name), topic.name());
            BadRecord::new(BadClass::UnknownType, message)
        })?;
        if kind.topic() == topic { Ok(kind) } else { Err(wrong_topic(kind, topic)) }
    }

    /// Profiles and outcomes have no `type`: one of another topic says that the record went astray, any other
    /// is a member like any unknown one.
    fn stray_type(&mut self, topic: Topic) -> Result<u32, BadRecord> {
        match std::mem::take(&mut self.ty) {
            Raw::Null => Ok(0),
            Raw::Text(name) => Kind::from_name(&name).map_or(Ok(1), |kind| Err(wrong_topic(kind, topic))),
            _ => Ok(1),
        }
    }

    /// Takes the last value of a name out of the members.
    fn take(&mut self, name: &str) -> Raw<'a> {
        let found = self.members.iter_mut().rev().find(|(member, _)| member == name);
        found.map(|(_, value)| std::mem::take(value)).unwrap_or_default()
    }

    /// How many members have names that a record of this kind does not know.
    fn unknown(&self, known: impl Fn(&str) -> bool) -> u32 {
        let count = self.members.iter().filter(|(name, _)| !known(name)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

fn wrong_topic(kind: Kind, topic: Topic) -> BadRecord {
    let (name, home) = (kind.name(), kind.topic().name());
    BadRecord::new(
        BadClass::WrongTopic,
        format!("field `type`: `{name}` belongs to the topic `{home}`, not to `{}`", topic.name()),
    )
}
