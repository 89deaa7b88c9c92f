//! What one rule pack has of another: which detectors and plays go on, and which need history.
//!
//! A detector goes on where it watches the same; a play where it listens to the same detectors in the same way. What
//! does not go on is worked out from history by rules of its own ([`Warming`]): nothing else is worked out again.

use std::sync::Arc;

use super::{Detector, DetectorId, Play, Rules, Span};

/// Part of a rule pack as rules of their own, and where its detectors and plays are in the whole.
#[derive(Clone, Debug)]
pub struct Warming {
    /// Detectors and plays that need history.
    pub rules: Arc<Rules>,
    /// By detector here, the detector in the whole.
    pub detectors: Vec<DetectorId>,
    /// By play here, the play in the whole.
    pub plays: Vec<usize>,
}

/// What becomes of old rules under new ones.
#[derive(Clone, Debug)]
pub struct Change {
    /// By new detector, the old one that goes on as it.
    pub detectors: Vec<Option<DetectorId>>,
    /// By new play, the old one that goes on as it.
    pub plays: Vec<Option<usize>>,
    /// By new play, the old one of its name, whether it goes on or not: their opportunities may be the same.
    pub named: Vec<Option<usize>>,
    /// What needs history; nothing where all goes on.
    pub warming: Option<Warming>,
}

impl Change {
    /// What becomes of old rules under new ones.
    ///
    /// ```
    /// use springtide_core::rules::{Change, Rules};
    /// let rules = Rules::new("1", Vec::new(), Vec::new(), Default::default(), Default::default());
    /// assert!(Change::between(&rules, &rules).warming.is_none());
    /// ```
    pub fn between(old: &Rules, new: &Rules) -> Change {
        let of_name =
            |detector: &Detector| old.detectors.iter().position(|other| other.name == detector.name);
        let goes_on = |detector: &Detector| {
            of_name(detector).filter(|id| watches_the_same(&old.detectors[*id], detector))
        };
        let detectors: Vec<Option<DetectorId>> = new.detectors.iter().map(goes_on).collect();
        let named: Vec<Option<usize>> =
            new.plays.iter().map(|play| old.plays.iter().position(|other| other.name == play.name)).collect();
        let plays: Vec<Option<usize>> = new
            .plays
            .iter()
            .zip(&named)
            .map(|(play, named)| {
                named.filter(|id| listens_the_same((old, &old.plays[*id]), (new, play), &detectors))
            })
            .collect();
        let warming = warming(new, &detectors, &plays);
        Change { detectors, plays, named, warming }
    }

    /// The new detector that an old one goes on as.
    pub fn detector_after(&self, old: DetectorId) -> Option<DetectorId> {
        self.detectors.iter().position(|id| *id == Some(old))
    }
}

/// The detectors and plays of which nothing that goes on knows enough: those that are others than before, and whatever
/// the plays among them listen to, since their openings are found from its signals.
fn warming(new: &Rules, detectors: &[Option<DetectorId>], plays: &[Option<usize>]) -> Option<Warming> {
    let plays: Vec<usize> = (0..new.plays.len()).filter(|id| plays[*id].is_none()).collect();
    let is_heard =
        |id: DetectorId| plays.iter().any(|play| heard(&new.plays[*play]).any(|heard| heard == id));
    let ids: Vec<DetectorId> =
        (0..new.detectors.len()).filter(|id| detectors[*id].is_none() || is_heard(*id)).collect();
    if ids.is_empty() && plays.is_empty() {
        return None;
    }
    let here = |id: &DetectorId| ids.iter().position(|of| of == id);
    let moved = |side: &[DetectorId]| side.iter().filter_map(here).collect();
    let play = |id: &usize| {
        let play = &new.plays[*id];
        Play {
            product: moved(&play.product),
            business: moved(&play.business),
            boost: moved(&play.boost),
            unless: moved(&play.unless),
            ..play.clone()
        }
    };
    let rules = Rules::new(
        &new.version,
        ids.iter().map(|id| new.detectors[*id].clone()).collect(),
        plays.iter().map(play).collect(),
        new.scoring.clone(),
        new.calendar.clone(),
    );
    Some(Warming { rules: Arc::new(rules), detectors: ids, plays })
}

fn heard(play: &Play) -> impl Iterator<Item = DetectorId> + '_ {
    play.listed().chain(play.unless.iter().copied())
}

/// Whether what one detector remembers is what the other would: an expression is compared as it is written out.
fn watches_the_same(one: &Detector, other: &Detector) -> bool {
    format!("{:?}", one.source) == format!("{:?}", other.source)
}

/// Whether two plays open at the same instants, with the same evidence, of the same detectors.
fn listens_the_same(
    (old, one): (&Rules, &Play),
    (new, other): (&Rules, &Play),
    detectors: &[Option<DetectorId>],
) -> bool {
    let same = |side: &[DetectorId], others: &[DetectorId]| {
        side.len() == others.len()
            && side.iter().zip(others).all(|(id, other)| detectors[*other] == Some(*id))
    };
    let in_days = |play: &Play| matches!(play.window, Span::BusinessDays(_));
    same(&one.product, &other.product)
        && same(&one.business, &other.business)
        && same(&one.boost, &other.boost)
        && same(&one.unless, &other.unless)
        && one.window == other.window
        && (!in_days(other) || old.calendar == new.calendar)
        && one.unless_within_ms == other.unless_within_ms
        && one.gate.to_string() == other.gate.to_string()
        && one.cooldown_ms == other.cooldown_ms
        && one.dismissed_for_ms == other.dismissed_for_ms
        && one.in_progress_for_ms == other.in_progress_for_ms
        && one.after_expansion_ms == other.after_expansion_ms
}
