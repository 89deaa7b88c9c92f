//! Which days are no business days.

use springtide_core::rules::Calendar;

use crate::form;
use crate::mistake::Log;
use crate::near::did_you_mean;
use crate::read::{holiday, items};
use crate::sections::Section;

/// Reads the section; with mistakes in the log, what comes back is not to be used.
pub(crate) fn read(section: &Section, log: &mut Log) -> Calendar {
    let mut holidays = Vec::new();
    for (key, named) in section {
        if key == "holidays" {
            let days = items(key, &named.node, log).unwrap_or_default();
            holidays.extend(days.iter().filter_map(|day| holiday(day, log)));
        } else {
            log.mistake(
                named.place,
                format!("unknown key `{key}`"),
                did_you_mean(key, form::names(form::CALENDAR)),
            );
        }
    }
    Calendar::new(holidays)
}
