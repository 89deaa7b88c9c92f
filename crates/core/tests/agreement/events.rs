//! Random events, from small sets of values.

use std::sync::Arc;

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use springtide_core::event::{
    Activity, Champion, Fact, FieldType, Kind, Outcome, Profile, Segment, Stage, Value,
};
use springtide_core::meaning::fixtures;
use springtide_core::time::{DAY_MS, Day, HOUR_MS, Millis, start_of};

/// Monday, 2 March 2026.
pub const FIRST_DAY: Day = 20_514;

/// An event whose type is known once the rule pack is.
#[derive(Clone, Debug)]
pub enum Draft {
    Activity { at: Millis, id: &'static str, kind: usize, values: [usize; 3] },
    Other(Fact),
}

pub fn draft() -> impl Strategy<Value = Draft> {
    prop_oneof![
        12 => (instant(), id(), 0..8_usize, [choice(), choice(), choice()])
            .prop_map(|(at, id, kind, values)| Draft::Activity { at, id, kind, values }),
        3 => profile().prop_map(|profile| Draft::Other(Fact::Profile(Arc::new(profile)))),
        2 => outcome().prop_map(|outcome| Draft::Other(Fact::Outcome(Arc::new(outcome)))),
    ]
}

impl Draft {
    /// The event, its type one of `kinds`.
    pub fn of(self, kinds: &[Kind]) -> Fact {
        match self {
            Draft::Other(fact) => fact,
            Draft::Activity { at, id, kind, values } => {
                let kind = kinds.get(kind % kinds.len().max(1)).copied().unwrap_or(Kind::UserActivity);
                let fields = kind.fields().iter().zip(values);
                let values = fields.map(|(field, choice)| value(field.ty, field.required, choice)).collect();
                Fact::Activity(Arc::new(Activity { at, id: id.into(), kind, values }))
            }
        }
    }
}

fn choice() -> impl Strategy<Value = usize> {
    0..10_usize
}

/// Around thresholds: shares of 10, and growth of a tenth that is exact on paper.
const NUMBERS: [f64; 10] = [10.0, 8.0, 11.0, 12.1, 5.0, 9.0, 0.0, 7.999, 13.31, 70.0];

fn value(ty: FieldType, required: bool, choice: usize) -> Value {
    if !required && choice % 3 == 2 {
        return Value::Absent;
    }
    match ty {
        FieldType::Text => Value::Text(["a", "b", "c"][choice % 3].into()),
        FieldType::OneOf(names) => Value::Text(names[choice % names.len()].into()),
        _ => Value::Number(NUMBERS[choice]),
    }
}

fn id() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "c", "d"])
}

fn day() -> impl Strategy<Value = Day> {
    prop_oneof![
        6 => 0..6_i64,
        4 => 0..14_i64,
        2 => select(vec![0, 7, 14, 21]),
        1 => 0..60_i64,
        1 => 85..95_i64,
    ]
    .prop_map(|day| FIRST_DAY + day)
}

/// Midnights, noons, last and second milliseconds of a day.
pub fn instant() -> impl Strategy<Value = Millis> {
    let clock = select(vec![12 * HOUR_MS, 0, DAY_MS - 1, 1, 6 * HOUR_MS]);
    (day(), clock).prop_map(|(day, clock)| start_of(day) + clock)
}

/// Dates that profiles name: few, so that one says again what another said.
fn date() -> impl Strategy<Value = Millis> {
    select([4, 5, 9, 14, 92].map(|day| start_of(FIRST_DAY + day) + 12 * HOUR_MS).to_vec())
}

fn profile() -> impl Strategy<Value = Profile> {
    let past = start_of(FIRST_DAY) - 400 * DAY_MS;
    (
        (instant(), id(), select(vec![1_000.0, 600.0, 0.0]), select(vec![Some(85.0), Some(60.0), None])),
        (
            weighted(0.6, date()),
            weighted(0.3, date()),
            prop_oneof![4 => Just(Some(past)), 1 => weighted(0.7, instant())],
        ),
        (select(vec![None, Some(10.0), Some(0.0)]), weighted(0.5, select(vec![10.0, 20.0, 0.0]))),
        (select(&Segment::ALL[..]), weighted(0.3, select(&Champion::ALL[..]))),
    )
        .prop_map(
            |((at, id, mrr, health_score), times, (seats_licensed, limit), (segment, champion))| Profile {
                id: id.into(),
                name: format!("Acme at {mrr}").into(),
                mrr,
                health_score,
                renewal_at: times.0,
                last_expansion_at: times.1,
                first_value_at: times.2,
                seats_licensed,
                limits: limit.into_iter().map(|limit| ("a".into(), limit)).collect(),
                segment,
                champion,
                owners: [("customer_success".into(), format!("owner of {id}").into())].into_iter().collect(),
                ..fixtures::profile(at)
            },
        )
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let play = select(vec!["p0", "p1", "other"]);
    (instant(), id(), play, select(&Stage::ALL[..]), instant()).prop_map(|(at, id, play, stage, until)| {
        Outcome {
            at,
            id: id.into(),
            opportunity: "some".into(),
            play: play.into(),
            stage,
            until: (stage == Stage::Snoozed).then_some(until),
            amount: None,
            cost: None,
            reason: None,
            actor: None,
        }
    })
}
