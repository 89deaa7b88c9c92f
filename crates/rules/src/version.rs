//! What names a pack: a fingerprint of its content, and one of the part that needs history.

use std::fmt::Write;

use springtide_core::rules::{Rules, Span};
use uuid::Uuid;

use crate::sections::{Section, Sections};

/// Hexadecimal digits of a fingerprint: enough to tell packs apart, short enough to read.
const DIGITS: usize = 12;

/// The fingerprint of everything that the pack says, whatever files it is spread over, in whatever order and
/// layout.
pub(crate) fn of_content(sections: &Sections) -> String {
    let mut content = String::new();
    for (name, section) in sections.all() {
        content.push_str(name);
        canonical(section, &mut content);
    }
    digest(&content)
}

fn canonical(section: &Section, out: &mut String) {
    for (name, named) in section {
        out.push_str(&format!("\n{name:?}:"));
        named.node.canonical(out);
    }
    out.push('\n');
}

/// The fingerprint of what decides which signals and convergences there are: detectors, and what plays do with
/// them. Gates, scoring, routes, guides, values and `act_within` are not in it: they need no history.
pub(crate) fn of_history(sections: &Sections, rules: &Rules) -> String {
    let mut content = String::new();
    canonical(&sections.detectors, &mut content);
    let mut business_days = false;
    // Writing to a string cannot fail.
    for play in &rules.plays {
        let _ = write!(content, "{:?}", play.name);
        for list in [&play.product, &play.business, &play.boost, &play.unless] {
            let mut names: Vec<&str> = list.iter().map(|id| &*rules.detectors[*id].name).collect();
            names.sort_unstable();
            let _ = write!(content, " {names:?}");
        }
        let _ = writeln!(
            content,
            " {:?} {} {} {} {} {}",
            play.window,
            play.unless_within_ms,
            play.cooldown_ms,
            play.dismissed_for_ms,
            play.in_progress_for_ms,
            play.after_expansion_ms,
        );
        business_days |= matches!(play.window, Span::BusinessDays(_));
    }
    if business_days {
        // How far such a window reaches back depends on the holidays.
        let _ = writeln!(content, "{:?}", rules.calendar);
    }
    digest(&content)
}

fn digest(content: &str) -> String {
    let mut digits = Uuid::new_v5(&Uuid::NAMESPACE_OID, content.as_bytes()).simple().to_string();
    digits.truncate(DIGITS);
    digits
}
