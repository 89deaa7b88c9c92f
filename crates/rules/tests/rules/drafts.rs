//! Templates of draft messages: what they may say, mistakes in them, and that what ships is whole.

use std::collections::BTreeSet;
use std::path::Path;

use springtide_core::rules::{Drafts, Part, Piece, Placeholder, Template};
use springtide_rules::{compile, default_files, default_pack};

use crate::{files, mistakes};

const PLAYS: &str = "detectors: { a: { family: business, event: funding_raised, match: , urgency: low } }\n\
                     plays: { p: { motion: seat, business: [a] }, q: { motion: seat, business: [a] } }\n";

fn drafts(text: &str) -> Drafts {
    compile(&files(&[("plays", PLAYS), ("r", text)])).unwrap().drafts
}

fn text(text: &str) -> Piece {
    Piece::Text(text.into())
}

#[test]
fn a_template_has_text_placeholders_and_other_wordings() {
    let all = drafts(
        "drafts:\n  p:\n    subject: '{used} of {limit}'\n    connect: [Hello, 'a {{b}} c{owner}']\n\
         \x20   present: [['{office}', none]]\n    quantify: []\n    prove:\n    propose: ['{ratio}{left}']\n",
    );
    let value = Piece::Value;
    let expected = Template {
        subject: vec![vec![value(Placeholder::Used), text(" of "), value(Placeholder::Limit)]],
        parts: [
            vec![vec![vec![text("Hello")]], vec![vec![text("a {b} c"), value(Placeholder::Owner)]]],
            vec![vec![vec![value(Placeholder::Office)], vec![text("none")]]],
            vec![],
            vec![],
            vec![vec![vec![value(Placeholder::Ratio), value(Placeholder::Left)]]],
        ],
    };
    assert_eq!(all.of("p"), ("p", &expected));
    assert_eq!(all.of("q"), ("default", &default_pack().drafts.default), "what ships is there for the rest");
    assert_eq!(drafts("calendar: {}\n"), default_pack().drafts, "and for a pack without");
}

#[test]
fn mistakes_are_told_at_their_place() {
    let parts = "subject: s, connect: , present: , quantify: , prove: , propose: ";
    for (drafts, expected) in [
        (
            format!("{{ default: {{ {parts}['{{usd}}'] }} }}"),
            &["r:1:87: `propose`: unknown placeholder `{usd}` (did you mean `used`?)"][..],
        ),
        (
            format!("{{ default: {{ {parts}['{{price}}'] }} }}"),
            &["r:1:87: `propose`: unknown placeholder `{price}` (docs/drafts.md lists them)"],
        ),
        (
            format!("{{ default: {{ {parts}[[a, 'b {{'], 'c }}'] }} }}"),
            &[
                "r:1:91: `propose`: a `{` that is not closed (write `{{` and `}}` for braces that are meant)",
                "r:1:99: `propose`: a `}` that closes nothing (write `{{` and `}}` for braces that are meant)",
            ],
        ),
        (
            "{ default: { subject: 5, connect: a, presents: } }".to_owned(),
            &[
                "r:1:11: `present` is missing",
                "r:1:11: `propose` is missing",
                "r:1:11: `prove` is missing",
                "r:1:11: `quantify` is missing",
                "r:1:31: `subject`: expected text, found the number `5` (put it in quotes if it is meant)",
                "r:1:43: `connect`: expected a list, found the text \"a\"",
                "r:1:46: unknown key `presents` (did you mean `present`?)",
            ],
        ),
        (format!("{{ seats: {{ {parts}}} }}"), &["r:1:11: unknown play `seats`"]),
        (
            format!("{{ defualt: {{ {parts}}} }}"),
            &["r:1:11: unknown play `defualt` (did you mean `default`?)"],
        ),
    ] {
        assert_eq!(mistakes(&format!("drafts: {drafts}\n")), expected, "{drafts}");
    }
}

#[test]
fn drafts_are_no_part_of_what_the_rules_say() {
    let without: Vec<(&str, &str)> =
        default_files().iter().copied().filter(|(path, _)| *path != "drafts.yaml").collect();
    let (without, with) = (compile(&files(&without)).unwrap(), default_pack());
    assert_eq!((&without.rules.version, &without.history), (&with.rules.version, &with.history));
}

#[test]
fn each_play_that_ships_has_a_template_and_each_part_a_word() {
    let pack = default_pack();
    let plays: BTreeSet<&str> = pack.rules.plays.iter().map(|play| &*play.name).collect();
    assert_eq!(pack.drafts.plays.keys().map(|name| &**name).collect::<BTreeSet<_>>(), plays);
    for (name, template) in
        pack.drafts.plays.iter().map(|(name, it)| (&**name, it)).chain([("default", &pack.drafts.default)])
    {
        for (part, lines) in Part::ALL.iter().zip(&template.parts) {
            assert!(!lines.is_empty(), "{name}: {}", part.name());
        }
        let asked: Vec<Placeholder> = template
            .parts
            .iter()
            .flatten()
            .chain([&template.subject])
            .flatten()
            .flatten()
            .filter_map(|piece| match piece {
                Piece::Value(placeholder) => Some(*placeholder),
                Piece::Text(_) => None,
            })
            .collect();
        // Estimates of ours and what was bought of them are not for a customer's eyes.
        let never = [Placeholder::YearlyValue, Placeholder::BusinessEvidence];
        assert!(never.iter().all(|one| !asked.contains(one)), "{name}");
    }
}

#[test]
fn every_placeholder_is_documented_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/drafts.md");
    let page = std::fs::read_to_string(path).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `{")).collect();
    let expected: Vec<String> =
        Placeholder::ALL.iter().map(|one| format!("| `{{{}}}` | {} |", one.name(), one.about())).collect();
    assert_eq!(rows, expected);
}
