//! One detector: its family, urgency, source and kind.

mod kinds;

pub(crate) use kinds::{MOST_DAYS, MOST_PERIODS, has_usage};

use springtide_core::event::{Key, Kind, ProfileField};
use springtide_core::rules::{Detector, Family, Source, Test, Urgency};
use springtide_core::time::DAY_MS;

use crate::SourceFile;
use crate::cel::Scope;
use crate::expressions;
use crate::form::{self, DETECTOR, KINDS, kind_keys};
use crate::mistake::Log;
use crate::near::did_you_mean;
use crate::read::{Fields, one_of, text, whole};
use crate::sections::Named;
use crate::yaml::{Entry, Node};

pub(crate) const FAMILIES: [Family; 3] = [Family::Product, Family::Business, Family::Engagement];

/// Reads a detector; `None` where there is a mistake in it.
pub(crate) fn read(name: &str, named: &Named, files: &[&SourceFile], log: &mut Log) -> Option<Detector> {
    let known: Vec<&str> = form::names(DETECTOR).into_iter().chain(kind_names()).collect();
    let fields = Fields::of(name, named.place, &named.node, &known, log)?;
    let family = fields.need("family", log);
    let family = family.and_then(|node| one_of("family", node, FAMILIES.map(|it| (it.name(), it)), log));
    let urgency = fields.need("urgency", log);
    let urgency =
        urgency.and_then(|node| one_of("urgency", node, Urgency::ALL.map(|it| (it.name(), it)), log));
    let source = match kind(fields, log) {
        Some(entry) if entry.key == "before" => timer(fields, entry, log),
        test => events(fields, test, files, log),
    };
    Some(Detector { name: name.into(), family: family?, urgency: urgency?, source: source? })
}

fn kind_names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// The one kind that a detector has.
fn kind<'n>(fields: Fields<'n>, log: &mut Log) -> Option<&'n Entry> {
    let mut given: Vec<&Entry> = kind_names().filter_map(|kind| fields.entry(kind)).collect();
    given.sort_by_key(|entry| entry.place);
    match given.split_first() {
        None => {
            let hint = format!("one of {}", kind_names().collect::<Vec<_>>().join(", "));
            log.mistake(fields.place, "the kind of detector is missing", hint);
            None
        }
        Some((first, others)) => {
            for other in others {
                let message = format!("a detector has one kind, and this one has `{}` already", first.key);
                log.mistake(other.place, message, None);
            }
            Some(first)
        }
    }
}

fn events(fields: Fields<'_>, test: Option<&Entry>, files: &[&SourceFile], log: &mut Log) -> Option<Source> {
    let kind = fields.need("event", log).and_then(|node| event(node, log));
    let test: Option<Test> = test.and_then(|entry| kinds::read(entry, kind, log));
    let filter = match (fields.get("where"), kind) {
        (None, _) => None,
        // Which fields there are is not known: nothing can be said of the condition.
        (Some(_), None) => return None,
        (Some(node), Some(kind)) => Some(expressions::read("where", node, Scope::Where(kind), files, log)?),
    };
    Some(Source::Events { kind: kind?, filter, test: test? })
}

fn event(node: &Node, log: &mut Log) -> Option<Kind> {
    let name = text("event", node, log)?;
    let kind = Kind::from_name(name);
    if kind.is_none() {
        let hint = did_you_mean(name, Kind::ALL.iter().map(|kind| kind.name()));
        log.mistake(node.place, format!("unknown event type `{name}`"), hint);
    }
    kind
}

/// The key of a detector that counts, groups or compares: a field of the type, or `event_id`.
fn key(name: &str, node: &Node, kind: Option<Kind>, log: &mut Log) -> Option<Key> {
    let field = text(name, node, log)?;
    let kind = kind?;
    let found = if field == "event_id" { Some(Key::EventId) } else { kind.field(field).map(Key::Field) };
    if found.is_none() {
        let known = kind.fields().iter().map(|field| field.name).chain(["event_id"]);
        let hint = did_you_mean(field, known.clone())
            .unwrap_or_else(|| format!("it has {}", known.collect::<Vec<_>>().join(", ")));
        log.mistake(node.place, format!("`{name}`: `{}` has no field `{field}`", kind.name()), hint);
    }
    found
}

fn timer(fields: Fields<'_>, entry: &Entry, log: &mut Log) -> Option<Source> {
    for forbidden in ["event", "where"] {
        if let Some(entry) = fields.entry(forbidden) {
            log.mistake(
                entry.place,
                format!("`before` reads the profile's dates and takes no `{forbidden}`"),
                None,
            );
        }
    }
    let fields = Fields::of("before", entry.place, &entry.value, &form::names(kind_keys("before")), log)?;
    let field = fields.need("field", log).and_then(|node| {
        let times =
            ProfileField::ALL.iter().filter(|field| is_date(**field)).map(|field| (field.name(), *field));
        one_of("field", node, times, log)
    });
    let days = fields.need("days", log).and_then(|node| whole("days", node, 1, MOST_DAYS, log));
    Some(Source::Timer { field: field?, lead_ms: i64::from(days?) * DAY_MS })
}

/// The times that a profile tells; its own `occurred_at` is none of them.
pub(crate) fn is_date(field: ProfileField) -> bool {
    matches!(
        field,
        ProfileField::SignedUpAt
            | ProfileField::FirstValueAt
            | ProfileField::RenewalAt
            | ProfileField::LastExpansionAt
    )
}
