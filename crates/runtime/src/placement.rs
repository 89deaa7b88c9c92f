//! Do the input topics' records lie where one partitioner puts them? (SPEC section 2)
//!
//! An account's events meet only where all five topics put its key on the same partition number. A sample of keys
//! tells the partitioners apart: a key that two of them put on one partition says nothing, the others do. A few
//! records that somebody put elsewhere by hand are borne.

use std::collections::{BTreeMap, BTreeSet};

use crate::layout::Findings;
use crate::partitioner::{Partitioner, Placing};

/// So many keys that only one of two partitioners explains tell the two apart.
const TELLING_KEYS: usize = 3;
/// A share of keys that is more than a few put there by hand.
const TELLING_SHARE: f64 = 0.05;
/// A share of keys that explains a topic.
const EXPLAINED_SHARE: f64 = 0.90;
/// What chance might do more often than this is no evidence.
const CHANCE: f64 = 0.001;
/// Fewer keys than these never say that a topic's partitioner is unknown.
const FOREIGN_KEYS: usize = 20;

/// Distinct keys of a topic, each with the partition on which it was seen.
pub type Placed = BTreeSet<(Vec<u8>, i32)>;

/// What placed a topic's records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Too few keys to tell.
    Unknown,
    /// This partitioner.
    By(Partitioner),
    /// Two partitioners, each a part of them.
    Mixed(Partitioner, Partitioner),
    /// None that is known here; the best explains this share of the keys.
    Foreign(Partitioner, f64),
}

/// What a topic is called, what a person says of it, and what its records say.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The topic's name.
    pub name: &'a str,
    /// Its name in a configuration.
    pub key: &'static str,
    /// As configured.
    pub placing: Placing,
    /// As sampled.
    pub verdict: Verdict,
}

/// Tells what placed a topic's records on its partitions.
pub fn recognise(placed: &Placed, partitions: i32) -> Verdict {
    if partitions < 2 || placed.is_empty() {
        return Verdict::Unknown;
    }
    let tally = Tally::new(placed, partitions);
    let pairs = [(0, 1), (0, 2), (1, 2)].map(|(a, b)| (Partitioner::ALL[a], Partitioner::ALL[b]));
    if let Some((one, other)) = pairs.into_iter().find(|(one, other)| tally.mixed(*one, *other)) {
        return Verdict::Mixed(one, other);
    }
    if let Some(by) = Partitioner::ALL.into_iter().find(|by| tally.recognised(*by)) {
        return Verdict::By(by);
    }
    // Of equals the first: they are all equally wrong.
    let best = Partitioner::ALL.into_iter().rev().max_by_key(|by| tally.count(|fits| fits.by(*by)));
    match best.map(|best| (best, tally.share(tally.count(|fits| fits.by(best))))) {
        Some((best, share)) if share < EXPLAINED_SHARE && tally.keys.len() >= FOREIGN_KEYS => {
            Verdict::Foreign(best, share)
        }
        _ => Verdict::Unknown,
    }
}

/// Which partitioners put a key where it was seen.
#[derive(Clone, Copy)]
struct Fits([bool; 3]);

impl Fits {
    fn by(self, partitioner: Partitioner) -> bool {
        self.0[partitioner as usize]
    }
}

struct Tally {
    keys: Vec<Fits>,
    /// That a key lies where a given partitioner puts it although another did.
    chance: f64,
}

impl Tally {
    fn new(placed: &Placed, partitions: i32) -> Tally {
        let fits =
            |(key, at): &(Vec<u8>, i32)| Fits(Partitioner::ALL.map(|by| by.place(key, partitions) == *at));
        Tally { keys: placed.iter().map(fits).collect(), chance: 1.0 / f64::from(partitions) }
    }

    fn count(&self, which: impl Fn(&Fits) -> bool) -> usize {
        self.keys.iter().filter(|fits| which(fits)).count()
    }

    fn share(&self, count: usize) -> f64 {
        count as f64 / self.keys.len() as f64
    }

    /// Whether so many keys are nearly all, and more than chance explains.
    fn explains(&self, count: usize, chance: f64) -> bool {
        self.share(count) >= EXPLAINED_SHARE && by_chance(count, self.keys.len(), chance) < CHANCE
    }

    fn only(&self, one: Partitioner, other: Partitioner) -> usize {
        self.count(|fits| fits.by(one) && !fits.by(other))
    }

    fn mixed(&self, one: Partitioner, other: Partitioner) -> bool {
        let telling = |count: usize| count >= TELLING_KEYS && self.share(count) >= TELLING_SHARE;
        let either = self.count(|fits| fits.by(one) || fits.by(other));
        let chance = 1.0 - (1.0 - self.chance).powi(2);
        telling(self.only(one, other)) && telling(self.only(other, one)) && self.explains(either, chance)
    }

    fn recognised(&self, by: Partitioner) -> bool {
        let others = Partitioner::ALL.into_iter().filter(|other| *other != by);
        self.explains(self.count(|fits| fits.by(by)), self.chance)
            && others.into_iter().all(|other| self.only(by, other) >= TELLING_KEYS)
    }
}

/// How likely it is that at least `count` of `all` hold where each does with a chance of its own.
fn by_chance(count: usize, all: usize, chance: f64) -> f64 {
    let mut term = chance.powi(i32::try_from(all).unwrap_or(i32::MAX));
    let mut sum = term;
    for held in (count + 1..=all).rev() {
        // From the likelihood of `held` to that of one less.
        term *= held as f64 / (all - held + 1) as f64 * (1.0 - chance) / chance;
        sum += term;
    }
    sum
}

/// Judges the input topics together.
pub fn judge(topics: &[Seen<'_>]) -> Findings {
    let checked: Vec<&Seen<'_>> = topics.iter().filter(|topic| topic.placing != Placing::Custom).collect();
    let mut findings = Findings::default();
    findings.problems.extend(checked.iter().filter_map(|topic| alone(topic)));
    let groups = groups(&checked);
    findings.placed_by = groups.keys().next().copied();
    if groups.len() > 1 {
        findings.problems.push(different(&groups));
    }
    for topic in checked.iter().filter(|topic| topic.placing == Placing::Recognise) {
        match unknown(topic) {
            Some(line) if groups.is_empty() => {
                findings.warnings.push(format!("{line}; whether an account's records meet can't be checked"));
            }
            Some(line) => findings.problems.push(format!(
                "{line}, but {}: an account's records may not meet; where they do, say `{} = \"custom\"` under \
                 [partitioners]",
                said(&groups),
                topic.key,
            )),
            None => {}
        }
    }
    findings
}

type Groups<'a> = BTreeMap<Partitioner, Vec<&'a str>>;

/// The topics by the partitioner that places them: what is recognised goes before what is configured.
fn groups<'a>(topics: &[&Seen<'a>]) -> Groups<'a> {
    let mut groups = Groups::new();
    for topic in topics {
        match (topic.verdict, topic.placing) {
            (Verdict::By(by), _) | (Verdict::Unknown, Placing::By(by)) => {
                groups.entry(by).or_default().push(topic.name);
            }
            _ => {}
        }
    }
    groups
}

/// What is wrong with a topic whatever the others are.
fn alone(topic: &Seen<'_>) -> Option<String> {
    let name = topic.name;
    match (topic.verdict, topic.placing) {
        (Verdict::Mixed(one, other), _) => Some(format!(
            "topic `{name}` has records placed by {one} and by {other}: an account's records would not meet; let \
             all producers use one partitioner (librdkafka: `partitioner=murmur2_random`) and write the topic anew"
        )),
        (Verdict::By(by), Placing::By(configured)) if by != configured => Some(format!(
            "topic `{name}` is configured as {}, but its records are placed by {by}; mend it under [partitioners]",
            configured.name()
        )),
        (Verdict::Foreign(..), Placing::By(configured)) => Some(format!(
            "topic `{name}` is configured as {}, but its records are not placed so; see which partitioner its \
             producers use, and whether partitions were added after records were written",
            configured.name()
        )),
        _ => None,
    }
}

fn different(groups: &Groups<'_>) -> String {
    format!(
        "the input topics must be placed by one partitioner, so that an account's records meet: {}; let all \
         producers use one (librdkafka: `partitioner=murmur2_random`) and write the others' topics anew",
        said(groups)
    )
}

fn said(groups: &Groups<'_>) -> String {
    let group = |(by, names): (&Partitioner, &Vec<&str>)| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("{} by {by}", names.join(", "))
    };
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}

fn unknown(topic: &Seen<'_>) -> Option<String> {
    let Verdict::Foreign(best, share) = topic.verdict else {
        return None;
    };
    Some(format!(
        "topic `{}` has records placed by a partitioner that is not known here ({} would put {:.0} % of its keys \
         where they are), or partitions were added after records were written",
        topic.name,
        best.name(),
        100.0 * share
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Partitioner::{Crc32, Fnv1a, Murmur2};

    /// So many keys, the first of them `from`, each where `at` puts it.
    fn placed(from: usize, count: usize, at: impl Fn(&[u8]) -> i32) -> Placed {
        let key = |number: usize| format!("account-{number}").into_bytes();
        (from..from + count).map(key).map(|key| (at(&key), key)).map(|(at, key)| (key, at)).collect()
    }

    fn by(by: Partitioner, partitions: i32, from: usize, count: usize) -> Placed {
        placed(from, count, |key| by.place(key, partitions))
    }

    /// As a partitioner of somebody's own.
    fn own(partitions: i32, count: usize) -> Placed {
        placed(0, count, |key| Murmur2.place(&[b"own", key].concat(), partitions))
    }

    fn together(one: Placed, other: Placed) -> Placed {
        one.into_iter().chain(other).collect()
    }

    #[test]
    fn one_partitioner_is_recognised_whatever_the_number_of_partitions() {
        for partitions in [2, 3, 8, 12, 64, 1000] {
            for one in Partitioner::ALL {
                let seen = recognise(&by(one, partitions, 0, 40), partitions);
                assert_eq!(seen, Verdict::By(one), "{partitions}");
            }
        }
    }

    #[test]
    fn two_partitioners_are_told_apart_from_one_and_from_a_few_records_put_by_hand() {
        let murmur2 = |count| by(Murmur2, 12, 0, count);
        let elsewhere = |count| placed(500, count, |key| (Murmur2.place(key, 12) + 1) % 12);
        let table = [
            ("half and half", together(murmur2(50), by(Crc32, 12, 500, 50)), Verdict::Mixed(Murmur2, Crc32)),
            ("a tenth", together(murmur2(90), by(Fnv1a, 12, 500, 10)), Verdict::Mixed(Murmur2, Fnv1a)),
            ("the same keys", together(murmur2(50), by(Crc32, 12, 0, 50)), Verdict::Mixed(Murmur2, Crc32)),
            ("two by hand", together(murmur2(90), by(Crc32, 12, 500, 2)), Verdict::By(Murmur2)),
            ("less than a twentieth", together(murmur2(190), by(Crc32, 12, 500, 8)), Verdict::By(Murmur2)),
            ("elsewhere by hand", together(murmur2(90), elsewhere(8)), Verdict::By(Murmur2)),
        ];
        for (what, placed, verdict) in table {
            assert_eq!(recognise(&placed, 12), verdict, "{what}");
        }
    }

    #[test]
    fn what_no_partitioner_explains_is_foreign_and_never_mixed_by_chance() {
        for partitions in [2, 3, 4, 8, 64] {
            for count in [30, 100, 400] {
                let seen = recognise(&own(partitions, count), partitions);
                assert!(matches!(seen, Verdict::Foreign(..)), "{count} keys on {partitions}: {seen:?}");
            }
        }
    }

    #[test]
    fn too_little_says_nothing() {
        assert_eq!(recognise(&Placed::new(), 8), Verdict::Unknown);
        assert_eq!(recognise(&own(1, 100), 1), Verdict::Unknown, "one partition is right for everybody");
        assert_eq!(recognise(&by(Murmur2, 8, 0, 2), 8), Verdict::Unknown);
        assert_eq!(recognise(&own(8, 10), 8), Verdict::Unknown, "ten keys, put by hand as it seems");
        let agreeing: Placed = by(Murmur2, 2, 0, 200).intersection(&by(Crc32, 2, 0, 200)).cloned().collect();
        assert!(agreeing.len() > 50);
        assert_eq!(recognise(&agreeing, 2), Verdict::Unknown, "keys that both put there");
    }

    #[test]
    fn chance_is_worked_out_as_the_binomial_is() {
        for (count, all, chance, likely) in
            [(2, 2, 0.5, 0.25), (0, 5, 0.3, 1.0), (9, 10, 0.5, 11.0 / 1024.0), (90, 100, 0.75, 1.37e-4)]
        {
            let worked_out = by_chance(count, all, chance);
            assert!((worked_out / likely - 1.0).abs() < 0.01, "{count} of {all}: {worked_out}");
        }
    }

    const NAMES: [&str; 3] = ["usage", "news", "nps"];

    fn judged(seen: [(Placing, Verdict); 3]) -> Findings {
        let named =
            |at: usize| Seen { name: NAMES[at], key: NAMES[at], placing: seen[at].0, verdict: seen[at].1 };
        judge(&[named(0), named(1), named(2)])
    }

    #[test]
    fn topics_that_agree_or_say_too_little_pass() {
        let nothing = (Placing::Recognise, Verdict::Unknown);
        let murmur2 = (Placing::Recognise, Verdict::By(Murmur2));
        let told = (Placing::By(Murmur2), Verdict::Unknown);
        let custom = (Placing::Custom, Verdict::By(Crc32));
        for seen in [
            [nothing, nothing, nothing],
            [murmur2, murmur2, murmur2],
            [murmur2, nothing, told],
            [murmur2, custom, nothing],
            [(Placing::By(Murmur2), Verdict::By(Murmur2)), murmur2, nothing],
            [
                (Placing::Custom, Verdict::Foreign(Crc32, 0.2)),
                (Placing::Custom, Verdict::Mixed(Crc32, Fnv1a)),
                murmur2,
            ],
        ] {
            let placed_by = (seen != [nothing; 3]).then_some(Murmur2);
            assert_eq!(judged(seen), Findings { placed_by, ..Findings::default() }, "{seen:?}");
        }
    }

    #[test]
    fn problems_name_their_topics() {
        let nothing = (Placing::Recognise, Verdict::Unknown);
        let murmur2 = (Placing::Recognise, Verdict::By(Murmur2));
        let crc32 = (Placing::Recognise, Verdict::By(Crc32));
        let foreign = (Placing::Recognise, Verdict::Foreign(Crc32, 0.13));
        let table: [(_, &[&str]); 7] = [
            ([murmur2, crc32, nothing], &["`usage` by murmur2 (Java); `news` by crc32 (librdkafka)"]),
            (
                [murmur2, (Placing::By(Crc32), Verdict::Unknown), murmur2],
                &["`usage`, `nps` by murmur2 (Java); `news`"],
            ),
            (
                [(Placing::Recognise, Verdict::Mixed(Murmur2, Crc32)), nothing, nothing],
                &["topic `usage` has records placed by murmur2 (Java) and by crc32 (librdkafka)"],
            ),
            (
                [(Placing::By(Crc32), Verdict::By(Murmur2)), nothing, nothing],
                &["topic `usage` is configured as crc32, but its records are placed by murmur2 (Java)"],
            ),
            (
                [
                    (Placing::By(Crc32), Verdict::By(Murmur2)),
                    nothing,
                    (Placing::By(Crc32), Verdict::By(Crc32)),
                ],
                &["topic `usage` is configured as crc32", "`usage` by murmur2 (Java); `nps` by crc32"],
            ),
            (
                [(Placing::By(Fnv1a), Verdict::Foreign(Crc32, 0.13)), nothing, nothing],
                &["topic `usage` is configured as fnv1a, but its records are not placed so"],
            ),
            (
                [murmur2, foreign, nothing],
                &["crc32 would put 13 % of its keys", "say `news = \"custom\"` under"],
            ),
        ];
        for (seen, words) in table {
            let findings = judged(seen);
            let all = findings.problems.join("\n");
            assert!(words.iter().all(|word| all.contains(word)), "{words:?}: {all}");
            assert!(findings.warnings.is_empty(), "{findings:?}");
        }
        let findings = judged([foreign, foreign, nothing]);
        assert!(findings.problems.is_empty() && findings.warnings.len() == 2, "{findings:?}");
        assert!(findings.warnings[1].contains("topic `news`"), "{findings:?}");
    }
}
