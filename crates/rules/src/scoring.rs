//! How to score: the defaults of SPEC 3.7, with what the pack says instead.

use springtide_core::rules::{Curve, Scoring};

use crate::form;
use crate::mistake::Log;
use crate::near::did_you_mean;
use crate::read::{Fields, expected, items, number};
use crate::sections::{Named, Section};
use crate::yaml::{Node, Value};

/// How far from 1 the weights may add up, for what doubles lose.
const TOLERANCE: f64 = 1e-9;

/// Reads the section; with mistakes in the log, what comes back is not to be used.
pub(crate) fn read(section: &Section, log: &mut Log) -> Scoring {
    let mut scoring = Scoring::default();
    for (key, named) in section {
        match key.as_str() {
            "weights" => weights(named, &mut scoring, log),
            "potential" => curve(key, &named.node, &mut scoring.potential, log),
            "timing" => curve(key, &named.node, &mut scoring.timing, log),
            "relationship" => relationship(named, &mut scoring, log),
            _ => log.mistake(
                named.place,
                format!("unknown key `{key}`"),
                did_you_mean(key, form::names(form::SCORING)),
            ),
        }
    }
    scoring
}

fn weights(named: &Named, scoring: &mut Scoring, log: &mut Log) {
    let known = form::names(form::WEIGHTS);
    let Some(fields) = Fields::of("weights", named.place, &named.node, &known, log) else {
        return;
    };
    let Scoring { potential_weight, health_weight, timing_weight, relationship_weight, .. } = scoring;
    let weights = [potential_weight, health_weight, timing_weight, relationship_weight];
    let mut sum = 0.0;
    for (name, weight) in known.into_iter().zip(weights) {
        let given = fields.get(name);
        let given = given.and_then(|node| number(name, node, "a number, 0 or more", |it| it >= 0.0, log));
        *weight = given.unwrap_or(*weight);
        sum += *weight;
    }
    if (sum - 1.0).abs() > TOLERANCE {
        log.warning(named.place, format!("the weights add up to {sum}, not to 1"), None);
    }
}

fn relationship(named: &Named, scoring: &mut Scoring, log: &mut Log) {
    let known = form::names(form::RELATIONSHIP);
    let Some(fields) = Fields::of("relationship", named.place, &named.node, &known, log) else {
        return;
    };
    let points = scoring.champion.iter_mut().chain([&mut scoring.per_boost]);
    for (name, points) in known.into_iter().zip(points) {
        let given = fields.get(name).and_then(|node| number(name, node, WANTED_POINTS, are_points, log));
        *points = given.unwrap_or(*points);
    }
}

const WANTED_POINTS: &str = "points from 0 to 100";

fn are_points(number: f64) -> bool {
    (0.0..=100.0).contains(&number)
}

fn curve(name: &str, node: &Node, curve: &mut Curve, log: &mut Log) {
    let Some(items) = items(name, node, log) else {
        return;
    };
    if items.is_empty() {
        let _: Option<()> = expected(name, "at least one [input, points]", node, log);
        return;
    }
    let mut read: Curve = Vec::with_capacity(items.len());
    for item in items {
        let Some(point) = point(name, item, log) else {
            continue;
        };
        if read.last().is_some_and(|last| last.0 >= point.0) {
            let message = format!("`{name}`: {} is not above the input before it", point.0);
            log.mistake(item.place, message, "sort the points by input".to_owned());
        }
        read.push(point);
    }
    *curve = read;
}

fn point(name: &str, item: &Node, log: &mut Log) -> Option<(f64, f64)> {
    let Value::List(pair) = &item.value else {
        return expected(name, "a pair [input, points]", item, log);
    };
    let [input, points] = pair.as_slice() else {
        let message = format!("`{name}`: expected a pair [input, points], found a list of {}", pair.len());
        log.mistake(item.place, message, None);
        return None;
    };
    let input = number(name, input, "a number", |_| true, log);
    let points = number(name, points, WANTED_POINTS, are_points, log);
    Some((input?, points?))
}
