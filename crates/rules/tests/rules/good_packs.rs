//! Packs that compile: what comes out of them, and what their fingerprints depend on.

use springtide_core::event::{Key, Kind, ProfileField};
use springtide_core::rules::{Calendar, Motion, Scoring, Source, Span, Test, defaults};
use springtide_core::time::{DAY_MS, day_of_date};
use springtide_rules::{Pack, compile, default_files, default_pack, default_test_files};

use crate::files;

fn pack(texts: &[(&str, &str)]) -> Pack {
    let pack = compile(&files(texts)).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    texts.iter().for_each(|(_, text)| crate::schema::takes(&springtide_rules::rule_schema(), text));
    pack
}

const EVERY_KIND: &str = r#"
calendar: { holidays: [2026-12-25, "2026-12-28"] }
detectors:
  a: { family: product, event: seat_snapshot, ratio: { at_least: 0.9 }, urgency: high }
  b: { family: product, event: overage_charged, distinct: { key: event_id, at_least: 2, within: 60d }, urgency: high }
  c:
    family: product
    event: user_activity
    spike: { key: user_id, factor: 1.5, baseline_days: 28, min_days: 7, min_count: 10 }
    urgency: medium
  d: { family: product, event: meter_reading, trend: { growth: 0.10, periods: 3 }, urgency: medium }
  e:
    family: product
    event: user_activity
    regulars: { key: user_id, at_least: 5, active_days: 4, within_days: 7 }
    urgency: medium
  f: { family: product, event: feature_used, first: { key: feature }, urgency: medium }
  g:
    family: business
    event: job_posted
    where: event.department in profile.buyer_departments
    distinct: { key: posting_id, at_least: 3, within: 30d, group_by: department }
    urgency: low
  h: { family: business, before: { field: renewal_at, days: 90 }, urgency: medium }
  i: { family: engagement, event: nps_response, where: event.score >= 9, match: , urgency: medium }
gates:
  proven: profile.health_score > 60
plays:
  full:
    motion: cross_sell
    product: [a, b, c, d]
    business: [g]
    boost: [i]
    unless: [e, f]
    unless_within: 7d
    window: 5bd
    gate: proven
    cooldown: 12h
    dismissed_for: 15m
    in_progress_for: 90s
    after_expansion: 0d
    act_within: 14d
    value: profile.mrr * 12.0 * 0.20
    route: { role: r, by_segment: { smb: self_serve }, over_value: { amount: 50000, role: sales } }
    guide: { outreach: Write., discovery: [Why?], objections: [], by_segment: { enterprise: Call. } }
  least: { motion: seat, business: [h] }
  fixed: { motion: seat, business: [h], gate: true, value: 5000 }
scoring:
  weights: { potential: 0.5, health: 0.2 }
  potential: [[0, 0], [10, 100]]
  relationship: { per_boost: 5 }
"#;

#[test]
fn everything_that_a_pack_can_say_is_compiled() {
    let Pack { rules, warnings, .. } = pack(&[("r", EVERY_KIND)]);
    assert_eq!(warnings, []);
    let tests: Vec<_> = rules
        .detectors
        .iter()
        .filter_map(|detector| match &detector.source {
            Source::Events { test, .. } => Some(test.clone()),
            Source::Timer { .. } => None,
        })
        .collect();
    let department = Kind::JobPosted.field("department").map(Key::Field);
    let user = Key::Field(0);
    assert_eq!(
        tests,
        [
            Test::Ratio { at_least: 0.9 },
            Test::Distinct { key: Key::EventId, at_least: 2, within_ms: 60 * DAY_MS, group_by: None },
            Test::Spike { key: user, factor: 1.5, baseline_days: 28, min_days: 7, min_count: 10.0 },
            Test::Trend { growth: 0.1, periods: 3 },
            Test::Regulars { key: user, at_least: 5, active_days: 4, within_days: 7 },
            Test::First { key: Key::Field(0) },
            Test::Distinct { key: Key::Field(0), at_least: 3, within_ms: 30 * DAY_MS, group_by: department },
            Test::Match,
        ]
    );
    let timer = &rules.detectors[7].source;
    assert!(
        matches!(timer, Source::Timer { field: ProfileField::RenewalAt, lead_ms } if *lead_ms == 90 * DAY_MS)
    );

    let [fixed, full, least] = &rules.plays[..] else { panic!("three plays") };
    assert_eq!(
        (full.motion, &full.product[..], &full.unless[..]),
        (Motion::CrossSell, &[0, 1, 2, 3][..], &[4, 5][..])
    );
    assert_eq!((full.window, full.act_within), (Span::BusinessDays(5), Span::Time(14 * DAY_MS)));
    assert_eq!(
        [full.cooldown_ms, full.dismissed_for_ms, full.in_progress_for_ms],
        [43_200_000, 900_000, 90_000]
    );
    assert_eq!(full.gate.to_string(), "profile.health_score > 60");
    assert_eq!(full.route.over_value, Some((50_000.0, "sales".into())));
    assert_eq!(&*full.guide.by_segment["enterprise"], "Call.");
    assert_eq!(least.gate.to_string(), defaults::GATE);
    assert_eq!((least.window, least.cooldown_ms), (defaults::WINDOW, defaults::COOLDOWN_MS));
    assert_eq!(fixed.value.as_ref().map(ToString::to_string).as_deref(), Some("5000"));
    assert_eq!(fixed.gate.to_string(), "true");

    let expected =
        Scoring { potential_weight: 0.5, health_weight: 0.2, per_boost: 5.0, ..Scoring::default() };
    assert_eq!(rules.scoring, Scoring { potential: vec![(0.0, 0.0), (10.0, 100.0)], ..expected });
    let holidays = [(2026, 12, 25), (2026, 12, 28)].map(|(y, m, d)| day_of_date(y, m, d).expect("a date"));
    assert_eq!(rules.calendar, Calendar::new(holidays.to_vec()));
}

#[test]
fn the_default_pack_is_whole_and_without_warnings() {
    let embedded = |files: &[(&'static str, &'static str)]| {
        let mut paths: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
        paths.sort_unstable();
        paths
    };
    // Asked for when run, not when compiled: checkouts that share a target folder share what was compiled.
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let root = format!("{package}/packs/default");
    for (files, read) in [
        (default_files(), springtide_rules::read_files as fn(&std::path::Path) -> _),
        (default_test_files(), springtide_rules::read_test_files),
    ] {
        let on_disk = read(root.as_ref()).expect("the folder is part of the sources");
        let mut paths: Vec<&str> = on_disk.iter().map(|file| &file.path[root.len() + 1..]).collect();
        paths.sort_unstable();
        assert_eq!(embedded(files), paths, "every file of the folder is embedded");
    }

    let pack = default_pack();
    assert_eq!(pack.warnings, []);
    assert_eq!((pack.rules.detectors.len(), pack.rules.plays.len()), (35, 7));
    assert_eq!(pack.rules.scoring, Scoring::default());
}

#[test]
fn nothing_is_a_pack_too() {
    for text in ["", "# nothing yet\n", "---\n", "plays:\ngates: {}\n", "\u{feff}plays:\n"] {
        assert_eq!(pack(&[("r", text)]).rules.plays.len(), 0, "{text:?}");
    }
}

#[test]
fn values_may_be_anchored_and_strings_tagged() {
    let text = "
detectors:
  a: &same { family: !!str business, event: funding_raised, match: {}, urgency: high }
  b: *same
plays:
  p: { motion: seat, business: &both [a, b] }
  q: { motion: seat, business: *both }
";
    assert_eq!(pack(&[("r", text)]).rules.plays[1].business, [0, 1]);
}

const A: &str = "detectors:\n  a: { family: business, event: funding_raised, match: {}, urgency: high }\n";
const PLAY: &str = "plays:\n  p: { motion: seat, business: [a], window: 5d }\n";

#[test]
fn the_version_is_that_of_the_content() {
    let whole = pack(&[("r", &(A.to_owned() + PLAY))]);
    assert_eq!(whole.rules.version.len(), 12);
    let same: [&[(&str, &str)]; 3] = [
        &[("x/play.yaml", PLAY), ("a.yaml", A)],
        &[
            (
                "a.yaml",
                "# a remark\ndetectors: {a: {match: , urgency: 'high', event: funding_raised, family: business}}",
            ),
            ("b", PLAY),
        ],
        &[
            ("a", A),
            ("b", "plays:\n  p:\n    window: >-\n      5d\n    motion: seat\n    business:\n    - a\n"),
        ],
    ];
    for texts in same {
        assert_eq!(pack(texts).rules.version, whole.rules.version, "{texts:?}");
    }
    assert_ne!(pack(&[("a", A), ("b", &PLAY.replace("seat", "usage"))]).rules.version, whole.rules.version);
}

#[test]
fn the_history_is_that_of_signals_and_windows() {
    let history = |more: &str, detector: &str| {
        let play = PLAY.replace("window: 5d", more);
        pack(&[("a", detector), ("b", &play), ("c", "calendar: { holidays: [2026-12-25] }")]).history
    };
    let plain = history("window: 5d", A);
    for same in [
        "cooldown: 30d",
        "gate: true",
        "value: 5",
        "act_within: 1d",
        "route: { role: x }",
        "guide: { close: x }",
    ] {
        assert_eq!(history(same, A), plain, "{same}");
    }
    for other in
        ["window: 6d", "cooldown: 1d", "unless: [a]", "boost: [a]", "window: 5bd", "dismissed_for: 1d"]
    {
        assert_ne!(history(other, A), plain, "{other}");
    }
    assert_ne!(
        history("window: 5d", &A.replace("match: {}", "match: {}, where: event.round == \"a\"")),
        plain
    );
}
