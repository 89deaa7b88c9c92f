//! Profiles of tests: a healthy account, and what a test says instead.

use springtide_core::event::{Champion, Profile, ProfileField, Segment};
use springtide_core::sorted::SortedMap;

use super::moment::{self, Start};
use crate::mistake::{Log, Place};
use crate::read::{Fields, entries, items, number, one_of, text};
use crate::yaml::Node;

/// The day from which on an account's profile holds.
const FIRST_DAY: i64 = -364;
/// The day on which the product proved its worth to it.
const FIRST_VALUE_DAY: i64 = -300;

/// What a test's account is where it says nothing: one to which the default gate is open.
pub(super) fn healthy(start: Start) -> Profile {
    let owners = [
        ("account_management", "Ada"),
        ("cross_sell", "Chris"),
        ("customer_success", "Cora"),
        ("sales", "Sam"),
    ];
    Profile {
        at: start.day(FIRST_DAY),
        id: "p1".into(),
        name: "Acme".into(),
        domains: Vec::new(),
        segment: Segment::MidMarket,
        industry: None,
        plan: None,
        signed_up_at: Some(start.day(FIRST_DAY)),
        mrr: 1_000.0,
        currency: "EUR".into(),
        seats_licensed: Some(50.0),
        price_per_seat: None,
        limits: SortedMap::default(),
        health_score: Some(80.0),
        first_value_at: Some(start.day(FIRST_VALUE_DAY)),
        renewal_at: None,
        last_expansion_at: None,
        champion: None,
        products: Vec::new(),
        buyer_departments: vec!["engineering".into()],
        owners: owners.into_iter().map(|(role, name)| (role.into(), name.into())).collect(),
        external_ids: SortedMap::default(),
    }
}

/// The fields that a test may set.
pub(crate) fn fields() -> impl Iterator<Item = ProfileField> {
    let given = [ProfileField::EventId, ProfileField::AccountId, ProfileField::OccurredAt];
    ProfileField::ALL.iter().copied().filter(move |field| !given.contains(field))
}

/// A profile that differs from another in what is given.
pub(super) fn read(
    (name, place): (&str, Place),
    node: &Node,
    mut profile: Profile,
    start: Start,
    log: &mut Log,
) -> Option<Profile> {
    let known: Vec<&str> = ["at"].into_iter().chain(fields().map(ProfileField::name)).collect();
    let given = Fields::of(name, place, node, &known, log)?;
    let mut whole = true;
    if let Some(node) = given.get("at") {
        let at = moment::read("at", node, start, log);
        whole &= at.map(|at| profile.at = at).is_some();
    }
    for field in fields() {
        if let Some(node) = given.get(field.name()) {
            whole &= set(&mut profile, field, node, start, log).is_some();
        }
    }
    whole.then_some(profile)
}

fn set(profile: &mut Profile, field: ProfileField, node: &Node, start: Start, log: &mut Log) -> Option<()> {
    use ProfileField as F;
    let name = field.name();
    let at_least_0 = |it: f64| it >= 0.0;
    match field {
        F::Name => profile.name = text(name, node, log)?.into(),
        F::Currency => profile.currency = text(name, node, log)?.into(),
        F::Mrr => profile.mrr = number(name, node, "a number, 0 or more", at_least_0, log)?,
        F::Segment => {
            profile.segment = one_of(name, node, Segment::ALL.map(|it| (it.name(), it)), log)?;
        }
        F::Champion => {
            let champions = Champion::ALL.map(|it| (it.name(), it));
            profile.champion = optional(node, || one_of(name, node, champions, log))?;
        }
        F::Industry => profile.industry = optional(node, || text(name, node, log).map(Box::from))?,
        F::Plan => profile.plan = optional(node, || text(name, node, log).map(Box::from))?,
        F::SignedUpAt => profile.signed_up_at = optional(node, || moment::read(name, node, start, log))?,
        F::FirstValueAt => profile.first_value_at = optional(node, || moment::read(name, node, start, log))?,
        F::RenewalAt => profile.renewal_at = optional(node, || moment::read(name, node, start, log))?,
        F::LastExpansionAt => {
            profile.last_expansion_at = optional(node, || moment::read(name, node, start, log))?;
        }
        F::SeatsLicensed => {
            let fits = |it: f64| it >= 0.0 && it.fract() == 0.0;
            profile.seats_licensed =
                optional(node, || number(name, node, "a whole number, 0 or more", fits, log))?;
        }
        F::PricePerSeat => {
            profile.price_per_seat =
                optional(node, || number(name, node, "a number, 0 or more", at_least_0, log))?;
        }
        F::HealthScore => {
            let fits = |it: f64| (0.0..=100.0).contains(&it);
            profile.health_score =
                optional(node, || number(name, node, "a number from 0 to 100", fits, log))?;
        }
        F::Domains => profile.domains = texts(name, node, log)?,
        F::Products => profile.products = texts(name, node, log)?,
        F::BuyerDepartments => profile.buyer_departments = texts(name, node, log)?,
        F::Limits => {
            profile.limits = map(name, node, log, |key, node, log| {
                number(key, node, "a number, 0 or more", at_least_0, log)
            })?;
        }
        F::Owners => {
            profile.owners = map(name, node, log, |key, node, log| text(key, node, log).map(Box::from))?
        }
        F::ExternalIds => {
            profile.external_ids =
                map(name, node, log, |key, node, log| text(key, node, log).map(Box::from))?;
        }
        // No key of the form; `fields` leaves them out.
        F::EventId | F::AccountId | F::OccurredAt => {}
    }
    Some(())
}

/// A field that `null` takes away.
fn optional<T>(node: &Node, read: impl FnOnce() -> Option<T>) -> Option<Option<T>> {
    if node.is_nothing() { Some(None) } else { read().map(Some) }
}

fn texts(name: &str, node: &Node, log: &mut Log) -> Option<Vec<Box<str>>> {
    let read: Vec<_> =
        items(name, node, log)?.iter().map(|item| text(name, item, log).map(Box::from)).collect();
    read.into_iter().collect()
}

fn map<T>(
    name: &str,
    node: &Node,
    log: &mut Log,
    value: impl Fn(&str, &Node, &mut Log) -> Option<T>,
) -> Option<SortedMap<Box<str>, T>> {
    let read: Vec<Option<(Box<str>, T)>> = entries(name, node, log)?
        .iter()
        .map(|entry| value(&entry.key, &entry.value, log).map(|value| (entry.key.as_str().into(), value)))
        .collect();
    read.into_iter().collect()
}
