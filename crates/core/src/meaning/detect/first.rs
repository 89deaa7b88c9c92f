//! `first`: a key value that the account never had before.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Step;
use crate::event::{Activity, Key};

/// The key values seen; kept for ever.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct First {
    seen: BTreeSet<Box<str>>,
}

impl First {
    pub(super) fn step(&mut self, event: &Activity, key: Key) -> Step {
        let Some(value) = event.key(key) else {
            return Step::Passed;
        };
        if self.seen.contains(&*value) {
            return Step::Passed;
        }
        self.seen.insert(Box::from(&*value));
        Step::Signal(None)
    }

    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}
