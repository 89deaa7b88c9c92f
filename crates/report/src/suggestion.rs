//! What might be tuned in a play, with what speaks for it. Nothing is ever applied by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::deal::{Deal, Standing};
use crate::figures::share;
use crate::plays::Reason;

/// Fewer outcomes than this say nothing about a play.
pub const LEAST_OUTCOMES: u64 = 20;

/// A detector is compared where at least so many deals have it in their evidence, and as many have not.
const LEAST_EACH: u64 = 10;
/// By how many points the precision with a detector must be below that without.
const LEAST_POINTS: f64 = 20.0;
/// How many standard errors apart the two must be: for a play's dozen detectors, chance alone seldom goes so far.
const LEAST_Z: f64 = 2.58;
/// From this share of dismissals on, in a hundred, a play opens too readily.
const MANY_DISMISSED_PERCENT: f64 = 50.0;
/// Below this close rate, in a hundred, what is taken up is seldom sold.
const FEW_CLOSED_PERCENT: f64 = 25.0;

/// What might be tuned in a play: one thing, the first of these that the outcomes show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// `detector`: opportunities with it are won far less often than those without. `gate`: most are dismissed.
    /// `guide`: most of what is taken up is lost.
    pub what: &'static str,
    /// The detector, where it is one.
    pub detector: Option<String>,
    /// For a person.
    pub words: String,
    /// The figures behind it.
    pub evidence: Vec<Evidence>,
}

/// A figure that speaks for a suggestion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// Its name.
    pub measure: &'static str,
    /// A count, or a share in a hundred where the name ends so.
    pub value: f64,
}

/// Deals of one play that ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) won: u64,
    pub(crate) lost: u64,
    pub(crate) dismissed: u64,
    /// Ended and won, of those whose evidence is known.
    known: (u64, u64),
    /// Ended and won, by detector in the evidence.
    detectors: BTreeMap<Arc<str>, (u64, u64)>,
}

impl Tally {
    /// Adds a deal that ended.
    pub(crate) fn add(&mut self, deal: &Deal<'_>) {
        let won = u64::from(deal.standing() == Standing::Won);
        match deal.standing() {
            Standing::Won => self.won += 1,
            Standing::Lost => self.lost += 1,
            _ => self.dismissed += 1,
        }
        let Some(opened) = deal.opportunity else {
            return;
        };
        let count = |(ended, winning): &mut (u64, u64)| (*ended, *winning) = (*ended + 1, *winning + won);
        count(&mut self.known);
        for detector in &opened.detectors {
            count(self.detectors.entry(Arc::clone(detector)).or_default());
        }
    }

    pub(crate) fn ended(&self) -> u64 {
        self.won + self.lost + self.dismissed
    }
}

/// What the outcomes of a play suggest, from [`LEAST_OUTCOMES`] on.
pub(crate) fn suggest(
    play: &str,
    tally: &Tally,
    dismissed: &[Reason],
    lost: &[Reason],
) -> Option<Suggestion> {
    if tally.ended() < LEAST_OUTCOMES {
        return None;
    }
    weak_detector(play, tally)
        .or_else(|| many_dismissed(play, tally, dismissed))
        .or_else(|| few_closed(play, tally, lost))
}

/// A detector in the evidence, and how its deals went against the others.
struct Contrast<'a> {
    detector: &'a str,
    with: (u64, u64),
    without: (u64, u64),
    z: f64,
}

impl Contrast<'_> {
    fn percents(&self) -> Option<(f64, f64)> {
        Some((share(self.with.1, self.with.0)?, share(self.without.1, self.without.0)?))
    }

    fn is_clear(&self) -> bool {
        let enough = self.with.0 >= LEAST_EACH && self.without.0 >= LEAST_EACH;
        let apart = self.percents().is_some_and(|(with, without)| without - with >= LEAST_POINTS);
        enough && apart && self.z >= LEAST_Z
    }
}

/// How many standard errors the first share is below the second, the two taken together (test of two proportions).
fn z(with: (u64, u64), without: (u64, u64)) -> f64 {
    let (n, m) = (with.0 as f64, without.0 as f64);
    let pooled = (with.1 + without.1) as f64 / (n + m);
    let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    (without.1 as f64 / m - with.1 as f64 / n) / error
}

fn weak_detector(play: &str, tally: &Tally) -> Option<Suggestion> {
    let contrast = |(detector, with): (&'_ Arc<str>, &(u64, u64))| {
        let without = (tally.known.0 - with.0, tally.known.1 - with.1);
        (detector.clone(), *with, without)
    };
    let all: Vec<_> = tally.detectors.iter().map(contrast).collect();
    let contrasts = all.iter().map(|(detector, with, without)| Contrast {
        detector,
        with: *with,
        without: *without,
        z: z(*with, *without),
    });
    let clear = contrasts.filter(Contrast::is_clear).max_by(|a, b| a.z.total_cmp(&b.z))?;
    let (with, without) = clear.percents()?;
    Some(Suggestion {
        what: "detector",
        detector: Some(clear.detector.to_owned()),
        words: format!(
            "{play}: with `{0}` in the evidence {1} of {2} were won ({with:.0} %), without it {3} of {4} \
             ({without:.0} %). Raise the threshold of `{0}`, or take it out of the play.",
            clear.detector, clear.with.1, clear.with.0, clear.without.1, clear.without.0,
        ),
        evidence: vec![
            evidence("won_with", clear.with.1 as f64),
            evidence("ended_with", clear.with.0 as f64),
            evidence("won_without", clear.without.1 as f64),
            evidence("ended_without", clear.without.0 as f64),
            evidence("standard_errors_apart", clear.z),
        ],
    })
}

fn evidence(measure: &'static str, value: f64) -> Evidence {
    Evidence { measure, value }
}

fn many_dismissed(play: &str, tally: &Tally, reasons: &[Reason]) -> Option<Suggestion> {
    let percent =
        share(tally.dismissed, tally.ended()).filter(|percent| *percent >= MANY_DISMISSED_PERCENT)?;
    Some(Suggestion {
        what: "gate",
        detector: None,
        words: format!(
            "{play}: {} of {} were dismissed ({percent:.0} %){}. A stricter gate, or higher thresholds of its \
             detectors, would spare people those.",
            tally.dismissed,
            tally.ended(),
            most_often(reasons),
        ),
        evidence: vec![
            evidence("dismissed", tally.dismissed as f64),
            evidence("ended", tally.ended() as f64),
            evidence("dismissed_percent", percent),
        ],
    })
}

fn few_closed(play: &str, tally: &Tally, reasons: &[Reason]) -> Option<Suggestion> {
    let closed = tally.won + tally.lost;
    let percent = share(tally.won, closed).filter(|percent| *percent < FEW_CLOSED_PERCENT)?;
    (closed >= LEAST_OUTCOMES).then(|| Suggestion {
        what: "guide",
        detector: None,
        words: format!(
            "{play}: of {closed} that were taken up {} were won ({percent:.0} %){}. The signals are followed, but \
             seldom sold: look at its guide, route and value, or ask more of the gate.",
            tally.won,
            most_often(reasons),
        ),
        evidence: vec![
            evidence("won", tally.won as f64),
            evidence("closed", closed as f64),
            evidence("close_rate_percent", percent),
        ],
    })
}

fn most_often(reasons: &[Reason]) -> String {
    let given = reasons.iter().find_map(|reason| Some((reason.reason.as_deref()?, reason.count)));
    given.map_or_else(String::new, |(reason, count)| format!(", most often as \"{reason}\" ({count})"))
}
