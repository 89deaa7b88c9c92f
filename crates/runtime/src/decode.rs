//! Values in, in the format of their topic (SPEC section 2): JSON, or Avro by the schema that the value names.

use std::cell::RefCell;
use std::sync::Arc;

use springtide_core::event::Topic;
use springtide_schema::avro::WriterSchema;
use springtide_schema::{Attributes, BadRecord, Decoded, decode_json_with, unframe};

use crate::fault::RunError;
use crate::registry::{Lookup, Registry};
use crate::settings::{Format, Formats, Settings};

/// Schemas that are at hand without a question: five topics with a few versions of each.
const AT_HAND: usize = 16;

/// Why there is no event.
#[derive(Clone, Debug, PartialEq)]
pub enum Undecided {
    /// There never will be one.
    Bad(BadRecord),
    /// The schema of this id is not known yet; decode again once [`Decoder::is_pending`] says no.
    Pending(u32),
}

impl From<BadRecord> for Undecided {
    fn from(bad: BadRecord) -> Undecided {
        Undecided::Bad(bad)
    }
}

/// Decodes values. It belongs to one thread; several share the registry.
///
/// ```
/// use springtide_core::event::Topic;
/// use springtide_runtime::Settings;
/// use springtide_runtime::decode::Decoder;
/// use springtide_schema::Attributes;
/// let decoder = Decoder::new(&Settings::new("localhost:9092", "doc"), None).unwrap();
/// let value = br#"{"event_id":"e1","account_id":"acme","occurred_at":"2026-03-02T09:30:00Z","type":"user_activity","user_id":"u"}"#;
/// let decoded = decoder.decode(Topic::ProductUsage, value, &Attributes::default()).unwrap();
/// assert_eq!(&*decoded.event.account, "acme");
/// ```
#[derive(Debug)]
pub struct Decoder {
    formats: Formats,
    registry: Option<Arc<Registry>>,
    recent: RefCell<Recent>,
}

/// The schemas that were used last.
#[derive(Debug, Default)]
struct Recent {
    schemas: Vec<(u32, Arc<WriterSchema>)>,
    /// Whose place the next one takes.
    oldest: usize,
}

impl Decoder {
    /// A decoder of the settings' formats.
    ///
    /// # Errors
    /// [`RunError::Setting`] where a topic is Avro and there is no registry.
    pub fn new(settings: &Settings, registry: Option<Arc<Registry>>) -> Result<Decoder, RunError> {
        settings.check_formats()?;
        Ok(Decoder { formats: settings.formats.clone(), registry, recent: RefCell::default() })
    }

    /// Decodes a value of a topic; never waits.
    ///
    /// # Errors
    /// [`Undecided`].
    pub fn decode(
        &self,
        topic: Topic,
        value: &[u8],
        attributes: &Attributes<'_>,
    ) -> Result<Decoded, Undecided> {
        match (self.formats.of(topic), &self.registry) {
            (Format::Avro, Some(registry)) => {
                let (id, datum) = unframe(value)?;
                let schema = self.schema(registry, id)?;
                Ok(schema.decode(topic, datum, attributes)?)
            }
            _ => Ok(decode_json_with(topic, value, attributes)?),
        }
    }

    /// Whether a schema is still waited for. To be asked now and then: an answer of "unknown" is forgotten after a
    /// while, and this asks for it anew.
    pub fn is_pending(&self, schema: u32) -> bool {
        let lookup = self.registry.as_ref().map(|registry| registry.lookup(schema));
        matches!(lookup, Some(Lookup::Pending))
    }

    fn schema(&self, registry: &Registry, id: u32) -> Result<Arc<WriterSchema>, Undecided> {
        let mut recent = self.recent.borrow_mut();
        if let Some((_, schema)) = recent.schemas.iter().find(|(known, _)| *known == id) {
            return Ok(Arc::clone(schema));
        }
        match registry.lookup(id) {
            Lookup::Known(schema) => {
                recent.add(id, Arc::clone(&schema));
                Ok(schema)
            }
            Lookup::Refused(bad) => Err(Undecided::Bad(bad)),
            Lookup::Pending => Err(Undecided::Pending(id)),
        }
    }
}

impl Recent {
    fn add(&mut self, id: u32, schema: Arc<WriterSchema>) {
        match self.schemas.get_mut(self.oldest) {
            Some(place) => *place = (id, schema),
            None => self.schemas.push((id, schema)),
        }
        self.oldest = (self.oldest + 1) % AT_HAND;
    }
}
