//! Every panel and every alert, asked of a real Prometheus that scrapes a real pipeline.

use serde_json::json;
use springtide_tests::data::Data;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::prometheus::{Prometheus, has_a_number};
use springtide_tests::records::Record;
use springtide_tests::wait;
use springtide_tests::watched::Watched;

use crate::{alerts, dashboards};

/// Panels that rightly show nothing while all is well, and why. That their figures exist is held by their names in the
/// code (`dashboards.rs`), and by what is named here.
const EMPTY_IN_GOOD_ORDER: [(&str, &str); 4] = [
    // Nobody is down. Tried with `SpringtideInstanceDown`.
    ("operations › Instances down", "up"),
    // No state is lacking. Tried in tests/pipeline/observed.rs, `it_is_ready_once_the_state_of_a_lost_disk_is_back`.
    ("operations › Partitions waiting for state", "springtide_restore_remaining_records"),
    ("operations › Left to restore", "springtide_restore_remaining_records"),
    // State this small is read from RocksDB's buffers, not from blocks of its files: 0 of 0. That the figure is there
    // is asked below.
    ("operations › Block cache hit rate", "springtide_store_block_reads_total"),
];

/// Records of each sort that is set aside: bad, late, and an erasure.
fn aside(records: &[Record]) -> Vec<Record> {
    let account = |record: &Record| String::from_utf8(record.key.clone().unwrap()).unwrap();
    let profile = records.iter().rfind(|record| record.topic == "account-profiles").unwrap();
    let late = r#"{"event_id":"late","account_id":"x","occurred_at":"2001-01-01T00:00:00Z","type":"user_activity","user_id":"u"}"#;
    vec![
        Record::new("product-usage", "x", "no JSON"),
        Record::new("product-usage", "x", late.replace("\"x\"", &format!("{:?}", account(profile)))),
        Record { value: None, ..profile.clone() },
    ]
}

/// A layoff at the instant of the last opening of an account that is not erased: it speaks against it, so that it is
/// withdrawn.
fn against_the_last(data: &Data, erased: &[Record]) -> Record {
    let is_erased = |name: &str| erased.iter().any(|record| record.key.as_deref() == Some(name.as_bytes()));
    let open = data.replayed();
    let last =
        open.names().filter(|(account, ..)| !is_erased(account)).max_by_key(|(.., opened_at)| opened_at);
    let (account, _, opened_at) = last.expect("an opportunity");
    let event = json!({ "event_id": "against", "account_id": account, "occurred_at": opened_at, "type": "layoff_announced" });
    Record::new("business-signals", account, event.to_string())
}

/// A query as Grafana sends it, less the 0 that stands in for what is not there.
fn sent(query: &str) -> String {
    let query = query
        .replace("$application", "springtide")
        .replace("$instance", ".+")
        .replace("$__rate_interval", "10m")
        .replace("$__range", "1h")
        .replace(" or vector(0)", "");
    assert!(!query.contains('$'), "a variable that nobody gives: {query}");
    query
}

/// What a variable offers, as a query.
fn offered(definition: &str) -> String {
    let inside = definition.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    let (series, label) =
        inside.and_then(|inside| inside.rsplit_once(", ")).expect("label_values(SERIES, LABEL)");
    sent(&format!("count by ({label}) ({series})"))
}

/// What is asked for, by where: the queries of all panels and variables.
fn asked() -> Vec<(String, String)> {
    let mut asked = Vec::new();
    for dashboard in dashboards::all() {
        let queries = dashboard.queries().into_iter().map(|query| (query.place, sent(&query.text)));
        asked.extend(queries);
        let variables = dashboard.variables()[1..].iter().map(|variable| {
            let definition = variable["definition"].as_str().expect("a query");
            (format!("{} › variable {}", dashboard.name, variable["name"]), offered(definition))
        });
        asked.extend(variables);
    }
    asked
}

/// Two instances with standby copies, and a Prometheus that has seen both work.
fn watched(pipeline: &Pipeline, data: &Data) -> (Watched, Watched, Prometheus) {
    let records = data.steady_records(92);
    let (early, late) = records.split_at(records.len() / 2);
    let mut one = Watched::start(pipeline, data.flags());
    let mut flags = data.flags();
    flags.extend(["--state-dir".into(), pipeline.beside("state-1").into()]);
    let mut two = Watched::start(pipeline, flags);
    for instance in [&mut one, &mut two] {
        instance.await_answer("/readyz", 200, "working on 1 partition\"");
    }
    let mut prometheus = Prometheus::start("springtide", &[&one.address, &two.address], &alerts::rules());
    pipeline.feed(early);
    pipeline.feed(&aside(early));
    // Twice at least, so that what comes after it is seen as growth.
    prometheus.await_some(r#"count_over_time(springtide_revisions_total{kind="opened"}[1h]) > 1"#);
    prometheus.await_some(r#"count_over_time(springtide_bad_records_total[1h]) > 1"#);
    pipeline.feed(late);
    // What is to be withdrawn has to be said before.
    one.run.await_that("all is committed", |_| pipeline.lag() == 0);
    let aside = aside(late);
    pipeline.feed(&[against_the_last(data, &aside)]);
    pipeline.feed(&aside);
    (one, two, prometheus)
}

#[test]
fn every_panel_shows_something_of_a_pipeline_that_works_and_every_alert_can_be_asked() {
    let data = Data::generated_calm(91);
    let pipeline = Pipeline::new("deploy-live", 2);
    pipeline.set("standby_replicas", 1);
    let (one, two, prometheus) = watched(&pipeline, &data);

    let (empty, mut left): (Vec<_>, Vec<_>) = asked()
        .into_iter()
        .partition(|(place, _)| EMPTY_IN_GOOD_ORDER.iter().any(|(exempt, _)| exempt == place));
    let places = left.len();
    let mut wrong = Vec::new();
    wait::until(|| {
        left.retain(|(place, query)| match prometheus.query(query) {
            Ok(result) => !has_a_number(&result),
            Err(error) => {
                wrong.push(format!("{place}: {error}"));
                false
            }
        });
        left.is_empty().then_some(())
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(left.is_empty(), "{} of {places} queries find nothing: {left:#?}", left.len());

    for (place, figure) in EMPTY_IN_GOOD_ORDER {
        let (_, query) = empty.iter().find(|(empty, _)| empty == place).expect(place);
        assert!(query.contains(figure), "{place} is no longer about {figure}: {query}");
        prometheus.query(query).unwrap_or_else(|error| panic!("{place}: {error}"));
    }

    for figure in ["up", "springtide_store_block_reads_total"] {
        assert!(has_a_number(&prometheus.query(figure).unwrap()), "{figure}");
    }

    let rules = prometheus.ask("/api/v1/rules");
    let groups = rules["data"]["groups"].as_array().unwrap();
    let rules: Vec<_> = groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).collect();
    assert_eq!(rules.len(), alerts::alerts().len());
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{}: {}", rule["name"], rule["lastError"]);
        // Bad records were fed; whatever else fires without having waited is a false alarm.
        let may_fire = ["SpringtideDeadLetters"].contains(&rule["name"].as_str().unwrap());
        assert!(may_fire || rule["state"] != "firing", "{rule}");
    }
    for instance in [one, two] {
        instance.run.terminate();
        instance.run.finish().well();
    }
}
