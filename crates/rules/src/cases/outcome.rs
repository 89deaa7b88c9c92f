//! Outcomes of tests: what people did with an opportunity.

use std::sync::Arc;

use springtide_core::event::{Fact, Outcome, Stage};
use springtide_core::rules::Rules;

use super::moment::{self, Start};
use crate::form;
use crate::mistake::Log;
use crate::read::{Fields, one_of, text};
use crate::yaml::Node;

/// Reads an entry of `outcomes`.
pub(super) fn read(node: &Node, start: Start, rules: &Rules, serial: usize, log: &mut Log) -> Option<Fact> {
    let fields = Fields::of("outcomes", node.place, node, &form::names(form::cases::OUTCOME), log)?;
    let at = fields.need("at", log).and_then(|node| moment::read("at", node, start, log));
    let play = fields.need("play", log).and_then(|node| {
        let name = text("play", node, log)?;
        super::wanted::play(name, node, rules, log).map(|_| name)
    });
    let stages = Stage::ALL.map(|stage| (stage.name(), stage));
    let stage = fields.need("stage", log).and_then(|node| one_of("stage", node, stages, log));
    let until = match (fields.get("until"), stage) {
        (None, Some(Stage::Snoozed)) => fields.need("until", log).and(None),
        (None, _) => Some(None),
        (Some(node), _) => moment::read("until", node, start, log).map(Some),
    };
    Some(Fact::Outcome(Arc::new(Outcome {
        at: at?,
        id: format!("o{serial}").into(),
        opportunity: "any".into(),
        play: play?.into(),
        stage: stage?,
        until: until?,
        amount: None,
        cost: None,
        reason: None,
        actor: None,
    })))
}
