//! Opportunities out, in the formats of the two output topics (SPEC section 5).

use springtide_core::meaning::opportunity::Opportunity;
use springtide_core::time::Millis;
use springtide_schema::avro::schemas;
use springtide_schema::{frame, opportunity_avro, opportunity_json};

use crate::control::Control;
use crate::fault::RunError;
use crate::registry::{Registry, subject};
use crate::settings::{Format, Settings};

/// A value for a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Its bytes.
    pub value: Vec<u8>,
    /// Their media type, for the header `content-type`.
    pub content_type: &'static str,
}

/// An opportunity's values for the two output topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// For every revision.
    pub opportunities: Encoded,
    /// For the latest revisions.
    pub latest: Encoded,
}

/// How a topic's values are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    /// Avro behind the id that the registry gave to our schema.
    Avro(u32),
}

/// Encodes opportunities.
///
/// ```
/// use springtide_runtime::encode::Encoder;
/// use springtide_runtime::{Control, Settings};
/// let encoder = Encoder::new(&Settings::new("localhost:9092", "doc"), None, &Control::default());
/// assert!(encoder.is_ok(), "JSON needs no registry");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Encoder {
    opportunities: Form,
    latest: Form,
}

impl Encoder {
    /// An encoder of the settings' formats. Where a topic is Avro, our schema is registered under its subject first,
    /// and a registry that does not answer is waited for.
    ///
    /// # Errors
    /// Where a topic is Avro and there is no registry or it does not take the schema, and [`RunError::Stopped`]
    /// where the pipeline is told to end meanwhile.
    pub fn new(
        settings: &Settings,
        registry: Option<&Registry>,
        control: &Control,
    ) -> Result<Encoder, RunError> {
        settings.check_formats()?;
        let form = |topic: &str, format: Format| match (format, registry) {
            (Format::Avro, Some(registry)) => {
                registry.register_patiently(&subject(topic), schemas::OPPORTUNITY, control).map(Form::Avro)
            }
            _ => Ok(Form::Json),
        };
        let (names, formats) = (&settings.names, &settings.formats);
        Ok(Encoder {
            opportunities: form(&names.opportunities, formats.opportunities)?,
            latest: form(&names.latest, formats.latest)?,
        })
    }

    /// An opportunity's values.
    ///
    /// # Errors
    /// [`RunError::Encoding`], by a fault of the program alone.
    pub fn encode(&self, opportunity: &Opportunity, emitted_at: Option<Millis>) -> Result<Outputs, RunError> {
        let opportunities = self.opportunities.encode(opportunity, emitted_at)?;
        let latest = match self.latest == self.opportunities {
            true => opportunities.clone(),
            false => self.latest.encode(opportunity, emitted_at)?,
        };
        Ok(Outputs { opportunities, latest })
    }
}

impl Form {
    fn encode(self, opportunity: &Opportunity, emitted_at: Option<Millis>) -> Result<Encoded, RunError> {
        match self {
            Form::Json => Ok(Encoded {
                value: opportunity_json(opportunity, emitted_at).into_bytes(),
                content_type: "application/json",
            }),
            Form::Avro(id) => {
                let datum = opportunity_avro(opportunity, emitted_at).map_err(|error| {
                    RunError::Encoding { opportunity: opportunity.id.to_string(), message: error.to_string() }
                })?;
                Ok(Encoded { value: frame(id, &datum), content_type: "application/avro" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use springtide_core::event::Segment;
    use springtide_core::meaning::opportunity::Status;
    use springtide_core::rules::{Motion, Urgency};
    use springtide_schema::unframe;

    use super::*;
    use crate::registry::RegistrySettings;
    use crate::registry::fake::{Say, Server};

    fn opportunity() -> Opportunity {
        Opportunity {
            id: "6f1b0f3e-0000-5000-8000-000000000001".parse().unwrap(),
            revision: 1,
            status: Status::Open,
            account: "acme".into(),
            account_name: "Acme".into(),
            external_ids: [].into(),
            segment: Segment::Smb,
            play: "seat-expansion".into(),
            motion: Motion::Seat,
            convergent: true,
            rules_version: "v1".into(),
            opened_at: 0,
            named_at: 0,
            updated_at: 1,
            act_by: 2,
            urgency: Urgency::High,
            score: 83.0,
            score_parts: Vec::new(),
            gate: Vec::new(),
            role: "sales".into(),
            owner: None,
            evidence: Vec::new(),
            headline: "H".to_owned(),
            brief: "B".to_owned(),
            yearly_value: 1.0,
            currency: "EUR".into(),
        }
    }

    fn encode(formats: [Format; 2], ids: [u32; 2]) -> Outputs {
        let id = |id: u32| [Say::Status(200, format!(r#"{{"id":{id}}}"#))];
        let server = Server::start(&[
            ("POST /subjects/expansion-opportunities-value?", &id(ids[0])),
            ("POST /subjects/expansion-opportunities-latest-value?", &id(ids[1])),
        ]);
        let mut settings = Settings::new("", "test");
        [settings.formats.opportunities, settings.formats.latest] = formats;
        settings.registry = Some(RegistrySettings::new(&server.url, None, None).unwrap());
        let registry = Registry::of(&settings).unwrap();
        let encoder = Encoder::new(&settings, registry.as_deref(), &Control::default()).unwrap();
        encoder.encode(&opportunity(), Some(5)).unwrap()
    }

    #[test]
    fn each_output_topic_is_written_in_its_format() {
        let json = opportunity_json(&opportunity(), Some(5)).into_bytes();
        let avro = opportunity_avro(&opportunity(), Some(5)).unwrap();
        let expect = |encoded: &Encoded, format: Format, id: u32| match format {
            Format::Json => assert_eq!((&encoded.value, encoded.content_type), (&json, "application/json")),
            Format::Avro => {
                assert_eq!(unframe(&encoded.value), Ok((id, &avro[..])));
                assert_eq!(encoded.content_type, "application/avro");
            }
        };
        for opportunities in [Format::Json, Format::Avro] {
            for latest in [Format::Json, Format::Avro] {
                for ids in [[3, 3], [3, 4]] {
                    let outputs = encode([opportunities, latest], ids);
                    expect(&outputs.opportunities, opportunities, ids[0]);
                    expect(&outputs.latest, latest, ids[1]);
                }
            }
        }
    }

    #[test]
    fn avro_without_a_registry_is_refused_by_name() {
        let mut settings = Settings::new("", "test");
        settings.formats.latest = Format::Avro;
        let error = Encoder::new(&settings, None, &Control::default()).unwrap_err().to_string();
        assert!(error.contains("`expansion-opportunities-latest`"), "{error}");
    }
}
