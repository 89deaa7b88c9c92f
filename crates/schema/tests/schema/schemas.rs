//! The schemas in `schemas/` agree with the core's tables and with the output's members.

use std::collections::{BTreeMap, BTreeSet};

use apache_avro::Schema;
use apache_avro::schema::RecordField;
use springtide_core::event::{FieldType, Kind, ProfileField, Topic};
use springtide_schema::avro::schemas;

fn fields(text: &str) -> Vec<RecordField> {
    match Schema::parse_str(text).unwrap() {
        Schema::Record(record) => record.fields,
        other => panic!("{other:?}"),
    }
}

/// A field's type without its null, and whether it may be null.
fn plain(schema: &Schema) -> (Schema, bool) {
    match schema {
        Schema::Union(union) => (union.variants()[1].clone(), union.variants()[0] == Schema::Null),
        other => (other.clone(), false),
    }
}

fn matches(ty: FieldType, schema: &Schema) -> bool {
    match ty {
        FieldType::Text | FieldType::OneOf(_) => *schema == Schema::String,
        FieldType::Count => *schema == Schema::Long,
        FieldType::CountWithin(..) => *schema == Schema::Int,
        FieldType::Amount | FieldType::AmountWithin(..) => *schema == Schema::Double,
    }
}

#[test]
fn activity_schemas_hold_the_union_of_their_types_fields() {
    for topic in [Topic::ProductUsage, Topic::BusinessSignals, Topic::EngagementSignals] {
        let mut expected = BTreeMap::new();
        for field in Kind::ALL.iter().filter(|kind| kind.topic() == topic).flat_map(|kind| kind.fields()) {
            expected.insert(field.name, field.ty);
        }
        let fields = fields(schemas::of(topic));
        let (head, rest) = fields.split_at(4);
        assert_eq!(
            head.iter().map(|field| &*field.name).collect::<Vec<_>>(),
            ["event_id", "account_id", "occurred_at", "type"]
        );
        assert_eq!(
            rest.iter().map(|field| &*field.name).collect::<BTreeSet<_>>(),
            expected.keys().copied().collect(),
            "{topic:?}"
        );
        for field in rest {
            let (schema, nullable) = plain(&field.schema);
            assert!(nullable && field.default == Some(serde_json::Value::Null), "{}", field.name);
            assert!(matches(expected[&*field.name], &schema), "{}", field.name);
        }
        let types = head[3].doc.as_deref().unwrap();
        for kind in Kind::ALL.iter().filter(|kind| kind.topic() == topic) {
            assert!(types.contains(kind.name()), "{types}");
        }
    }
}

#[test]
fn the_profile_schema_holds_the_profiles_fields() {
    let names: Vec<_> =
        fields(schemas::of(Topic::AccountProfiles)).into_iter().map(|field| field.name).collect();
    let expected: Vec<_> = ProfileField::ALL.iter().map(|field| field.name().to_owned()).collect();
    assert_eq!(names, expected);
}

#[test]
fn the_outcome_schema_holds_the_outcomes_fields() {
    let names: Vec<_> =
        fields(schemas::of(Topic::OpportunityOutcomes)).into_iter().map(|field| field.name).collect();
    assert_eq!(
        names.join(" "),
        "event_id account_id occurred_at opportunity_id play stage until amount cost reason actor"
    );
}

#[test]
fn every_field_is_documented() {
    for text in Topic::ALL.map(schemas::of).into_iter().chain([schemas::OPPORTUNITY]) {
        for field in fields(text) {
            assert!(field.doc.is_some_and(|doc| doc.ends_with('.')), "{}", field.name);
        }
    }
}
