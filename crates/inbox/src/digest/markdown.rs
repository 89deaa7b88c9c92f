//! A digest to paste into a mail or a chat.

use std::fmt::Write;

use springtide_core::meaning::words::{counted, escaped, number};
use springtide_core::time::{day_of, format_date, weekday};

use super::{Digest, Listed};
use crate::row::Row;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Digest<'_> {
    /// The digest as Markdown. What comes from outside, names above all, is no markup in it.
    pub fn markdown(&self) -> String {
        let weekday = WEEKDAYS.get(weekday(day_of(self.as_of)) as usize).unwrap_or(&"");
        let mut text = format!("# {weekday}, {}\n", format_date(self.as_of));
        let whose = [self.whose.owner.as_deref(), self.whose.role.as_deref()];
        let whose: Vec<String> = whose.into_iter().flatten().map(spoken).collect();
        if !whose.is_empty() {
            let _ = write!(text, "\nFor {}.\n", whose.join(", "));
        }
        section(&mut text, "Worth an interruption", &self.interrupt);
        section(&mut text, "Due", &self.due);
        section(&mut text, "New", &self.fresh);
        section(&mut text, "Back from a rest", &self.back);
        let lists = [&self.interrupt, &self.due, &self.fresh, &self.back];
        if lists.iter().all(|list| list.rows.is_empty()) {
            text.push_str("\nNothing asks for you today.\n");
        }
        let working = counted(self.working as f64, "is being worked on", "are being worked on");
        let later = counted(self.later as f64, "more waits", "more wait");
        let _ = write!(text, "\n{working}, {later}.\n");
        text
    }
}

fn section(text: &mut String, title: &str, list: &Listed<'_>) {
    if list.rows.is_empty() {
        return;
    }
    let _ = write!(text, "\n## {title}\n\n");
    for row in &list.rows {
        let _ = writeln!(text, "- {}", line(row));
    }
    if list.more > 0 {
        let _ = writeln!(text, "- and {} more", list.more);
    }
}

/// What it is, how good, and whose.
fn line(row: &Row) -> String {
    let whose = row.route.owner.as_deref().unwrap_or(&row.route.role);
    format!(
        "**{}**: {} (score {}, {})",
        escaped(&row.account_name),
        escaped(&row.headline),
        number(row.score),
        spoken(whose)
    )
}

/// A name as people write it.
fn spoken(name: &str) -> String {
    escaped(&name.replace('_', " "))
}
