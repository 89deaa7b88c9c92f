//! Expressions: values over sample data, mistakes, and text that reads back as itself.

use springtide_core::event::{Activity, Champion, Kind, Profile, Segment, Value};
use springtide_core::expr::{Env, Failed, Val};
use springtide_core::time::parse_rfc3339;
use springtide_rules::{Scope, expression};

fn event() -> Activity {
    // title, seniority, department; no name.
    let values = ["VP Sales", "vp", "sales"].map(|text| Value::Text(text.into()));
    Activity {
        at: parse_rfc3339("2026-03-02T12:00:00Z").expect("a timestamp"),
        id: "e1".into(),
        kind: Kind::ExecutiveHired,
        values: [Value::Absent].into_iter().chain(values).collect(),
    }
}

fn profile() -> Profile {
    Profile {
        at: parse_rfc3339("2026-01-01T00:00:00Z").expect("a timestamp"),
        id: "p1".into(),
        name: "Acme".into(),
        domains: vec!["acme.com".into(), "acme.org".into()],
        segment: Segment::MidMarket,
        industry: None,
        plan: Some("pro".into()),
        signed_up_at: None,
        mrr: 500.0,
        currency: "EUR".into(),
        seats_licensed: Some(50.0),
        price_per_seat: None,
        limits: [("api_calls".into(), 1000.0)].into(),
        health_score: Some(70.0),
        first_value_at: parse_rfc3339("2026-02-01T00:00:00Z"),
        renewal_at: None,
        last_expansion_at: None,
        champion: Some(Champion::Strong),
        products: Vec::new(),
        buyer_departments: vec!["sales".into(), "it".into()],
        owners: [("sales".into(), "Ann".into())].into(),
        external_ids: Default::default(),
    }
}

/// The value as text, or the error.
fn value(text: &str, with_profile: bool) -> String {
    let scope = Scope::Where(Kind::ExecutiveHired);
    // A wrapped expression may come to anything.
    let wrapped = format!("[{text}\n] == [true]");
    let expr = expression(&wrapped, scope).unwrap_or_else(|error| panic!("{text}: {error}"));
    let springtide_core::expr::Expr::Compare(_, list, _) = &expr else { panic!("{text}: {expr}") };
    let (event, profile) = (event(), profile());
    let env = Env {
        account: "acme",
        event: Some(&event),
        profile: with_profile.then_some(&profile),
        now: event.at,
    };
    match list.eval(&env) {
        Ok(Val::List(items)) => match &items[..] {
            [Val::Number(number)] => number.to_string(),
            [Val::Text(text)] => text.to_string(),
            [Val::Bool(value)] => value.to_string(),
            other => format!("{other:?}"),
        },
        Ok(other) => format!("{other:?}"),
        Err(Failed::Absent) => "absent".to_owned(),
        Err(Failed::NoProfile) => "no profile".to_owned(),
        Err(Failed::Types) => "types".to_owned(),
    }
}

#[test]
fn values() {
    for (text, expected) in [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 - 2 - 1", "4"),
        ("7 / 2", "3.5"),
        ("1 / 0", "inf"),
        ("-1 / 0", "-inf"),
        ("0 / 0 == 0 / 0", "false"),
        ("0x10", "16"),
        ("1e3", "1000"),
        ("-2 + 1", "-1"),
        ("-profile.mrr", "-500"),
        ("!!true", "true"),
        ("5 == 5.0", "true"),
        ("5 == \"5\"", "false"),
        ("5 != \"5\"", "true"),
        ("5 < \"5\"", "types"),
        ("\"a\" < \"b\"", "true"),
        ("\"a\" + 'b'", "ab"),
        ("\"a\" + 1", "types"),
        ("[1, 2] == [1.0, 2.0]", "true"),
        ("2 in [1, 2]", "true"),
        ("\"x\" in []", "false"),
        ("event.department in profile.buyer_departments", "true"),
        ("\"api_calls\" in profile.limits", "true"),
        ("event.seniority in [\"c_level\", \"vp\"]", "true"),
        ("event.type", "executive_hired"),
        ("event.event_id", "e1"),
        ("event.account_id", "acme"),
        ("event.name == \"x\"", "absent"),
        ("event.name == \"x\" || true", "true"),
        ("true || event.name == \"x\"", "true"),
        ("event.name == \"x\" && false", "false"),
        ("event.name == \"x\" || false", "absent"),
        ("event.absent == 1", "absent"),
        ("1 || true", "true"),
        ("1 && true", "types"),
        ("has(event.name)", "false"),
        ("has(event.title)", "true"),
        ("has(profile.industry)", "false"),
        ("has(profile.absent)", "false"),
        ("has(profile.limits.api_calls)", "true"),
        ("has(profile.limits.other)", "false"),
        ("profile.limits.api_calls", "1000"),
        ("profile.limits[\"api_calls\"]", "1000"),
        ("profile.limits.other", "absent"),
        ("profile.owners.sales", "Ann"),
        ("profile.domains[1]", "acme.org"),
        ("profile.domains[2]", "absent"),
        ("[1, 2][0]", "1"),
        ("size(profile.domains)", "2"),
        ("size(profile.products)", "0"),
        ("size(profile.external_ids)", "0"),
        ("size(\"äö\")", "2"),
        ("profile.domains.size()", "2"),
        ("double(3)", "3"),
        ("event.title.startsWith(\"VP\")", "true"),
        ("event.title.endsWith('x')", "false"),
        ("event.title.contains(\" \")", "true"),
        ("event.title.matches(\"^VP .ales$\")", "true"),
        ("event.title.matches(r'S\\w+s')", "true"),
        ("event.title.matches(\"a\\\\d\")", "false"),
        ("profile.segment == \"mid_market\" ? 1 : 2", "1"),
        ("profile.industry == \"x\" ? 1 : 2", "absent"),
        ("days_since(profile.first_value_at)", "29.5"),
        ("days_since(profile.last_expansion_at)", "inf"),
        ("days_since(profile.renewal_at)", "absent"),
        ("days_since(event.occurred_at)", "0"),
        ("profile.first_value_at == profile.first_value_at", "types"),
        ("profile.plan == \"pro\" // a remark", "true"),
        ("profile.mrr\n  * 12", "6000"),
    ] {
        assert_eq!(value(text, true), expected, "{text}");
    }
}

#[test]
fn without_a_profile_every_field_of_it_is_an_error() {
    for (text, expected) in [
        ("profile.mrr", "no profile"),
        ("has(profile.mrr)", "no profile"),
        ("days_since(profile.last_expansion_at)", "no profile"),
        ("profile.mrr > 1 || true", "true"),
        ("event.title", "VP Sales"),
    ] {
        assert_eq!(value(text, false), expected, "{text}");
    }
}

#[test]
fn printed_expressions_read_back_as_themselves() {
    for text in [
        "profile.health_score > 60 && days_since(profile.last_expansion_at) > 90",
        "true || false && true",
        "(true || false) && !true",
        "!(true && event.title == \"x\")",
        "!has(profile.plan)",
        "profile.mrr * (1 + 0.5) / 2 - -1 >= 3",
        "7 - (2 - 1) == 6",
        "(1 == 1) == true",
        "has(event.name) && event.name in [\"a\", \"b\"]",
        "profile.limits[\"api calls\"] > profile.limits.api",
        "event.title.matches(\"a\\\\d\")",
        "event.title.startsWith(\"V\") ? profile.mrr > 1 : false",
        "size(profile.domains) >= 1",
        "double(profile.mrr) == 1.5e-7",
        "event.absent == 1",
    ] {
        let scope = Scope::Where(Kind::ExecutiveHired);
        let once = expression(text, scope).unwrap_or_else(|error| panic!("{text}: {error}")).to_string();
        let twice = expression(&once, scope).unwrap_or_else(|error| panic!("{once}: {error}")).to_string();
        assert_eq!(once, twice);
        assert_eq!(once, text);
    }
}

/// Everything wrong with an expression, less the file's name.
fn wrong(text: &str, scope: Scope) -> Vec<String> {
    let found = expression(text, scope).expect_err(text);
    let strip = |one: String| one.trim_start_matches("expression:").to_owned();
    found.mistakes.iter().map(|one| strip(one.to_string())).collect()
}

#[test]
fn mistakes() {
    for (text, expected) in [
        ("", "1:1: the expression is empty"),
        ("event.title ==", "1:15: the expression ends too early"),
        ("(event.title", "1:13: the expression ends too early"),
        ("event.title)", "1:12: `)` is not expected here"),
        ("event.title = \"x\"", "1:13: `=` is not expected here (`==` compares)"),
        ("true and true", "1:6: `and` is not expected here (write `&&`, `||` and `!`)"),
        ("not true", "1:5: `true` is not expected here (write `&&`, `||` and `!`)"),
        ("true & true", "1:6: `&` is not expected here (write `&&`, `||` and `!`)"),
        ("\"ö\" == ;", "1:8: `;` is not expected here"),
        ("\"ö\" == nil", "1:8: unknown name `nil` (a field is `profile.nil`, a text \"nil\")"),
        ("true &&\n  event.title ==", "2:17: the expression ends too early"),
        ("true &&\n  titel", "2:3: unknown name `titel` (a field is `profile.titel`, a text \"titel\")"),
        ("event.title == 'x", "1:16: the text that begins here has no closing quote"),
        (
            "event.title.matches('a\\d')",
            "1:23: `\\d` is no escape in a text (`\\\\` is a backslash, r\"…\" a text without escapes)",
        ),
        ("event.title.matches('(')", "1:21: bad pattern: unclosed group"),
        (
            "event.title.matches('a{1000}{1000}{1000}')",
            "1:21: bad pattern: Compiled regex exceeds size limit of 1048576 bytes.",
        ),
        ("event.title.matches(event.name)", "1:21: the pattern of `matches` has to be written out as a text"),
        ("event.title.startswith('x')", "1:13: unknown function `startswith` (did you mean `startsWith`?)"),
        (
            "contains(event.title, 'x')",
            "1:1: unknown function `contains` (it is called on a text, as in `profile.plan.contains(\"…\")`)",
        ),
        ("timestamp('x') == 1", "1:1: unknown function `timestamp` (times enter through `days_since` alone)"),
        ("days_since() > 1", "1:1: `days_since` takes one argument, not 0"),
        ("days_since(5) > 1", "1:12: `days_since` wants a time, such as `profile.renewal_at`"),
        ("has(profile)", "1:5: `has` wants a field, as in `has(profile.plan)`"),
        ("has(event.title.x)", "1:5: `has` wants a field of `event`, of `profile` or of one of its maps"),
        ("event == 1", "1:1: `event` alone is no value (name a field: `event.…`)"),
        ("1 == null", "1:6: there is no null: a null field is absent (`has(…)` tells)"),
        ("1u == 1", "1:1: every number is a double (leave out the `u`)"),
        ("b'x' == 1", "1:1: bytes are not known here"),
        ("{'a': 1} == 1", "1:1: maps and messages cannot be written here"),
        ("profile.mrr % 2 == 0", "1:1: `%` is not known here: every number is a double"),
        ("99999999999999999999 > 1", "1:1: the number is too large"),
        ("1e999 > 1", "1:1: the number is too large"),
        ("5", "1:1: the expression comes to a number, not to true or false"),
        ("event.title", "1:1: the expression comes to text, not to true or false"),
        ("1 + 2", "1:1: the expression comes to a number, not to true or false"),
        (
            "profile.domains.exists(d, d == 'x')",
            "1:1: `all`, `exists`, `exists_one`, `map` and `filter` are not known here \
             (`in` looks for a value in a list)",
        ),
    ] {
        assert_eq!(wrong(text, Scope::Where(Kind::ExecutiveHired)), [expected], "{text}");
    }
}

#[test]
fn every_mistake_of_an_expression_is_told() {
    assert_eq!(
        wrong("nil == 1 && days_since(5) > null", Scope::Gate),
        [
            "1:1: unknown name `nil` (a field is `profile.nil`, a text \"nil\")",
            "1:24: `days_since` wants a time, such as `profile.renewal_at`",
            "1:29: there is no null: a null field is absent (`has(…)` tells)",
        ]
    );
}

#[test]
fn scopes_differ() {
    let no_event = ["1:1: `event` is known in a detector's `where` only"];
    assert_eq!(wrong("event.title == 'x'", Scope::Gate), no_event);
    assert_eq!(wrong("event.score", Scope::Value), no_event);
    assert_eq!(wrong("true", Scope::Value), ["1:1: the expression comes to true or false, not to a number"]);
    assert!(expression("profile.mrr * 12", Scope::Value).is_ok());
    assert!(expression("profile.mrr > 12", Scope::Gate).is_ok());
}

#[test]
fn size_and_nesting_are_bounded() {
    let check = |text: String, expected: Option<&str>| {
        let result =
            expression(&text, Scope::Gate).map(drop).map_err(|error| error.mistakes[0].message.clone());
        let start: String = text.chars().take(20).collect();
        assert_eq!(result.err().as_deref(), expected, "{start}… of {} bytes", text.len());
    };
    let deep = Some("the expression is nested too deeply");
    let nested =
        |open: &str, times: usize, core: &str, close: &str| open.repeat(times) + core + &close.repeat(times);
    check(nested("(", 30, "true", ")"), None);
    check(nested("(", 4_000, "true", ")"), deep);
    check("(".repeat(5_000), deep);
    check(nested("!", 5_000, "true", ""), deep);
    check(nested("true ? true : ", 80, "true", ""), None);
    check(nested("true ? true : ", 700, "true", ""), deep);
    check(nested("1 + ", 150, "1", "") + " > 0", None);
    check(nested("1 + ", 2_400, "1", ""), deep);
    check(nested("1 in ", 1_900, "[1]", ""), deep);
    check(nested("size([", 900, "1", "])"), deep);
    check("true && ".repeat(1_200) + "true", None);
    check("true || true && ".repeat(600) + "true", None);
    check(format!("profile.plan in [{}]", ["'x'"; 1_900].join(", ")), None);
    check("x".repeat(10_001), Some("the expression is longer than 10000 bytes"));
}
