//! Runbooks: a section for each alert, and nothing in them that is not there: log lines, panels, figures.

use std::collections::{BTreeMap, BTreeSet};
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

/// The sections, by the name of their alert.
pub fn sections() -> BTreeMap<String, String> {
    let text = runbooks();
    let sections = text.split("\n## Springtide").skip(1).filter_map(|section| section.split_once('\n'));
    let all: Vec<(String, String)> =
        sections.map(|(name, section)| (format!("Springtide{name}"), section.to_owned())).collect();
    let count = all.len();
    let by_name = BTreeMap::from_iter(all);
    assert_eq!(by_name.len(), count, "a section is there twice");
    by_name
}

/// The panels that a text names, as `operations › Title`.
pub fn panels_of(text: &str) -> BTreeSet<String> {
    let of = |board: &'static str, mark: &str| {
        let titles = between(text, mark, "**").into_iter();
        titles.map(|title| format!("{board} › {}", joined(title))).collect::<Vec<_>>()
    };
    [of("operations", "**Operations › "), of("business", "**Business › ")].into_iter().flatten().collect()
}

/// The lines of the log that a text quotes.
pub fn quoted_by(text: &str) -> Vec<String> {
    between(text, "log `", "`").into_iter().map(joined).collect()
}

/// The commands that begin so, each once: in a line of their own, or between backticks.
pub fn commands(beginnings: &[&str]) -> BTreeSet<String> {
    let text = runbooks();
    let blocks: Vec<&str> = text.split("```").skip(1).step_by(2).collect();
    let prose: String = text.split("```").step_by(2).collect();
    let spans = prose.split('`').skip(1).step_by(2).map(joined);
    let lines = blocks.into_iter().map(|block| block.trim().to_owned());
    // In tables a bar needs a backslash.
    let all = spans.chain(lines).map(|command| command.replace("\\|", "|"));
    all.filter(|command| command.contains(' ') && beginnings.iter().any(|begin| command.starts_with(begin)))
        .collect()
}

#[test]
fn there_is_a_section_for_each_alert_that_says_what_it_means_and_what_to_do() {
    let sections = sections();
    let names: BTreeSet<String> = sections.keys().cloned().collect();
    assert_eq!(names, alerts::alerts().into_keys().collect(), "sections and alerts");
    for (name, section) in sections {
        let at: Vec<_> = PARTS.iter().map(|part| section.find(part)).collect();
        assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{name} lacks one of {PARTS:?}");
    }
}

#[test]
fn the_log_says_what_the_runbooks_quote() {
    // Long texts are broken by backslashes in code.
    let code = joined(&figures::code().replace("\\\n", " "));
    let text = runbooks();
    let quoted = quoted_by(&text);
    assert!(quoted.len() > 15, "{quoted:?}");
    for line in quoted {
        assert!(code.contains(&line), "no code below crates/ says `{line}`");
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
    let named: BTreeSet<String> = panels_of(&text).iter().map(|place| place.to_lowercase()).collect();
    assert!(named.len() > 10, "{named:?}");
    for place in named {
        assert!(panels.contains(&place), "no dashboard has `{place}`");
    }
    figures::must_exist("docs/runbooks.md", &text);
}
