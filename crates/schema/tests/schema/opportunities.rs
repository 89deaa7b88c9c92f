//! The output's two forms.

use apache_avro::reader::datum::GenericDatumReader;
use serde_json::{Value as Json, json};
use springtide_core::event::Segment;
use springtide_core::meaning::opportunity::{
    EvidenceLine, GateCondition, Input, Opportunity, ScorePart, Status,
};
use springtide_core::rules::{Family, Motion, Urgency};
use springtide_schema::avro::schemas;
use springtide_schema::{opportunity_avro, opportunity_json, opportunity_json_of_avro, opportunity_value};

fn opportunity() -> Opportunity {
    Opportunity {
        id: "6f1b0f3e-0000-5000-8000-000000000001".parse().unwrap(),
        revision: 2,
        status: Status::Open,
        account: "acme".into(),
        account_name: "Acme \"&\" Söhne\n".into(),
        external_ids: [("hubspot".into(), "h1".into())].into(),
        segment: Segment::MidMarket,
        play: "seat-expansion".into(),
        motion: Motion::Seat,
        convergent: true,
        rules_version: "v1".into(),
        opened_at: 0,
        named_at: 0,
        updated_at: 1,
        act_by: 86_400_000,
        urgency: Urgency::High,
        score: 83.0,
        score_parts: vec![
            ScorePart { name: "potential", weight: 0.4, input: Input::Number(5_000.0), points: 80.0 },
            ScorePart {
                name: "relationship",
                weight: 0.1,
                input: Input::Text("strong + 1 boost".into()),
                points: 85.0,
            },
        ],
        gate: vec![
            GateCondition {
                condition: "profile.health_score > 60".to_owned(),
                value: Input::Number(85.0),
                held: true,
            },
            GateCondition { condition: "true".to_owned(), value: Input::None, held: false },
        ],
        role: "customer_success".into(),
        owner: None,
        evidence: vec![EvidenceLine {
            family: Family::Product,
            detector: "seats_90".into(),
            occurred_at: 1,
            since: 0,
            urgency: Urgency::High,
            event_id: None,
            summary: "46 of 50 seats".to_owned(),
            values: [("seats_used".into(), Input::Number(46.0)), ("held".into(), Input::Bool(true))].into(),
        }],
        headline: "H".to_owned(),
        brief: "# B".to_owned(),
        yearly_value: 12_000.5,
        currency: "EUR".into(),
    }
}

#[test]
fn the_line_is_what_the_contract_lists_in_its_order() {
    let line = opportunity_json(&opportunity(), None);
    assert_eq!(
        line,
        concat!(
            r#"{"opportunity_id":"6f1b0f3e-0000-5000-8000-000000000001","revision":2,"status":"open","account_id":"acme","#,
            r#""account_name":"Acme \"&\" Söhne\n","external_ids":{"hubspot":"h1"},"segment":"mid_market","#,
            r#""play":"seat-expansion","motion":"seat","trigger":"convergent","rules_version":"v1","#,
            r#""opened_at":"1970-01-01T00:00:00.000Z","updated_at":"1970-01-01T00:00:00.001Z","#,
            r#""act_by":"1970-01-02T00:00:00.000Z","urgency":"high","score":83.0,"#,
            r#""score_parts":[{"name":"potential","weight":0.4,"input":5000.0,"points":80.0},"#,
            r#"{"name":"relationship","weight":0.1,"input":"strong + 1 boost","points":85.0}],"#,
            r#""gate":[{"condition":"profile.health_score > 60","value":85.0,"held":true},"#,
            r#"{"condition":"true","value":null,"held":false}],"#,
            r#""route":{"role":"customer_success","owner":null},"#,
            r#""evidence":[{"family":"product","detector":"seats_90","occurred_at":"1970-01-01T00:00:00.001Z","#,
            r#""since":"1970-01-01T00:00:00.000Z","urgency":"high","event_id":null,"summary":"46 of 50 seats","#,
            r#""values":{"held":true,"seats_used":46.0}}],"headline":"H","brief":"\u0023 B","yearly_value":12000.5,"#,
            r#""currency":"EUR"}"#,
        )
        .replace("\\u0023", "#")
    );
}

#[test]
fn the_moment_of_emission_stands_between_update_and_deadline() {
    let line = opportunity_json(&opportunity(), Some(5));
    assert!(line.contains(
        r#""updated_at":"1970-01-01T00:00:00.001Z","emitted_at":"1970-01-01T00:00:00.005Z","act_by""#
    ));
}

#[test]
fn numbers_that_are_not_finite_are_null_in_json() {
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut opportunity = opportunity();
        opportunity.yearly_value = odd;
        opportunity.score_parts[0].input = Input::Number(odd);
        opportunity.evidence[0].values.insert("ratio".into(), Input::Number(odd));
        let json: Json = serde_json::from_str(&opportunity_json(&opportunity, None)).unwrap();
        assert_eq!(json["yearly_value"], Json::Null);
        assert_eq!(json["score_parts"][0]["input"], Json::Null);
        assert_eq!(json["evidence"][0]["values"]["ratio"], Json::Null);
        assert!(opportunity_avro(&opportunity, None).is_ok());
    }
}

#[test]
fn the_avro_record_comes_back_as_it_was() {
    for emitted_at in [None, Some(5)] {
        let mut opportunity = opportunity();
        opportunity.owner = emitted_at.map(|_| "Ann".into());
        let value = opportunity_value(&opportunity, emitted_at);
        assert!(value.validate(schemas::opportunity()));
        let bytes = opportunity_avro(&opportunity, emitted_at).unwrap();
        let reader = GenericDatumReader::builder(schemas::opportunity()).build().unwrap();
        assert_eq!(reader.read_value(&mut &bytes[..]).unwrap(), value);
    }
}

#[test]
fn the_avro_record_is_read_as_the_json_that_it_would_be() {
    for emitted_at in [None, Some(5)] {
        let mut opportunity = opportunity();
        opportunity.owner = emitted_at.map(|_| "Ann".into());
        let bytes = opportunity_avro(&opportunity, emitted_at).unwrap();
        assert_eq!(opportunity_json_of_avro(&bytes).unwrap(), opportunity_json(&opportunity, emitted_at));
        assert!(opportunity_json_of_avro(&[&bytes[..], &[0]].concat()).is_err());
        assert!(opportunity_json_of_avro(&bytes[..bytes.len() - 1]).is_err());
    }
}

#[test]
fn json_and_avro_have_the_same_members() {
    let json: Json = serde_json::from_str(&opportunity_json(&opportunity(), Some(5))).unwrap();
    let avro = Json::try_from(opportunity_value(&opportunity(), Some(5))).unwrap();
    assert_eq!(shape(&json), shape(&avro));
}

/// The names of an object's members, all the way down.
fn shape(json: &Json) -> Json {
    match json {
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Json::Array(items) => items.iter().map(shape).collect(),
        _ => json!(null),
    }
}
