//! An account's first state.

use springtide_core::event::{Champion, Segment};
use springtide_core::time::{DAY_MS, HOUR_MS, Millis, SECOND_MS};

use crate::account::{Account, Meter};
use crate::random::Random;
use crate::settings::Settings;
use crate::temper::Archetype;
use crate::words::catalog::{
    ADVANCED, ADVANCED_MASK, BASIC_MASK, FEATURES, INTEGRATIONS, METERS, PLANS, PRODUCTS,
};
use crate::words::company::Company;
use crate::words::world::DEPARTMENTS;

/// The place of an account's birth among its random streams; days have their numbers.
const BIRTH: u64 = u64::MAX;
/// The share of accounts that sign up while we look, in 60 days.
const NEWCOMERS: f64 = 0.06;

impl Account {
    /// An account on the day before anything is known of it.
    pub fn born(settings: &Settings, index: u32) -> Account {
        let seed = Random::of(settings.seed, u64::from(index)).draw();
        let mut random = Random::of(seed, BIRTH);
        let random = &mut random;
        let archetype = Archetype::any(random, settings.expanding);
        let segment = segment(random);
        let seats = seats(random, segment);
        let temper = archetype.temper();
        let users = (f64::from(seats) * random.between(temper.fill)).max(1.0);
        let headcount = (f64::from(seats) * random.between((1.6, 7.0))) as u32 + 2;
        let (joins, signed_up) = dates(random, settings);
        let plan = plan(random, segment);
        let price = PLANS[usize::from(plan)].1 * random.between((0.8, 1.0));
        let health = random.between(temper.health);
        Account {
            index,
            seed,
            company: Company::of(settings.seed, index),
            archetype,
            segment,
            joins,
            zone: zone(random),
            listed: random.chance(match segment {
                Segment::Enterprise => 0.7,
                Segment::MidMarket => 0.12,
                Segment::Smb => 0.0,
            }),
            headcount,
            buyers: some_bits(random, DEPARTMENTS.len() as u32, 4),
            growth: random.between(temper.growth),
            pulse: temper.pulse * random.between((0.9, 1.1)),
            weekend: random.between((0.1, 0.4)),
            regulars: random.between((0.01, 0.2)),
            states_limits: random.chance(0.6),
            users,
            most_users: (users * 5.0).min(f64::from(headcount) * 0.9).max(users),
            meters: meters(random, seats, archetype),
            features: features(random, archetype),
            integrations: some_bits(random, INTEGRATIONS.len() as u32, 4),
            milestones: random.below(4),
            rollout: None,
            storm: 0,
            plan,
            seats,
            price,
            mrr: f64::from(seats) * price,
            products: 1 | some_bits(random, PRODUCTS.len() as u32, 2),
            signed_up,
            first_value: signed_up + days(random.between((12.0, 80.0))),
            renewal: renewal(random, segment, signed_up, settings.first_instant()),
            expanded: expanded(random, signed_up, joins),
            deal: None,
            gone: false,
            health,
            told_health: health,
            health_target: health,
            champion: champion(random, health),
            hiring: None,
            stale: true,
            serial: 0,
        }
    }
}

/// A span in milliseconds.
pub fn days(number: f64) -> Millis {
    (number * DAY_MS as f64) as Millis
}

fn segment(random: &mut Random) -> Segment {
    match random.unit() {
        share if share < 0.55 => Segment::Smb,
        share if share < 0.88 => Segment::MidMarket,
        _ => Segment::Enterprise,
    }
}

/// Most are small, and a few are very large.
fn seats(random: &mut Random, segment: Segment) -> u32 {
    let table = match segment {
        Segment::Smb => {
            [(0.0, 3.0), (0.25, 8.0), (0.5, 13.0), (0.75, 22.0), (0.9, 40.0), (0.98, 90.0), (1.0, 160.0)]
        }
        Segment::MidMarket => {
            [(0.0, 25.0), (0.25, 45.0), (0.5, 65.0), (0.75, 110.0), (0.9, 190.0), (0.98, 380.0), (1.0, 600.0)]
        }
        Segment::Enterprise => [
            (0.0, 90.0),
            (0.25, 160.0),
            (0.5, 260.0),
            (0.75, 480.0),
            (0.9, 900.0),
            (0.98, 2200.0),
            (1.0, 5000.0),
        ],
    };
    let seats = random.quantile(&table);
    // Larger contracts are rounder.
    let step = if seats < 20.0 {
        1.0
    } else if seats < 200.0 {
        5.0
    } else {
        25.0
    };
    (seats / step) as u32 * step as u32
}

fn plan(random: &mut Random, segment: Segment) -> u8 {
    match segment {
        Segment::Smb => random.below(2) as u8,
        Segment::MidMarket => 1 + random.below(2) as u8,
        Segment::Enterprise => 2 + random.below(2) as u8,
    }
}

/// The instant of the first profile and the start of the relationship.
fn dates(random: &mut Random, settings: &Settings) -> (Millis, Millis) {
    let start = settings.first_instant();
    let share = (NEWCOMERS * f64::from(settings.days) / 60.0).min(0.5);
    let day = i64::from(random.below(settings.days));
    if random.chance(share) {
        let joins = start + day * DAY_MS + (random.between((8.0, 18.0)) * HOUR_MS as f64) as Millis;
        return (joins, joins - i64::from(random.below(60)) * SECOND_MS);
    }
    let ago = random.quantile(&[(0.0, 10.0), (0.1, 90.0), (0.5, 500.0), (0.9, 1500.0), (1.0, 2500.0)]);
    (start + i64::from(random.below(60_000)), start - days(ago))
}

/// West coast of America to Japan's neighbours: nobody's working day begins on the day before in UTC.
fn zone(random: &mut Random) -> i8 {
    random.pick(&[-8, -7, -6, -5, -5, -5, -3, 0, 0, 1, 1, 1, 1, 2, 2, 3, 5, 8])
}

/// Up to `most` of `count` bits, at least one.
fn some_bits(random: &mut Random, count: u32, most: u32) -> u32 {
    (0..random.whole(1, most)).fold(0, |bits, _| bits | 1 << random.below(count))
}

fn features(random: &mut Random, archetype: Archetype) -> u32 {
    let basic = (0..10).fold(1, |bits, _| bits | 1 << random.below(FEATURES.len() as u32 - ADVANCED));
    let likely = if matches!(archetype, Archetype::Struggling | Archetype::Churning) { 0.1 } else { 0.25 };
    if !random.chance(likely) {
        return basic & BASIC_MASK;
    }
    basic
        | (0..2).fold(0, |bits, _| {
            bits | 1 << (FEATURES.len() as u32 - 1 - random.below(ADVANCED)) & ADVANCED_MASK
        })
}

fn meters(random: &mut Random, seats: u32, archetype: Archetype) -> [Meter; 4] {
    let owned = some_bits(random, METERS.len() as u32, 2);
    std::array::from_fn(|meter| {
        let (_, per_seat, step) = METERS[meter];
        let (size, fill) = (random.between((0.6, 1.6)), random.between(archetype.temper().fill));
        if owned >> meter & 1 == 0 {
            return Meter::default();
        }
        let limit = ((f64::from(seats) * per_seat * size / step) as u32 as f64 + 1.0) * step;
        Meter { used: limit * fill, limit, ceiling: limit * 6.0 }
    })
}

fn renewal(random: &mut Random, segment: Segment, signed_up: Millis, start: Millis) -> Option<(Millis, u32)> {
    let (monthly, terms): (f64, &[u32]) = match segment {
        Segment::Smb => (0.75, &[365]),
        Segment::MidMarket => (0.3, &[365, 730, 730]),
        Segment::Enterprise => (0.0, &[365, 730, 1095, 1095]),
    };
    let term = random.pick(terms);
    if random.chance(monthly) {
        return None;
    }
    let length = i64::from(term) * DAY_MS;
    // The first one after the start; a newcomer's lies a whole term ahead.
    let terms = (start - signed_up).max(0) / length + 1;
    Some((signed_up + terms * length, term))
}

fn expanded(random: &mut Random, signed_up: Millis, joins: Millis) -> Option<Millis> {
    let at = joins - days(random.between((5.0, 700.0)));
    (random.chance(0.5) && at > signed_up).then_some(at)
}

fn champion(random: &mut Random, health: f64) -> Champion {
    match health / 100.0 * 0.7 + random.unit() * 0.5 {
        warmth if warmth < 0.45 => Champion::None,
        warmth if warmth < 0.65 => Champion::Weak,
        warmth if warmth < 0.9 => Champion::Moderate,
        _ => Champion::Strong,
    }
}
