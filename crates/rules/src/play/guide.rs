//! What a seller does, in words (SPEC 4.2).

use std::collections::BTreeMap;

use springtide_core::rules::Guide;

use super::segments;
use crate::form;
use crate::mistake::Log;
use crate::read::{Fields, items, text};
use crate::yaml::Entry;

pub(super) fn read(entry: &Entry, log: &mut Log) -> Option<Guide> {
    let fields = Fields::of("guide", entry.place, &entry.value, &form::names(form::GUIDE), log)?;
    let outreach = words("outreach", fields, log);
    let discovery = list("discovery", fields, log);
    let proposal = words("proposal", fields, log);
    let close = words("close", fields, log);
    let timeline = words("timeline", fields, log);
    let objections = list("objections", fields, log);
    let by_segment = match fields.get("by_segment") {
        None => Some(BTreeMap::new()),
        Some(node) => segments::read(node, log),
    };
    Some(Guide {
        outreach: outreach?,
        discovery: discovery?,
        proposal: proposal?,
        close: close?,
        timeline: timeline?,
        objections: objections?,
        by_segment: by_segment?,
    })
}

fn words(name: &str, fields: Fields<'_>, log: &mut Log) -> Option<Option<Box<str>>> {
    match fields.get(name) {
        None => Some(None),
        Some(node) => text(name, node, log).map(|words| Some(words.trim_end().into())),
    }
}

fn list(name: &str, fields: Fields<'_>, log: &mut Log) -> Option<Vec<Box<str>>> {
    let Some(node) = fields.get(name) else {
        return Some(Vec::new());
    };
    let read: Vec<Option<Box<str>>> = items(name, node, log)?
        .iter()
        .map(|item| text(name, item, log).map(|words| words.trim_end().into()))
        .collect();
    read.into_iter().collect()
}
