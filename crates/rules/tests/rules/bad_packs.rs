//! Packs that are refused: every mistake, at its line and column.

use crate::{files, lines, mistakes};

/// One mistake in a detector, written on line 2 from column 8 on.
fn detector(text: &str, expected: &[&str]) {
    let found = mistakes(&format!("detectors:\n  a: {{ {text} }}\n"));
    assert_eq!(found, expected, "{text}");
}

/// One mistake in a play, written on line 3 from column 8 on.
fn play(text: &str, expected: &[&str]) {
    let found = mistakes(&format!(
        "detectors: {{ a: {{ family: business, event: funding_raised, match: , urgency: low }} }}\nplays:\n  p: {{ {text} }}\n"
    ));
    assert_eq!(found, expected, "{text}");
}

/// A whole file.
fn file(text: &str, expected: &[&str]) {
    assert_eq!(mistakes(text), expected, "{text:?}");
}

#[test]
fn yaml() {
    file("a: [1", &["r:2:1: not YAML: while parsing a flow sequence, expected ',' or ']'"]);
    file(
        "detectors:\n\ta: 1\n",
        &["r:2:2: not YAML: tabs disallowed within this context (block indentation)"],
    );
    file("plays:\n---\nplays:\n", &["r:2:1: a second document begins here; a file holds one"]);
    file(
        "- a\n",
        &[
            "r:1:1: a rule file is a mapping, not a list (of detectors, gates, plays, scoring, calendar, drafts)",
        ],
    );
    file(
        "x",
        &[
            "r:1:1: a rule file is a mapping, not the text \"x\" (of detectors, gates, plays, scoring, calendar, drafts)",
        ],
    );
    file("detectors: 5\n", &["r:1:12: `detectors`: expected a mapping, found the number `5`"]);
    file("plays:\nplays:\n", &["r:2:1: `plays` is given twice (first at r:1:1)"]);
    file("? [a]\n: 1\n", &["r:1:3: expected a name as key, found a list"]);
    file("gates: { a: !odd true }\n", &["r:1:13: tags such as `!odd` have no meaning here"]);
    file("a: &a [*a]\n", &["r:1:8: an alias inside the very value it stands for"]);
    file("a: *b\n", &["r:1:4: not YAML: while parsing node, found unknown anchor"]);
    file("detector: {}\n", &["r:1:1: unknown key `detector` (did you mean `detectors`?)"]);
    file(
        "tests: {}\n",
        &["r:1:1: unknown key `tests` (tests stand in files of their own, named `*.test.yaml`)"],
    );
    file(
        "gates: { '': true }\n",
        &["r:1:10: \"\" is no name (up to 100 bytes, no control characters, no blanks around it)"],
    );
}

#[test]
fn yaml_is_bounded() {
    let message = |text: String| mistakes(&text)[0].clone();
    let deep = |line, column| format!("r:{line}:{column}: nested more than 32 deep");
    assert_eq!(message("- ".repeat(100_000)), deep(1, 65));
    assert_eq!(message("[".repeat(40)), deep(1, 33));
    assert_eq!(message("[".repeat(100_000)), "r:1:256: not YAML: recursion limit exceeded");
    assert_eq!(message((0..1_000).map(|at| " ".repeat(at) + "a:\n").collect()), deep(33, 33));
    let level = |at: usize| format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 9].join(","));
    let bomb = "a0: &a0 [x]\n".to_owned() + &(1..30).map(level).collect::<String>();
    assert!(message(bomb).ends_with("more than 100000 values, counting those that aliases repeat"));
    assert_eq!(message("#".repeat((1 << 20) + 1)), "r:1:1: the file is longer than 1048576 bytes");
}

#[test]
fn detectors() {
    detector(
        "",
        &[
            "r:2:3: `event` is missing",
            "r:2:3: `family` is missing",
            "r:2:3: `urgency` is missing",
            "r:2:3: the kind of detector is missing (one of match, ratio, distinct, spike, trend, first, before, regulars)",
        ],
    );
    detector(
        "match: {}",
        &["r:2:3: `event` is missing", "r:2:3: `family` is missing", "r:2:3: `urgency` is missing"],
    );
    detector(
        "family: busines, urgency: urgent, event: job_post, match: {}",
        &[
            "r:2:16: `family`: expected one of `product`, `business`, `engagement`, found the text \"busines\" (did you mean `business`?)",
            "r:2:34: `urgency`: expected one of `low`, `medium`, `high`, found the text \"urgent\"",
            "r:2:49: unknown event type `job_post` (did you mean `job_posted`?)",
        ],
    );
    detector(
        "family: business, urgency: low, event: job_posted",
        &[
            "r:2:3: the kind of detector is missing (one of match, ratio, distinct, spike, trend, first, before, regulars)",
        ],
    );
    detector(
        "family: business, urgency: low, event: job_posted, match: {}, first: { key: title }",
        &["r:2:70: a detector has one kind, and this one has `match` already"],
    );
    detector(
        "family: business, urgency: low, event: job_posted, match: {}, wher: true",
        &["r:2:70: unknown key `wher` (did you mean `where`?)"],
    );
    detector(
        "family: business, urgency: low, event: job_posted, match: { at_least: 1 }",
        &["r:2:68: unknown key `at_least`"],
    );
    detector(
        "family: business, urgency: low, event: job_posted, match: 5",
        &["r:2:66: `match`: expected a mapping, found the number `5`"],
    );
    detector(
        "family: business, urgency: low, event: job_posted, first: { key: titel }",
        &["r:2:73: `key`: `job_posted` has no field `titel` (did you mean `title`?)"],
    );
    detector(
        "family: business, urgency: low, event: job_posted, first: { key: score }",
        &[
            "r:2:73: `key`: `job_posted` has no field `score` (it has posting_id, title, department, event_id)",
        ],
    );
    detector(
        "family: business, urgency: low, event: job_posted, first: { key: 5 }",
        &["r:2:73: `key`: expected text, found the number `5` (put it in quotes if it is meant)"],
    );
    detector("family: business, urgency: low, event: job_posted, first: {}", &["r:2:59: `key` is missing"]);
    detector(
        "family: business, urgency: low, event: job_posted, ratio: { at_least: 0.5 }",
        &["r:2:59: `job_posted` has no usage for `ratio` to read (`seat_snapshot` and `meter_reading` have)"],
    );
    detector(
        "family: business, urgency: low, event: job_posted, trend: { growth: 0.5, periods: 1 }",
        &["r:2:59: `job_posted` has no usage for `trend` to read (`seat_snapshot` and `meter_reading` have)"],
    );
    detector(
        "family: product, urgency: low, event: seat_snapshot, ratio: { at_least: 0 }",
        &["r:2:80: `at_least`: expected a number above 0, found the number `0`"],
    );
    detector(
        "family: product, urgency: low, event: seat_snapshot, ratio: { at_least: '0.9' }",
        &["r:2:80: `at_least`: expected a number above 0, found the text \"0.9\""],
    );
    detector(
        "family: product, urgency: low, event: seat_snapshot, trend: { growth: .nan, periods: 1.5 }",
        &[
            "r:2:78: `growth`: expected a number, found the number `.nan`",
            "r:2:93: `periods`: expected a whole number from 1 to 520, found the number `1.5`",
        ],
    );
    detector(
        "family: product, urgency: low, event: user_activity, distinct: { key: user_id, at_least: 0, within: 0d, group_by: x }",
        &[
            "r:2:97: `at_least`: expected a whole number, 1 or more, found the number `0`",
            "r:2:108: `within`: expected a duration above 0, found the text \"0d\"",
            "r:2:122: `group_by`: `user_activity` has no field `x` (it has user_id, event_id)",
        ],
    );
    detector(
        "family: product, urgency: low, event: user_activity, distinct: { key: user_id, at_least: 2, within: 5bd }",
        &[
            "r:2:108: `within`: expected a duration such as 90s, 15m, 6h or 5d, found the text \"5bd\" (business days are for `window` and `act_within` only)",
        ],
    );
    detector(
        "family: product, urgency: low, event: user_activity, distinct: { key: user_id, at_least: 2, within: 60 }",
        &["r:2:108: `within`: expected a duration such as 90s, 15m, 6h or 5d, found the number `60`"],
    );
    detector(
        "family: product, urgency: low, event: user_activity, spike: { key: user_id, factor: -1, baseline_days: 0, min_days: 0, min_count: x }",
        &[
            "r:2:92: `factor`: expected a number, 0 or more, found the number `-1`",
            "r:2:111: `baseline_days`: expected a whole number from 1 to 36500, found the number `0`",
            "r:2:124: `min_days`: expected a whole number from 1 to 36500, found the number `0`",
            "r:2:138: `min_count`: expected a number, 0 or more, found the text \"x\"",
        ],
    );
    detector(
        "family: product, urgency: low, event: user_activity, regulars: { key: user_id, at_least: 1, active_days: 8, within_days: 7 }",
        &["r:2:113: `active_days`: expected a whole number from 1 to 7, found the number `8`"],
    );
    detector(
        "family: business, urgency: low, before: { field: mrr, days: 0 }",
        &[
            "r:2:57: `field`: expected one of `signed_up_at`, `first_value_at`, `renewal_at`, `last_expansion_at`, found the text \"mrr\"",
            "r:2:68: `days`: expected a whole number from 1 to 36500, found the number `0`",
        ],
    );
    detector(
        "family: business, urgency: low, before: { field: renewl_at, days: 90 }",
        &[
            "r:2:57: `field`: expected one of `signed_up_at`, `first_value_at`, `renewal_at`, `last_expansion_at`, found the text \"renewl_at\" (did you mean `renewal_at`?)",
        ],
    );
    detector(
        "family: business, urgency: low, event: job_posted, where: true, before: { field: renewal_at, days: 90 }",
        &[
            "r:2:40: `before` reads the profile's dates and takes no `event`",
            "r:2:59: `before` reads the profile's dates and takes no `where`",
        ],
    );
    detector(
        "family: business, urgency: low, event: job_posted, match: {}, where: event.title ==",
        &["r:2:91: `where`: the expression ends too early"],
    );
    detector(
        "family: business, urgency: low, event: job_posted, match: {}, where: event.title",
        &["r:2:77: `where`: the expression comes to text, not to true or false"],
    );
    detector(
        "family: business, urgency: low, event: job_posted, match: {}, where: ",
        &["r:2:75: `where`: expected an expression, found nothing"],
    );
    detector(
        "family: business, urgency: low, event: job_posted, match: {}, where: [a]",
        &["r:2:77: `where`: expected an expression, found a list"],
    );
}

#[test]
fn plays() {
    play("motion: seat", &["r:3:3: a play needs `product` or `business` detectors"]);
    play("motion: seat, product: [], business: ", &["r:3:3: a play needs `product` or `business` detectors"]);
    play(
        "motion: seats, business: [a]",
        &[
            "r:3:16: `motion`: expected one of `seat`, `upsell`, `cross_sell`, `usage`, `add_on`, found the text \"seats\" (did you mean `seat`?)",
        ],
    );
    play("business: [a]", &["r:3:3: `motion` is missing"]);
    play("motion: seat, business: a", &["r:3:32: `business`: expected a list, found the text \"a\""]);
    play("motion: seat, business: [a, a]", &["r:3:36: the text \"a\" stands in `business` twice"]);
    play(
        "motion: seat, business: [a, b1, 5], boost: [ab]",
        &[
            "r:3:36: unknown detector `b1`",
            "r:3:40: `business`: expected text, found the number `5` (put it in quotes if it is meant)",
            "r:3:52: unknown detector `ab`",
        ],
    );
    play("motion: seat, business: [a], gate: provn", &["r:3:43: unknown gate `provn`"]);
    play(
        "motion: seat, business: [a], gate: event.x == 1",
        &["r:3:43: `gate`: `event` is known in a detector's `where` only"],
    );
    play(
        "motion: seat, business: [a], gate: profile.mrr",
        &["r:3:43: `gate`: the expression comes to a number, not to true or false"],
    );
    play(
        "motion: seat, business: [a], value: profile.plan",
        &["r:3:44: `value`: the expression comes to text, not to a number"],
    );
    play("motion: seat, business: [a], value: a lot", &["r:3:46: `value`: `lot` is not expected here"]);
    play(
        "motion: seat, business: [a], window: 5w, cooldown: 5bd, act_within: soon, dismissed_for: 1.5d",
        &[
            "r:3:45: `window`: expected a duration such as 90s, 15m, 6h, 5d or 5bd (business days), found the text \"5w\"",
            "r:3:59: `cooldown`: expected a duration such as 90s, 15m, 6h or 5d, found the text \"5bd\" (business days are for `window` and `act_within` only)",
            "r:3:76: `act_within`: expected a duration such as 90s, 15m, 6h, 5d or 5bd (business days), found the text \"soon\"",
            "r:3:97: `dismissed_for`: expected a duration such as 90s, 15m, 6h or 5d, found the text \"1.5d\"",
        ],
    );
    play("motion: seat, business: [a], windw: 5d", &["r:3:37: unknown key `windw` (did you mean `window`?)"]);
    play(
        "motion: seat, business: [a], route: { rol: x, by_segment: { smbs: y, emea: z }, over_value: { amount: -1 } }",
        &[
            "r:3:46: unknown key `rol` (did you mean `role`?)",
            "r:3:68: unknown segment `smbs` (did you mean `smb`?)",
            "r:3:77: unknown segment `emea` (one of enterprise, mid_market, smb)",
            "r:3:88: `role` is missing",
            "r:3:110: `amount`: expected a number, 0 or more, found the number `-1`",
        ],
    );
    play(
        "motion: seat, business: [a], guide: { outreach: [x], discovery: x, close: 5, by_segment: { smb: 5 } }",
        &[
            "r:3:56: `outreach`: expected text, found a list",
            "r:3:72: `discovery`: expected a list, found the text \"x\"",
            "r:3:82: `close`: expected text, found the number `5` (put it in quotes if it is meant)",
            "r:3:104: `smb`: expected text, found the number `5` (put it in quotes if it is meant)",
        ],
    );
}

#[test]
fn scoring_and_calendar() {
    file("scoring: { weight: {} }\n", &["r:1:12: unknown key `weight` (did you mean `weights`?)"]);
    file(
        "scoring: { weights: { potential: -1, helth: 1, timing: x } }\n",
        &[
            "r:1:34: `potential`: expected a number, 0 or more, found the number `-1`",
            "r:1:38: unknown key `helth` (did you mean `health`?)",
            "r:1:56: `timing`: expected a number, 0 or more, found the text \"x\"",
        ],
    );
    file(
        "scoring: { potential: [] }\n",
        &["r:1:23: `potential`: expected at least one [input, points], found a list"],
    );
    file(
        "scoring: { potential: [[0, 0], [5, 10], [5, 20], [1, 30]] }\n",
        &[
            "r:1:41: `potential`: 5 is not above the input before it (sort the points by input)",
            "r:1:50: `potential`: 1 is not above the input before it (sort the points by input)",
        ],
    );
    file(
        "scoring: { timing: [[0], 5, [1, 101], [x, 2]] }\n",
        &[
            "r:1:21: `timing`: expected a pair [input, points], found a list of 1",
            "r:1:26: `timing`: expected a pair [input, points], found the number `5`",
            "r:1:33: `timing`: expected points from 0 to 100, found the number `101`",
            "r:1:40: `timing`: expected a number, found the text \"x\"",
        ],
    );
    file(
        "scoring: { relationship: { weak: 101, per_boots: 1 } }\n",
        &[
            "r:1:34: `weak`: expected points from 0 to 100, found the number `101`",
            "r:1:39: unknown key `per_boots` (did you mean `per_boost`?)",
        ],
    );
    file(
        "calendar: { holidays: [2026-02-30, 5, x], holiday: [] }\n",
        &[
            "r:1:24: `holidays`: expected a date such as 2026-12-25, found the text \"2026-02-30\"",
            "r:1:36: `holidays`: expected a date such as 2026-12-25, found the number `5`",
            "r:1:39: `holidays`: expected a date such as 2026-12-25, found the text \"x\"",
            "r:1:43: unknown key `holiday` (did you mean `holidays`?)",
        ],
    );
    file(
        "calendar: { holidays: 2026-12-25 }\n",
        &["r:1:23: `holidays`: expected a list, found the text \"2026-12-25\""],
    );
}

#[test]
fn gates() {
    file(
        "gates: { g: profile.mrr >, h: 5, i: , j: [x] }\n",
        &[
            "r:1:26: `g`: the expression ends too early",
            "r:1:31: `h`: the expression comes to a number, not to true or false",
            "r:1:35: `i`: expected an expression, found nothing",
            "r:1:42: `j`: expected an expression, found a list",
        ],
    );
}

#[test]
fn mistakes_of_all_files_are_reported_in_order() {
    let found = springtide_rules::compile(&files(&[
        ("b.yaml", "detectors:\n  a: { family: business, event: funding_raised, match: {}, urgency: low }\nplays: 5\n"),
        ("a.yaml", "plays:\n  p: { motion: sea, business: [x] }\ndetectors:\n  a: { family: b }\n"),
        ("c.yaml", "plays:\n  p: {}\ngates:\n  g: {}\nscoring: { timing: [] }\n"),
        ("d.yaml", "scoring: { timing: [[0, 0]] }\n"),
    ]))
    .expect_err("mistakes");
    assert_eq!(
        lines(&found.mistakes),
        [
            "a.yaml:2:16: `motion`: expected one of `seat`, `upsell`, `cross_sell`, `usage`, `add_on`, found the text \"sea\" (did you mean `seat`?)",
            "a.yaml:2:32: unknown detector `x`",
            "a.yaml:4:3: `event` is missing",
            "a.yaml:4:3: `urgency` is missing",
            "a.yaml:4:3: the kind of detector is missing (one of match, ratio, distinct, spike, trend, first, before, regulars)",
            "a.yaml:4:16: `family`: expected one of `product`, `business`, `engagement`, found the text \"b\"",
            "b.yaml:2:3: `a` is defined twice (first at a.yaml:4:3)",
            "b.yaml:3:8: `plays`: expected a mapping, found the number `5`",
            "c.yaml:2:3: `p` is defined twice (first at a.yaml:2:3)",
            "c.yaml:4:6: `g`: expected an expression, found a mapping",
            "c.yaml:5:20: `timing`: expected at least one [input, points], found a list",
            "d.yaml:1:12: `timing` is defined twice (first at c.yaml:5:12)"
        ]
    );
    assert_eq!(
        lines(&found.hints),
        ["a.yaml:4:3: no play uses the detector `a`", "c.yaml:4:3: no play uses the gate `g`"]
    );
}

#[test]
fn what_an_unreadable_file_may_define_is_not_called_unknown() {
    let found = springtide_rules::compile(&files(&[
        ("a", "detectors:\n  a: [\n"),
        ("b", "plays:\n  p: { motion: seat, business: [a], gate: not_blamed }\ngates: { g: true }\n"),
    ]))
    .expect_err("a mistake");
    assert_eq!(
        lines(&found.mistakes),
        ["a:3:1: not YAML: while parsing a node, did not find expected node content"]
    );
    assert_eq!(lines(&found.warnings), [""; 0]);
}
