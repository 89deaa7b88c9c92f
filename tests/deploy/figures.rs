//! The names of figures that texts speak of, and those that the code gives.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use springtide_runtime::metrics::FIGURES;
use springtide_tests::broker::repository;

/// What a histogram is asked by.
const PARTS: [&str; 3] = ["_bucket", "_sum", "_count"];

/// What every process says of itself, by a collector that is not ours: the names do not stand in our code. That they are
/// there is seen by asking for them (`live.rs`).
const PROCESS: [&str; 6] = [
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_threads",
];

/// All code, where a figure may be made or a line of the log written.
pub fn code() -> &'static str {
    static CODE: OnceLock<String> = OnceLock::new();
    CODE.get_or_init(|| {
        let mut code = String::new();
        gather(&repository().join("crates"), &mut code);
        code
    })
}

fn gather(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, code);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            code.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// The figures that a text names.
pub fn named_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("springtide_") || word.starts_with("process_")).collect()
}

/// Fails unless the code gives every figure that a text names.
pub fn must_exist(whose: &str, text: &str) {
    let given = |name: &str| PROCESS.contains(&name) || code().contains(&format!("\"{name}\""));
    let whole = |name: &str| PARTS.iter().find_map(|part| name.strip_suffix(part)).is_some_and(given);
    let missing: Vec<&str> = named_in(text).into_iter().filter(|name| !given(name) && !whole(name)).collect();
    assert!(missing.is_empty(), "{whose} names figures that no code below crates/ gives: {missing:?}");
}

/// What Prometheus adds to every figure.
const ADDED: [&str; 2] = ["job", "instance"];
/// How a histogram is spread.
const BOUNDS: &str = "le";

/// The labels that a query's sums are by, and that its sides are matched on.
fn grouped_by(query: &str) -> Vec<&str> {
    let lists = [" by (", " on ("].into_iter().flat_map(|mark| query.split(mark).skip(1));
    let labels = lists.flat_map(|rest| rest.split(')').next().unwrap_or_default().split(','));
    labels.map(str::trim).filter(|label| !label.is_empty()).collect()
}

/// Fails unless one of its figures has every label that a query's sums are by.
pub fn must_have_labels(whose: &str, query: &str) {
    let named = named_in(query);
    let own = FIGURES.iter().filter(|figure| {
        let is = |name: &&str| *name == figure.name || name.starts_with(&format!("{}_", figure.name));
        named.iter().any(is)
    });
    let known: BTreeSet<&str> = own.flat_map(|figure| figure.labels).copied().chain(ADDED).collect();
    for label in grouped_by(query).into_iter().filter(|label| *label != BOUNDS) {
        assert!(known.contains(label), "{whose} is by `{label}`, which no figure of it has: {query}");
    }
}

#[test]
fn names_are_found_in_queries_and_in_code() {
    let text = r#"rate(springtide_a_total{x="1"}[5m]) / process_b_bytes, springtide run, unprocess_c"#;
    assert_eq!(named_in(text), BTreeSet::from(["process_b_bytes", "springtide_a_total"]));
    must_exist("a text", "springtide_build_info, springtide_transaction_duration_seconds_bucket");
    let missing = std::panic::catch_unwind(|| must_exist("a text", "springtide_no_such_figure"));
    assert!(missing.is_err());
}

#[test]
fn a_sum_is_by_labels_that_its_figures_have() {
    let query = |label: &str| format!("sum by (job, {label}) (increase(springtide_outcomes_total[5m]))");
    must_have_labels("a text", &query("stage"));
    assert!(std::panic::catch_unwind(|| must_have_labels("a text", &query("type"))).is_err());
}
