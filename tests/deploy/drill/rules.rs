//! A copy of the alerts in which time runs faster, worked out from the file: whatever they wait for comes so many times
//! sooner. What is counted stays as it is.

use std::fs;

use serde_json::{Value, json};
use springtide_tests::yaml;
use tempfile::TempDir;

use crate::alerts;

/// What becomes of a number in a query that may be a time.
enum Number {
    /// It counts records or opportunities.
    Count,
    /// Seconds that pass as fast as the rest.
    Seconds,
    /// Seconds of the pipeline's own clock, which does not run faster: so many stand for them.
    Own(&'static str),
}

/// All numbers from here on are looked up below.
const LEAST: f64 = 30.0;

/// The numbers of queries, by alert: one that is not here may be a time, and then the copy would be of another alert.
const NUMBERS: [(&str, &str, Number); 7] = [
    // The pipeline measures silence by the clock on the wall. A worker in good order is silent for less than a second,
    // on a busy machine for two.
    ("SpringtideWorkerSilent", "60", Number::Own("5")),
    // So is this; a record in good order waits for less than a second, and what is asked each five seconds is up to
    // five old.
    ("SpringtideLagSeconds", "900", Number::Own("15")),
    ("SpringtideLagGrowing", "10000", Number::Count),
    ("SpringtideDeadLetterBurst", "50", Number::Count),
    ("SpringtideLateBurst", "100", Number::Count),
    ("SpringtideInputSilent", "30", Number::Count),
    // A day ahead, of what six hours show.
    ("SpringtideDiskFillsUp", "86400", Number::Seconds),
];

/// A file of rules, gone with its value.
pub struct Rules {
    folder: TempDir,
}

impl Rules {
    /// The alerts, so many times faster.
    pub fn faster(factor: u32) -> Rules {
        let document = <[Value; 1]>::try_from(yaml::documents(&fs::read_to_string(alerts::rules()).unwrap()));
        let [mut document] = document.expect("one document");
        for group in document["groups"].as_array_mut().expect("groups") {
            for rule in group["rules"].as_array_mut().expect("rules") {
                *rule = of_rule(rule, factor);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        // JSON is YAML, too.
        fs::write(folder.path().join("alerts.yaml"), document.to_string()).unwrap();
        Rules { folder }
    }

    /// Where it is.
    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("alerts.yaml")
    }
}

fn of_rule(rule: &Value, factor: u32) -> Value {
    let name = rule["alert"].as_str().expect("an alert");
    let (query, mut times) = of_query(name, rule["expr"].as_str().expect("a query"), factor);
    let mut faster = rule.clone();
    faster["expr"] = query.into();
    if let Some(waits) = rule["for"].as_str() {
        faster["for"] = json!(shorter(waits, factor));
        times += 1;
    }
    assert!(times > 0, "{name} has no duration: how long does it wait?");
    faster
}

/// The query, and how many times were found in it.
fn of_query(alert: &str, query: &str, factor: u32) -> (String, usize) {
    let (mut faster, mut times, mut rest) = (String::new(), 0, query);
    let mut after_offset = false;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => rest[1..].find('"').expect("a text ends") + 2,
            '[' => rest.find(']').expect("a range ends") + 1,
            letter if is_word(letter) => rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()),
            letter => letter.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if token.trim().is_empty() {
            faster.push_str(token);
            continue;
        }
        let inside = token.strip_prefix('[').map(|range| range.trim_end_matches(']'));
        faster.push_str(&match inside {
            Some(range) => format!("[{}]", shorter(range, factor)),
            None if after_offset => shorter(token, factor),
            None if first.is_ascii_digit() => number(alert, token, factor),
            None => token.to_owned(),
        });
        times += usize::from(inside.is_some() || after_offset);
        after_offset = token == "offset";
    }
    (faster, times)
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_:.".contains(letter)
}

fn number(alert: &str, text: &str, factor: u32) -> String {
    let value: f64 = text.parse().unwrap_or_else(|_| panic!("{alert}: `{text}` is no number"));
    if value < LEAST {
        return text.to_owned();
    }
    let known = NUMBERS.iter().find(|(of, number, _)| (*of, *number) == (alert, text));
    match known {
        Some((.., Number::Count)) => text.to_owned(),
        Some((.., Number::Seconds)) => (value / f64::from(factor)).to_string(),
        Some((.., Number::Own(seconds))) => (*seconds).to_owned(),
        None => panic!("{alert}: is {text} a time? Say so in tests/deploy/drill/rules.rs"),
    }
}

/// A duration, in the milliseconds that are left of it.
fn shorter(text: &str, factor: u32) -> String {
    format!("{}ms", (milliseconds(text) / u64::from(factor)).max(1))
}

/// A duration as Prometheus writes it, of one unit.
pub fn milliseconds(text: &str) -> u64 {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let unit = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => panic!("`{text}` is no duration of one unit"),
    };
    count.parse::<u64>().unwrap_or_else(|_| panic!("`{text}` is no duration")) * unit
}

#[test]
fn times_in_a_query_are_shorter_and_all_else_is_as_it_was() {
    let query = r#"increase(a_total{b="[5m] 900"}[10m]) > 3 or on () x offset 1w / y < 0.05"#;
    let faster = r#"increase(a_total{b="[5m] 900"}[10000ms]) > 3 or on () x offset 10080000ms / y < 0.05"#;
    assert_eq!(of_query("an alert", query, 60), (faster.to_owned(), 2));
    let query = "predict_linear(x[6h], 86400) < 0";
    let (faster, _) = of_query("SpringtideDiskFillsUp", query, 960);
    assert_eq!(faster, "predict_linear(x[22500ms], 90) < 0");
    for (query, word) in [("x[5m:1m] > 1", "no duration"), ("x > 900", "is 900 a time?")] {
        let refused = std::panic::catch_unwind(|| of_query("an alert", query, 60)).unwrap_err();
        assert!(refused.downcast_ref::<String>().is_some_and(|said| said.contains(word)), "{query}");
    }
}

#[test]
fn every_number_that_is_explained_stands_in_its_alert() {
    let all = alerts::alerts();
    for (alert, number, _) in NUMBERS {
        let query = all[alert]["expr"].as_str().unwrap_or_default();
        assert!(query.split(|letter| !is_word(letter)).any(|word| word == number), "{alert}: {number}");
    }
}
