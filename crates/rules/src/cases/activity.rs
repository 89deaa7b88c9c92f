//! Events of tests: one entry makes one event, or many.

use std::sync::Arc;

use springtide_core::event::{Activity, Fact, Field, FieldType, Kind, Value};
use springtide_core::time::DAY_MS;

use super::moment::{self, Start};
use crate::form;
use crate::mistake::{Log, Place};
use crate::near::did_you_mean;
use crate::read::{Fields, expected, number, text, whole};
use crate::yaml::Node;

/// The most events of one test.
pub(crate) const MOST_EVENTS: u32 = 5_000;

/// Reads an entry of `events`, and adds what it makes.
pub(super) fn read(node: &Node, start: Start, facts: &mut Vec<Fact>, log: &mut Log) -> Option<()> {
    let kind = kind(node, log)?;
    let known: Vec<&str> = form::names(form::cases::EVENT)
        .into_iter()
        .chain(kind.fields().iter().map(|field| field.name))
        .collect();
    let fields = Fields::of(kind.name(), node.place, node, &known, log)?;
    let at = fields.need("at", log).and_then(|node| moment::read("at", node, start, log));
    let repeats =
        |name, log: &mut Log| fields.get(name).map_or(Some(1), |node| whole(name, node, 1, MOST_EVENTS, log));
    let (times, days) = (repeats("times", log), repeats("days", log));
    let id = fields.get("event_id").map_or(Some(None), |node| text("event_id", node, log).map(Some));
    let given: Vec<Option<Given<'_>>> =
        kind.fields().iter().map(|field| given(field, fields, node.place, log)).collect();
    let given: Vec<Given<'_>> = given.into_iter().collect::<Option<_>>()?;
    let (at, times, days, id) = (at?, times?, days?, id?);
    if times as usize * days as usize + facts.len() > MOST_EVENTS as usize {
        log.mistake(node.place, format!("a test with more than {MOST_EVENTS} events"), None);
        return None;
    }
    for day in 1..=days {
        for n in 1..=times {
            let serial = facts.len() + 1;
            let fill = |text: &str| -> Box<str> {
                text.replace("{n}", &n.to_string()).replace("{day}", &day.to_string()).into()
            };
            let value = |(field, given): (&Field, &Given<'_>)| match given {
                Given::Absent => Value::Absent,
                Given::Number(number) => Value::Number(*number),
                Given::Text(text) => Value::Text(fill(text)),
                Given::MadeUp => Value::Text(format!("{} {serial}", field.name).into()),
            };
            let values = kind.fields().iter().zip(&given).map(value).collect();
            let id = id.map_or_else(|| format!("e{serial}").into(), fill);
            let at = at + i64::from(day - 1) * DAY_MS;
            facts.push(Fact::Activity(Arc::new(Activity { at, id, kind, values })));
        }
    }
    Some(())
}

fn kind(node: &Node, log: &mut Log) -> Option<Kind> {
    let entries = crate::read::entries("events", node, log)?;
    let Some(entry) = entries.iter().find(|entry| entry.key == "type") else {
        log.mistake(node.place, "`type` is missing", None);
        return None;
    };
    let name = text("type", &entry.value, log)?;
    let kind = Kind::from_name(name);
    if kind.is_none() {
        let hint = did_you_mean(name, Kind::ALL.iter().map(|kind| kind.name()));
        log.mistake(entry.value.place, format!("unknown event type `{name}`"), hint);
    }
    kind
}

/// A field's value, for all events of an entry.
enum Given<'n> {
    Absent,
    Number(f64),
    Text(&'n str),
    /// A text that has to be there, and of which the test says nothing: one of its own for each event.
    MadeUp,
}

fn given<'n>(field: &Field, fields: Fields<'n>, place: Place, log: &mut Log) -> Option<Given<'n>> {
    let Some(node) = fields.get(field.name).filter(|node| !node.is_nothing()) else {
        return match (field.required, field.ty) {
            (false, _) => Some(Given::Absent),
            (true, FieldType::Text) => Some(Given::MadeUp),
            (true, _) => {
                log.mistake(place, format!("`{}` is missing", field.name), None);
                None
            }
        };
    };
    let (least, most, is_whole) = match field.ty {
        FieldType::Text => return text(field.name, node, log).map(Given::Text),
        FieldType::OneOf(words) => {
            let word = text(field.name, node, log)?;
            if words.contains(&word) {
                return Some(Given::Text(word));
            }
            return expected(field.name, &format!("one of {}", words.join(", ")), node, log);
        }
        FieldType::Count => (0.0, f64::MAX, true),
        FieldType::Amount => (0.0, f64::MAX, false),
        FieldType::CountWithin(least, most) => (least, most, true),
        FieldType::AmountWithin(least, most) => (least, most, false),
    };
    let noun = if is_whole { "a whole number" } else { "a number" };
    let wanted = match most < f64::MAX {
        true => format!("{noun} from {least} to {most}"),
        false => format!("{noun}, 0 or more"),
    };
    let fits = |it: f64| (least..=most).contains(&it) && (!is_whole || it.fract() == 0.0);
    number(field.name, node, &wanted, fits, log).map(Given::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_type_has_a_field_named_as_what_an_entry_says() {
        for kind in Kind::ALL {
            assert!(
                kind.fields().iter().all(|field| !form::names(form::cases::EVENT).contains(&field.name)),
                "{}",
                kind.name()
            );
        }
    }
}
