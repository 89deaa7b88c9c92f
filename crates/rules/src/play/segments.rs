//! `by_segment`: a text for each segment that has one.

use std::collections::BTreeMap;

use springtide_core::event::Segment;

use crate::mistake::Log;
use crate::near::did_you_mean;
use crate::read::{entries, text};
use crate::yaml::Node;

pub(super) fn read(node: &Node, log: &mut Log) -> Option<BTreeMap<Box<str>, Box<str>>> {
    let mut all = Some(BTreeMap::new());
    for entry in entries("by_segment", node, log)? {
        let known = Segment::ALL.map(Segment::name);
        let is_known = known.contains(&entry.key.as_str());
        if !is_known {
            let hint =
                did_you_mean(&entry.key, known).unwrap_or_else(|| format!("one of {}", known.join(", ")));
            log.mistake(entry.place, format!("unknown segment `{}`", entry.key), hint);
        }
        match (text(&entry.key, &entry.value, log).filter(|_| is_known), &mut all) {
            (Some(value), Some(map)) => drop(map.insert(entry.key.as_str().into(), value.into())),
            _ => all = None,
        }
    }
    all
}
