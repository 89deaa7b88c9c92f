//! What a day asks for: what is worth an interruption, what is due, what is new, what is back.

mod markdown;

use springtide_core::event::Stage;
use springtide_core::rules::{Calendar, Span, Urgency};
use springtide_core::time::{DAY_MS, Millis};

use crate::inbox::{Found, Inbox};
use crate::row::Row;
use crate::standing::Standing;

/// So many each list of a digest has at most.
pub const MOST_LISTED: usize = 10;
/// What is to be acted on within so many business days is due.
const DUE_WITHIN: Span = Span::BusinessDays(2);

/// Whose opportunities a digest is about: everybody's, where both are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whose {
    /// The owner by name.
    pub owner: Option<Box<str>>,
    /// The role.
    pub role: Option<Box<str>>,
}

impl Whose {
    fn takes(&self, row: &Row) -> bool {
        self.owner.as_deref().is_none_or(|owner| row.route.owner.as_deref() == Some(owner))
            && self.role.as_deref().is_none_or(|role| &*row.route.role == role)
    }
}

/// One list of a digest, best first ([`Row::rank`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed<'a> {
    /// At most [`MOST_LISTED`].
    pub rows: Vec<&'a Row>,
    /// How many are left out.
    pub more: usize,
}

/// What a day asks for. Each opportunity that is [`Standing::New`] is in one of the lists, or counted in `later`.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest<'a> {
    /// As of when.
    pub as_of: Millis,
    /// Whose.
    pub whose: Whose,
    /// High urgency, opened or revised within the last day, and there is still time: worth an interruption.
    pub interrupt: Listed<'a>,
    /// Its date to act by has passed, or does so within two business days.
    pub due: Listed<'a>,
    /// Opened within the last day, or first told of within it.
    pub fresh: Listed<'a>,
    /// Its rest ended within the last day.
    pub back: Listed<'a>,
    /// How many are being worked on.
    pub working: usize,
    /// How many others are new and wait.
    pub later: usize,
}

/// Which list an opportunity belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Interrupt,
    Due,
    Fresh,
    Back,
    Working,
    Later,
}

impl Inbox {
    /// What the day that ends at an instant asks of somebody. Of what opened later nothing is said; of what was revised
    /// since, what it is now.
    pub fn digest(&self, whose: Whose, as_of: Millis, calendar: &Calendar) -> Digest<'_> {
        let due_until = calendar.add(as_of, DUE_WITHIN);
        let theirs = self.all(as_of).filter(|found| found.row.opened_at <= as_of && whose.takes(found.row));
        let parted: Vec<(Part, &Row)> =
            theirs.filter_map(|found| part(&found, as_of, due_until).map(|part| (part, found.row))).collect();
        let count = |wanted| parted.iter().filter(|(part, _)| *part == wanted).count();
        let list = |wanted| {
            let rows = parted.iter().filter(|(part, _)| *part == wanted).map(|(_, row)| *row);
            Listed::best(rows.collect(), as_of)
        };
        Digest {
            as_of,
            interrupt: list(Part::Interrupt),
            due: list(Part::Due),
            fresh: list(Part::Fresh),
            back: list(Part::Back),
            working: count(Part::Working),
            later: count(Part::Later),
            whose,
        }
    }
}

impl<'a> Listed<'a> {
    fn best(mut rows: Vec<&'a Row>, as_of: Millis) -> Listed<'a> {
        rows.sort_by(|one, other| {
            other.rank(as_of).total_cmp(&one.rank(as_of)).then_with(|| one.id.cmp(&other.id))
        });
        let more = rows.len().saturating_sub(MOST_LISTED);
        rows.truncate(MOST_LISTED);
        Listed { rows, more }
    }
}

/// The list that it belongs to; none where nobody has anything to do with it.
fn part(found: &Found<'_>, as_of: Millis, due_until: Millis) -> Option<Part> {
    let row = found.row;
    match found.standing {
        Standing::New => {}
        Standing::Working => return Some(Part::Working),
        _ => return None,
    }
    let of_the_day = |at: Millis| at <= as_of && as_of - at < DAY_MS;
    // News comes days late at times: what it opens is dated back, and new to people all the same.
    let told = row.emitted_at.is_some_and(of_the_day);
    let fresh = of_the_day(row.opened_at) || row.revision == 1 && told;
    let moved = fresh || of_the_day(row.updated_at) || told;
    Some(if moved && *row.urgency == *Urgency::High.name() && row.act_by > as_of {
        Part::Interrupt
    } else if woke_at(found, as_of).is_some_and(of_the_day) {
        // Before what is due: after a rest most have a date that has passed.
        Part::Back
    } else if row.act_by <= due_until {
        Part::Due
    } else if fresh {
        Part::Fresh
    } else {
        Part::Later
    })
}

/// When its rest ended, where that is what was done last.
fn woke_at(found: &Found<'_>, as_of: Millis) -> Option<Millis> {
    let last = found.done.iter().rev().find(|done| done.at <= as_of)?;
    last.until.filter(|_| last.stage == Stage::Snoozed)
}

#[cfg(test)]
mod tests;
