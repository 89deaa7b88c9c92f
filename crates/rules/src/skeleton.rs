//! Files to begin with: a detector of each kind, a play, and a test beside each.

use crate::SourceFile;
use crate::form::KINDS;

/// A rule file and its test file, with paths below the pack's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton {
    /// The rules.
    pub rules: SourceFile,
    /// A test that passes.
    pub test: SourceFile,
}

/// What a detector of a kind looks like, and events that tell it from others.
struct Example {
    kind: &'static str,
    /// The detector's keys, one a line.
    keys: &'static [&'static str],
    /// A test's body under which it signals, and one under which it does not, each with the instant.
    signals: (&'static [&'static str], &'static str),
    silent: &'static [&'static str],
}

const EXAMPLES: &[Example] = &[
    Example {
        kind: "match",
        keys: &[
            "family: business",
            "event: funding_raised",
            "# where: event.amount_usd >= 1000000",
            "match: {}",
            "urgency: high",
        ],
        signals: (&["events:", "  - { at: day 3 09:30, type: funding_raised, round: B }"], "day 3 09:30"),
        silent: &["events:", "  - { at: day 3 09:30, type: office_opened, location: Oslo }"],
    },
    Example {
        kind: "ratio",
        keys: &[
            "family: product",
            "event: seat_snapshot        # or meter_reading",
            "ratio: { at_least: 0.9 }    # 90 % of the event's own limit, else of the profile's",
            "urgency: high",
        ],
        signals: (
            &["events:", "  - { at: day 3 09:30, type: seat_snapshot, seats_used: 45, seats_licensed: 50 }"],
            "day 3 09:30",
        ),
        silent: &[
            "events:",
            "  - { at: day 3 09:30, type: seat_snapshot, seats_used: 44, seats_licensed: 50 }",
        ],
    },
    Example {
        kind: "distinct",
        keys: &[
            "family: business",
            "event: job_posted",
            "where: event.department in profile.buyer_departments",
            "distinct: { key: posting_id, at_least: 3, within: 30d, group_by: department }",
            "urgency: high",
        ],
        signals: (
            &["events:", "  - { at: day 3 09:30, type: job_posted, department: engineering, times: 3 }"],
            "day 3 09:30",
        ),
        silent: &["events:", "  - { at: day 3 09:30, type: job_posted, department: engineering, times: 2 }"],
    },
    Example {
        kind: "spike",
        keys: &[
            "family: product",
            "event: user_activity",
            "spike: { key: user_id, factor: 1.5, baseline_days: 28, min_days: 7, min_count: 10 }",
            "urgency: medium",
        ],
        signals: (
            &[
                "events:",
                "  - { at: day 1 09:00, type: user_activity, user_id: \"user {n}\", times: 10, days: 7 }",
                "  - { at: day 8 09:00, type: user_activity, user_id: \"user {n}\", times: 15 }",
            ],
            "day 8 09:00",
        ),
        silent: &[
            "events:",
            "  - { at: day 1 09:00, type: user_activity, user_id: \"user {n}\", times: 10, days: 7 }",
            "  - { at: day 8 09:00, type: user_activity, user_id: \"user {n}\", times: 14 }",
        ],
    },
    Example {
        kind: "trend",
        keys: &[
            "family: product",
            "event: meter_reading        # or seat_snapshot",
            "trend: { growth: 0.10, periods: 3 }",
            "urgency: medium",
        ],
        signals: (
            &[
                "events:",
                "  - { at: day 1, type: meter_reading, meter: api_calls, used: 100 }",
                "  - { at: day 8, type: meter_reading, meter: api_calls, used: 110 }",
                "  - { at: day 15, type: meter_reading, meter: api_calls, used: 121 }",
                "  - { at: day 22, type: meter_reading, meter: api_calls, used: 134 }",
            ],
            "day 22",
        ),
        silent: &[
            "events:",
            "  - { at: day 1, type: meter_reading, meter: api_calls, used: 100 }",
            "  - { at: day 8, type: meter_reading, meter: api_calls, used: 110 }",
            "  - { at: day 15, type: meter_reading, meter: api_calls, used: 121 }",
            "  - { at: day 22, type: meter_reading, meter: api_calls, used: 133 }",
        ],
    },
    Example {
        kind: "first",
        keys: &["family: product", "event: feature_used", "first: { key: feature }", "urgency: medium"],
        signals: (&["events:", "  - { at: day 3, type: feature_used, feature: dashboards }"], "day 3"),
        silent: &["events:", "  - { at: day 3, type: integration_connected, integration: crm }"],
    },
    Example {
        kind: "before",
        keys: &["family: business", "before: { field: renewal_at, days: 90 }", "urgency: medium"],
        signals: (&["profile: { renewal_at: day 100 }", "until: day 10"], "day 10"),
        silent: &["profile: { renewal_at: day 100 }", "until: day 9"],
    },
    Example {
        kind: "regulars",
        keys: &[
            "family: product",
            "event: user_activity",
            "regulars: { key: user_id, at_least: 5, active_days: 4, within_days: 7 }",
            "urgency: medium",
        ],
        signals: (
            &[
                "events:",
                "  - { at: day 1 09:00, type: user_activity, user_id: \"user {n}\", times: 5, days: 4 }",
            ],
            "day 4 09:00",
        ),
        silent: &[
            "events:",
            "  - { at: day 1 09:00, type: user_activity, user_id: \"user {n}\", times: 5, days: 3 }",
        ],
    },
];

const OF_A_DETECTOR: &str = "\
# `family` is product, business or engagement, `urgency` low, medium or high. `where` keeps some of the events: an expression over
# `event` and `profile`. docs/rules.md draws each kind.
";

const OF_A_TIMER: &str = "\
# `family` is product, business or engagement, `urgency` low, medium or high. docs/rules.md draws each kind.
";

/// A detector of a kind, to begin with; `None` where there is no such kind.
///
/// ```
/// use springtide_rules::{compile, detector_skeleton, run_tests};
/// let skeleton = detector_skeleton("many_jobs", "distinct").unwrap();
/// assert_eq!(skeleton.rules.path, "detectors/many_jobs.yaml");
/// let pack = compile(&[skeleton.rules]).unwrap();
/// assert_eq!(run_tests(&pack.rules, &[skeleton.test]).unwrap().failures, []);
/// ```
pub fn detector_skeleton(name: &str, kind: &str) -> Option<Skeleton> {
    let example = EXAMPLES.iter().find(|example| example.kind == kind)?;
    let form = KINDS.iter().find(|form| form.name == kind)?;
    let mut rules = format!("# {}.\n", form.about);
    form.keys.iter().for_each(|key| rules.push_str(&format!("#   {:14} {}\n", key.name, key.about)));
    // A timer reads no events, so there is none to keep.
    rules.push_str(if kind == "before" { OF_A_TIMER } else { OF_A_DETECTOR });
    rules.push_str(&format!("detectors:\n  {name}:\n"));
    example.keys.iter().for_each(|key| rules.push_str(&format!("    {key}\n")));
    let body = |lines: &[&str]| lines.iter().map(|line| format!("    {line}\n")).collect::<String>();
    let (signals, at) = &example.signals;
    let test = format!(
        "# Tests of detectors/{name}.yaml; `springtide check` runs them.\ntests:\n  {name} signals:\n{}    expect:\n      - {{ signal: {name}, at: {at} }}\n\n  {name} is silent:\n{}    expect:\n      - {{ silent: {name} }}\n",
        body(signals),
        body(example.silent),
    );
    Some(Skeleton {
        rules: file("detectors", name, "yaml", rules),
        test: file("tests", name, "test.yaml", test),
    })
}

/// A play with two detectors of its own, to begin with.
///
/// ```
/// use springtide_rules::{compile, play_skeleton, run_tests};
/// let skeleton = play_skeleton("more-seats");
/// let pack = compile(&[skeleton.rules]).unwrap();
/// assert_eq!(run_tests(&pack.rules, &[skeleton.test]).unwrap().failures, []);
/// ```
pub fn play_skeleton(name: &str) -> Skeleton {
    let rules = PLAY.replace("NAME", name);
    let test = PLAY_TEST.replace("NAME", name);
    Skeleton { rules: file("plays", name, "yaml", rules), test: file("tests", name, "test.yaml", test) }
}

fn file(folder: &str, name: &str, extension: &str, text: String) -> SourceFile {
    SourceFile { path: format!("{folder}/{name}.{extension}"), text }
}

const PLAY: &str = "\
# What this play sells, and to whom.
# The two detectors are here to begin with: put others of the pack into the lists below, and take these away.
detectors:
  NAME_product: { family: product, event: seat_snapshot, ratio: { at_least: 0.9 }, urgency: high }
  NAME_business: { family: business, event: office_opened, match: {}, urgency: medium }
plays:
  NAME:
    motion: seat              # seat, upsell, cross_sell, usage or add_on: decides the default value and who gets it
    product: [NAME_product]   # one of these
    business: [NAME_business] # and one of these, at most `window` apart; leave one list out for a single trigger
    # boost: []               # engagement that makes it stronger
    # unless: []              # none of these within `unless_within`
    window: 5d                # or 5bd, business days
    # What must be true of the account. Left out, it is a healthy one that has not just bought: docs/rules.md.
    # gate: profile.health_score > 60
    # value: profile.mrr * 12.0 * 0.20
    # route: { by_segment: { smb: self_serve }, over_value: { amount: 50000, role: sales } }
    # guide: { outreach: What to write first., discovery: [What to ask?], close: How to come to an end. }
";

const PLAY_TEST: &str = "\
# Tests of plays/NAME.yaml; `springtide check` runs them.
tests:
  NAME opens:
    events:
      - { at: day 3 09:30, type: seat_snapshot, seats_used: 46, seats_licensed: 50 }
      - { at: day 4 10:00, type: office_opened, location: Oslo }
    expect:
      - { play: NAME, at: day 4 10:00, evidence: [NAME_product, NAME_business] }

  NAME does not open when the news comes too late:
    events:
      - { at: day 3 09:30, type: seat_snapshot, seats_used: 46, seats_licensed: 50 }
      - { at: day 9 10:00, type: office_opened, location: Oslo }
    expect:
      - { none: NAME }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{compile, run_tests};

    #[test]
    fn there_is_one_of_each_kind_and_its_test_passes() {
        for kind in KINDS {
            let skeleton = detector_skeleton("mine", kind.name).unwrap();
            let pack = compile(std::slice::from_ref(&skeleton.rules))
                .unwrap_or_else(|error| panic!("{error}\n{}", skeleton.rules.text));
            assert_eq!(pack.warnings, [], "{}", kind.name);
            let report = run_tests(&pack.rules, std::slice::from_ref(&skeleton.test));
            let report = report.unwrap_or_else(|error| panic!("{error}\n{}", skeleton.test.text));
            assert_eq!((report.tests, report.failures), (2, vec![]), "{}", kind.name);
        }
        assert_eq!(detector_skeleton("mine", "ratios"), None);
    }

    #[test]
    fn a_play_to_begin_with_passes_its_test() {
        let skeleton = play_skeleton("mine");
        let pack = compile(&[skeleton.rules]).unwrap();
        assert_eq!((pack.warnings, pack.hints), (vec![], vec![]));
        let report = run_tests(&pack.rules, &[skeleton.test]).unwrap();
        assert_eq!((report.tests, report.failures), (2, vec![]));
    }
}
