//! What is suggested is a function of the set of profiles, right by a naive count, and says nothing of few (SPEC 9.5).

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use springtide_core::event::{Profile, Segment};
use springtide_core::meaning::fixtures;
use springtide_similar::{Limits, Seen, Suggestion, Table};

const NOW: i64 = 100;

fn profile(at: i64, id: &str, products: &[&str]) -> Profile {
    Profile {
        id: id.into(),
        name: "A".into(),
        segment: Segment::Smb,
        industry: Some("software".into()),
        mrr: 500.0,
        seats_licensed: Some(20.0),
        products: products.iter().map(|product| Box::from(*product)).collect(),
        ..fixtures::profile(at)
    }
}

/// Of `count` accounts of one name each with a number, all with the same products.
fn tell(table: &mut Table, name: &str, count: usize, change: impl Fn(&mut Profile), products: &[&str]) {
    for number in 0..count {
        let mut profile = profile(1, "p", products);
        change(&mut profile);
        table.tell(&format!("{name}-{number:03}"), &profile);
    }
}

/// 42 peers of `acme`, 31 of which own analytics, among 100 others.
fn world() -> Table {
    let mut table = Table::new(NOW);
    table.tell("acme", &profile(1, "p", &["core"]));
    tell(&mut table, "with", 31, |_| {}, &["core", "analytics"]);
    tell(&mut table, "without", 11, |_| {}, &["core"]);
    tell(&mut table, "bank", 4, |profile| profile.industry = Some("bank".into()), &["analytics"]);
    tell(&mut table, "large", 54, |profile| profile.segment = Segment::Enterprise, &["core"]);
    table
}

fn of<'s>(suggested: &'s [(Box<str>, Vec<Suggestion>)], account: &str) -> Option<&'s [Suggestion]> {
    let found = suggested.iter().find(|(id, _)| &**id == account)?;
    Some(&found.1)
}

fn told(table: &Table, limits: Limits, account: &str) -> Option<Suggestion> {
    let suggested = table.suggestions(&limits).by_account;
    of(&suggested, account).map(|best| best[0].clone())
}

#[test]
fn it_says_what_peers_own_more_often_than_all_do() {
    let suggested = world().suggestions(&Limits::DEFAULT);
    let best = &of(&suggested.by_account, "acme").unwrap()[0];
    assert_eq!((&*best.product, best.peers, best.owners), ("analytics", 42, 31));
    assert_eq!((best.all, best.owners_of_all), (100, 35));
    assert!((best.support() - 31.0 / 42.0).abs() < 1e-12);
    assert!((best.lift() - (31.0 / 42.0) / 0.35).abs() < 1e-12);
    let seen =
        Seen { accounts: 101, customers: 101, withheld: 4, like_all: 85, told: 12, without_industry: 0 };
    assert_eq!(suggested.seen, seen);
}

#[test]
fn who_is_like_nobody_else_or_no_customer_is_told_nothing_and_counts_for_nobody() {
    type Change = fn(&mut Profile);
    let changes: [(&str, Change); 6] = [
        ("another segment", |profile| profile.segment = Segment::MidMarket),
        ("another industry", |profile| profile.industry = Some("retail".into())),
        ("no industry", |profile| profile.industry = None),
        ("another size", |profile| profile.seats_licensed = Some(50.0)),
        ("the size in revenue", |profile| profile.seats_licensed = None),
        ("churned", |profile| profile.mrr = 0.0),
    ];
    for (name, change) in changes {
        let mut table = world();
        let mut changed = profile(2, "p", &["core"]);
        change(&mut changed);
        table.tell("acme", &changed);
        assert_eq!(told(&table, Limits::DEFAULT, "acme"), None, "{name}");
        // Of the other ten without it.
        assert_eq!(told(&table, Limits::DEFAULT, "without-000").unwrap().peers, 41, "{name}");
    }
    let mut table = world();
    table.tell("acme", &profile(2, "p", &[]));
    assert_eq!(told(&table, Limits::DEFAULT, "acme"), None, "it owns nothing, so nobody owns what it owns");
}

#[test]
fn currencies_do_not_compare() {
    let mut table = Table::new(NOW);
    let yen = |profile: &mut Profile| (profile.seats_licensed, profile.currency) = (None, "JPY".into());
    let euro = |profile: &mut Profile| profile.seats_licensed = None;
    tell(&mut table, "yen", 40, yen, &["core", "analytics"]);
    tell(&mut table, "euro", 80, euro, &["core"]);
    assert_eq!(table.suggestions(&Limits::DEFAULT).by_account, []);
    tell(&mut table, "other", 40, yen, &["core", "analytics", "sso"]);
    assert_eq!(told(&table, Limits::DEFAULT, "euro-000"), None);
    assert_eq!(&*told(&table, Limits::DEFAULT, "yen-000").unwrap().product, "sso");
}

#[test]
fn small_groups_and_weak_evidence_are_withheld() {
    let loose = Limits { min_peers: 1, min_owners: 1, min_support: 0.0, min_lift: 0.0, most: 9 };
    for (limits, is_told) in [
        (Limits { min_peers: 42, ..loose }, true),
        (Limits { min_peers: 43, ..loose }, false),
        (Limits { min_owners: 31, ..loose }, true),
        (Limits { min_owners: 32, ..loose }, false),
        (Limits { min_support: 0.738, ..loose }, true),
        (Limits { min_support: 0.739, ..loose }, false),
        (Limits { min_lift: 2.1, ..loose }, true),
        (Limits { min_lift: 2.11, ..loose }, false),
    ] {
        assert_eq!(told(&world(), limits, "acme").is_some(), is_told, "{limits:?}");
    }
    // Three of five is sixty percent, and may be chance.
    let mut table = Table::new(NOW);
    tell(&mut table, "few", 3, |_| {}, &["core", "analytics"]);
    tell(&mut table, "none", 3, |_| {}, &["core"]);
    tell(&mut table, "large", 94, |profile| profile.segment = Segment::Enterprise, &["core"]);
    tell(&mut table, "bank", 30, |profile| profile.industry = Some("bank".into()), &["analytics"]);
    assert_eq!(told(&table, loose, "none-000"), None);
}

#[test]
fn of_several_the_best_supported_comes_first_and_ties_go_by_name() {
    let mut table = Table::new(NOW);
    table.tell("acme", &profile(1, "p", &["core"]));
    tell(&mut table, "three", 20, |_| {}, &["core", "a", "b", "c"]);
    tell(&mut table, "one", 10, |_| {}, &["core", "c"]);
    tell(&mut table, "none", 30, |_| {}, &["core"]);
    tell(&mut table, "large", 100, |profile| profile.segment = Segment::Enterprise, &["core"]);
    let most = Limits { most: 2, ..Limits::DEFAULT };
    let suggested = table.suggestions(&most).by_account;
    let names: Vec<&str> = of(&suggested, "acme").unwrap().iter().map(|one| &*one.product).collect();
    assert_eq!(names, ["c", "a"]);
}

#[test]
fn the_latest_profile_as_of_the_instant_counts_until_the_account_is_erased() {
    let mut table = world();
    table.tell("acme", &profile(NOW + 1, "later", &["core", "analytics"]));
    assert_eq!(&*told(&table, Limits::DEFAULT, "acme").unwrap().product, "analytics");
    table.tell("acme", &profile(NOW, "q", &["core", "analytics"]));
    table.tell("acme", &profile(2, "z", &["core"]));
    assert_eq!(told(&table, Limits::DEFAULT, "acme"), None, "it owns it");
    table.forget("with-000");
    table.forget("nobody");
    assert_eq!((table.len(), told(&table, Limits::DEFAULT, "without-000").unwrap().owners), (100, 31));
}

type Told = (u8, i64, u8, u8, Vec<&'static str>);

fn any_told() -> impl Strategy<Value = Told> {
    let product = prop::sample::select(vec!["a", "b", "c", "d", "e"]);
    (0..24_u8, 0..3_i64, 0..2_u8, 0..12_u8, prop::collection::vec(product, 0..5))
}

fn profile_of((_, at, id, kind, products): &Told) -> Profile {
    let mut profile = profile(*at, &id.to_string(), products);
    // Most are alike.
    match kind {
        0 => profile.segment = Segment::Enterprise,
        1 => profile.industry = Some("bank".into()),
        2 => profile.industry = None,
        3 => profile.seats_licensed = None,
        4 => profile.mrr = 0.0,
        _ => {}
    }
    profile
}

fn table_of<'t>(told: impl IntoIterator<Item = &'t Told>) -> Table {
    let mut table = Table::new(NOW);
    told.into_iter().for_each(|told| table.tell(&format!("account-{}", told.0), &profile_of(told)));
    table
}

/// What is known of an account that pays and owns something, worked out from all profiles at once.
fn customers(all: &[Told]) -> BTreeMap<u8, (Profile, BTreeSet<Box<str>>)> {
    let mut latest = BTreeMap::<u8, Profile>::new();
    for told in all {
        let said = profile_of(told);
        let kept = latest.entry(told.0).or_insert_with(|| said.clone());
        if (kept.at, &kept.id) < (said.at, &said.id) {
            *kept = said;
        }
    }
    let counts = |profile: &Profile| profile.mrr > 0.0 && !profile.products.is_empty();
    let with_set = |(account, profile): (u8, Profile)| {
        let set = profile.products.iter().cloned().collect();
        (account, (profile, set))
    };
    latest.into_iter().filter(|(_, profile)| counts(profile)).map(with_set).collect()
}

/// (peers, owners, all, owners of all) of an account and a product.
fn counted(all: &[Told], account: u8, product: &str) -> (usize, usize, usize, usize) {
    let customers = customers(all);
    let (own, set) = &customers[&account];
    let others = || customers.iter().filter(|(id, _)| **id != account);
    let is_peer = |(_, (profile, owned)): &(&u8, &(Profile, BTreeSet<Box<str>>))| {
        profile.industry.is_some()
            && profile.industry == own.industry
            && profile.segment == own.segment
            && profile.seats_licensed == own.seats_licensed
            && owned.is_superset(set)
    };
    let owns = |(_, (_, owned)): &(&u8, &(Profile, BTreeSet<Box<str>>))| owned.contains(product);
    let peers = || others().filter(is_peer);
    (peers().count(), peers().filter(owns).count(), others().count(), others().filter(owns).count())
}

/// One profile an account, instant and id: which of two that differ in nothing else counts is nobody's concern.
fn distinct(all: Vec<Told>) -> Vec<Told> {
    let mut seen = BTreeSet::new();
    all.into_iter().filter(|(account, at, id, ..)| seen.insert((*account, *at, *id))).collect()
}

proptest! {
    #[test]
    fn it_is_a_function_of_the_set_of_profiles(
        all in prop::collection::vec(any_told(), 0..60),
        order in prop::collection::vec(any::<u32>(), 90),
    ) {
        let limits = Limits { min_peers: 2, min_owners: 1, min_support: 0.0, min_lift: 0.0, most: 5 };
        // Some of them twice, in an order of their own.
        let again = all.iter().take(30);
        let mut shuffled: Vec<(&u32, &Told)> = order.iter().zip(all.iter().chain(again)).collect();
        shuffled.sort_by_key(|(place, _)| **place);
        let one = table_of(&all).suggestions(&limits);
        let other = table_of(shuffled.into_iter().map(|(_, told)| told)).suggestions(&limits);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn figures_are_those_of_a_naive_count_of_products_that_it_lacks(
        all in prop::collection::vec(any_told(), 30..120),
        min_peers in 1..8_usize,
        min_owners in 1..4_usize,
    ) {
        let all = distinct(all);
        let limits = Limits { min_peers, min_owners, min_support: 0.1, min_lift: 1.1, most: 5 };
        let suggested = table_of(&all).suggestions(&limits);
        let customers = customers(&all);
        prop_assert_eq!(suggested.seen.customers, customers.len());
        for (account, best) in &suggested.by_account {
            let id: u8 = account.trim_start_matches("account-").parse().unwrap();
            for one in best {
                prop_assert!(!customers[&id].1.contains(&*one.product), "{} owns {}", account, one.product);
                let counted = counted(&all, id, &one.product);
                prop_assert_eq!((one.peers, one.owners, one.all, one.owners_of_all), counted);
                prop_assert!(one.peers >= min_peers && one.owners >= min_owners);
                prop_assert!(one.support() >= 0.1 && one.lift() >= 1.1);
            }
            prop_assert!(best.is_sorted_by(|a, b| a.certain_support() >= b.certain_support()));
        }
        // Nobody is left out who meets the limits.
        for (account, (own, set)) in customers.iter().filter(|(_, (profile, _))| profile.industry.is_some()) {
            let missing = ["a", "b", "c", "d", "e"].into_iter().filter(|product| !set.contains(*product));
            for product in missing {
                let (peers, owners, others, owners_of_all) = counted(&all, *account, product);
                let one = Suggestion { product: product.into(), peers, owners, all: others, owners_of_all };
                let meets = peers >= min_peers && owners >= min_owners && one.support() >= 0.1 && one.lift() >= 1.1
                    && one.certain_support() > owners_of_all as f64 / others as f64;
                let told = of(&suggested.by_account, &format!("account-{account}"));
                let is_told = told.is_some_and(|best| best.contains(&one));
                prop_assert_eq!(is_told, meets, "{} {:?} {:?}", account, one, own.products);
            }
        }
    }
}
