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

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use springtide_schema::{BadClass, frame};

    use super::*;
    use crate::registry::RegistrySettings;
    use crate::registry::fake::{Say, Server, refused, schema};

    const SCHEMA: &str = r#"{"type":"record","name":"R","fields":[
        {"name":"event_id","type":"string"},{"name":"account_id","type":"string"},
        {"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"type","type":"string"},{"name":"user_id","type":"string"}]}"#;
    const DATUM: &[u8] = b"\x02e\x02a\x00\x1auser_activity\x02u";
    const JSON: &[u8] =
        br#"{"event_id":"e","account_id":"a","occurred_at":"1970-01-01T00:00:00Z","type":"user_activity","user_id":"u"}"#;

    fn decoder(server: &Server) -> Decoder {
        let mut settings = Settings::new("", "test");
        settings.formats.input[Topic::ProductUsage.index()] = Format::Avro;
        settings.registry = Some(RegistrySettings::new(&server.url, None, None).unwrap());
        let registry = Registry::of(&settings).unwrap();
        Decoder::new(&settings, registry).unwrap()
    }

    /// Decodes as the worker does: what is pending is put off until it is not.
    fn decode(decoder: &Decoder, topic: Topic, value: &[u8]) -> Result<Decoded, BadRecord> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match decoder.decode(topic, value, &Attributes::default()) {
                Ok(decoded) => return Ok(decoded),
                Err(Undecided::Bad(bad)) => return Err(bad),
                Err(Undecided::Pending(id)) => {
                    while decoder.is_pending(id) {
                        assert!(Instant::now() < deadline, "schema {id} stays pending");
                        thread::sleep(Duration::from_millis(2));
                    }
                }
            }
        }
    }

    #[test]
    fn each_topic_is_read_in_its_format() {
        let server = Server::start(&[("GET", &[schema(SCHEMA)])]);
        let decoder = decoder(&server);
        let first = decoder.decode(Topic::ProductUsage, &frame(7, DATUM), &Attributes::default());
        assert_eq!(first, Err(Undecided::Pending(7)));
        let expected = decode_json_with(Topic::ProductUsage, JSON, &Attributes::default());
        for _ in 0..3 {
            assert_eq!(decode(&decoder, Topic::ProductUsage, &frame(7, DATUM)), expected);
        }
        assert_eq!(server.requests().len(), 1);
        let news = br#"{"event_id":"e","account_id":"a","occurred_at":"1970-01-01T00:00:00Z","type":"acquisition","role":"target"}"#;
        assert!(decode(&decoder, Topic::BusinessSignals, news).is_ok());
        for (topic, value) in
            [(Topic::ProductUsage, JSON.to_vec()), (Topic::BusinessSignals, frame(7, DATUM))]
        {
            assert!(decode(&decoder, topic, &value).is_err(), "{topic:?}");
        }
    }

    #[test]
    fn a_schema_that_there_is_not_makes_the_record_bad() {
        let server = Server::start(&[("GET", &[refused(404, 40_403)])]);
        let bad = decode(&decoder(&server), Topic::ProductUsage, &frame(7, DATUM)).unwrap_err();
        assert_eq!(bad.class, BadClass::UnknownSchema);
    }

    #[test]
    fn more_schemas_than_are_at_hand_are_read_all_the_same() {
        let server = Server::start(&[("GET", &[schema(SCHEMA)])]);
        let decoder = decoder(&server);
        let ids = 1..=AT_HAND as u32 * 2;
        for id in ids.clone().chain(ids.clone()) {
            assert!(decode(&decoder, Topic::ProductUsage, &frame(id, DATUM)).is_ok());
        }
        assert_eq!(server.requests().len(), ids.count());
    }

    #[test]
    fn damaged_values_are_bad_at_once() {
        let server = Server::start(&[("GET", &[Say::Silence])]);
        let decoder = decoder(&server);
        for value in [&b""[..], b"\x00\x00\x00", JSON] {
            let undecided = decoder.decode(Topic::ProductUsage, value, &Attributes::default());
            assert!(
                matches!(&undecided, Err(Undecided::Bad(bad)) if bad.class == BadClass::NotAvro),
                "{undecided:?}"
            );
        }
        assert_eq!(server.requests().len(), 0);
    }

    #[test]
    fn avro_without_a_registry_is_refused_by_name() {
        let mut settings = Settings::new("", "test");
        settings.formats.input[Topic::AccountProfiles.index()] = Format::Avro;
        let error = Decoder::new(&settings, None).unwrap_err().to_string();
        assert!(error.contains("`account-profiles`") && error.contains("--schema-registry"), "{error}");
    }
}
