//! The nearest miss, in a sentence.

use super::{Condition, Verdict};

/// What would have opened the play; `None` where it opened.
pub(super) fn sentence(verdict: &Verdict, conditions: &[Condition], instant: bool) -> Option<String> {
    if *verdict == Verdict::Opened {
        return None;
    }
    let missed: Vec<&str> = conditions
        .iter()
        .filter(|condition| !condition.held)
        .map(|condition| condition.miss.as_deref().unwrap_or(&condition.text))
        .collect();
    match missed[..] {
        [] if instant => Some("every condition held".to_owned()),
        [] => Some("every condition holds: it opens at the next signal or profile".to_owned()),
        // Without a profile the gate can't hold either: to name it too would hide the cause.
        ["no profile yet", ..] => Some("no profile yet: without one no play is active".to_owned()),
        [one] => Some(one.to_owned()),
        ref several => Some(format!("{} conditions: {}", several.len(), several.join("; "))),
    }
}
