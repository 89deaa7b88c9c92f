//! Any event, for property tests.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::num::f64::{NORMAL, POSITIVE, ZERO};
use proptest::option;
use proptest::prelude::*;
use springtide_core::event::{
    Activity, Champion, Event, Fact, FieldType, Kind, Outcome, Profile, Segment, Stage, Value,
};
use springtide_schema::limits::{MAX_TIME, MIN_TIME};

pub fn any_event() -> impl Strategy<Value = Event> {
    let fact = prop_oneof![
        6 => any_activity().prop_map(|activity| Fact::Activity(activity.into())),
        2 => any_profile().prop_map(|profile| Fact::Profile(profile.into())),
        1 => any_outcome().prop_map(|outcome| Fact::Outcome(outcome.into())),
    ];
    (id(), fact).prop_map(|(account, fact)| Event { account, fact })
}

pub fn any_activity() -> impl Strategy<Value = Activity> {
    let kind = prop::sample::select(Kind::ALL);
    let values =
        |kind: Kind| kind.fields().iter().map(|field| value(field.ty, field.required)).collect::<Vec<_>>();
    (time(), id(), kind)
        .prop_flat_map(move |(at, id, kind)| (Just((at, id, kind)), values(kind)))
        .prop_map(|((at, id, kind), values)| Activity { at, id, kind, values: values.into() })
}

fn value(ty: FieldType, required: bool) -> BoxedStrategy<Value> {
    let value = match ty {
        FieldType::Text => text().prop_map(Value::Text).boxed(),
        FieldType::OneOf(names) => {
            prop::sample::select(names).prop_map(|name| Value::Text(name.into())).boxed()
        }
        FieldType::Count => count().prop_map(Value::Number).boxed(),
        FieldType::CountWithin(low, high) => {
            (low as u32..=high as u32).prop_map(|n| Value::Number(f64::from(n))).boxed()
        }
        FieldType::Amount => amount().prop_map(Value::Number).boxed(),
        FieldType::AmountWithin(low, high) => (low..=high).prop_map(Value::Number).boxed(),
    };
    if required { value } else { prop_oneof![value, Just(Value::Absent)].boxed() }
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let whole =
        (time(), id(), text(), vec(text(), 0..3), prop::sample::select(&Segment::ALL[..]), amount(), text());
    let plain = (
        option::of(text()),
        option::of(text()),
        option::of(count()),
        option::of(amount()),
        option::of(0.0..=100.0),
    );
    let times = [(); 4].map(|()| option::of(time()));
    let champion = option::of(prop::sample::select(&Champion::ALL[..]));
    let lists = (vec(text(), 0..3), vec(text(), 0..3), map(amount()), map(text()), map(text()));
    (whole, plain, times, champion, lists).prop_map(|(whole, plain, times, champion, lists)| {
        let (at, id, name, domains, segment, mrr, currency) = whole;
        let (industry, plan, seats_licensed, price_per_seat, health_score) = plain;
        let [signed_up_at, first_value_at, renewal_at, last_expansion_at] = times;
        let (products, buyer_departments, limits, owners, external_ids) = lists;
        Profile {
            at,
            id,
            name,
            domains,
            segment,
            industry,
            plan,
            signed_up_at,
            mrr,
            currency,
            seats_licensed,
            price_per_seat,
            limits: limits.into(),
            health_score,
            first_value_at,
            renewal_at,
            last_expansion_at,
            champion,
            products,
            buyer_departments,
            owners: owners.into(),
            external_ids: external_ids.into(),
        }
    })
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let head = (time(), id(), id(), text(), prop::sample::select(&Stage::ALL[..]), time());
    let rest =
        (any::<bool>(), option::of(amount()), option::of(amount()), option::of(text()), option::of(text()));
    (head, rest).prop_map(
        |((at, id, opportunity, play, stage, until), (timed, amount, cost, reason, actor))| {
            let until = (timed || stage == Stage::Snoozed).then_some(until);
            Outcome { at, id, opportunity, play, stage, until, amount, cost, reason, actor }
        },
    )
}

fn map<T: Strategy>(values: T) -> impl Strategy<Value = BTreeMap<Box<str>, T::Value>> {
    btree_map(text(), values, 0..3)
}

fn id() -> impl Strategy<Value = Box<str>> {
    any::<String>().prop_filter_map("an id has 1 to 1,024 bytes", |id| {
        (1..=1_024).contains(&id.len()).then(|| id.into_boxed_str())
    })
}

fn text() -> impl Strategy<Value = Box<str>> {
    any::<String>().prop_map(String::into_boxed_str)
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![MIN_TIME..=MAX_TIME, 1_700_000_000_000_i64..1_800_000_000_000]
}

fn count() -> impl Strategy<Value = f64> {
    (0_u64..1 << 53).prop_map(|n| n as f64)
}

fn amount() -> impl Strategy<Value = f64> {
    POSITIVE | NORMAL | ZERO
}
