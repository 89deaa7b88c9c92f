//! Names are stable: all of them are in the documentation, and JSON and the table have the same ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use springtide_core::event::Stage;
use springtide_report::{Report, rows};

use crate::story::{
    Told, came, day, evidence, opened, opportunity, outcome, pays, report_on, the_year, with,
};

/// A report in which nothing is empty.
fn full() -> Report {
    let mut story = vec![pays("a", day(-10), 100.0), pays("a", day(10), 200.0)];
    for number in 0..20 {
        let mut opportunity = opportunity("a", number, day(1));
        opportunity.evidence = vec![evidence("seats_80")];
        story.push(Told::Opportunity(Box::new(opportunity)));
        story.push(came("a", number, day(2), Stage::Dismissed));
    }
    let mut sale = outcome(30, day(3), Stage::ClosedWon);
    (sale.amount, sale.cost) = (Some(1.0), Some(1.0));
    story.extend([with("a", sale), opened("a", 31, day(3)), came("a", 31, day(4), Stage::ClosedLost)]);
    report_on(&story, &the_year())
}

fn documentation() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/report.md");
    fs::read_to_string(path).unwrap()
}

fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            found.insert(name.clone());
            names(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

#[test]
fn every_name_is_documented() {
    let (mut found, documentation) = (BTreeSet::new(), documentation());
    names(&serde_json::to_value(full()).unwrap(), &mut found);
    assert!(found.len() > 80, "{found:?}");
    let rows = rows(&full());
    let measures = rows.iter().flat_map(|row| [row.section, row.measure, row.unit]).map(str::to_owned);
    let evidence = full().plays.into_iter().filter_map(|play| play.suggestion).flat_map(|one| one.evidence);
    found.extend(measures.chain(evidence.map(|one| one.measure.to_owned())));
    let missing: Vec<&String> =
        found.iter().filter(|name| !documentation.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/report.md says nothing of {missing:?}");
}

#[test]
fn instants_are_written_as_everywhere() {
    let report = serde_json::to_value(full()).unwrap();
    assert_eq!(report["from"], "2025-01-01T00:00:00.000Z");
    assert_eq!(report["to"], "2026-01-01T00:00:00.000Z");
}
