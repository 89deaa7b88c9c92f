//! Near misses for a person at a terminal: one a line.

use std::fmt::Write;

use springtide_core::time::{format_date, format_rfc3339};

use super::{Asked, Misses};
use crate::text::{counted, grouped};

/// A heading, the lines, and how many there are of each play.
pub fn page(asked: Asked<'_>, misses: &Misses) -> String {
    let mut page = String::new();
    let clock = format_rfc3339(asked.at);
    let moment = format!("{}, {} UTC", format_date(asked.at), clock.get(11..16).unwrap_or_default());
    if misses.total() == 0 {
        return format!("Nothing is one condition short at {moment}\n");
    }
    let _ = writeln!(
        page,
        "{moment}: {} of {}, each one condition short",
        counted(misses.total(), "near miss", "near misses"),
        counted(misses.accounts, "account", "accounts")
    );
    let width = |of: &dyn Fn(&(&str, &str)) -> usize| {
        let names = misses.listed.keys().map(|(_, account, play)| (&**account, &**play));
        // One long id does not push all the others apart.
        names.map(|names| of(&names)).max().unwrap_or_default().min(40)
    };
    let (account_width, play_width) =
        (width(&|names| names.0.chars().count()), width(&|names| names.1.chars().count()));
    for ((_, account, play), listed) in &misses.listed {
        let _ = writeln!(page, "  {account:account_width$}  {play:play_width$}  {}", listed.words);
    }
    let more = misses.total() - misses.listed.len() as u64;
    if more > 0 {
        let _ = writeln!(page, "  {} more: --limit lists them", grouped(more));
    }
    let plays: Vec<String> =
        misses.by_play.iter().map(|(play, count)| format!("{} {play}", grouped(*count))).collect();
    let _ = writeln!(page, "By play: {}", plays.join(", "));
    page
}
