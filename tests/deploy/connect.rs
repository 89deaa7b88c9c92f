//! What other tools get of opportunities: the program of `deploy/connect`, on the real output of a pipeline.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::fs;

use serde_json::{Value, json};
use springtide_tests::admin::Admin;
use springtide_tests::broker::{Broker, repository};
use springtide_tests::data::Data;
use springtide_tests::feed::feed;
use springtide_tests::kcat::{Message, read};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;
use springtide_tests::records::Record;
use springtide_tests::tool;

const LATEST: &str = "expansion-opportunities-latest";
/// A family of four, which a person sees as one character: seven code points, eleven UTF-16 units.
const FAMILY: &str = "👨\u{200d}👩\u{200d}👧\u{200d}👦";

/// Payloads by tool and opportunity, in the order in which they were made.
type Payloads = BTreeMap<(String, String), VecDeque<Value>>;

fn java(topic: &str, more: &[&str]) -> Vec<OsString> {
    let libraries = tool::xtask("kafka", &["fetch"]).unwrap().well();
    let connect = repository().join("deploy/connect");
    let mut args: Vec<OsString> = vec!["-Xmx256m".into(), "-XX:TieredStopAtLevel=1".into(), "-cp".into()];
    args.push(format!("{}/*", libraries.text().trim()).into());
    args.extend([
        connect.join("Payloads.java").into(),
        "--mapping".into(),
        connect.join("mapping.json").into(),
    ]);
    args.extend(["--bootstrap-servers", &Broker::shared().bootstrap, "--topic", topic].map(OsString::from));
    args.extend(more.iter().map(OsString::from));
    args
}

fn made(topic: &str, more: &[&str]) -> Payloads {
    let args = java(topic, &[&["--until-end"], more].concat());
    let ended = Process::start("java".as_ref(), &args).finish().well();
    let mut made = Payloads::new();
    for line in ended.text().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let name = ["tool", "key"].map(|field| line[field].as_str().unwrap().to_owned());
        made.entry(name.into()).or_default().push_back(line);
    }
    made
}

fn units(text: &Value) -> usize {
    text.as_str().unwrap_or_else(|| panic!("no text: {text}")).encode_utf16().count()
}

fn mapping() -> Value {
    let file = repository().join("deploy/connect/mapping.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// By name where the mapping has it, else by role.
fn owner(tool: &str, opportunity: &Value) -> Value {
    let (mapping, route) = (mapping(), &opportunity["route"]);
    let named = route["owner"].as_str().map_or(Value::Null, |name| mapping[tool]["owners"][name].clone());
    let role = &mapping[tool]["roles"][route["role"].as_str().unwrap()];
    [&named, role, &mapping[tool]["roles"]["default"]]
        .into_iter()
        .find(|id| id.is_string())
        .cloned()
        .unwrap_or_default()
}

/// Whether a text is another one, or begins as it does and says that it was cut.
fn is_cut_of(short: &Value, whole: &str) -> bool {
    let short = short.as_str().unwrap();
    short == whole || short.strip_suffix('…').is_some_and(|begin| whole.starts_with(begin))
}

fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The account's name, cut or whole, and the play.
fn must_be_titled(title: &Value, opportunity: &Value, most: usize) {
    let name = opportunity["account_name"].as_str().unwrap().replace(['\n', '\u{202e}'], " ");
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let play = format!(": {}", opportunity["play"].as_str().unwrap());
    let (said, most_of_it) = (title.as_str().unwrap(), units(title));
    let account = said.strip_suffix(&play).unwrap_or_else(|| panic!("{said} lacks the play{play}"));
    assert!(most_of_it <= most && is_cut_of(&account.into(), &name), "{said}");
}

fn must_suit_salesforce(line: &Value, opportunity: &Value, first: bool) {
    let record = &line["payload"]["records"][0];
    assert_eq!(
        (&line["action"], &record["Springtide_Id__c"]),
        (&json!("upsert"), &opportunity["opportunity_id"])
    );
    must_be_titled(&record["Name"], opportunity, 120);
    assert!(units(&record["NextStep"]) <= 255 && units(&record["Description"]) <= 32_000);
    assert!(is_cut_of(&record["Description"], opportunity["brief"].as_str().unwrap()), "{record}");
    let open = opportunity["status"] == "open";
    let stage = if open { "Prospecting" } else { "Closed Lost" };
    assert_eq!(record["StageName"], if first || !open { json!(stage) } else { Value::Null });
    if first {
        let date = &opportunity["act_by"].as_str().unwrap()[..10];
        assert_eq!(record["CloseDate"], date);
        assert!(record["NextStep"].as_str().unwrap().starts_with(&format!("Act by {date}: ")), "{record}");
        assert_eq!(record["AccountId"], opportunity["external_ids"]["salesforce"]);
        assert_eq!(record["OwnerId"], owner("salesforce", opportunity));
        let (amount, value) =
            (record["Amount"].as_f64().unwrap(), opportunity["yearly_value"].as_f64().unwrap());
        assert!((amount - value).abs() <= 0.005 + 1e-9, "{amount} {value}");
    } else {
        assert!(record["Amount"].is_null() && record["OwnerId"].is_null() && record["CloseDate"].is_null());
    }
    assert_eq!(record["Springtide_Revision__c"], opportunity["revision"]);
    assert_eq!(record["Springtide_Score__c"].as_f64(), opportunity["score"].as_f64());
    assert_eq!(record["Springtide_Urgency__c"], opportunity["urgency"]);
}

fn must_suit_hubspot(line: &Value, opportunity: &Value, first: bool) {
    let input = &line["payload"]["inputs"][0];
    assert_eq!(
        (&input["idProperty"], &input["id"]),
        (&json!("springtide_id"), &opportunity["opportunity_id"])
    );
    let deal = input["properties"].as_object().unwrap();
    assert!(deal.values().all(Value::is_string), "HubSpot takes texts: {deal:?}");
    must_be_titled(&deal["dealname"], opportunity, 255);
    assert!(is_cut_of(&deal["description"], opportunity["brief"].as_str().unwrap()));
    let get = |name: &str| deal.get(name).cloned().unwrap_or_default();
    if first {
        assert_eq!((get("pipeline"), get("dealstage")), (json!("expansion"), json!("qualifiedtobuy")));
        assert_eq!(
            (get("closedate"), get("hubspot_owner_id")),
            (opportunity["act_by"].clone(), owner("hubspot", opportunity))
        );
        assert_eq!(get("amount"), format!("{:.2}", opportunity["yearly_value"].as_f64().unwrap()));
        assert_eq!(get("deal_currency_code"), opportunity["currency"]);
    } else {
        let withdrawn = opportunity["status"] == "withdrawn";
        assert_eq!(get("dealstage"), if withdrawn { json!("closedlost") } else { Value::Null });
        assert!(get("amount").is_null() && get("closedate").is_null());
    }
}

fn must_suit_gainsight(line: &Value, opportunity: &Value, first: bool) {
    let record = &line["payload"]["requests"][0]["record"];
    assert_eq!(line["action"], if first { "create" } else { "update" });
    assert_eq!(record["CompanyId"], opportunity["external_ids"]["gainsight"]);
    assert_eq!(record["DueDate"], opportunity["act_by"].as_str().unwrap()[..10]);
    must_be_titled(&record["Name"], opportunity, 80);
    let ids = &mapping()["gainsight"];
    assert_eq!(record["PriorityId"], ids["priorities"][opportunity["urgency"].as_str().unwrap()]);
    assert_eq!(record["TypeId"], ids["types"]["default"]);
    let reason = &ids["reasons"][opportunity["play"].as_str().unwrap()];
    assert_eq!(
        record["ReasonId"],
        if reason.is_null() { &ids["reasons"]["default"] } else { reason }.clone()
    );
    let status = match opportunity["status"].as_str().unwrap() {
        "withdrawn" => ids["statuses"]["withdrawn"].clone(),
        _ if first => ids["statuses"]["open"].clone(),
        _ => Value::Null,
    };
    assert_eq!(record["StatusId"], status);
    let brief =
        for_slack(opportunity["brief"].as_str().unwrap()).replace('"', "&quot;").replace('\'', "&#39;");
    assert!(
        is_cut_of(&record["Comments"], &brief.replace('\n', "<br>")) && units(&record["Comments"]) <= 32_000
    );
}

/// The texts of a message, wherever they stand.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(text) = map.get("text").and_then(Value::as_str) {
                found.push(text.to_owned());
            }
            map.values().for_each(|value| texts(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| texts(value, found)),
        _ => {}
    }
}

fn must_suit_slack(line: &Value, opportunity: &Value) {
    let (message, mut said) = (&line["payload"], Vec::new());
    texts(message, &mut said);
    let blocks = message["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50 && said.iter().all(|text| !text.trim().is_empty()));
    for text in &said {
        let bare = ["&amp;", "&lt;", "&gt;"].iter().fold(text.clone(), |text, sign| text.replace(sign, ""));
        assert!(!bare.contains(['<', '>', '&']) && text.encode_utf16().count() <= 3_000, "{text}");
    }
    assert_eq!(blocks[0]["type"], "header");
    assert!(units(&blocks[0]["text"]["text"]) <= 150);
    let headline = for_slack(opportunity["headline"].as_str().unwrap());
    assert!(is_cut_of(&blocks[1]["text"]["text"], &headline), "{}", blocks[1]);
    let open = opportunity["status"] == "open";
    assert_eq!(said[0].starts_with("Withdrawn: "), !open, "{}", said[0]);
    if open {
        let lines = opportunity["evidence"].as_array().unwrap().iter().take(40);
        for summary in lines.map(|line| for_slack(line["summary"].as_str().unwrap())) {
            assert!(said.iter().any(|text| is_cut_of(&json!(text), &summary)), "{summary}");
        }
        assert!(said.contains(&format!("Act by {}", &opportunity["act_by"].as_str().unwrap()[..10])));
    }
}

/// Holds every payload to the record that it was made of; the records of an opportunity are in one partition.
fn must_be_made_of(mut made: Payloads, records: &[Message], as_new: bool) {
    for record in records {
        let key = record.key.clone().unwrap();
        let mut next =
            |tool: &str| made.get_mut(&(tool.to_owned(), key.clone())).and_then(VecDeque::pop_front);
        let Some(value) = &record.value else {
            must_say_nothing_of_the_erased(
                ["salesforce", "hubspot", "gainsight"].map(|tool| next(tool).unwrap()),
            );
            assert!(next("slack").is_none());
            continue;
        };
        let opportunity: Value = serde_json::from_str(value).unwrap();
        let first = opportunity["status"] == "open" && (as_new || opportunity["revision"] == 1);
        must_suit_salesforce(&next("salesforce").unwrap(), &opportunity, first);
        must_suit_hubspot(&next("hubspot").unwrap(), &opportunity, first);
        must_suit_slack(&next("slack").unwrap(), &opportunity);
        let gainsight =
            opportunity["external_ids"]["gainsight"].is_string().then(|| next("gainsight").unwrap());
        gainsight.iter().for_each(|line| must_suit_gainsight(line, &opportunity, first));
    }
    made.retain(|_, left| !left.is_empty());
    assert!(made.is_empty(), "made of nothing: {made:?}");
}

fn must_say_nothing_of_the_erased([salesforce, hubspot, gainsight]: [Value; 3]) {
    let record = &salesforce["payload"]["records"][0];
    assert!(
        record["Name"] == "Erased" && record["StageName"] == "Closed Lost" && record["Description"].is_null()
    );
    assert!(record.as_object().unwrap().contains_key("Description"), "left out, it would stay");
    let deal = &hubspot["payload"]["inputs"][0]["properties"];
    assert!(deal["dealname"] == "Erased" && deal["description"] == "" && deal["dealstage"] == "closedlost");
    let call = &gainsight["payload"]["requests"][0]["record"];
    assert!(gainsight["action"] == "update" && call["Name"] == "Erased" && call["Comments"] == "", "{call}");
}

fn profile(account: &str, at: &str, name: &str, health: i32) -> Record {
    let value = json!({"event_id": format!("p-{at}"), "account_id": account, "occurred_at": at, "name": name,
        "segment": "smb", "mrr": 1234.56, "currency": "EUR", "health_score": health,
        "first_value_at": "2023-01-01T00:00:00Z", "owners": {"account_management": "Maria Rossi"},
        "external_ids": {"salesforce": "001A", "hubspot": "77", "gainsight": "1P02"}});
    Record::new("account-profiles", account, value.to_string())
}

/// An opportunity by itself.
fn near_limit(account: &str) -> Record {
    let value = json!({"event_id": "u", "account_id": account, "occurred_at": "2024-02-29T12:00:00Z",
        "type": "meter_reading", "meter": "calls", "used": 85, "limit": 100});
    Record::new("product-usage", account, value.to_string())
}

/// A name that is long, turns the direction of writing, breaks the line, and would call everybody.
fn hostile() -> String {
    format!("<!channel> & \u{202e}\"Bobby\"\n<https://evil.example|Tables> {}", FAMILY.repeat(60))
}

/// A pipeline whose output has everything that the program can meet: one opportunity of an account with a hostile name, one
/// that is withdrawn, one that is erased, and the generated ones.
fn pipeline() -> Pipeline {
    let (pipeline, data) = (Pipeline::new("connect", 2), Data::generated_calm(7));
    pipeline.feed(&data.records(8));
    pipeline.feed(&[profile("hostile", "2024-02-27T00:00:00Z", &hostile(), 80), near_limit("hostile")]);
    for account in ["gone", "ill"] {
        pipeline.feed(&[profile(account, "2024-02-27T00:00:00Z", account, 80), near_limit(account)]);
    }
    pipeline.catch_up(data.flags());
    let tombstone = Record { value: None, ..profile("gone", "2024-02-27T00:00:00Z", "gone", 80) };
    pipeline.feed(&[profile("ill", "2024-02-28T00:00:00Z", "ill", 10), tombstone]);
    pipeline.catch_up(data.flags());
    pipeline
}

#[test]
fn each_tool_gets_what_it_takes_of_the_real_output() {
    let pipeline = pipeline();
    let (topic, records) = (pipeline.topic(LATEST), read(&pipeline.topic(LATEST)));
    let value = |record: &Message| -> Value {
        record.value.as_deref().map(|text| serde_json::from_str(text).unwrap()).unwrap_or_default()
    };
    let values: Vec<Value> = records.iter().map(value).collect();
    let count = |so: &dyn Fn(&Value) -> bool| values.iter().filter(|value| so(value)).count();
    assert!(count(&|one| one["status"] == "withdrawn") > 0 && count(&|one| one.is_null()) > 0);
    assert!(count(&|one| one["revision"].as_i64() > Some(1) && one["status"] == "open") > 0);
    assert_eq!(count(&|one| one["account_name"] == hostile()), 1);
    assert!(count(&|one| one["external_ids"].is_object() && one["external_ids"]["gainsight"].is_null()) > 0);
    let name = |payloads: &Payloads| {
        let key = values.iter().find(|one| one["account_id"] == "hostile").unwrap()["opportunity_id"].clone();
        let line = &payloads[&("salesforce".to_owned(), key.as_str().unwrap().to_owned())][0];
        line["payload"]["records"][0]["Name"].as_str().unwrap().to_owned()
    };
    let said = made(&topic, &[]);
    let families = name(&said).matches(FAMILY).count();
    assert!(families > 0 && !name(&said).replace(FAMILY, "").contains(['👨', '\u{200d}']), "{}", name(&said));
    must_be_made_of(said, &records, false);
    must_be_made_of(made(&topic, &["--as-new"]), &records, true);
    must_go_to_topics_once(&topic);
}

/// As sinks read them: in a topic for each tool, gone on with where the group was.
fn must_go_to_topics_once(topic: &str) {
    let admin = Admin::connect();
    let tools = ["salesforce", "hubspot", "gainsight-create", "gainsight-update", "slack"];
    let sink = |tool: &str| format!("connect-sink-{tool}");
    tools.iter().for_each(|tool| admin.make(&sink(tool), 1, &[]));
    let printed = made(topic, &[]);
    let expected = |tool: &str| {
        let (name, action) = tool.split_once('-').unwrap_or((tool, ""));
        let lines = printed.iter().filter(|((tool, _), _)| tool == name).flat_map(|(_, lines)| lines);
        let mut bodies: Vec<String> = lines
            .filter(|line| action.is_empty() || line["action"] == action)
            .map(|line| line["payload"].to_string())
            .collect();
        bodies.sort();
        bodies
    };
    let written = |tool: &str| {
        let bodies = read(&sink(tool)).into_iter().map(|record| record.value.unwrap());
        let mut bodies: Vec<String> =
            bodies.map(|body| serde_json::from_str::<Value>(&body).unwrap().to_string()).collect();
        bodies.sort();
        bodies
    };
    let start = || {
        Process::start(
            "java".as_ref(),
            &java(topic, &["--write", "connect-sink-", "--group", "connect-sinks"]),
        )
    };
    let mut run = start();
    run.await_that("all is written", |_| {
        tools.iter().all(|tool| written(tool).len() >= expected(tool).len())
    });
    run.terminate();
    drop(run.finish());
    tools.iter().for_each(|tool| assert!(written(tool) == expected(tool), "{tool}"));
    let more = json!({"opportunity_id": "more", "revision": 1, "status": "open", "account_id": "more", "play": "p",
        "motion": "seat", "urgency": "low", "act_by": "2024-02-08T12:00:00.000Z", "headline": "h", "brief": "b"});
    feed(&[Record::new("product-usage", "more", more.to_string())], |_| topic.to_owned());
    let mut run = start();
    run.await_that("the next is written", |_| {
        read(&sink("slack")).iter().any(|one| one.key.as_deref() == Some("more"))
    });
    run.terminate();
    drop(run.finish());
    assert_eq!(written("slack").len(), expected("slack").len() + 1, "nothing twice");
}

/// Numbers that are not there, and everything as long as rules and customers can make it.
#[test]
fn an_opportunity_of_any_size_and_without_numbers_fits() {
    let long = |text: &str, times| text.repeat(times);
    let evidence: Vec<Value> =
        (0..60).map(|at| json!({"summary": format!("{at} {}", long("<&>", 2_000))})).collect();
    let base = json!({"opportunity_id": "odd", "revision": 1, "status": "open", "account_id": "a", "account_name": long(FAMILY, 100),
        "external_ids": {"salesforce": "001", "gainsight": "1P"}, "segment": "smb", "play": "odd", "motion": "own",
        "act_by": "2024-02-08T12:00:00.000Z", "urgency": "high", "score": null, "yearly_value": null, "currency": "EUR",
        "score_parts": [{"name": "potential", "weight": 0.4, "input": null, "points": 0.0}],
        "route": {"role": "self_serve", "owner": null}, "evidence": evidence, "headline": long("a & b ", 1_000),
        "brief": format!("x{}", long(FAMILY, 4_000))});
    let mut zero = base.clone();
    (zero["opportunity_id"], zero["yearly_value"]) = (json!("zero"), json!(0.0));
    // One letter under accents that fill every field.
    let mut accents = base.clone();
    (accents["opportunity_id"], accents["account_name"]) =
        (json!("accents"), format!("a{}", long("\u{301}", 500)).into());
    let records = [base, zero, accents]
        .map(|one| Record::new("product-usage", one["opportunity_id"].as_str().unwrap(), one.to_string()));
    Admin::connect().make("connect-odd", 1, &[]);
    feed(&records, |_| "connect-odd".to_owned());
    for ((tool, key), lines) in made("connect-odd", &[]) {
        let (payload, text) = (&lines[0]["payload"], lines[0].to_string());
        assert!(
            !text.contains("Amount") && !text.contains("\"amount\"") && !text.contains("core__c"),
            "{tool} {key}"
        );
        match &*tool {
            "salesforce" => must_end_between_characters(
                &payload["records"][0],
                &key,
                &[("Name", 120), ("NextStep", 255), ("Description", 32_000)],
            ),
            "gainsight" => must_end_between_characters(
                &payload["requests"][0]["record"],
                &key,
                &[("Name", 80), ("Comments", 32_000)],
            ),
            "hubspot" => must_end_between_characters(
                &payload["inputs"][0]["properties"],
                &key,
                &[("dealname", 255), ("description", 32_000)],
            ),
            _ => {
                let blocks = payload["blocks"].as_array().unwrap();
                assert!(blocks.len() <= 50 && payload.to_string().contains("and 20 more"), "{payload}");
                let mut said = Vec::new();
                texts(payload, &mut said);
                assert!(
                    said.iter().all(|text| text.encode_utf16().count() <= 3_000 && !cut_in_an_entity(text))
                );
            }
        }
    }
}

fn must_end_between_characters(record: &Value, key: &str, limits: &[(&str, usize)]) {
    for (field, most) in limits {
        let (text, most_of_it) = (record[*field].as_str().unwrap(), units(&record[*field]));
        assert!(most_of_it <= *most && most_of_it > most / 4, "{field}: {most_of_it}");
        let cut = key != "accents" || *field == "Description";
        if cut {
            assert!(
                !text.replace(FAMILY, "").contains(['👨', '👩', '\u{200d}', '\u{fffd}']),
                "{field}: {text}"
            );
        }
    }
}

/// Whether the cut left a part of `&amp;`.
fn cut_in_an_entity(text: &str) -> bool {
    text.rsplit('&').next().is_some_and(|last| text.contains('&') && !last.contains(';'))
}

#[test]
fn a_topic_that_is_no_json_is_refused_with_what_to_do() {
    Admin::connect().make("connect-avro", 1, &[]);
    feed(&[Record::new("product-usage", "a", vec![0, 0, 0, 0, 1, 2])], |_| "connect-avro".to_owned());
    let said = Process::start("java".as_ref(), &java("connect-avro", &["--until-end"])).finish().refused(1);
    assert!(said.contains("connect-avro, partition 0, offset 0") && said.contains("= \"json\""), "{said}");
}

/// The names of an Avro record's fields, those within as well.
fn fields(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            for field in map.get("fields").and_then(Value::as_array).into_iter().flatten() {
                found.push(field["name"].as_str().unwrap().to_owned());
            }
            map.values().for_each(|value| fields(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

#[test]
fn the_table_says_of_every_field_where_it_goes() {
    let read = |path: &str| fs::read_to_string(repository().join(path)).unwrap();
    let (table, mut names) = (read("deploy/connect/README.md"), Vec::new());
    fields(&serde_json::from_str(&read("schemas/expansion-opportunity.avsc")).unwrap(), &mut names);
    assert!(names.len() > 35, "{names:?}");
    let lines: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    let missing: Vec<&String> =
        names.iter().filter(|name| !lines.iter().any(|line| line.contains(&format!("`{name}`")))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn sinks_read_what_is_committed_and_hold_no_secret() {
    let mut topics = Vec::new();
    for tool in ["http", "salesforce", "hubspot", "gainsight", "slack"] {
        let file = repository().join(format!("deploy/connect/{tool}.json"));
        let sink: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let config = sink["config"].as_object().unwrap();
        assert!(config.values().all(Value::is_string), "Connect takes texts: {tool}");
        assert_eq!(config["consumer.override.isolation.level"], "read_committed");
        assert!(config["value.converter"].as_str().unwrap().ends_with(".StringConverter"), "sent as it is");
        let secret =
            |name: &str| ["authorization", "additional", "secret"].iter().any(|end| name.ends_with(end));
        for (name, value) in config.iter().filter(|(name, _)| secret(name)) {
            assert!(value.as_str().unwrap().contains("${directory:/run/secrets/connect:"), "{tool}: {name}");
        }
        topics.push(config["topics"].as_str().unwrap().to_owned());
    }
    let ours =
        ["salesforce", "hubspot", "gainsight-create", "slack"].map(|tool| format!("springtide-sink-{tool}"));
    assert_eq!((&topics[0][..], &topics[1..]), (LATEST, &ours[..]));
}
