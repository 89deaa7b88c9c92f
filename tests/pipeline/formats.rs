//! Topics in Avro, in JSON and in both: what is committed is what a replay of the same events says, whatever the
//! schemas they were written with.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde_json::{Value as Json, json};
use springtide_tests::avro::{Writer, flags, in_avro, ours};
use springtide_tests::data::Data;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::{INPUT, Record};

fn check(name: &'static str, data: &Data, avro: &[&'static str], json_out: bool) {
    let pipeline = Pipeline::new(name, 3);
    pipeline.feed(&in_avro(&pipeline, avro, data.records(81)));
    let mut flags = flags(data, avro);
    if json_out {
        flags.push("--format=expansion-opportunities=json".into());
    }
    pipeline.catch_up(flags);
    let committed = pipeline.committed();
    let media_type = if json_out { "application/json" } else { "application/avro" };
    assert_eq!(committed.media_types(), BTreeSet::from([media_type]));
    pipeline.must_agree_with(data);
}

#[test]
fn all_topics_in_avro_agree_with_replay() {
    check("avro", &Data::generated(91), &INPUT, false);
}

#[test]
fn field_data_in_avro_agrees_with_replay() {
    let Some(data) = Data::field() else {
        // Past the test's captured output: nobody shall think that this was tested.
        let said = "Skipped: the field data, which is not in ../shared beside the repository (set SPRINGTIDE_SHARED).";
        writeln!(std::io::stderr(), "{said}").unwrap();
        return;
    };
    check("avro-field", &data, &INPUT, false);
}

#[test]
fn topics_of_both_formats_agree_with_replay() {
    check("mixed", &Data::generated_calm(92), &["product-usage", "account-profiles"], true);
}

/// Moves what CloudEvents have a place for out of the value and into headers.
fn as_cloud_event(record: Record) -> Record {
    let mut value: Json = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
    let mut take = |name| value.as_object_mut().unwrap().remove(name);
    let ty = take("type").map_or("changed".to_owned(), |ty| ty.as_str().unwrap().to_owned());
    let [id, account, at] = ["event_id", "account_id", "occurred_at"]
        .map(|name| take(name).unwrap().as_str().unwrap().to_owned());
    Record::new(record.topic, &account, value.to_string())
        .with_header("ce_specversion", "1.0")
        .with_header("ce_id", &id)
        .with_header("ce_source", "/vendor")
        .with_header("ce_type", &format!("com.example.{}.{ty}", record.topic))
        .with_header("ce_subject", &account)
        .with_header("ce_time", &at)
}

/// Our schema with its fields changed.
fn changed(topic: &str, change: impl FnOnce(&mut Vec<Json>)) -> String {
    let mut schema: Json = serde_json::from_str(ours(topic)).unwrap();
    change(schema["fields"].as_array_mut().unwrap());
    schema.to_string()
}

#[test]
fn cloud_events_come_in_and_go_out() {
    const HEADERS: [&str; 7] =
        ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "content-type"];
    const AVRO: [&str; 3] = ["product-usage", "account-profiles", "opportunity-outcomes"];
    let (data, pipeline) = (Data::generated_calm(93), Pipeline::new("cloud-events", 3));
    let in_headers = ["event_id", "account_id", "occurred_at", "type"];
    let bare = |topic: &str| {
        let schema = changed(topic, |fields| {
            fields.retain(|field| !in_headers.iter().any(|name| field["name"] == *name))
        });
        Writer::register(&format!("{}-value", pipeline.topic(topic)), &schema)
    };
    let bare: BTreeMap<&str, Writer> = AVRO.iter().map(|topic| (*topic, bare(topic))).collect();
    let written = |record: Record| {
        let event = as_cloud_event(record);
        bare.get(event.topic).map(|writer| writer.record(&event)).unwrap_or(event)
    };
    pipeline.feed(&data.records(83).into_iter().map(written).collect::<Vec<_>>());
    pipeline.catch_up(flags(&data, &AVRO));
    let committed = pipeline.committed();
    for message in committed.changelog() {
        let header = |name| message.header(name).unwrap();
        assert!(message.headers.iter().map(|(name, _)| &**name).eq(HEADERS), "{message:?}");
        assert_eq!((header("ce_specversion"), header("ce_source")), ("1.0", "/springtide/cloud-events"));
        assert_eq!(Some(header("ce_subject")), message.key.as_deref());
        let value: Json = serde_json::from_str(message.value.as_deref().unwrap()).unwrap();
        assert_eq!(value["emitted_at"], header("ce_time"));
        let what = header("ce_type").strip_prefix("springtide.opportunity.").unwrap();
        let expected = match (value["status"].as_str().unwrap(), value["revision"].as_u64().unwrap()) {
            ("withdrawn", _) => "withdrawn",
            (_, 1) => "opened",
            _ => "revised",
        };
        assert_eq!((what, header("content-type")), (expected, "application/avro"));
    }
    pipeline.must_agree_with(&data);
}

/// A type with others in place of some.
fn retyped(ty: &mut Json, to: &impl Fn(&Json) -> Option<Json>) {
    if let Some(other) = to(ty) {
        *ty = other;
    } else {
        match ty {
            Json::Array(branches) => branches.iter_mut().for_each(|branch| retyped(branch, to)),
            Json::Object(members) => {
                let inner =
                    members.iter_mut().filter(|(name, _)| matches!(name.as_str(), "items" | "values"));
                inner.for_each(|(_, ty)| retyped(ty, to));
            }
            _ => {}
        }
    }
}

/// A writer of some years ago: narrower numbers, and fields that were not there yet.
fn older(topic: &str) -> String {
    const LATER: [&str; 7] =
        ["gate", "milestone", "technology", "tier", "last_expansion_at", "until", "cost"];
    changed(topic, |fields| {
        fields.retain(|field| !LATER.iter().any(|name| field["name"] == *name));
        for field in fields {
            retyped(&mut field["type"], &|ty| (*ty == "long").then(|| json!("int")));
        }
    })
}

/// One of some years from now: wider numbers, finer times, bytes for strings, null last, and fields that we don't know.
fn newer(topic: &str) -> String {
    changed(topic, |fields| {
        for field in fields.iter_mut() {
            field.as_object_mut().unwrap().remove("default");
            retyped(&mut field["type"], &|ty| match ty.as_str() {
                Some("long" | "int") => Some(json!("double")),
                Some("string") => Some(json!("bytes")),
                _ => (ty["logicalType"] == "timestamp-millis")
                    .then(|| json!({"type": "long", "logicalType": "timestamp-micros"})),
            });
            if let Json::Array(branches) = &mut field["type"] {
                branches.reverse();
            }
        }
        fields.insert(1, json!({"name": "trace", "type": ["null", "string"]}));
        let part =
            json!({"type": "record", "name": "Part", "fields": [{"name": "of", "type": ["null", "string"]}]});
        fields.insert(3, json!({"name": "parts", "type": {"type": "array", "items": part}}));
    })
}

#[test]
fn writers_of_several_versions_in_one_topic_agree_with_replay() {
    let (data, pipeline) = (Data::generated_calm(94), Pipeline::new("versions", 3));
    let register = |topic: &&'static str| {
        let subject = format!("{}-value", pipeline.topic(topic));
        // Whether these may follow each other is the registry's to say; this one is not told to ask.
        let text = [older(topic), ours(topic).to_owned(), newer(topic)];
        (*topic, text.map(|text| Writer::register(&subject, &text)))
    };
    let writers: BTreeMap<&str, [Writer; 3]> = INPUT.iter().map(register).collect();
    let mut used: BTreeMap<u32, usize> = BTreeMap::new();
    let mut written = |(number, record): (usize, Record)| {
        let mut value: Json = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
        let of_topic = &writers[record.topic];
        let wanted = &of_topic[number % 3];
        let writer = if wanted.takes(&value) { wanted } else { &of_topic[1] };
        if number % 3 == 2 {
            value["parts"] = json!([{"of": "a"}, {"of": null}]);
            value["trace"] = json!("t");
        }
        *used.entry(writer.id).or_default() += 1;
        Record { value: Some(writer.value(&value)), ..record }
    };
    pipeline.feed(&data.records(84).into_iter().enumerate().map(&mut written).collect::<Vec<_>>());
    assert!(used.len() == 15 && used.values().all(|count| *count > 1), "each must have written: {used:?}");
    pipeline.catch_up(flags(&data, &INPUT));
    pipeline.must_agree_with(&data);
}
