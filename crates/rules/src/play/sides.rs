//! A play's lists of detectors.

use springtide_core::rules::{DetectorId, Family};

use super::{Known, Used};
use crate::mistake::Log;
use crate::near::did_you_mean;
use crate::read::{Fields, items, text};
use crate::yaml::Node;

/// The four lists, as positions among the detectors sorted by name.
pub(super) struct Sides {
    pub product: Vec<DetectorId>,
    pub business: Vec<DetectorId>,
    pub boost: Vec<DetectorId>,
    pub unless: Vec<DetectorId>,
}

const LISTS: [&str; 4] = ["product", "business", "boost", "unless"];

pub(super) fn read(fields: Fields<'_>, known: &Known<'_>, used: &mut Used, log: &mut Log) -> Option<Sides> {
    let mut evidence: Vec<(&str, &str)> = Vec::new();
    let mut lists = LISTS.map(|name| {
        let Some(node) = fields.get(name) else {
            return Some(Vec::new());
        };
        list(name, node, &mut evidence, known, used, log)
    });
    if let [Some(product), Some(business), ..] = &lists
        && product.is_empty()
        && business.is_empty()
    {
        log.mistake(fields.place, "a play needs `product` or `business` detectors", None);
        return None;
    }
    let [product, business, boost, unless] = lists.each_mut().map(Option::take);
    Some(Sides { product: product?, business: business?, boost: boost?, unless: unless? })
}

fn list<'n>(
    name: &'n str,
    node: &'n Node,
    evidence: &mut Vec<(&'n str, &'n str)>,
    known: &Known<'_>,
    used: &mut Used,
    log: &mut Log,
) -> Option<Vec<DetectorId>> {
    let mut all = Some(Vec::new());
    for item in items(name, node, log)? {
        let id = text(name, item, log).and_then(|detector| {
            warn_of_side(name, detector, item, evidence, known, log);
            used.detectors.insert(detector.to_owned());
            find(detector, item, known, log)
        });
        match (&mut all, id) {
            (Some(ids), Some(id)) if ids.contains(&id) => {
                log.mistake(item.place, format!("{} stands in `{name}` twice", item.describe()), None);
                all = None;
            }
            (Some(ids), Some(id)) => ids.push(id),
            _ => all = None,
        }
    }
    all
}

fn find(detector: &str, item: &Node, known: &Known<'_>, log: &mut Log) -> Option<DetectorId> {
    // Sorted by name, as the rules want it.
    let found = known.detectors.keys().position(|name| name == detector);
    if found.is_none() && known.complete {
        let hint = did_you_mean(detector, known.detectors.keys().map(String::as_str));
        log.mistake(item.place, format!("unknown detector `{detector}`"), hint);
    }
    found
}

/// A detector of another family on a side, or in two lists that make evidence, is rarely meant.
fn warn_of_side<'n>(
    name: &'n str,
    detector: &'n str,
    item: &Node,
    evidence: &mut Vec<(&'n str, &'n str)>,
    known: &Known<'_>,
    log: &mut Log,
) {
    let wanted = match name {
        "product" => Some(Family::Product),
        "business" => Some(Family::Business),
        _ => None,
    };
    if let (Some(wanted), Some(family)) = (wanted, known.families.get(detector))
        && wanted != *family
    {
        log.warning(
            item.place,
            format!("`{detector}` is of the {} family, listed under `{name}`", family.name()),
            None,
        );
    }
    if name != "unless" {
        match evidence.iter().find(|(other, list)| *other == detector && *list != name) {
            Some((_, list)) => {
                log.warning(item.place, format!("`{detector}` stands in `{list}` already"), None)
            }
            None => evidence.push((detector, name)),
        }
    }
}
