//! Runbooks: a section for each alert, and nothing in them that is not there: log lines, panels, figures.

use std::collections::BTreeSet;
use std::fs;

use springtide_tests::broker::repository;

use crate::{alerts, dashboards, figures};

/// What each section says, in this order.
const PARTS: [&str; 4] = ["**For users.**", "**Look.**", "**Do.**", "**Escalate**"];

fn runbooks() -> String {
    fs::read_to_string(repository().join("docs/runbooks.md")).unwrap()
}

/// What stands between two marks, each time.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> Vec<&'t str> {
    let pieces = text.split(begin).skip(1);
    pieces.map(|piece| piece.split(end).next().unwrap_or_default()).collect()
}

/// Without what lines are broken and indented by.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn there_is_a_section_for_each_alert_that_says_what_it_means_and_what_to_do() {
    let text = runbooks();
    let sections: Vec<(&str, &str)> =
        text.split("\n## Springtide").skip(1).filter_map(|section| section.split_once('\n')).collect();
    let names: BTreeSet<String> = sections.iter().map(|(name, _)| format!("Springtide{name}")).collect();
    assert_eq!(names.len(), sections.len(), "a section is there twice");
    assert_eq!(names, alerts::alerts().into_keys().collect(), "sections and alerts");
    for (name, section) in sections {
        let at: Vec<_> = PARTS.iter().map(|part| section.find(part)).collect();
        assert!(at.iter().all(Option::is_some) && at.is_sorted(), "Springtide{name} lacks one of {PARTS:?}");
    }
}

#[test]
fn the_log_says_what_the_runbooks_quote() {
    // Long texts are broken by backslashes in code.
    let code = joined(&figures::code().replace("\\\n", " "));
    let text = runbooks();
    let quoted: Vec<&str> = between(&text, "log `", "`");
    assert!(quoted.len() > 15, "{quoted:?}");
    for line in quoted {
        assert!(code.contains(&joined(line)), "no code below crates/ says `{line}`");
    }
}

#[test]
fn panels_and_figures_that_the_runbooks_name_exist() {
    let text = runbooks();
    let panels: BTreeSet<String> = dashboards::all()
        .iter()
        .flat_map(|board| {
            board.queries().into_iter().map(|query| query.place.to_lowercase()).collect::<Vec<_>>()
        })
        .collect();
    let named: BTreeSet<String> = between(&text, "**Operations › ", "**")
        .into_iter()
        .map(|title| format!("operations › {}", joined(title)))
        .chain(
            between(&text, "**Business › ", "**")
                .into_iter()
                .map(|title| format!("business › {}", joined(title))),
        )
        .map(|place| place.to_lowercase())
        .collect();
    assert!(named.len() > 10, "{named:?}");
    for place in named {
        assert!(panels.contains(&place), "no dashboard has `{place}`");
    }
    figures::must_exist("docs/runbooks.md", &text);
}
