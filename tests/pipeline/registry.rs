//! Against a real schema registry: the output's schema is registered and may grow, input of older and newer writers
//! is read alike.

use std::sync::Arc;

use apache_avro::Schema;
use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use serde_json::{Value as Json, json};
use springtide_core::event::Topic;
use springtide_runtime::decode::{Decoder, Undecided};
use springtide_runtime::registry::RegistryError;
use springtide_runtime::{Format, Registry, RegistrySettings, Settings};
use springtide_schema::avro::schemas;
use springtide_schema::{Attributes, BadClass, BadRecord, Decoded, decode_json, frame};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::registry::SchemaRegistry;
use springtide_tests::wait;

fn settings() -> Settings {
    let mut settings = Settings::new("", "registry");
    settings.registry = Some(RegistrySettings::new(&SchemaRegistry::shared().url, None, None).unwrap());
    settings
}

fn registry() -> Arc<Registry> {
    Registry::of(&settings()).unwrap().unwrap()
}

/// Decodes as the pipeline does: what is pending is put off until it is not.
fn decode(decoder: &Decoder, topic: Topic, value: &[u8]) -> Result<Decoded, BadRecord> {
    let decoded = wait::until(|| match decoder.decode(topic, value, &Attributes::default()) {
        Ok(decoded) => Some(Ok(decoded)),
        Err(Undecided::Bad(bad)) => Some(Err(bad)),
        Err(Undecided::Pending(_)) => None,
    });
    decoded.expect("the registry answers")
}

fn avro_decoder() -> Decoder {
    let mut settings = settings();
    settings.formats.input = [Format::Avro; 5];
    Decoder::new(&settings, Some(registry())).unwrap()
}

/// Our schema with its fields changed.
fn changed(text: &str, change: impl FnOnce(&mut Vec<Json>)) -> String {
    let mut schema: Json = serde_json::from_str(text).unwrap();
    change(schema["fields"].as_array_mut().unwrap());
    schema.to_string()
}

#[test]
fn registering_again_gives_the_same_id() {
    let registry = registry();
    let first = registry.register("again-value", schemas::OPPORTUNITY).unwrap();
    assert_eq!(registry.register("again-value", schemas::OPPORTUNITY), Ok(first));
    assert_eq!(registry.registered("again-value", schemas::OPPORTUNITY), Ok(first));
    assert_eq!(SchemaRegistry::shared().versions("again-value"), 1);
    let missing = RegistryError::Missing { subject: "never-value".to_owned() };
    assert_eq!(registry.registered("never-value", schemas::OPPORTUNITY), Err(missing));
}

#[test]
fn the_outputs_schema_may_grow_and_loses_nothing_that_is_required() {
    let registry = registry();
    registry.register("grows-value", schemas::OPPORTUNITY).unwrap();
    SchemaRegistry::shared().set_compatibility("grows-value", "FULL");
    let grown = changed(schemas::OPPORTUNITY, |fields| {
        fields.push(json!({"name": "region", "type": ["null", "string"], "default": null}));
    });
    registry.register("grows-value", &grown).unwrap();
    for required in ["score", "opportunity_id", "act_by"] {
        let less = changed(&grown, |fields| fields.retain(|field| field["name"] != required));
        let refused = registry.register("grows-value", &less);
        assert!(
            matches!(refused, Err(RegistryError::Incompatible { .. })),
            "without {required}: {refused:?}"
        );
    }
    let more = changed(&grown, |fields| fields.push(json!({"name": "must", "type": "string"})));
    assert!(matches!(registry.register("grows-value", &more), Err(RegistryError::Incompatible { .. })));
    assert_eq!(SchemaRegistry::shared().versions("grows-value"), 2);
}

#[test]
fn input_schemas_may_grow_and_lose_what_is_optional() {
    for topic in Topic::ALL {
        let (ours, subject) = (schemas::of(topic), format!("{}.growing-value", topic.name()));
        let (registry, real) = (registry(), SchemaRegistry::shared());
        registry.register(&subject, ours).unwrap();
        real.set_compatibility(&subject, "FULL");
        let grown = changed(ours, |fields| {
            fields.push(json!({"name": "more", "type": ["null", "string"], "default": null}));
        });
        let less = changed(ours, |fields| fields.retain(|field| field.get("default").is_none()));
        for other in [grown, less] {
            registry.register(&subject, &other).unwrap_or_else(|error| panic!("{subject}: {error}"));
        }
    }
}

fn event() -> Json {
    json!({"event_id": "e1", "account_id": "acme", "occurred_at": "2026-03-02T09:30:00.123Z", "type": "seat_snapshot",
        "seats_used": 46, "seats_licensed": 50})
}

/// A value as a producer with this schema writes it.
fn written(id: u32, schema: &Schema, fields: &[(&str, Avro)]) -> Vec<u8> {
    let record =
        Avro::Record(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
    frame(id, &GenericDatumWriter::builder(schema).build().unwrap().write_value_to_vec(record).unwrap())
}

fn text(text: &str) -> Avro {
    Avro::String(text.to_owned())
}

fn some(branch: u32, value: Avro) -> Avro {
    Avro::Union(branch, Box::new(value))
}

#[test]
fn writers_of_any_age_give_the_same_event() {
    const AT: i64 = 1_772_443_800_123;
    let at = r#"{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"}}"#;
    let head = r#"{"name":"event_id","type":"string"},{"name":"account_id","type":"string"}"#;
    let of = |fields: &str| {
        format!(
            r#"{{"type":"record","name":"ProductUsage","namespace":"springtide","fields":[{head},{fields}]}}"#
        )
    };
    let ids = || [("event_id", text("e1")), ("account_id", text("acme"))];
    let older = (
        of(&format!(
            r#"{at},{{"name":"type","type":"string"}},{{"name":"seats_used","type":"int"}},{{"name":"seats_licensed","type":"int"}}"#
        )),
        vec![
            ("occurred_at", Avro::TimestampMillis(AT)),
            ("type", text("seat_snapshot")),
            ("seats_used", Avro::Int(46)),
            ("seats_licensed", Avro::Int(50)),
        ],
        0,
    );
    let newer = (
        of(
            r#"{"name":"region","type":"string"},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-micros"}},
            {"name":"type","type":{"type":"enum","name":"Kind","symbols":["user_activity","seat_snapshot"]}},
            {"name":"seats_used","type":"double"},{"name":"seats_licensed","type":["string","float","null"]}"#,
        ),
        vec![
            ("region", text("emea")),
            ("occurred_at", Avro::TimestampMicros(AT * 1_000 + 999)),
            ("type", Avro::Enum(1, "seat_snapshot".to_owned())),
            ("seats_used", Avro::Double(46.0)),
            ("seats_licensed", some(1, Avro::Float(50.0))),
        ],
        1,
    );
    let expected = decode_json(Topic::ProductUsage, event().to_string().as_bytes()).unwrap().event;
    let decoder = avro_decoder();
    for (name, (schema, values, unknown_fields)) in [("older", older), ("newer", newer)] {
        let id = SchemaRegistry::shared().register(&format!("{name}.product-usage-value"), &schema, &[]);
        let fields: Vec<_> = ids().into_iter().chain(values).collect();
        let value = written(id, &Schema::parse_str(&schema).unwrap(), &fields);
        let decoded = decode(&decoder, Topic::ProductUsage, &value);
        assert_eq!(decoded, Ok(Decoded { event: expected.clone(), unknown_fields }), "{name}");
    }
}

#[test]
fn a_schema_in_parts_is_put_together() {
    let kind =
        r#"{"type":"enum","name":"Kind","namespace":"parts","symbols":["user_activity","seat_snapshot"]}"#;
    let seats = r#"{"type":"record","name":"Usage","namespace":"parts","fields":[
        {"name":"event_id","type":"string"},{"name":"account_id","type":"string"},
        {"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"type","type":"parts.Kind"},{"name":"seats_used","type":"long"}]}"#;
    let real = SchemaRegistry::shared();
    real.register("parts.kind", kind, &[]);
    let id = real.register("parts.usage-value", seats, &[("parts.Kind", "parts.kind", 1)]);
    // e1, acme, 1970, seat_snapshot, 46
    let value = frame(id, b"\x04e1\x08acme\x00\x02\x5c");
    let decoded = decode(&avro_decoder(), Topic::ProductUsage, &value).unwrap();
    assert_eq!((decoded.event.fact.id(), decoded.event.at()), ("e1", 0));
}

#[test]
fn an_id_that_the_registry_never_gave_makes_the_record_bad() {
    let bad = decode(&avro_decoder(), Topic::ProductUsage, &frame(4_000_000, b"x")).unwrap_err();
    assert_eq!(bad.class, BadClass::UnknownSchema);
    assert!(bad.message.contains("no schema 4000000"), "{bad}");
}

#[test]
fn topics_registers_the_outputs_schema() {
    let pipeline = Pipeline::without_topics("registers");
    let flag = format!("--schema-registry={}", SchemaRegistry::shared().url);
    let subjects = ["", "-latest"].map(|end| format!("registers.expansion-opportunities{end}-value"));
    let without = pipeline.topics(&["--partitions=1"]).well();
    assert!(!without.text().contains("schema"), "{}", without.text());
    let refused = pipeline.topics(&["--verify", &flag]).refused(1);
    assert!(
        refused.contains(&format!("under `{}`; `springtide topics` registers it", subjects[0])),
        "{refused}"
    );
    let only_one = pipeline.topics(&[&flag, "--format=expansion-opportunities-latest=json"]).well();
    assert_eq!(only_one.text().matches("schema").count(), 1, "{}", only_one.text());
    for flags in [&[&*flag][..], &[&flag, "--verify"]] {
        let said = pipeline.topics(flags).well();
        for subject in &subjects {
            assert!(said.text().contains(&format!("schema {subject} (id ")), "{}", said.text());
            assert_eq!(SchemaRegistry::shared().versions(subject), 1);
        }
    }
}

#[test]
fn a_registry_that_is_not_there_or_not_given_is_named_and_no_secret_with_it() {
    let pipeline = Pipeline::new("unregistered", 1);
    let refused = pipeline.topics(&["--format=expansion-opportunities=avro"]).refused(2);
    assert!(refused.contains("`unregistered.expansion-opportunities`"), "{refused}");
    assert!(refused.contains("--schema-registry"), "{refused}");
    // Nobody listens on port 1.
    let refused = pipeline.topics(&["--schema-registry=http://me:s3cret@127.0.0.1:1"]).refused(1);
    assert!(refused.contains("no schema registry answers at http://127.0.0.1:1"), "{refused}");
    assert!(!refused.contains("s3cret"), "{refused}");
    let refused = pipeline.topics(&["--schema-registry=me:s3cret@127.0.0.1:1"]).refused(2);
    assert!(refused.contains("http://") && !refused.contains("s3cret"), "{refused}");
}
