//! The profile as a record: what the customer database says of an account now.

use springtide_core::event::Topic;
use springtide_core::time::Millis;

use crate::account::{Account, Scene};
use crate::line::Members;
use crate::random::mix;
use crate::words::catalog::{METERS, PLANS, PRODUCTS};
use crate::words::people;
use crate::words::world::DEPARTMENTS;

const ROLES: [&str; 4] = ["customer_success", "account_management", "cross_sell", "sales"];
/// How many people the vendor has in a role.
const TEAM: u64 = 12;

impl Scene<'_, '_> {
    /// Sends the profile as of an instant.
    pub fn send_profile(&mut self, at: Millis) {
        self.account.stale = false;
        self.account.told_health = self.account.health;
        let members = members(self.account, at);
        self.put(at, Topic::AccountProfiles, members);
    }
}

fn members(account: &Account, at: Millis) -> Members {
    let members = Members::default()
        .text("name", &account.company.name())
        .list("domains", [account.company.domain()])
        .text("segment", account.segment.name())
        .text("industry", account.company.industry())
        .text("plan", PLANS[usize::from(account.plan)].0)
        .time("signed_up_at", account.signed_up)
        .amount("mrr", account.mrr, 2)
        .text("currency", currency(account))
        .count("seats_licensed", account.seats)
        .amount("price_per_seat", account.price, 2)
        .object("limits", limits(account))
        .amount("health_score", account.health, 1)
        .text("champion", account.champion.name())
        .list("products", named(account.products, &PRODUCTS))
        .list("buyer_departments", named(account.buyers, &DEPARTMENTS.map(|(name, _)| name)))
        .object("owners", owners(account))
        .object("external_ids", external_ids(account));
    dates(members, account, at)
}

/// The dates that are known and have come.
fn dates(mut members: Members, account: &Account, at: Millis) -> Members {
    if account.first_value <= at {
        members = members.time("first_value_at", account.first_value);
    }
    if let Some((renewal, _)) = account.renewal {
        members = members.time("renewal_at", renewal);
    }
    if let Some(expanded) = account.expanded {
        members = members.time("last_expansion_at", expanded);
    }
    members
}

fn named<const N: usize>(bits: u32, names: &[&'static str; N]) -> impl Iterator<Item = &'static str> {
    names.iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| *name)
}

fn currency(account: &Account) -> &'static str {
    match account.zone {
        0 => "GBP",
        1..=3 => "EUR",
        _ => "USD",
    }
}

fn limits(account: &Account) -> Members {
    let owned = METERS.iter().zip(&account.meters).filter(|(_, meter)| meter.limit > 0.0);
    owned.fold(Members::default(), |members, ((name, ..), meter)| members.amount(name, meter.limit, 0))
}

fn owners(account: &Account) -> Members {
    let person = |role: usize| people::name(mix((account.seed ^ role as u64) % TEAM + role as u64 * TEAM));
    ROLES
        .iter()
        .enumerate()
        .fold(Members::default(), |members, (role, name)| members.text(name, &person(role)))
}

fn external_ids(account: &Account) -> Members {
    let members = Members::default().text("salesforce", &format!("001{:015X}", account.seed >> 4));
    match account.seed % 3 {
        0 => members.text("hubspot", &format!("{}", account.seed % 10_000_000_000)),
        1 => members.text("gainsight", &format!("1P02{:012X}", account.seed >> 16)),
        _ => members,
    }
}
