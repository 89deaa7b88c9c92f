//! Which record a revision followed from: the one that completed it, as far as its batch has it.

use std::collections::HashMap;

use springtide_core::meaning::opportunity::Opportunity;

use crate::traces::Origin;

/// By account, the records that the next settlement takes in, or the last one took.
#[derive(Default)]
pub(crate) struct Causes(HashMap<Box<str>, Cause>);

struct Cause {
    /// The one for which the account began to wait.
    first: Origin,
    /// Those that came with a trace, by their events' ids.
    traced: Vec<(Box<str>, Origin)>,
}

impl Causes {
    /// Notes a record that has an account wait to be settled.
    pub fn began(&mut self, account: &str, first: Origin) {
        self.0.insert(account.into(), Cause { first, traced: Vec::new() });
    }

    /// Notes a record that came with a trace. Returns about how many bytes that takes.
    pub fn traced(&mut self, account: &str, event_id: Box<str>, origin: Origin) -> usize {
        let bytes = event_id.len() + size_of::<(Box<str>, Origin)>();
        let Some(cause) = self.0.get_mut(account) else { return 0 };
        cause.traced.push((event_id, origin));
        bytes
    }

    /// What a revision followed from; nothing where time alone brought it about.
    ///
    /// Of records with a trace that is the one with the latest evidence, else the last; where none had one, the first.
    pub fn of(&self, revision: &Opportunity) -> Option<&Origin> {
        let Cause { first, traced } = self.0.get(&revision.account)?;
        let latest = |id: &str| {
            let of_event = revision.evidence.iter().filter(|line| line.event_id.as_deref() == Some(id));
            of_event.map(|line| line.occurred_at).max()
        };
        // Of several with the same instant, the last; nothing is before every instant.
        let best = traced.iter().max_by_key(|(id, _)| latest(id));
        Some(best.map_or(first, |(_, origin)| origin))
    }
}
