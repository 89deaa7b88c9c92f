//! The form of a rule file as tables: which keys there are, what each is for, what it holds.
//!
//! The readers take their keys from here, the [schema](rule_schema) for editors is made of it, and tests hold
//! `docs/rules.md` to it.

pub(crate) mod cases;
mod schema;
mod shape;

use shape::Shape;

pub use cases::test_schema;
pub use schema::{rule_schema, value_of};

/// A key of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// How it is written.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Whether a mapping without it is a mistake.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
}

const fn must(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, about, required: true, shape }
}

const fn may(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, about, required: false, shape }
}

/// The names of keys, for a reader.
pub(crate) fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

/// A kind of detector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KindForm {
    /// Its key.
    pub name: &'static str,
    /// When it signals.
    pub about: &'static str,
    /// What it takes.
    pub keys: &'static [Key],
}

/// The keys of a kind; none where there is no such kind.
pub(crate) fn kind_keys(name: &str) -> &'static [Key] {
    KINDS.iter().find(|kind| kind.name == name).map_or(&[], |kind| kind.keys)
}

/// The kinds of detectors, and when each signals.
///
/// ```
/// assert!(springtide_rules::detector_kinds().any(|(name, _)| name == "ratio"));
/// ```
pub fn detector_kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.iter().map(|kind| (kind.name, kind.about))
}

/// Every key of the form: of which mapping, its name, what it is for.
///
/// ```
/// let mut ratio = springtide_rules::form_keys().filter(|(of, ..)| *of == "ratio");
/// assert_eq!(ratio.next(), Some(("ratio", "at_least", "The share: 0.9 for 90 %")));
/// ```
pub fn form_keys() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let others = [
        ("file", SECTIONS),
        ("detector", DETECTOR),
        ("play", PLAY),
        ("guide", GUIDE),
        ("route", ROUTE),
        ("over_value", OVER_VALUE),
        ("scoring", SCORING),
        ("weights", WEIGHTS),
        ("relationship", RELATIONSHIP),
        ("calendar", CALENDAR),
        ("draft", DRAFT),
        ("test file", cases::FILE),
        ("test", cases::TEST),
        ("event", cases::EVENT),
        ("outcome", cases::OUTCOME),
        ("play that opens", cases::OPENS),
        ("play that does not", cases::STAYS),
        ("detector that signals", cases::SIGNALS),
        ("detector that does not", cases::SILENT),
    ];
    let kinds = KINDS.iter().map(|kind| (kind.name, kind.keys));
    kinds.chain(others).flat_map(|(of, keys)| keys.iter().map(move |key| (of, key.name, key.about)))
}

/// What a file may have.
pub(crate) const SECTIONS: &[Key] = &[
    may(
        "detectors",
        Shape::Detectors,
        "When events, or a date drawing near, are a signal: a detector by name",
    ),
    may(
        "gates",
        Shape::Gates,
        "Conditions on an account's profile that plays refer to: an expression by name",
    ),
    may("plays", Shape::Plays, "Which signals together make which opportunity: a play by name"),
    may("scoring", Shape::Scoring, "How an opportunity is scored, from 0 to 100"),
    may("calendar", Shape::Calendar, "Which days are no business days"),
    may("drafts", Shape::Drafts, "Templates of draft messages, by play; `default` is for all others"),
];

/// What every detector has, beside its kind.
pub(crate) const DETECTOR: &[Key] = &[
    must("family", Shape::Family, "What a signal is about"),
    must("urgency", Shape::Urgency, "How soon a signal wants an answer"),
    may("event", Shape::Event, "The type of the events that it reads; every kind but `before` needs one"),
    may(
        "where",
        Shape::Expression,
        "Which of these events match: an expression over `event` and `profile`; all where it is left out",
    ),
];

const COUNTED: &str = "The field whose distinct values are counted, or `event_id`, which counts events";

/// The kinds of detectors.
pub(crate) const KINDS: &[KindForm] = &[
    KindForm { name: "match", about: "A signal at every matching event", keys: &[] },
    KindForm {
        name: "ratio",
        about: "A signal when what is used reaches a share of the limit (the event's own, else the profile's)",
        keys: &[must("at_least", Shape::AboveZero, "The share: 0.9 for 90 %")],
    },
    KindForm {
        name: "distinct",
        about: "A signal when enough distinct values of a field lie in the trailing time",
        keys: &[
            must("key", Shape::Field, COUNTED),
            must("at_least", Shape::Count, "How many it takes"),
            must("within", Shape::Within, "The trailing time, both ends included"),
            may("group_by", Shape::Field, "A field by whose values they are counted apart"),
        ],
    },
    KindForm {
        name: "spike",
        about: "A signal when a day's distinct values are far above those of the days before, once a day",
        keys: &[
            must("key", Shape::Field, COUNTED),
            must("factor", Shape::Amount, "How many times the average of the days before that have any"),
            must("baseline_days", Shape::Days, "How many days before the event's are looked at"),
            must("min_days", Shape::Days, "How many of them must have any"),
            must(
                "min_count",
                Shape::Amount,
                "The least that is worth a signal, however quiet the days before",
            ),
        ],
    },
    KindForm {
        name: "trend",
        about: "A signal when readings grow week over week, several weeks in a row, once a day and meter",
        keys: &[
            must("growth", Shape::Number, "By how much each week: 0.10 for 10 %"),
            must("periods", Shape::Periods, "How many weeks in a row"),
        ],
    },
    KindForm {
        name: "first",
        about: "A signal when the account has never had a field's value before",
        keys: &[must("key", Shape::Field, "The field whose value is new")],
    },
    KindForm {
        name: "before",
        about: "A signal so many days before a date of the profile: a timer, which reads no events",
        keys: &[
            must("field", Shape::ProfileDate, "The date"),
            must("days", Shape::Days, "How many days before it"),
        ],
    },
    KindForm {
        name: "regulars",
        about: "A signal when enough users are active on most of the last days, once a day",
        keys: &[
            must("key", Shape::Field, "The field that names the user"),
            must("at_least", Shape::Count, "How many users it takes"),
            must("active_days", Shape::Days, "On how many days each has to be active"),
            must("within_days", Shape::Days, "Out of how many days, the event's included"),
        ],
    },
];

/// What a play has.
pub(crate) const PLAY: &[Key] = &[
    must("motion", Shape::Motion, "What the expansion is made of; decides the default value and who gets it"),
    may(
        "product",
        Shape::DetectorNames,
        "Product detectors, of which one must signal; none: that side is not needed",
    ),
    may(
        "business",
        Shape::DetectorNames,
        "Business detectors, of which one must signal; none: that side is not needed",
    ),
    may("boost", Shape::DetectorNames, "Detectors that strengthen an opportunity and are not needed for it"),
    may(
        "unless",
        Shape::DetectorNames,
        "Detectors that speak against it: none of them may have signalled of late",
    ),
    may("unless_within", Shape::Duration, "How long they do (45d)"),
    may(
        "window",
        Shape::Span,
        "How near to each other the signals of both sides must be (5d); `5bd` for business days",
    ),
    may("gate", Shape::Expression, "What must be true of the profile: a name from `gates`, or an expression"),
    may("cooldown", Shape::Duration, "How long after an opening no other follows (30d)"),
    may("dismissed_for", Shape::Duration, "How long a dismissal keeps it away (90d)"),
    may("in_progress_for", Shape::Duration, "How long somebody's being at it does (90d)"),
    may("after_expansion", Shape::Duration, "How long a won expansion of the account does (90d)"),
    may("act_within", Shape::Span, "By when to act, from the opening on (5bd)"),
    may("value", Shape::Expression, "The yearly value: an expression over `profile`"),
    may("route", Shape::Route, "Who gets it, where that is not the motion's role"),
    may("guide", Shape::Guide, "What a seller does, in words"),
];

/// What a play's guide has.
pub(crate) const GUIDE: &[Key] = &[
    may("outreach", Shape::Text, "The first contact"),
    may("discovery", Shape::Texts, "What to ask"),
    may("proposal", Shape::Text, "What to offer"),
    may("close", Shape::Text, "How to come to an end"),
    may("timeline", Shape::Text, "How long it takes"),
    may("objections", Shape::Texts, "What will be said against it, and what to answer"),
    may("by_segment", Shape::BySegment, "What differs by segment"),
];

/// What a play's route has.
pub(crate) const ROUTE: &[Key] = &[
    may("role", Shape::Text, "The role that gets it"),
    may("by_segment", Shape::BySegment, "The role by segment, before `role`"),
    may("over_value", Shape::OverValue, "The role for a yearly value above an amount, before `by_segment`"),
];

/// What `over_value` has.
pub(crate) const OVER_VALUE: &[Key] = &[
    must("amount", Shape::Amount, "The amount, in the account's currency"),
    must("role", Shape::Text, "The role"),
];

/// What `scoring` has.
pub(crate) const SCORING: &[Key] = &[
    may("weights", Shape::Weights, "Each part's share in the score; they add up to 1"),
    may("potential", Shape::Curve, "Yearly value to points: [input, points], straight lines between"),
    may("timing", Shape::Curve, "Days to the renewal to points"),
    may("relationship", Shape::Relationship, "Points of a champion, and of each boost"),
];

/// The parts of a score.
pub(crate) const WEIGHTS: &[Key] = &[
    may("potential", Shape::Amount, "The share of the yearly value (0.4)"),
    may("health", Shape::Amount, "The share of the health score (0.3)"),
    may("timing", Shape::Amount, "The share of the time to renewal (0.2)"),
    may("relationship", Shape::Amount, "The share of champion and boosts (0.1)"),
];

/// Points of a champion and of boosts.
pub(crate) const RELATIONSHIP: &[Key] = &[
    may("none", Shape::Points, "Points without a champion (0)"),
    may("weak", Shape::Points, "Points of a weak one (25)"),
    may("moderate", Shape::Points, "Points of a moderate one (50)"),
    may("strong", Shape::Points, "Points of a strong one (75)"),
    may("per_boost", Shape::Points, "Points of each boost among the evidence (10)"),
];

/// What `calendar` has.
pub(crate) const CALENDAR: &[Key] =
    &[may("holidays", Shape::Dates, "Weekdays that are no business days: [2026-12-25]")];

/// What a template of a draft message has.
pub(crate) const DRAFT: &[Key] = &[
    must(
        "subject",
        Shape::Line,
        "The subject, with placeholders such as {account_name}: docs/drafts.md lists them",
    ),
    must("connect", Shape::Lines, "Who writes, and why now"),
    must("present", Shape::Lines, "What was seen"),
    must("quantify", Shape::Lines, "How much"),
    must("prove", Shape::Lines, "That it has been worth it so far"),
    must("propose", Shape::Lines, "What to do next"),
];
