//! What is odd, but allowed: warnings, and hints.

use springtide_rules::compile;

use crate::{files, lines};

const PLAY: &str = "plays:\n  p: { motion: seat, business: [a] }\n";

fn check(text: &str, expected: &[&str]) {
    let pack = compile(&files(&[("r", text)])).unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
    crate::schema::takes(&springtide_rules::rule_schema(), text);
    assert_eq!(lines(&pack.warnings), expected, "{text}");
}

#[test]
fn conditions() {
    for (condition, expected) in [
        ("event.seniority == 'vp'", None),
        ("profile.segment != 'smb'", None),
        ("event.absent == 1", Some("`executive_hired` has no field `absent`: always an error")),
        (
            "event.titel == 'x'",
            Some("`executive_hired` has no field `titel`: always an error (did you mean `title`?)"),
        ),
        ("profile.mmr > 1", Some("the profile has no field `mmr`: always an error (did you mean `mrr`?)")),
        (
            "event.seniority == 'ceo'",
            Some("`event.seniority` is never \"ceo\" (it is one of c_level, vp, director, manager)"),
        ),
        (
            "profile.segment == 'mid-market'",
            Some("`profile.segment` is never \"mid-market\" (did you mean `mid_market`?)"),
        ),
        ("event.type == 'x'", Some("`event.type` is never \"x\" (it is one of executive_hired)")),
        ("event.title == 5", Some("`==` between text and a number: never true")),
        ("event.title > 5", Some("`>` cannot order text and a number: always an error, so never true")),
        ("!event.title", Some("`!` wants true or false, not text: always an error, so never true")),
        ("profile.mrr.x == 1", Some("`.x` wants a map, not a number: always an error, so never true")),
        (
            "profile.renewal_at > profile.signed_up_at",
            Some(
                "`>` does not compare times: always an error, so never true (times enter through `days_since` alone)",
            ),
        ),
        ("event.title + 1 == 2", Some("arithmetic wants a number, not text: always an error, so never true")),
    ] {
        let text = format!(
            "detectors:\n  a:\n    {{ family: business, event: executive_hired, match: {{}}, urgency: low,\n    where: \"{condition}\" }}\n{PLAY}"
        );
        let at = |message: &str| format!("r:4:13: `where`: {message}");
        let column = if condition.starts_with('!') { "r:4:14" } else { "r:4:13" };
        let expected: Vec<String> =
            expected.map(|message| at(message).replace("r:4:13", column)).into_iter().collect();
        check(&text, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn places_inside_expressions_are_those_of_the_file() {
    let text = "\
detectors:
  a:
    family: business
    event: news_published
    match:
    urgency: low
    where: >-
      event.sentiment == \"positive\"
        && event.x1 ==

      1
  b:
    { family: business, event: news_published, match: , urgency: low,
    where: 'event.sentiment == ''positive'' && event.x2 == 1' }
  c:
    { family: business, event: news_published, match: , urgency: low,
    where: \"event.sentiment == \\\"p\\x6fsitive\\\" && event.x3 == 1\" }
  d:
    { family: business, event: news_published, match: , urgency: low,
    where: 'event.headline == \"ö\" && event.x4 == 1' }
  e:
    family: business
    event: news_published
    match:
    urgency: low
    where: |
      event.sentiment ==
        \"positive\"
      && event.x5 == 1
  f:
    family: business
    event: news_published
    match:
    urgency: low
    where: event.sentiment == \"positive\"
      && event.x6 == 1
plays:
  p: { motion: seat, business: [a, b, c, d, e, f] }
";
    let expected: Vec<String> = text
        .lines()
        .enumerate()
        .filter_map(|(line, content)| {
            let at = content.find("event.x")?;
            let (column, name) = (content[..at].chars().count() + 1, &content[at + 6..at + 8]);
            let message = format!("`where`: `news_published` has no field `{name}`: always an error");
            Some(format!("r:{}:{column}: {message}", line + 1))
        })
        .collect();
    assert_eq!(expected.len(), 6);
    check(text, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn unused_and_misplaced_things() {
    check(
        "\
detectors:
  a: { family: product, event: user_activity, match: {}, urgency: low }
  b: { family: business, event: funding_raised, match: {}, urgency: low }
  on: { family: engagement, event: referral_made, match: {}, urgency: low }
  s:
    family: product
    event: user_activity
    spike: { key: user_id, factor: 1, baseline_days: 5, min_days: 6, min_count: 1 }
    urgency: low
gates: { g: true, h: true }
plays:
  p: { motion: seat, product: [a, s], business: [a], boost: [b], gate: g }
scoring: { weights: { potential: 0.5 } }
",
        &[
            "r:4:3: `on` is text here, but a boolean to many other tools (write \"on\")",
            "r:8:67: `min_days`: the 5 `baseline_days` never have 6",
            "r:12:50: `a` is of the product family, listed under `business`",
            "r:12:50: `a` stands in `product` already",
            "r:13:12: the weights add up to 1.1, not to 1",
        ],
    );
}

/// A pack of two detectors, and plays.
fn hints(plays: &str, expected: &[&str]) {
    let text = format!(
        "detectors:\n  a: {{ family: product, event: user_activity, match: , urgency: low }}\n  b: {{ family: business, event: funding_raised, match: , urgency: low }}\n{plays}"
    );
    let pack = compile(&files(&[("r", &text)])).unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
    assert_eq!(lines(&pack.warnings), [""; 0], "{text}");
    assert_eq!(lines(&pack.hints), expected, "{text}");
}

#[test]
fn what_is_likely_a_slip_is_hinted_at() {
    hints(
        "plays:\n  p: { motion: seat, product: [a], business: [b], unless: [], gate: true, window: 1s }\n",
        &[],
    );
    hints("plays:\n  p: { motion: seat, product: [a] }\n", &["r:3:3: no play uses the detector `b`"]);
    hints(
        "gates: { g: profile.mrr > 1 }\nplays:\n  p: { motion: seat, product: [a], business: [b] }\n",
        &["r:4:10: no play uses the gate `g`"],
    );
    hints(
        "plays:\n  p: { motion: seat, product: [a], business: [b], window: 0d }\n  q: { motion: seat, business: [b], window: 0d }\n",
        &["r:5:59: `window`: with 0 both sides must signal at the same instant"],
    );
    hints(
        "plays:\n  p: { motion: seat, product: [a], business: [b], unless: [b] }\n",
        &["r:5:60: `b` stands in `business` too: whenever it signals, `p` can't open"],
    );
    hints(
        "plays:\n  p: { motion: seat, product: [a], business: [b] }\n  q: { motion: usage, business: [b], product: [a] }\n  r: { motion: usage, business: [b], product: [a], gate: profile.mrr > 5 }\n",
        &["r:6:3: `q` needs the same detectors and gate as `p`"],
    );
    hints(
        "gates: { g: 1 > 2 }\nplays:\n  p: { motion: seat, product: [a], business: [b], gate: g }\n  q: { motion: seat, product: [a], gate: 1 < 2 }\n  r: { motion: seat, business: [b], gate: false }\n",
        &[
            "r:4:13: the gate `1 > 2` is true of no account: `p` never opens",
            "r:7:42: the gate `1 < 2` is true of every account",
            "r:8:43: the gate `false` is true of no account: `r` never opens",
        ],
    );
    let pack = compile(&files(&[(
        "r",
        "detectors:\n  a: { family: business, event: earnings_guidance, distinct: { key: direction, at_least: 4, within: 9d }, urgency: low }\nplays:\n  p: { motion: seat, business: [a] }\n",
    )]));
    assert_eq!(lines(&pack.unwrap().hints), ["r:2:90: `at_least`: `direction` has 3 values, and never 4"]);
}

#[test]
fn the_default_pack_has_no_slip() {
    assert_eq!(springtide_rules::default_pack().hints, []);
}
