//! One play: which detectors, inside which window, behind which gate, and what comes of it.

mod guide;
mod route;
mod segments;
mod sides;

use std::collections::{BTreeMap, BTreeSet};

use springtide_core::expr::Expr;
use springtide_core::rules::{Family, Guide, Motion, Play, Route, Span, defaults};
use springtide_core::time::Millis;

use crate::SourceFile;
use crate::cel::{self, Scope};
use crate::expressions;
use crate::form;
use crate::mistake::Log;
use crate::near::did_you_mean;
use crate::read::{Fields, duration, one_of, source, span};
use crate::sections::{Named, Section};

/// What a play may refer to.
pub(crate) struct Known<'n> {
    /// Every detector that is defined, whether it compiled or not.
    pub detectors: &'n Section,
    /// The family of each that compiled.
    pub families: BTreeMap<&'n str, Family>,
    /// Every gate, `None` where it did not compile.
    pub gates: BTreeMap<&'n str, Option<Expr>>,
    /// Whether that is all of them; else an unknown name is no mistake to report.
    pub complete: bool,
    pub files: &'n [&'n SourceFile],
}

/// What plays did refer to.
#[derive(Default)]
pub(crate) struct Used {
    pub detectors: BTreeSet<String>,
    pub gates: BTreeSet<String>,
}

/// Reads a play; `None` where there is a mistake in it.
pub(crate) fn read(
    name: &str,
    named: &Named,
    known: &Known<'_>,
    used: &mut Used,
    log: &mut Log,
) -> Option<Play> {
    let fields = Fields::of(name, named.place, &named.node, &form::names(form::PLAY), log)?;
    let motion = fields.need("motion", log);
    let motion = motion.and_then(|node| one_of("motion", node, Motion::ALL.map(|it| (it.name(), it)), log));
    let sides = sides::read(fields, known, used, log);
    let gate = gate(fields, known, used, log);
    let value = match fields.get("value") {
        None => Some(None),
        Some(node) => expressions::read("value", node, Scope::Value, known.files, log).map(Some),
    };
    let mut times = |name, default| optional_duration(name, fields, default, log);
    let unless_within_ms = times("unless_within", defaults::UNLESS_WITHIN_MS);
    let cooldown_ms = times("cooldown", defaults::COOLDOWN_MS);
    let dismissed_for_ms = times("dismissed_for", defaults::DISMISSED_FOR_MS);
    let in_progress_for_ms = times("in_progress_for", defaults::IN_PROGRESS_FOR_MS);
    let after_expansion_ms = times("after_expansion", defaults::AFTER_EXPANSION_MS);
    let window = optional_span("window", fields, defaults::WINDOW, log);
    let act_within = optional_span("act_within", fields, defaults::ACT_WITHIN, log);
    let route = fields.entry("route").map_or(Some(Route::default()), |entry| route::read(entry, log));
    let guide = fields.entry("guide").map_or(Some(Guide::default()), |entry| guide::read(entry, log));
    let sides = sides?;
    Some(Play {
        name: name.into(),
        motion: motion?,
        product: sides.product,
        business: sides.business,
        boost: sides.boost,
        unless: sides.unless,
        unless_within_ms: unless_within_ms?,
        window: window?,
        gate: gate?,
        cooldown_ms: cooldown_ms?,
        dismissed_for_ms: dismissed_for_ms?,
        in_progress_for_ms: in_progress_for_ms?,
        after_expansion_ms: after_expansion_ms?,
        act_within: act_within?,
        value: value?,
        route: route?,
        guide: guide?,
    })
}

fn optional_duration(name: &str, fields: Fields<'_>, default: Millis, log: &mut Log) -> Option<Millis> {
    fields.get(name).map_or(Some(default), |node| duration(name, node, log))
}

fn optional_span(name: &str, fields: Fields<'_>, default: Span, log: &mut Log) -> Option<Span> {
    fields.get(name).map_or(Some(default), |node| span(name, node, log))
}

/// The gate: a name from `gates`, else an expression.
fn gate(fields: Fields<'_>, known: &Known<'_>, used: &mut Used, log: &mut Log) -> Option<Expr> {
    let Some(node) = fields.get("gate") else {
        return cel::compile(defaults::GATE, Scope::Gate).expr;
    };
    let written = source("gate", node, log)?.text.trim();
    if let Some(gate) = known.gates.get(written) {
        used.gates.insert(written.to_owned());
        return gate.clone();
    }
    let is_word = !written.is_empty()
        && written.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        && !matches!(written, "true" | "false")
        && !written.starts_with(|c: char| c.is_ascii_digit());
    if is_word {
        let hint = did_you_mean(written, known.gates.keys().copied());
        if known.complete {
            log.mistake(node.place, format!("unknown gate `{written}`"), hint);
        }
        return None;
    }
    expressions::read("gate", node, Scope::Gate, known.files, log)
}
