//! The table is a function of the set of profiles that it was told (SPEC 9.4).

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use springtide_core::event::Profile;
use springtide_core::meaning::fixtures;
use springtide_domains::{Changed, Public, Table, normalised, parents};

fn profile(at: i64, id: &str, signed_up_at: Option<i64>, domains: &[&str]) -> Profile {
    Profile {
        id: id.into(),
        name: "A".into(),
        domains: domains.iter().map(|domain| Box::from(*domain)).collect(),
        signed_up_at,
        ..fixtures::profile(at)
    }
}

fn table() -> Table {
    Table::new(Public::default())
}

fn names(changed: &Changed) -> Vec<&str> {
    changed.gained.iter().map(|domain| &**domain).collect()
}

#[test]
fn a_domain_is_whose_profile_lists_it_or_the_longest_above_it() {
    let mut table = table();
    let told = table.tell("acme", &profile(1, "p", None, &["https://www.Acme.com/", "acme.de", "acme.com"]));
    assert_eq!(names(&told), ["acme.com", "acme.de"]);
    table.tell("acme-eu", &profile(2, "p", None, &["eu.acme.com"]));
    for (domain, owner) in [
        ("acme.com", Some("acme")),
        ("acme.de", Some("acme")),
        ("mail.acme.com", Some("acme")),
        ("eu.acme.com", Some("acme-eu")),
        ("x.y.eu.acme.com", Some("acme-eu")),
        ("notacme.com", None),
        ("com", None),
        ("acme.fr", None),
    ] {
        assert_eq!(table.owner(domain), owner, "{domain}");
    }
    assert_eq!((table.len(), table.contested()), (3, 0));
}

#[test]
fn nobody_owns_a_public_domain_or_what_is_none() {
    let mut table = table();
    let told =
        table.tell("acme", &profile(1, "p", None, &["gmail.com", "x.gmail.com", "com", "Acme Inc.", ""]));
    assert_eq!((told, table.is_empty()), (Changed::default(), true));
}

#[test]
fn of_two_it_is_the_older_customers_then_the_smaller_ids() {
    for (one, other, owner) in [
        (("b", 5, Some(10)), ("a", 1, Some(20)), "b"),
        (("b", 5, Some(10)), ("a", 1, Some(10)), "a"),
        (("b", 5, None), ("a", 6, None), "b"),
        (("b", 5, None), ("a", 1, Some(6)), "b"),
    ] {
        for order in [[one, other], [other, one]] {
            let mut table = table();
            let told =
                order.map(|(account, at, since)| table.tell(account, &profile(at, "p", since, &["x.org"])));
            assert_eq!(table.owner("x.org"), Some(owner), "{order:?}");
            assert_eq!(table.contested(), 1);
            let [first, second] = told;
            assert_eq!((names(&first), names(&second)), (vec!["x.org"], vec![]));
            let contest = &second.contested[0];
            assert_eq!((first.contested.len(), second.contested.len(), &*contest.owner), (0, 1, owner));
            assert_eq!(table.contests().collect::<Vec<_>>(), second.contested);
        }
    }
}

#[test]
fn a_domain_moves_with_a_later_profile_and_goes_with_an_erased_account() {
    let mut table = table();
    table.tell("a", &profile(5, "p", Some(1), &["x.org", "y.org"]));
    let again = table.tell("a", &profile(6, "q", Some(1), &["x.org", "y.org"]));
    assert_eq!(again, Changed::default(), "a profile that is written again is no news");
    assert_eq!(table.tell("a", &profile(4, "z", Some(1), &["old.org"])), Changed::default());
    table.tell("a", &profile(7, "r", None, &["y.org"]));
    assert_eq!((table.owner("x.org"), table.owner("y.org")), (None, Some("a")));
    assert_eq!(names(&table.tell("b", &profile(1, "p", None, &["x.org"]))), ["x.org"]);
    assert_eq!(table.owner("x.org"), Some("b"));
    table.tell("c", &profile(1, "p", None, &["x.org"]));
    table.tell("a", &profile(8, "s", Some(0), &["x.org"]));
    assert_eq!((table.owner("x.org"), table.contested()), (Some("a"), 1));
    table.forget("a");
    assert_eq!((table.owner("x.org"), table.contested()), (Some("b"), 1));
    table.forget("b");
    table.forget("nobody");
    assert_eq!((table.owner("x.org"), table.contested()), (Some("c"), 0));
    // Erased, it starts afresh, with a profile of whatever instant.
    table.tell("a", &profile(2, "p", Some(0), &["x.org"]));
    assert_eq!(table.owner("x.org"), Some("a"));
}

type Told = (u8, i64, u8, Option<i64>, Vec<&'static str>);

fn told() -> impl Strategy<Value = Told> {
    let domain =
        prop::sample::select(vec!["x.org", "WWW.x.org", "a.x.org", "y.org", "gmail.com", "com", "b.a.x.org"]);
    (0..4_u8, 0..4_i64, 0..2_u8, prop::option::of(0..3_i64), prop::collection::vec(domain, 0..4))
}

fn tell(table: &mut Table, (account, at, id, since, domains): &Told) -> Changed {
    table.tell(&format!("account-{account}"), &profile(*at, &id.to_string(), *since, domains))
}

/// The owner of a name and how many domains are contested, worked out from all profiles at once.
fn naive(all: &[Told], asked: &str) -> (Option<String>, usize) {
    let public = Public::default();
    let mut latest = BTreeMap::new();
    for (account, at, id, since, domains) in all {
        let listed: BTreeSet<String> = domains.iter().filter_map(|text| normalised(text).ok()).collect();
        let listed: Vec<String> = listed.into_iter().filter(|name| !public.has(name)).collect();
        let said = (*at, id.to_string(), since.unwrap_or(*at), listed);
        let kept = latest.entry(*account).or_insert_with(|| said.clone());
        *kept = kept.clone().max(said);
    }
    let mut claims = BTreeMap::<String, BTreeSet<(i64, String)>>::new();
    for (account, (_, _, since, domains)) in latest {
        for domain in domains {
            claims.entry(domain).or_default().insert((since, format!("account-{account}")));
        }
    }
    let owner = parents(asked).find_map(|name| claims.get(name)).and_then(|by| by.first());
    (owner.map(|(_, account)| account.clone()), claims.values().filter(|by| by.len() > 1).count())
}

proptest! {
    #[test]
    fn it_is_a_function_of_the_set_of_profiles(
        all in prop::collection::vec(told(), 0..12),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        order in any::<u64>(),
    ) {
        let mut shuffled = all.clone();
        // Some of them twice, in an order of their own.
        shuffled.extend(again.iter().filter(|_| !all.is_empty()).map(|index| index.get(&all).clone()));
        shuffled.sort_by_key(|told| (format!("{told:?}").bytes().fold(order, |sum, byte| {
            sum.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(u64::from(byte))
        }), told.1));
        for sequence in [&all, &shuffled] {
            let mut table = table();
            for told in sequence {
                let owned = |table: &Table| -> BTreeSet<String> {
                    let names = ["x.org", "a.x.org", "y.org", "b.a.x.org"];
                    let exact = |name: &&str| table.owner(name).is_some();
                    names.into_iter().filter(exact).map(str::to_owned).collect()
                };
                let before = owned(&table);
                let changed = tell(&mut table, told);
                // Whoever waits for a domain is woken by one that was gained, itself or above it.
                for name in owned(&table).difference(&before) {
                    let woken = parents(name).any(|above| changed.gained.iter().any(|gained| &**gained == above));
                    prop_assert!(woken, "{name} has an owner, and nobody was told: {told:?}");
                }
            }
            for name in ["x.org", "a.x.org", "b.a.x.org", "z.b.a.x.org", "y.org", "gmail.com", "org"] {
                let (owner, contested) = naive(&all, name);
                prop_assert_eq!(table.owner(name), owner.as_deref(), "{}", name);
                prop_assert_eq!(table.contested(), contested);
                prop_assert_eq!(table.contests().count(), contested);
            }
        }
    }
}
