//! Tests of the digest: who is in which list, that nobody is in two or none, and hostile names.

use proptest::prelude::*;
use springtide_core::event::Outcome;
use springtide_core::time::{HOUR_MS, day_of_date, format_rfc3339, parse_rfc3339, start_of};
use uuid::Uuid;

use super::*;
use crate::row::Place;

/// A Monday.
const NOW: &str = "2026-03-02T09:00:00Z";

fn now() -> Millis {
    parse_rfc3339(NOW).unwrap()
}

/// Of medium urgency, opened a week ago, with a week left.
fn row(number: u128, change: impl FnOnce(&mut Row)) -> Row {
    let (opened, act_by) = (format_rfc3339(now() - 7 * DAY_MS), format_rfc3339(now() + 7 * DAY_MS));
    let json = format!(
        r#"{{"opportunity_id":"{}","revision":1,"status":"open","account_id":"a","account_name":"Acme {number}",
        "segment":"smb","play":"p","motion":"usage","opened_at":"{opened}","updated_at":"{opened}",
        "act_by":"{act_by}","urgency":"medium","score":50.0,"route":{{"role":"sales","owner":"Ann"}},"headline":"H {number}",
        "yearly_value":1.0,"currency":"EUR"}}"#,
        Uuid::from_u128(number),
    );
    let mut row = Row::read(&json, Place { partition: 0, offset: number as i64 }).unwrap();
    change(&mut row);
    row
}

fn done(number: u128, at: Millis, stage: Stage, until: Option<Millis>) -> Outcome {
    Outcome {
        at,
        id: "e".into(),
        opportunity: Uuid::from_u128(number).to_string().into(),
        play: "p".into(),
        stage,
        until,
        amount: None,
        cost: None,
        reason: None,
        actor: None,
    }
}

fn holidays() -> Calendar {
    Calendar::new(day_of_date(2026, 3, 3).into_iter().collect())
}

#[test]
fn each_is_in_the_list_that_it_belongs_to() {
    let hours = |hours: i64| now() - hours * HOUR_MS;
    type Case = (&'static str, Box<dyn Fn(&mut Row)>, Option<Outcome>, Option<Part>);
    let high = |row: &mut Row| row.urgency = "high".into();
    let snoozed = |until: Millis| Some(done(0, hours(100), Stage::Snoozed, Some(until)));
    // Tuesday is a holiday: two business days from Monday is Thursday, at the same time.
    let thursday = start_of(day_of_date(2026, 3, 5).unwrap()) + 9 * HOUR_MS;
    let cases: Vec<Case> = vec![
        ("waits", Box::new(|_| {}), None, Some(Part::Later)),
        ("high, but of last week", Box::new(high), None, Some(Part::Later)),
        (
            "high and revised",
            Box::new(move |row| {
                high(row);
                row.updated_at = hours(23)
            }),
            None,
            Some(Part::Interrupt),
        ),
        (
            "high, a day ago",
            Box::new(move |row| {
                high(row);
                row.updated_at = hours(24)
            }),
            None,
            Some(Part::Later),
        ),
        (
            "high, late news",
            Box::new(move |row| {
                high(row);
                row.emitted_at = Some(hours(1))
            }),
            None,
            Some(Part::Interrupt),
        ),
        (
            "high, too late",
            Box::new(move |row| {
                high(row);
                row.updated_at = hours(1);
                row.act_by = now()
            }),
            None,
            Some(Part::Due),
        ),
        ("due", Box::new(move |row| row.act_by = thursday), None, Some(Part::Due)),
        ("not due", Box::new(move |row| row.act_by = thursday + 1), None, Some(Part::Later)),
        ("passed", Box::new(move |row| row.act_by = hours(1_000)), None, Some(Part::Due)),
        ("new", Box::new(move |row| row.opened_at = hours(0)), None, Some(Part::Fresh)),
        ("new, late news", Box::new(move |row| row.emitted_at = Some(hours(2))), None, Some(Part::Fresh)),
        (
            "revised, late news",
            Box::new(move |row| {
                row.emitted_at = Some(hours(2));
                row.revision = 2
            }),
            None,
            Some(Part::Later),
        ),
        ("opens later", Box::new(move |row| row.opened_at = now() + 1), None, None),
        ("back", Box::new(move |row| row.act_by = hours(20)), snoozed(hours(3)), Some(Part::Back)),
        ("back for long", Box::new(|_| {}), snoozed(hours(24)), Some(Part::Later)),
        ("rests", Box::new(|_| {}), snoozed(now() + 1), None),
        ("worked on", Box::new(high), Some(done(0, hours(1), Stage::Qualified, None)), Some(Part::Working)),
        ("dismissed", Box::new(|_| {}), Some(done(0, hours(1), Stage::Dismissed, None)), None),
        ("withdrawn", Box::new(|row| row.is_withdrawn = true), None, None),
    ];
    for (name, change, outcome, expected) in cases {
        let mut inbox = Inbox::default();
        inbox.put(row(0, |row| change(row)));
        outcome.map(|outcome| inbox.done(outcome));
        let digest = inbox.digest(Whose::default(), now(), &holidays());
        assert_eq!(found(&digest), expected.into_iter().map(|part| (part, 1)).collect::<Vec<_>>(), "{name}");
    }
}

/// How many each part has, where it has any.
fn found(digest: &Digest<'_>) -> Vec<(Part, usize)> {
    let listed = |list: &Listed<'_>| list.rows.len() + list.more;
    let all = [
        (Part::Interrupt, listed(&digest.interrupt)),
        (Part::Due, listed(&digest.due)),
        (Part::Fresh, listed(&digest.fresh)),
        (Part::Back, listed(&digest.back)),
        (Part::Working, digest.working),
        (Part::Later, digest.later),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

#[test]
fn lists_are_short_and_say_what_they_leave_out() {
    let mut inbox = Inbox::default();
    for number in 0..13 {
        inbox.put(row(number, |row| {
            row.opened_at = now();
            row.score = number as f64;
            row.route.owner = (number != 12).then(|| "Bob".into());
        }));
    }
    let bobs = Whose { owner: Some("Bob".into()), role: Some("sales".into()) };
    let digest = inbox.digest(bobs, now(), &Calendar::default());
    let scores: Vec<f64> = digest.fresh.rows.iter().map(|row| row.score).collect();
    assert_eq!(scores, (2..12).rev().map(f64::from).collect::<Vec<_>>());
    assert_eq!(digest.fresh.more, 2);
    let text = digest.markdown();
    assert!(
        text.starts_with(
            "# Monday, 2 March 2026\n\nFor Bob, sales.\n\n## New\n\n- **Acme 11**: H 11 (score 11, Bob)\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("- and 2 more\n\n0 are being worked on, 0 more wait.\n"), "{text}");
    let nobody = inbox.digest(Whose { role: Some("cfo".into()), owner: None }, now(), &Calendar::default());
    assert!(nobody.markdown().contains("Nothing asks for you today."));
}

#[test]
fn hostile_names_are_no_markup() {
    let mut inbox = Inbox::default();
    inbox.put(row(1, |row| {
        row.opened_at = now();
        row.account_name = "<img src=x>\n# Pay [here](http://evil.example) **now**".into();
        row.headline = "a\r\n\r\n- b `c`".into();
        row.route.owner = Some("_Eve_".into());
    }));
    let text = inbox.digest(Whose::default(), now(), &Calendar::default()).markdown();
    let line = text.lines().find(|line| line.starts_with("- ")).unwrap();
    assert_eq!(
        line,
        r"- **\<img src=x\> \# Pay \[here\](http://evil.example) \*\*now\*\***: a    - b \`c\` (score 50,  Eve )"
    );
    assert_eq!(text.lines().filter(|line| line.starts_with('#')).count(), 2);
}

proptest! {
    #[test]
    fn each_that_waits_is_in_one_place(rows in proptest::collection::vec((-30..3_i64, -30..30_i64, -9..9_i64, 0..4_u8), 0..60)) {
        let mut inbox = Inbox::default();
        let mut waiting = 0;
        for (number, (opened, act_by, until, kind)) in rows.iter().enumerate() {
            let hours = |hours: i64| now() + hours * HOUR_MS;
            inbox.put(row(number as u128, |row| {
                row.opened_at = hours(*opened);
                row.act_by = hours(4 * act_by);
                row.urgency = (if kind % 2 == 0 { "high" } else { "low" }).into();
            }));
            if *kind >= 2 {
                inbox.done(done(number as u128, hours(-48), Stage::Snoozed, Some(hours(4 * until))));
            }
            waiting += usize::from(*opened <= 0 && (*kind < 2 || *until <= 0));
        }
        let digest = inbox.digest(Whose::default(), now(), &Calendar::default());
        prop_assert_eq!(found(&digest).into_iter().map(|(_, count)| count).sum::<usize>(), waiting);
        for list in [&digest.interrupt, &digest.due, &digest.fresh, &digest.back] {
            prop_assert!(list.rows.len() <= MOST_LISTED && list.rows.is_sorted_by(|a, b| a.rank(now()) >= b.rank(now())));
        }
    }
}
