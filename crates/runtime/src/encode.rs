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
