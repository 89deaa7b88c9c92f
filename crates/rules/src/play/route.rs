//! Who gets an opportunity (SPEC 3.10). Roles are free names.

use std::collections::BTreeMap;

use springtide_core::rules::Route;

use super::segments;
use crate::form;
use crate::mistake::Log;
use crate::read::{Fields, number, text};
use crate::yaml::Entry;

pub(super) fn read(entry: &Entry, log: &mut Log) -> Option<Route> {
    let fields = Fields::of("route", entry.place, &entry.value, &form::names(form::ROUTE), log)?;
    let role = match fields.get("role") {
        None => Some(None),
        Some(node) => text("role", node, log).map(|role| Some(role.into())),
    };
    let by_segment = match fields.get("by_segment") {
        None => Some(BTreeMap::new()),
        Some(node) => segments::read(node, log),
    };
    let over_value = match fields.entry("over_value") {
        None => Some(None),
        Some(entry) => over_value(entry, log).map(Some),
    };
    Some(Route { role: role?, by_segment: by_segment?, over_value: over_value? })
}

fn over_value(entry: &Entry, log: &mut Log) -> Option<(f64, Box<str>)> {
    let fields = Fields::of("over_value", entry.place, &entry.value, &form::names(form::OVER_VALUE), log)?;
    let amount = fields.need("amount", log);
    let amount = amount.and_then(|node| number("amount", node, "a number, 0 or more", |it| it >= 0.0, log));
    let role = fields.need("role", log).and_then(|node| text("role", node, log));
    Some((amount?, role?.into()))
}
