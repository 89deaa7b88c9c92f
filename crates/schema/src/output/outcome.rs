//! What somebody decided, as an Avro record of `opportunity-outcomes.avsc`.

use apache_avro::Schema;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use springtide_core::event::{Outcome, Topic};

use crate::avro::schemas;
use crate::output::avro::{nullable, record, text};

/// An account's outcome as one Avro datum of our schema, without framing.
///
/// # Errors
/// By a fault of the program alone.
pub fn outcome_avro(account: &str, outcome: &Outcome) -> Result<Vec<u8>, apache_avro::Error> {
    // Parsed each time: nobody decides often.
    let schema = Schema::parse_str(schemas::of(Topic::OpportunityOutcomes))?;
    GenericDatumWriter::builder(&schema).build()?.write_value_to_vec(value(account, outcome))
}

fn value(account: &str, outcome: &Outcome) -> Value {
    let double = |number: Option<f64>| nullable(number.map(Value::Double));
    let words = |words: &Option<Box<str>>| nullable(words.as_deref().map(text));
    record([
        ("event_id", text(&*outcome.id)),
        ("account_id", text(account)),
        ("occurred_at", Value::TimestampMillis(outcome.at)),
        ("opportunity_id", text(&*outcome.opportunity)),
        ("play", text(&*outcome.play)),
        ("stage", text(outcome.stage.name())),
        ("until", nullable(outcome.until.map(Value::TimestampMillis))),
        ("amount", double(outcome.amount)),
        ("cost", double(outcome.cost)),
        ("reason", words(&outcome.reason)),
        ("actor", words(&outcome.actor)),
    ])
}

#[cfg(test)]
mod tests {
    use springtide_core::event::{Fact, Stage};

    use super::*;
    use crate::Attributes;
    use crate::avro::WriterSchema;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let least = Outcome {
            at: 1_700_000_000_001,
            id: "e".into(),
            opportunity: "o".into(),
            play: "p".into(),
            stage: Stage::ClosedWon,
            until: None,
            amount: None,
            cost: None,
            reason: None,
            actor: None,
        };
        let all = Outcome {
            stage: Stage::Snoozed,
            until: Some(1_800_000_000_000),
            amount: Some(1.5),
            cost: Some(0.0),
            reason: Some("später".into()),
            actor: Some("ann".into()),
            ..least.clone()
        };
        let schema = WriterSchema::parse(schemas::of(Topic::OpportunityOutcomes)).unwrap();
        for outcome in [least, all] {
            let datum = outcome_avro("acme", &outcome).unwrap();
            let decoded =
                schema.decode(Topic::OpportunityOutcomes, &datum, &Attributes::default()).unwrap().event;
            assert_eq!((&*decoded.account, decoded.fact), ("acme", Fact::Outcome(outcome.into())));
        }
    }
}
