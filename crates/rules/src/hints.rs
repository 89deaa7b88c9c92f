//! What is likely a slip, though a pack may say it. Few, and each one sure: whoever is told of what is right stops reading.

use std::collections::BTreeMap;

use springtide_core::event::{FieldType, Key};
use springtide_core::expr::{Env, Val};
use springtide_core::rules::{Detector, DetectorId, Play, Source, Span, Test};

use crate::mistake::{Log, Place};
use crate::play::Used;
use crate::sections::{Named, Sections};
use crate::yaml::{Node, Value};

/// Looks at a pack of which every part could be read.
pub(crate) fn give(sections: &Sections, detectors: &[Detector], plays: &[Play], used: &Used, log: &mut Log) {
    unused(sections, used, log);
    for detector in detectors {
        if let Some(named) = sections.detectors.get(&*detector.name) {
            too_many(detector, named, log);
        }
    }
    let named = |play: &Play| sections.plays.get(&*play.name);
    for (play, named) in plays.iter().filter_map(|play| Some((play, named(play)?))) {
        constant_gate(play, named, sections, log);
        no_window(play, named, log);
        // Where another detector did not compile, positions are not those of these.
        if detectors.len() == sections.detectors.len() {
            for_and_against(play, named, detectors, log);
        }
    }
    twins(plays, sections, log);
}

fn unused(sections: &Sections, used: &Used, log: &mut Log) {
    for (name, named) in sections.detectors.iter().filter(|(name, _)| !used.detectors.contains(*name)) {
        log.hint(named.place, format!("no play uses the detector `{name}`"));
    }
    for (name, named) in sections.gates.iter().filter(|(name, _)| !used.gates.contains(*name)) {
        log.hint(named.place, format!("no play uses the gate `{name}`"));
    }
}

/// More distinct values are wanted than the field ever has.
fn too_many(detector: &Detector, named: &Named, log: &mut Log) {
    let Source::Events { kind, test: Test::Distinct { key: Key::Field(field), at_least, .. }, .. } =
        &detector.source
    else {
        return;
    };
    let Some(field) = kind.fields().get(*field) else { return };
    if let FieldType::OneOf(words) = field.ty
        && *at_least > words.len() as u64
    {
        let place = place_of(&named.node, &["distinct", "at_least"]).unwrap_or(named.place);
        let message = format!("`{}` has {} values, and never {at_least}", field.name, words.len());
        log.hint(place, format!("`at_least`: {message}"));
    }
}

/// A gate that asks nothing of the account. `true` alone is how one says that there is none.
fn constant_gate(play: &Play, named: &Named, sections: &Sections, log: &mut Log) {
    let text = play.gate.to_string();
    if play.gate.reads_profile() || text == "true" {
        return;
    }
    let env = Env { account: "", event: None, profile: None, now: 0 };
    let is_true = matches!(play.gate.eval(&env), Ok(Val::Bool(true)));
    let written = entry(&named.node, "gate");
    // One that has a name is wrong where it stands.
    let by_name = written.and_then(|node| match &node.value {
        Value::Scalar(scalar) => sections.gates.get(scalar.text.trim()).map(|gate| gate.node.place),
        _ => None,
    });
    let Some(place) = by_name.or(written.map(|node| node.place)) else { return };
    match is_true {
        true => log.hint(place, format!("the gate `{text}` is true of every account")),
        false => {
            log.hint(place, format!("the gate `{text}` is true of no account: `{}` never opens", play.name))
        }
    }
}

fn no_window(play: &Play, named: &Named, log: &mut Log) {
    if play.convergent() && play.window == Span::Time(0) {
        let place = place_of(&named.node, &["window"]).unwrap_or(named.place);
        log.hint(place, "`window`: with 0 both sides must signal at the same instant".to_owned());
    }
}

/// A detector that opens the play also speaks against it.
fn for_and_against(play: &Play, named: &Named, detectors: &[Detector], log: &mut Log) {
    let sides: Vec<DetectorId> = play.product.iter().chain(&play.business).copied().collect();
    for id in play.unless.iter().filter(|id| sides.contains(id)) {
        let name = &detectors[*id].name;
        let side = if play.product.contains(id) { "product" } else { "business" };
        let place = item(&named.node, "unless", name).unwrap_or(named.place);
        log.hint(
            place,
            format!("`{name}` stands in `{side}` too: whenever it signals, `{}` can't open", play.name),
        );
    }
}

/// Two plays that open together every time.
fn twins(plays: &[Play], sections: &Sections, log: &mut Log) {
    let mut seen: BTreeMap<(Vec<DetectorId>, Vec<DetectorId>, String), &str> = BTreeMap::new();
    for play in plays {
        let sorted = |ids: &[DetectorId]| {
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            ids
        };
        let key = (sorted(&play.product), sorted(&play.business), play.gate.to_string());
        match (seen.get(&key), sections.plays.get(&*play.name)) {
            (Some(first), Some(named)) => {
                let message = format!("`{}` needs the same detectors and gate as `{first}`", play.name);
                log.hint(named.place, message);
            }
            _ => drop(seen.insert(key, &play.name)),
        }
    }
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.value {
        Value::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
        _ => None,
    }
}

fn place_of(node: &Node, path: &[&str]) -> Option<Place> {
    path.iter().try_fold(node, |node, key| entry(node, key)).map(|node| node.place)
}

fn item(node: &Node, key: &str, text: &str) -> Option<Place> {
    let Value::List(items) = &entry(node, key)?.value else { return None };
    let is_it = |item: &&Node| matches!(&item.value, Value::Scalar(scalar) if scalar.text == text);
    items.iter().find(is_it).map(|item| item.place)
}
