//! Counts, now and then, the opportunities that nobody has acted on by their date: what a person finds by looking at each,
//! for who is told by a figure. It goes through all accounts that are stored, on a thread that holds nobody up, and seldom
//! enough that this costs next to nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use springtide_core::meaning::overdue::Overdue;
use springtide_core::time::Millis;
use springtide_store::{Store, StoreError};

use crate::board::Board;
use crate::fault::RunError;
use crate::rulebook::Rulebook;
use crate::settings::Settings;
use crate::threads::Recurring;
use crate::wall_clock;

/// From one count to the next, at least, once it has run for a while.
const LEAST_PAUSE: Duration = Duration::from_secs(60);
/// The pause is so many times as long as the count took.
const PAUSES: u32 = 400;
/// The first counts come soon after the start, when most of what there is comes.
const FIRST: Duration = Duration::from_secs(5);

/// Starts to count.
///
/// # Errors
/// Where the system gives no thread.
pub(crate) fn audit(
    settings: &Settings,
    book: Rulebook,
    store: Arc<dyn Store>,
    board: Board,
) -> Result<Recurring, RunError> {
    let (until, mut pause) = (settings.until, FIRST);
    Recurring::start("overdue", FIRST, move || {
        let began = Instant::now();
        if let Err(error) = look(&book, &*store, &board, until.unwrap_or_else(wall_clock)) {
            // What is wrong with the disk ends the workers, with more words.
            tracing::debug!(%error, "can't tell how many opportunities are past their date");
        }
        pause = (began.elapsed() * PAUSES).max((pause * 2).min(LEAST_PAUSE));
        pause
    })
}

/// Counts for the partitions that are worked on.
fn look(book: &Rulebook, store: &dyn Store, board: &Board, now: Millis) -> Result<(), StoreError> {
    let mut counts = BTreeMap::new();
    for place in board.places() {
        let Some(rules) = book.rules(store.generation(place.number)?) else { continue };
        let mut overdue = Overdue::at(&rules, now);
        let mut take = |account: &str, key, piece: &_| overdue.take(account, key, piece);
        store.visit_pieces(place.number, Overdue::wants, &mut take)?;
        counts.insert(place.number, overdue.count());
    }
    board.set_overdue(counts);
    Ok(())
}
