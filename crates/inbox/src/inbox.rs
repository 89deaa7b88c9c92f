//! All opportunities that stand, and what people did with them.

use std::collections::HashMap;

use springtide_core::event::{Ordered, Outcome};
use springtide_core::time::Millis;
use uuid::Uuid;

use crate::change::{Change, What};
use crate::query::{Page, Query};
use crate::row::{Place, Row};
use crate::standing::Standing;

/// All opportunities that stand, and what people did with them.
///
/// The latest topic is told by [`Inbox::put`] and [`Inbox::remove`], outcomes by [`Inbox::done`]; topics in any order, each
/// partition in its own.
#[derive(Debug, Default)]
pub struct Inbox {
    rows: HashMap<Uuid, Row>,
    /// By opportunity, in order, each event once. Such of opportunities that are not known yet are kept: they may come.
    done: HashMap<Uuid, Vec<Outcome>>,
}

/// One opportunity with what people did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<'a> {
    /// The opportunity.
    pub row: &'a Row,
    /// Where people stand with it.
    pub standing: Standing,
    /// What they did, in order.
    pub done: &'a [Outcome],
}

impl Inbox {
    /// Takes a revision in; one that stands before what is known of its opportunity changes nothing, nor does the same again.
    pub fn put(&mut self, row: Row) -> Option<Change> {
        let known = self.rows.get(&row.id);
        if known.is_some_and(|known| known.place.partition == row.place.partition && known.place > row.place)
        {
            return None;
        }
        let what = match known {
            Some(known) if known.says_the_same(&row) => None,
            known if row.is_withdrawn && known.is_none_or(|known| !known.is_withdrawn) => {
                Some(What::Withdrawn)
            }
            Some(_) => Some(What::Revised),
            None => Some(What::Opened),
        };
        let id = row.id;
        self.rows.insert(id, row);
        what.map(|what| Change { id, what, actor: None })
    }

    /// Takes an opportunity away, and what was done with it: a tombstone says that its account was erased.
    pub fn remove(&mut self, id: Uuid) -> Option<Change> {
        self.done.remove(&id);
        self.rows.remove(&id).map(|_| Change { id, what: What::Erased, actor: None })
    }

    /// Takes in what somebody did. The same event again changes nothing.
    pub fn done(&mut self, outcome: Outcome) -> Option<Change> {
        // Whoever names no opportunity of ours means another list.
        let id = Uuid::try_parse(&outcome.opportunity).ok()?;
        let all = self.done.entry(id).or_default();
        let place = all.binary_search_by(|known| known.order(&outcome)).err()?;
        let actor = outcome.actor.clone();
        all.insert(place, outcome);
        self.rows.contains_key(&id).then_some(Change { id, what: What::Decided, actor })
    }

    /// One opportunity.
    pub fn find(&self, id: Uuid, now: Millis) -> Option<Found<'_>> {
        let row = self.rows.get(&id)?;
        let done = self.history(id);
        Some(Found { row, standing: Standing::at(row.is_withdrawn, done, now), done })
    }

    /// All, with where people stand with each at an instant.
    pub(crate) fn all(&self, at: Millis) -> impl Iterator<Item = Found<'_>> {
        self.rows.values().map(move |row| {
            let done = self.history(row.id);
            Found { row, standing: Standing::at(row.is_withdrawn, done, at), done }
        })
    }

    fn history(&self, id: Uuid) -> &[Outcome] {
        self.done.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Those that a query asks for, as of an instant.
    pub fn ask(&self, query: &Query, now: Millis) -> Page<(&Row, Standing)> {
        let as_of = query.as_of(now);
        let rows = self.all(as_of).map(|found| (found.row, found.standing));
        query.page(rows.filter(|(row, standing)| query.takes(row, *standing)), as_of)
    }

    /// Where the whole of an opportunity stands.
    pub fn place(&self, id: Uuid) -> Option<Place> {
        self.rows.get(&id).map(|row| row.place)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use springtide_core::event::Stage;
    use springtide_core::time::{DAY_MS, format_rfc3339};

    use super::*;
    use crate::query::Sort;

    fn row(number: u128, change: impl FnOnce(&mut Row)) -> Row {
        let at = format_rfc3339(0);
        let json = format!(
            r#"{{"opportunity_id":"{}","revision":1,"status":"open","account_id":"a{number}","account_name":"Acme {number}",
            "segment":"smb","play":"usage-limit","motion":"usage","opened_at":"{at}","updated_at":"{at}",
            "act_by":"{}","urgency":"high","score":50.0,"route":{{"role":"sales","owner":"Ann"}},"headline":"85 % of the calls",
            "yearly_value":1.0,"currency":"EUR","brief":"not shown"}}"#,
            Uuid::from_u128(number),
            format_rfc3339(7 * DAY_MS)
        );
        let mut row = Row::read(&json, Place { partition: 0, offset: number as i64 }).unwrap();
        change(&mut row);
        row
    }

    fn outcome(number: u128, at: Millis, id: &str, stage: Stage) -> Outcome {
        Outcome {
            at,
            id: id.into(),
            opportunity: Uuid::from_u128(number).to_string().into(),
            play: "usage-limit".into(),
            stage,
            until: (stage == Stage::Snoozed).then_some(at + 100),
            amount: None,
            cost: None,
            reason: None,
            actor: None,
        }
    }

    fn inbox(rows: impl IntoIterator<Item = Row>) -> Inbox {
        let mut inbox = Inbox::default();
        rows.into_iter().for_each(|row| drop(inbox.put(row)));
        inbox
    }

    fn numbers(page: &Page<(&Row, Standing)>) -> Vec<u128> {
        page.items.iter().map(|(row, _)| row.id.as_u128()).collect()
    }

    #[test]
    fn where_it_stands_is_what_was_done_last_by_then() {
        let cases = [
            (&[][..], 0, Standing::New),
            (&[(10, Stage::Qualified)], 9, Standing::New),
            (&[(10, Stage::Qualified)], 10, Standing::Working),
            (&[(10, Stage::Negotiation), (11, Stage::ClosedWon)], 11, Standing::Won),
            (&[(11, Stage::ClosedLost), (10, Stage::Proposal)], 11, Standing::Lost),
            (&[(10, Stage::Snoozed)], 109, Standing::Snoozed),
            (&[(10, Stage::Snoozed)], 110, Standing::New),
            (&[(10, Stage::Dismissed)], 110, Standing::Dismissed),
        ];
        for (done, now, expected) in cases {
            for is_withdrawn in [false, true] {
                let mut inbox = inbox([row(1, |row| row.is_withdrawn = is_withdrawn)]);
                for (number, (at, stage)) in done.iter().enumerate() {
                    inbox.done(outcome(1, *at, &format!("e{number}"), *stage));
                }
                let expected =
                    if is_withdrawn && expected == Standing::New { Standing::Withdrawn } else { expected };
                let found = inbox.find(Uuid::from_u128(1), now).unwrap();
                assert_eq!((found.standing, found.done.len()), (expected, done.len()), "{done:?} {now}");
            }
        }
    }

    #[test]
    fn a_query_takes_what_fits_in_all_that_it_asks() {
        let mut inbox = inbox([
            row(1, |row| row.score = 90.0),
            row(2, |row| row.route.owner = None),
            row(3, |row| row.play = "seat-expansion".into()),
            row(4, |row| row.urgency = "low".into()),
            row(5, |row| row.act_by = DAY_MS),
            row(6, |row| row.account_name = "Ünïted Foods".into()),
        ]);
        inbox.done(outcome(3, 0, "e", Stage::Dismissed));
        let text = |text: &str| Some(text.into());
        let cases = [
            (Query::default(), vec![1, 5, 2, 4, 6]),
            (Query { owner: text("Ann"), ..Query::default() }, vec![1, 5, 4, 6]),
            (Query { play: text("seat-expansion"), ..Query::default() }, vec![]),
            (Query { standings: vec![Standing::Dismissed], ..Query::default() }, vec![3]),
            (Query { urgency: text("low"), ..Query::default() }, vec![4]),
            (Query { act_before: Some(2 * DAY_MS), ..Query::default() }, vec![5]),
            (Query { text: text("foods ÜNÏTED"), ..Query::default() }, vec![6]),
            (Query { text: text("acme a5"), ..Query::default() }, vec![5]),
            (Query { account: text("a2"), role: text("sales"), ..Query::default() }, vec![2]),
            (Query { role: text("account_management"), ..Query::default() }, vec![]),
            (Query { sort: Sort::ActBy, ..Query::default() }, vec![5, 1, 2, 4, 6]),
        ];
        for (query, expected) in cases {
            let page = inbox.ask(&query, 1);
            assert_eq!((numbers(&page), page.total), (expected.clone(), expected.len()), "{query:?}");
        }
    }

    #[test]
    fn what_was_erased_is_gone_with_what_was_done() {
        let mut inbox = inbox([row(1, |_| {})]);
        inbox.done(outcome(1, 0, "e", Stage::Dismissed));
        inbox.remove(Uuid::from_u128(1));
        assert_eq!(inbox.find(Uuid::from_u128(1), 0), None);
        assert_eq!(inbox.ask(&Query { standings: Standing::ALL.to_vec(), ..Query::default() }, 0).total, 0);
        inbox.put(row(1, |_| {}));
        assert_eq!(inbox.find(Uuid::from_u128(1), 0).unwrap().standing, Standing::New);
    }

    #[test]
    fn what_changes_something_is_told_and_nothing_else() {
        let mut inbox = Inbox::default();
        let id = Uuid::from_u128(1);
        let at = |offset: i64, change: fn(&mut Row)| {
            row(1, |row| {
                row.place.offset = offset;
                change(row);
            })
        };
        let what = |change: Option<Change>| change.map(|change| (change.id, change.what, change.actor));
        let expect = |kind| Some((id, kind, None));
        let decided = |at| Outcome { actor: Some("ann".into()), ..outcome(1, at, "e", Stage::Qualified) };
        // Of what is not known yet: it is seen when that comes.
        assert_eq!(what(inbox.done(decided(1))), None);
        assert_eq!(what(inbox.put(at(1, |_| {}))), expect(What::Opened));
        assert_eq!(what(inbox.put(at(2, |_| {}))), None, "the same again");
        assert_eq!(what(inbox.put(at(1, |row| row.revision = 2))), None, "what stood before");
        assert_eq!(what(inbox.put(at(3, |row| row.revision = 2))), expect(What::Revised));
        assert_eq!(what(inbox.done(decided(1))), None, "the same again");
        assert_eq!(what(inbox.done(decided(2))), Some((id, What::Decided, Some("ann".into()))));
        assert_eq!(what(inbox.put(at(4, |row| row.is_withdrawn = true))), expect(What::Withdrawn));
        assert_eq!(what(inbox.remove(id)), expect(What::Erased));
        assert_eq!(what(inbox.remove(id)), None);
    }

    fn rows() -> impl Strategy<Value = Vec<(u8, u8)>> {
        // Few values, so that many are equal.
        proptest::collection::vec((0..5_u8, 0..5_u8), 0..40)
    }

    proptest! {
        #[test]
        fn pages_are_the_list_in_parts_though_time_goes_on(rows in rows(), limit in 1..7_usize, sort in 0..5_usize) {
            let all = rows.iter().enumerate().map(|(number, (score, days))| {
                row(number as u128, |row| {
                    row.score = f64::from(*score);
                    row.act_by = i64::from(*days) * DAY_MS;
                })
            });
            let inbox = inbox(all);
            let mut query = Query { sort: Sort::ALL[sort].1, ..Query::default() };
            let whole = numbers(&inbox.ask(&query, DAY_MS));
            query.limit = limit;
            let (mut parts, mut now) = (Vec::new(), DAY_MS);
            loop {
                let page = inbox.ask(&query, now);
                prop_assert!(page.items.len() <= limit && page.total == whole.len());
                parts.extend(numbers(&page));
                let Some(next) = page.next else { break };
                query.after = Some(next.to_string().parse().unwrap());
                now += DAY_MS;
            }
            prop_assert_eq!(parts, whole);
        }

        /// Whoever looks again at what changes are told of sees what there is.
        #[test]
        fn what_is_not_told_of_stays_as_it_was(
            told in proptest::collection::vec((0..3_u128, 0..6_i64, 0..4_u8, any::<bool>()), 0..40),
        ) {
            let mut inbox = Inbox::default();
            let mut seen: HashMap<Uuid, (Row, Vec<Outcome>)> = HashMap::new();
            for (number, value, kind, flag) in told {
                let change = match kind {
                    0 => inbox.remove(Uuid::from_u128(number)),
                    1 => inbox.done(outcome(number, value, &flag.to_string(), Stage::ALL[value as usize])),
                    _ => inbox.put(row(number, |row| {
                        row.place.offset = value;
                        row.is_withdrawn = flag;
                        row.score = (value % 2) as f64;
                    })),
                };
                if let Some(Change { id, .. }) = change {
                    match inbox.find(id, 50) {
                        Some(found) => seen.insert(id, (found.row.clone(), found.done.to_vec())),
                        None => seen.remove(&id),
                    };
                }
                for number in 0..3 {
                    let id = Uuid::from_u128(number);
                    let found = inbox.find(id, 50);
                    let same = match (found, seen.get(&id)) {
                        (None, None) => true,
                        (Some(found), Some((row, done))) => found.row.says_the_same(row) && found.done == done,
                        _ => false,
                    };
                    prop_assert!(same, "{number}");
                }
            }
        }

        #[test]
        fn what_is_told_in_any_order_and_twice_is_the_same(
            told in proptest::collection::vec((0..3_u128, 0..4_i64, 0..3_u8, 0..8_usize), 0..20),
            shuffled in any::<proptest::sample::Index>(),
        ) {
            let outcomes: Vec<Outcome> = told
                .iter()
                .map(|(number, at, id, stage)| outcome(*number, *at, &id.to_string(), Stage::ALL[*stage]))
                .collect();
            let mut other = outcomes.clone();
            other.extend(outcomes.iter().take(5).cloned());
            let middle = shuffled.index(other.len().max(1)).min(other.len());
            other.rotate_left(middle);
            other.reverse();
            let told = |outcomes: Vec<Outcome>| {
                let mut inbox = inbox((0..3).map(|number| row(number, |_| {})));
                outcomes.into_iter().for_each(|outcome| drop(inbox.done(outcome)));
                inbox
            };
            let (one, other) = (told(outcomes), told(other));
            for number in 0..3 {
                let id = Uuid::from_u128(number);
                prop_assert_eq!(one.find(id, 50), other.find(id, 50));
            }
        }
    }
}
