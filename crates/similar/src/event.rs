//! A suggestion as an event.

use springtide_core::event::{Activity, Event, Fact, Kind, Value};
use springtide_core::time::Millis;
use uuid::Uuid;

use crate::suggest::Suggestion;

/// The namespace of the events' ids. It never changes: what was written before has to be the same event.
const NAMESPACE: Uuid = Uuid::from_u128(0x3b0c_8d52_6e0f_4f7b_9a41_27d6_c5f8_10ae);

/// What is suggested for an account at an instant, as a `similar_accounts_own` of `business-signals`. Of the same it is the same
/// event, however often it is written.
pub fn event(account: &str, suggestion: &Suggestion, at: Millis) -> Event {
    let name = format!("{account}\n{}\n{at}", suggestion.product);
    let values = [
        Value::Text(suggestion.product.as_ref().into()),
        Value::Number(suggestion.support()),
        Value::Number(suggestion.lift()),
        Value::Number(suggestion.peers as f64),
        Value::Number(suggestion.owners as f64),
    ];
    let activity = Activity {
        at,
        id: Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string().into(),
        kind: Kind::SimilarAccountsOwn,
        values: values.into(),
    };
    Event { account: account.into(), fact: Fact::Activity(activity.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_fields_of_its_type_and_one_id_for_one_thing() {
        let suggestion =
            Suggestion { product: "analytics".into(), peers: 42, owners: 31, all: 1_000, owners_of_all: 350 };
        let id = |event: &Event| event.fact.id().to_owned();
        let one = event("acme", &suggestion, 1);
        let Fact::Activity(activity) = &one.fact else { panic!("{one:?}") };
        let names: Vec<&str> = activity.kind.fields().iter().map(|field| field.name).collect();
        assert_eq!(names, ["product", "support", "lift", "peers", "owners"]);
        assert_eq!(activity.text(0), Some("analytics"));
        assert_eq!((activity.number(3), activity.number(4)), (Some(42.0), Some(31.0)));
        assert!((activity.number(1).unwrap() - 31.0 / 42.0).abs() < 1e-12);
        assert!((activity.number(2).unwrap() - 31.0 / 42.0 / 0.35).abs() < 1e-12);
        assert_eq!(one, event("acme", &suggestion, 1));
        let other = Suggestion { product: "sso".into(), ..suggestion.clone() };
        let others = [event("b", &suggestion, 1), event("acme", &other, 1), event("acme", &suggestion, 2)];
        assert!(others.iter().all(|other| id(other) != id(&one)));
    }
}
