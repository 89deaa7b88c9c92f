//! How often accounts go on to buy what is suggested, on worlds that are made up, beside what is popular: the table of
//! docs/similar.md. `xtask/similar` prints it.
//!
//! A world's accounts buy one product after the other. Each next one is, with a probability that the world has, what
//! customers of the segment and industry buy after what was bought last (*peers*); what is popular everywhere
//! (*popularity*); or any (*chance*). Which product follows which is drawn anew for each segment and industry. Size decides
//! nothing, but similarity does not know that. Of a fifth of the accounts the last product bought is held out, and asked for.
//! In the last world peers do not matter at all: who finds something there finds what is not there.

use std::collections::{BTreeMap, BTreeSet};

use springtide_core::event::{Profile, Segment};
use springtide_core::meaning::fixtures;
use springtide_similar::{Limits, Suggestion, Table};

/// What decides on the next product, in percent; chance has the rest.
pub struct World {
    name: &'static str,
    peers: u64,
    popularity: u64,
}

const WORLDS: [World; 3] = [
    World { name: "peers 60, popularity 30, chance 10", peers: 60, popularity: 30 },
    World { name: "peers 30, popularity 50, chance 20", peers: 30, popularity: 50 },
    World { name: "peers 0, popularity 70, chance 30", peers: 0, popularity: 70 },
];
/// Others than those with which it was made.
const SEEDS: [u64; 3] = [11, 12, 13];
const ACCOUNTS: u64 = 20_000;
const PRODUCTS: u64 = 24;
const INDUSTRIES: u64 = 8;

/// What the example of docs/similar.md takes for a signal.
const SIGNAL: Limits = Limits { min_support: 0.3, min_lift: 1.5, ..Limits::DEFAULT };

/// Random numbers from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A position, by weights.
    fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> u64 {
        let mut at = self.below(weights.clone().sum());
        for (position, weight) in (0..).zip(weights) {
            match at.checked_sub(weight) {
                Some(rest) => at = rest,
                None => return position,
            }
        }
        0
    }
}

struct Account {
    segment: Segment,
    industry: u64,
    seats: u64,
    /// In the order in which they were bought.
    products: Vec<u64>,
}

fn account(world: &World, seed: u64, random: &mut Random) -> Account {
    let at = random.weighted([1, 3, 6].into_iter());
    let segment = Segment::ALL[at as usize];
    let seats = [300, 80, 8][at as usize] * (1 + random.below(9)) / 2;
    let mut account = Account { segment, industry: random.below(INDUSTRIES), seats, products: Vec::new() };
    let wanted = 2 + random.weighted([40, 25, 15, 10, 6, 4].into_iter());
    while (account.products.len() as u64) < wanted {
        let product = next(world, seed, &account, random);
        if !account.products.contains(&product) {
            account.products.push(product);
        }
    }
    account
}

fn next(world: &World, seed: u64, account: &Account, random: &mut Random) -> u64 {
    let decides = random.below(100);
    if let Some(last) = account.products.last()
        && decides < world.peers
    {
        let place = random.weighted([6, 3, 1].into_iter());
        let group = account.segment as u64 * INDUSTRIES + account.industry;
        return Random(((seed * 1_000 + group) * 1_000 + last) * 10 + place).below(PRODUCTS);
    }
    if decides < world.peers + world.popularity || account.products.is_empty() {
        return random.weighted((1..=PRODUCTS).map(|rank| 100_000 / rank));
    }
    random.below(PRODUCTS)
}

fn name(product: u64) -> Box<str> {
    format!("product-{product:02}").into()
}

fn profile(account: &Account, shown: &[u64]) -> Profile {
    Profile {
        segment: account.segment,
        industry: Some(format!("industry-{}", account.industry).into()),
        mrr: 1_000.0,
        seats_licensed: Some(account.seats as f64),
        products: shown.iter().map(|product| name(*product)).collect(),
        ..fixtures::profile(0)
    }
}

/// Segment and industry.
type Group = (Segment, u64);

/// An account of which something is asked.
struct Asked {
    id: String,
    group: Group,
    shown: BTreeSet<Box<str>>,
    /// What it bought next.
    held_out: Box<str>,
}

/// A world as it is shown, and what is asked of it.
pub struct Shown {
    table: Table,
    asked: Vec<Asked>,
    /// The products, the most owned first: of all, and of a segment and industry.
    popular: Vec<Box<str>>,
    popular_in: BTreeMap<Group, Vec<Box<str>>>,
}

/// Counts owners by product.
type Owners = BTreeMap<Box<str>, u64>;

fn most_owned_first(owners: &Owners) -> Vec<Box<str>> {
    let mut popular: Vec<Box<str>> = owners.keys().cloned().collect();
    popular.sort_by_key(|product| std::cmp::Reverse(owners[product]));
    popular
}

/// Makes a world.
pub fn shown(world: &World, seed: u64, accounts: u64) -> Shown {
    let mut random = Random(seed);
    let (mut table, mut asked) = (Table::new(0), Vec::new());
    let (mut owners, mut owners_in) = (Owners::new(), BTreeMap::<Group, Owners>::new());
    for number in 0..accounts {
        let account = account(world, seed, &mut random);
        let id = format!("account-{number:06}");
        let (shown, held_out) = match account.products.split_last() {
            Some((last, before)) if random.below(5) == 0 => (before, Some(last)),
            _ => (&account.products[..], None),
        };
        table.tell(&id, &profile(&account, shown));
        let group = (account.segment, account.industry);
        for product in shown {
            *owners.entry(name(*product)).or_default() += 1;
            *owners_in.entry(group).or_default().entry(name(*product)).or_default() += 1;
        }
        if let Some(last) = held_out {
            let shown = shown.iter().map(|product| name(*product)).collect();
            asked.push(Asked { id, group, shown, held_out: name(*last) });
        }
    }
    let popular_in = owners_in.iter().map(|(group, owners)| (*group, most_owned_first(owners))).collect();
    Shown { table, asked, popular: most_owned_first(&owners), popular_in }
}

/// Of the accounts that were asked for.
#[derive(Default)]
struct Hits {
    asked: u64,
    told: u64,
    /// With one guess and with three, of those told: by similarity, by popularity among all and in the group.
    similar: [u64; 2],
    popular: [u64; 2],
    popular_in: [u64; 2],
    /// With one guess, of all: who is told nothing is told what is popular.
    both: u64,
    popular_of_all: u64,
    /// Told of something that the example takes for a signal.
    signals: u64,
    /// Which was right.
    signals_right: u64,
}

fn hits(shown: &Shown) -> Hits {
    let most = |limits: Limits, most: usize| -> BTreeMap<Box<str>, Vec<Suggestion>> {
        shown.table.suggestions(&Limits { most, ..limits }).by_account.into_iter().collect()
    };
    let (by_similarity, signals) = (most(Limits::DEFAULT, 3), most(SIGNAL, 1));
    let mut hits = Hits { asked: shown.asked.len() as u64, ..Hits::default() };
    for asked in &shown.asked {
        let place = |popular: &[Box<str>]| {
            let lacking = popular.iter().filter(|product| !asked.shown.contains(*product));
            lacking.take(3).position(|product| *product == asked.held_out)
        };
        let (popular, popular_in) = (place(&shown.popular), place(&shown.popular_in[&asked.group]));
        hits.popular_of_all += u64::from(popular == Some(0));
        if let Some(signal) = signals.get(&*asked.id) {
            hits.signals += 1;
            hits.signals_right += u64::from(*signal[0].product == *asked.held_out);
        }
        let Some(told) = by_similarity.get(&*asked.id) else {
            hits.both += u64::from(popular == Some(0));
            continue;
        };
        let similar = told.iter().position(|one| *one.product == *asked.held_out);
        hits.told += 1;
        hits.both += u64::from(similar == Some(0));
        for (counts, found) in
            [(&mut hits.similar, similar), (&mut hits.popular, popular), (&mut hits.popular_in, popular_in)]
        {
            counts[0] += u64::from(found == Some(0));
            counts[1] += u64::from(found.is_some());
        }
    }
    hits
}

fn percent(some: u64, all: u64) -> String {
    if all == 0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * some as f64 / all as f64) }
}

fn row(world: &str, seed: u64, hits: &Hits) -> String {
    let of_told = |counts: [u64; 2]| counts.map(|count| percent(count, hits.told)).join(" / ");
    let cells = [
        percent(hits.told, hits.asked),
        of_told(hits.similar),
        of_told(hits.popular),
        of_told(hits.popular_in),
        percent(hits.both, hits.asked),
        percent(hits.popular_of_all, hits.asked),
        percent(hits.signals, hits.asked),
        percent(hits.signals_right, hits.signals),
    ];
    format!("| {world} | {seed} | {} |", cells.join(" | "))
}

/// The table, a line each.
pub fn lines() -> Vec<String> {
    let mut lines = vec![
        "| what decides, in % | seed | told | similarity @1 / @3 | popularity @1 / @3 | popularity in the group @1 / @3 | both @1, of all | popularity @1, of all | signals | right |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for world in &WORLDS {
        for seed in SEEDS {
            lines.push(row(world.name, seed, &hits(&shown(world, seed, ACCOUNTS))));
        }
    }
    lines
}

#[allow(dead_code, reason = "the test that includes this file has a `main` of its own")]
fn main() {
    lines().iter().for_each(|line| println!("{line}"));
    let large = shown(&WORLDS[0], 1, 200_000).table;
    let begun = std::time::Instant::now();
    let told = large.suggestions(&Limits::DEFAULT).seen.told;
    eprintln!("200,000 profiles in {:.2} s: {told} told", begun.elapsed().as_secs_f64());
}
