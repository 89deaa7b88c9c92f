//! Tests of packs: that those which ship pass, what failures say, mistakes in how tests are written.

use std::collections::BTreeSet;

use springtide_core::rules::Rules;
use springtide_rules::{SourceFile, compile, default_pack, default_test_files, run_tests, test_schema};

use crate::{files, lines};

const RULES: &str = "
detectors:
  seats: { family: product, event: seat_snapshot, ratio: { at_least: 0.9 }, urgency: high }
  jobs: { family: business, event: job_posted, distinct: { key: posting_id, at_least: 3, within: 30d }, urgency: medium }
  renewal: { family: business, before: { field: renewal_at, days: 90 }, urgency: medium }
plays:
  grow: { motion: seat, product: [seats], business: [jobs] }
  renew: { motion: upsell, business: [renewal] }
";

fn rules() -> Rules {
    compile(&files(&[("r", RULES)])).unwrap().rules
}

/// One test, written on line 3 from column 5 on.
fn written(test: &str) -> SourceFile {
    SourceFile { path: "t".into(), text: format!("tests:\n  a:\n    {test}\n") }
}

/// What a test says that does not pass.
fn failures(test: &str) -> Vec<String> {
    crate::schema::takes(&test_schema(), &written(test).text);
    let report =
        run_tests(&rules(), &[written(test)]).unwrap_or_else(|mistakes| panic!("{mistakes}\n{test}"));
    assert_eq!(report.tests, 1);
    assert_eq!(report.failed(), usize::from(!report.failures.is_empty()));
    report.failures.iter().map(ToString::to_string).collect()
}

fn check(test: &str, expected: &[&str]) {
    assert_eq!(failures(test), expected, "{test}");
}

const SEATS: &str = "{ at: day 3 09:30, type: seat_snapshot, seats_used: 46, seats_licensed: 50 }";
const JOBS: &str = "{ at: day 4 10:00, type: job_posted, times: 3 }";

#[test]
fn the_tests_that_ship_pass_and_each_play_has_one_that_opens_and_one_that_does_not() {
    let pack = default_pack();
    let report =
        run_tests(&pack.rules, &files(default_test_files())).unwrap_or_else(|error| panic!("{error}"));
    let failures: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    assert_eq!(failures, [""; 0]);
    assert!(report.tests >= 2 * pack.rules.plays.len(), "{} tests", report.tests);
    let all: String = default_test_files().iter().map(|(_, text)| *text).collect();
    for play in &pack.rules.plays {
        assert!(all.contains(&format!("play: {}", play.name)), "{} opens", play.name);
        assert!(all.contains(&format!("none: {}", play.name)), "{} does not", play.name);
    }
}

#[test]
fn the_tests_that_ship_notice_when_a_detector_or_gate_is_gone() {
    // Each detector that plays open on in a test: with another threshold, some test has to say so.
    let whole = default_pack().rules;
    let tests = files(default_test_files());
    let mut noticed = BTreeSet::new();
    for play in 0..whole.plays.len() {
        for side in [true, false] {
            let mut rules = whole.clone();
            let play = &mut rules.plays[play];
            let list = if side { &mut play.product } else { &mut play.business };
            let Some(last) = list.pop() else { continue };
            // What no test opens on is not missed: all of a side is.
            list.clear();
            list.push(last);
            let name = play.name.clone();
            let again = Rules::new("x", rules.detectors, rules.plays, rules.scoring, rules.calendar);
            if !run_tests(&again, &tests).unwrap().failures.is_empty() {
                noticed.insert(name);
            }
        }
    }
    for play in whole.plays.iter().filter(|play| play.product.len() > 1) {
        assert!(noticed.contains(&play.name), "{}", play.name);
    }
}

#[test]
fn what_is_as_wanted_passes() {
    for test in [
        &format!("{{ events: [{SEATS}, {JOBS}], expect: [{{ play: grow }}] }}"),
        &format!(
            "{{ events: [{SEATS}, {JOBS}], expect: [{{ play: grow, at: day 4 10:00, urgency: high, role: customer_success, owner: Cora, trigger: convergent, yearly_value: 2400, evidence: [jobs, seats] }}] }}"
        ),
        &format!(
            "{{ events: [{SEATS}, {JOBS}], expect: [{{ play: grow, at: 2026-01-08T10:00:00Z, act_by: 2026-01-15T10:00:00Z }}] }}"
        ),
        &format!("{{ events: [{SEATS}], expect: none }}"),
        &format!(
            "{{ events: [{SEATS}], expect: [{{ none: grow, because: business }}, {{ signal: seats, at: day 3 09:30 }}, {{ silent: jobs }}] }}"
        ),
        "{ profile: { renewal_at: day 91 }, until: day 1, expect: [{ play: renew, at: day 1 }] }",
        "{ profile: { renewal_at: day 91 }, until: day 0, expect: none }",
        &format!(
            "{{ profile: none, events: [{SEATS}, {JOBS}], expect: [{{ none: grow, because: no profile }}] }}"
        ),
        &format!(
            "{{ profiles: [{{ at: day 4, health_score: 10 }}], events: [{SEATS}, {JOBS}], expect: [{{ none: grow, because: health }}] }}"
        ),
        &format!(
            "{{ outcomes: [{{ at: day 1, play: grow, stage: snoozed, until: day 5 }}], events: [{SEATS}, {JOBS}], expect: none }}"
        ),
    ] {
        check(test, &[]);
    }
}

#[test]
fn what_is_not_as_wanted_says_what_where_and_what_was_near() {
    let both = |expect: &str| format!("{{ expect: {expect}, events: [{SEATS}, {JOBS}] }}");
    for (test, expected) in [
        (
            format!("{{ expect: [{{ play: grow, at: day 4 10:00 }}], events: [{SEATS}, {{ at: day 4, type: job_posted, department: legal, times: 2 }}] }}"),
            &["t:3:16: `a`: expected `grow` to open on day 4 10:00, found that it did not open (nearest miss: one job posting short: 2 jobs posted in legal in 30 days, needs 3 (jobs))"][..],
        ),
        (both("[{ play: grow, at: day 5 }]"), &["t:3:16: `a`: expected `grow` to open on day 5 00:00, found that it opened on day 4 10:00 (nearest miss: in cooldown until 7 February 2026)"]),
        (both("none"), &["t:3:15: `a`: expected no play to open, found `grow` on day 4 10:00"]),
        (both("[{ play: grow }, { play: grow }]"), &["t:3:32: `a`: expected `grow` to open, found that it opened on day 4 10:00"]),
        (both("[{ none: grow }, { silent: jobs }]"), &["t:3:16: `a`: expected `grow` not to open, found that it opened on day 4 10:00 (seats, jobs)", "t:3:32: `a`: expected no signal of `jobs`, found one on day 4 10:00"]),
        (
            both("[{ play: grow, urgency: low, score: 1, role: sales, owner: Ada, act_by: day 9, yearly_value: 1, trigger: single, evidence: [jobs] }]"),
            &["t:3:39: `a`: expected `grow` with the urgency low, found high", "t:3:51: `a`: expected `grow` with the score 1, found 55.6", "t:3:60: `a`: expected `grow` with the role sales, found customer_success", "t:3:74: `a`: expected `grow` with the owner Ada, found Cora", "t:3:87: `a`: expected `grow` with the date to act by day 9 00:00, found day 11 10:00", "t:3:108: `a`: expected `grow` with the yearly value 1, found 2400", "t:3:120: `a`: expected `grow` with the trigger single, found convergent", "t:3:138: `a`: expected `grow` with the evidence jobs, found jobs, seats"],
        ),
        (
            format!("{{ expect: [{{ none: grow, because: seats }}, {{ signal: jobs }}, {{ signal: seats, at: day 4 }}], events: [{SEATS}] }}"),
            &["t:3:39: `a`: expected `grow` not to open because of \"seats\", found \"no business signal within 5 days\"", "t:3:48: `a`: expected a signal of `jobs`, found none", "t:3:66: `a`: expected a signal of `seats` on day 4 00:00, found one on day 3 09:30"],
        ),
        (
            "{ expect: none, events: [{ at: day 1, type: seat_snapshot, seats_used: 9, seats_licensed: 9, days: 6 }, { at: day 1, type: job_posted, times: 3, days: 61 }] }".to_owned(),
            &["t:3:15: `a`: expected no play to open, found `grow` on day 1 00:00"],
        ),
        (
            "{ expect: [{ play: grow, at: day 1 }, { silent: seats }], events: [{ at: day 1, type: seat_snapshot, seats_used: 9, seats_licensed: 9, days: 61 }, { at: day 1, type: job_posted, times: 3, days: 61 }] }".to_owned(),
            &["t:3:16: `a`: expected no other opening of `grow`, found one on day 31 00:00", "t:3:16: `a`: expected no other opening of `grow`, found one on day 61 00:00", "t:3:43: `a`: expected no signal of `seats`, found one on day 1 00:00, day 2 00:00, day 3 00:00, day 4 00:00, 57 more"],
        ),
    ] {
        check(&test, expected);
    }
}

#[test]
fn mistakes_in_tests_are_told_at_their_place() {
    for (test, expected) in [
        (
            "{ expect: [] }",
            &["t:3:15: `expect`: expected `none`, or a list of what is expected, found a list"][..],
        ),
        ("{ events: [] }", &["t:2:3: `expect` is missing"]),
        (
            "{ expct: none }",
            &["t:2:3: `expect` is missing", "t:3:7: unknown key `expct` (did you mean `expect`?)"],
        ),
        (
            "{ expect: [{ play: gorw }, { none: x }, { signal: seat }, { play: grow, none: grow }, {}] }",
            &[
                "t:3:24: unknown play `gorw` (did you mean `grow`?)",
                "t:3:40: unknown play `x`",
                "t:3:55: unknown detector `seat` (did you mean `seats`?)",
                "t:3:63: expected one of `play`, `none`, `signal`, `silent`",
                "t:3:91: expected one of `play`, `none`, `signal`, `silent`",
            ],
        ),
        (
            "{ events: [{ at: 3, type: seat_snapshot }, { type: seat_snapshot, seats_used: -1 }, { at: day 1, type: seats }, { at: day 1 }], expect: none }",
            &[
                "t:3:16: `seats_used` is missing",
                "t:3:22: `at`: expected a time such as `day 3 09:30`, 2026-01-07 or 2026-01-07T09:30:00Z, found the number `3`",
                "t:3:48: `at` is missing",
                "t:3:83: `seats_used`: expected a whole number, 0 or more, found the number `-1`",
                "t:3:108: unknown event type `seats`",
                "t:3:117: `type` is missing",
            ],
        ),
        (
            "{ events: [{ at: day 1, type: executive_hired, seniority: boss, seats: 1 }], expect: none }",
            &[
                "t:3:63: `seniority`: expected one of c_level, vp, director, manager, found the text \"boss\"",
                "t:3:69: unknown key `seats`",
            ],
        ),
        (
            "{ profile: { mrr: x, helth_score: 1, health_score: 101, limits: { a: x } }, expect: none }",
            &[
                "t:3:23: `mrr`: expected a number, 0 or more, found the text \"x\"",
                "t:3:26: unknown key `helth_score` (did you mean `health_score`?)",
                "t:3:56: `health_score`: expected a number from 0 to 100, found the number `101`",
                "t:3:74: `a`: expected a number, 0 or more, found the text \"x\"",
            ],
        ),
        (
            "{ events: [{ at: day 1, type: user_activity, times: 500, days: 11 }], expect: none }",
            &["t:3:16: a test with more than 5000 events"],
        ),
        (
            "{ outcomes: [{ at: day 1, play: grow, stage: snoozed }], profiles: [{ mrr: 1 }], expect: none }",
            &["t:3:18: `until` is missing", "t:3:73: `at` is missing"],
        ),
    ] {
        let mistakes = run_tests(&rules(), &[written(test)]).expect_err(test);
        crate::schema::refuses(&test_schema(), &written(test).text, &mistakes.mistakes);
        assert_eq!(lines(&mistakes.mistakes), expected, "{test}");
    }
}

#[test]
fn a_file_may_say_from_when_days_count_and_who_the_account_is() {
    let text = "start: 2026-03-02\nprofile: { mrr: 2000 }\ntests:\n  a: { events: [{ at: 2026-03-03, type: seat_snapshot, seats_used: 9, seats_licensed: 9 }], expect: [{ signal: seats, at: day 2 }] }\n";
    let file = SourceFile { path: "t".into(), text: text.into() };
    assert_eq!(run_tests(&rules(), &[file]).unwrap().failures, []);
    for (text, expected) in [
        (
            "start: today\ntests: {}\n",
            "t:1:8: `start`: expected a date such as 2026-01-05, found the text \"today\"",
        ),
        ("plays: {}\ntests: {}\n", "t:1:1: unknown key `plays`"),
        ("- a\n", "t:1:1: `a test file`: expected a mapping, found a list"),
    ] {
        let file = SourceFile { path: "t".into(), text: text.into() };
        let mistakes = run_tests(&rules(), &[file]).expect_err(text);
        crate::schema::refuses(&test_schema(), text, &mistakes.mistakes);
        assert_eq!(mistakes.mistakes[0].to_string(), expected);
    }
}

#[test]
fn no_test_file_makes_it_panic() {
    let rules = default_pack().rules;
    let mut ran = 0;
    for (path, text) in default_test_files() {
        let lines: Vec<&str> = text.lines().collect();
        for at in 0..lines.len() {
            // A line that is missing, twice, cut in its middle, or with other values.
            let half: String = lines[at].chars().take(lines[at].chars().count() / 2).collect();
            let twice = format!("{}\n{}", lines[at], lines[at]);
            let other = lines[at].replace("day ", "day -").replace(['1', '5'], "99999");
            for with in ["", &*twice, &*half, &*other] {
                let changed: Vec<&str> = lines
                    .iter()
                    .enumerate()
                    .map(|(line, text)| if line == at { with } else { text })
                    .collect();
                let file = SourceFile { path: (*path).to_owned(), text: changed.join("\n") };
                match run_tests(&rules, &[file]) {
                    Ok(report) => {
                        assert!(report.failures.iter().all(|it| it.line > 0 && !it.expected.is_empty()))
                    }
                    Err(mistakes) => assert!(!mistakes.mistakes.is_empty()),
                }
                ran += 1;
            }
        }
    }
    assert!(ran > 500, "{ran}");
}
