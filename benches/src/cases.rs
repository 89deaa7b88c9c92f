//! Single operations, each standing once: `benches/operations.rs` times them, `instructions.rs` has their
//! instructions counted against `budgets.toml`.
//!
//! A case begins from bytes as producers write them and from the default pack, and uses what the crates offer to
//! anybody, so that it stands while their insides change.

mod decoding;
mod engine;

/// An operation to measure.
pub struct Case {
    /// What it is called in the budgets: `room/operation`.
    pub name: String,
    /// How many operations one run is.
    pub operations: u64,
    make: Box<dyn Fn() -> Run>,
}

/// One run of a case, all prepared, to be called once. What it leaves behind is dropped with it, not measured.
pub type Run = Box<dyn FnMut()>;

impl Case {
    fn new(name: impl Into<String>, operations: u64, make: impl Fn() -> Run + 'static) -> Case {
        Case { name: name.into(), operations, make: Box::new(make) }
    }

    /// Prepares a run, which may take far longer than the run.
    pub fn prepare(&self) -> Run {
        (self.make)()
    }
}

/// All cases.
pub fn all() -> Vec<Case> {
    decoding::cases().into_iter().chain(engine::cases()).collect()
}

/// The case of a name.
pub fn find(name: &str) -> Option<Case> {
    all().into_iter().find(|case| case.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_case_has_a_budget_and_every_budget_a_case() {
        let budgets: BTreeMap<String, u64> = toml::from_str(include_str!("../budgets.toml")).unwrap();
        let names: Vec<String> = all().into_iter().map(|case| case.name).collect();
        let cases: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(cases.len(), names.len(), "two cases have one name");
        let budgeted: BTreeSet<&str> = budgets.keys().map(String::as_str).collect();
        assert_eq!(budgeted, cases, "xtask/instructions --update writes the file anew");
        assert!(budgets.values().all(|budget| *budget > 0));
    }
}
