//! Dashboards: what Grafana needs to show them. It can't be run here, so their form is held to what it reads.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use springtide_tests::broker::repository;

use crate::{alerts, figures};

/// Panels that come with Grafana 10 and 11.
const KINDS: [&str; 7] = ["row", "timeseries", "stat", "bargauge", "table", "heatmap", "piechart"];

/// A dashboard, and the name of its file.
pub struct Dashboard {
    /// Without its ending.
    pub name: &'static str,
    /// What is in it.
    pub json: Value,
}

/// A query, and where it stands.
pub struct Query {
    /// Dashboard and panel.
    pub place: String,
    /// As it stands, with template variables.
    pub text: String,
}

/// All of them.
pub fn all() -> [Dashboard; 2] {
    ["operations", "business"].map(|name| {
        let path = repository().join("deploy/grafana").join(name).with_extension("json");
        Dashboard { name, json: serde_json::from_slice(&fs::read(path).unwrap()).unwrap() }
    })
}

impl Dashboard {
    /// Its panels, rows included.
    pub fn panels(&self) -> &[Value] {
        self.json["panels"].as_array().expect("panels")
    }

    /// The queries of its panels.
    pub fn queries(&self) -> Vec<Query> {
        let of = |panel: &Value| {
            let place = format!("{} › {}", self.name, panel["title"].as_str().unwrap_or_default());
            let targets = panel["targets"].as_array().cloned().unwrap_or_default();
            let text = |target: Value| target["expr"].as_str().expect("a query").to_owned();
            targets
                .into_iter()
                .map(text)
                .map(move |text| Query { place: place.clone(), text })
                .collect::<Vec<_>>()
        };
        self.panels().iter().flat_map(of).collect()
    }

    /// Its variables.
    pub fn variables(&self) -> &[Value] {
        self.json["templating"]["list"].as_array().expect("variables")
    }
}

/// Fails unless a datasource is the one that the variable names.
fn must_be_chosen(place: &str, datasource: &Value) {
    assert_eq!(datasource["type"], "prometheus", "{place}");
    assert_eq!(datasource["uid"], "${datasource}", "{place}");
}

fn check_panel(place: &str, panel: &Value) {
    let kind = panel["type"].as_str().unwrap_or_default();
    assert!(KINDS.contains(&kind), "{place} is a {kind:?}, which does not come with Grafana");
    if kind == "row" {
        assert_eq!(panel["panels"], Value::Array(Vec::new()), "{place}: its panels stand beside it");
        return;
    }
    must_be_chosen(place, &panel["datasource"]);
    assert!(
        panel["description"].as_str().is_some_and(|said| said.ends_with('.')),
        "{place} says nothing of itself"
    );
    assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{place} has no unit");
    let targets = panel["targets"].as_array().expect("queries");
    assert!(!targets.is_empty(), "{place} asks for nothing");
    let ids: BTreeSet<_> = targets.iter().map(|target| target["refId"].as_str().expect("a refId")).collect();
    assert_eq!(ids.len(), targets.len(), "{place} has a refId twice");
    for target in targets {
        must_be_chosen(place, &target["datasource"]);
        assert!(target["expr"].as_str().is_some_and(|query| !query.is_empty()), "{place} has no query");
    }
}

/// The cells of the grid that a panel takes.
fn cells(panel: &Value) -> impl Iterator<Item = (u64, u64)> {
    let [x, y, width, height] =
        ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().expect("a place in the grid"));
    assert!(width > 0 && height > 0 && x + width <= 24, "{}", panel["gridPos"]);
    (x..x + width).flat_map(move |x| (y..y + height).map(move |y| (x, y)))
}

#[test]
fn grafana_finds_what_it_needs_in_each() {
    let mut names = BTreeSet::new();
    for dashboard in all() {
        let json = &dashboard.json;
        // 39 is the form of Grafana 11, which 10.4 reads too.
        assert_eq!(json["schemaVersion"], 39, "{}", dashboard.name);
        for key in ["uid", "title", "description"] {
            let text = json[key].as_str().unwrap_or_default();
            assert!(!text.is_empty() && names.insert((key, text.to_owned())), "{}: {key}", dashboard.name);
        }
        let (mut ids, mut titles, mut taken) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for panel in dashboard.panels() {
            let title = panel["title"].as_str().unwrap_or_default();
            let place = format!("{} › {title}", dashboard.name);
            assert!(!title.is_empty() && titles.insert(title), "{place} is there twice");
            assert!(ids.insert(panel["id"].as_u64().expect("an id")), "{place} has another's id");
            assert!(cells(panel).all(|cell| taken.insert(cell)), "{place} lies over another panel");
            check_panel(&place, panel);
        }
        let variables: Vec<&str> = dashboard.variables().iter().filter_map(|v| v["name"].as_str()).collect();
        assert_eq!(variables, ["datasource", "application", "instance"], "{}", dashboard.name);
        for variable in &dashboard.variables()[1..] {
            must_be_chosen(dashboard.name, &variable["datasource"]);
            assert_eq!(variable["query"]["query"], variable["definition"], "{}", dashboard.name);
        }
    }
}

#[test]
fn every_query_is_of_the_application_and_instances_that_were_chosen() {
    for dashboard in all() {
        for Query { place, text } in dashboard.queries() {
            let chosen = text.matches(r#"{job=~"$application", instance=~"$instance""#).count();
            let braces = text.matches('{').count();
            assert!(chosen > 0 && chosen == braces, "{place}: {text}");
        }
    }
}

#[test]
fn every_figure_and_alert_that_a_dashboard_speaks_of_exists() {
    let alerts = alerts::alerts();
    for dashboard in all() {
        for Query { place, text } in dashboard.queries() {
            figures::must_exist(&place, &text);
            figures::must_have_labels(&place, &text);
        }
        for panel in dashboard.panels() {
            let description = panel["description"].as_str().unwrap_or_default();
            let words = description.split(|letter: char| !letter.is_ascii_alphanumeric());
            // The product's name alone is no alert.
            for word in words.filter(|word| word.starts_with("Springtide") && *word != "Springtide") {
                assert!(alerts.contains_key(word), "{} speaks of {word}", panel["title"]);
            }
        }
    }
}
