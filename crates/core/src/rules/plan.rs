//! What a rule pack demands of an account's state: which events feed which detectors, and how long what
//! they leave behind is needed.

use super::{Calendar, Detector, DetectorId, Play, Source, Span, Test};
use crate::event::Kind;
use crate::time::Millis;

/// Events of one type that some detectors read together.
///
/// Detectors whose verdict on an old event can change with a late profile are kept apart from those that
/// only late events of the same topic can change: the latter forget much sooner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamPlan {
    /// The type of the events.
    pub kind: Kind,
    /// Whether the detectors' limit or `where` reads the profile.
    pub reads_profile: bool,
    /// Whether a `where` does: a limit is read of the profile only where the event has none.
    pub filters_read_profile: bool,
    /// The detectors, by position in the rules.
    pub detectors: Vec<DetectorId>,
}

/// What a rule pack demands of an account's state.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// All streams.
    pub streams: Vec<StreamPlan>,
    /// `before` detectors.
    pub timers: Vec<DetectorId>,
    /// By type, in the order of [`Kind::ALL`], the streams it feeds.
    by_kind: Vec<Vec<usize>>,
    /// By detector, the windows that look back on its signals.
    windows: Vec<Vec<Span>>,
    /// The longest time for which an outcome holds something back.
    pub outcome_ms: Millis,
}

impl Plan {
    pub(super) fn new(detectors: &[Detector], plays: &[Play]) -> Plan {
        let mut plan = Plan {
            by_kind: vec![Vec::new(); Kind::ALL.len()],
            windows: vec![Vec::new(); detectors.len()],
            ..Plan::default()
        };
        for (id, detector) in detectors.iter().enumerate() {
            match &detector.source {
                Source::Timer { .. } => plan.timers.push(id),
                Source::Events { kind, filter, test } => {
                    let filter_reads = filter.as_ref().is_some_and(|filter| filter.reads_profile());
                    let reads_profile = filter_reads || matches!(test, Test::Ratio { .. });
                    let stream = plan.stream(*kind, reads_profile);
                    stream.detectors.push(id);
                    stream.filters_read_profile |= filter_reads;
                }
            }
        }
        for play in plays {
            play.listed().for_each(|id| plan.windows[id].push(play.window));
            play.unless.iter().for_each(|id| plan.windows[*id].push(Span::Time(play.unless_within_ms)));
            let holds = [play.dismissed_for_ms, play.in_progress_for_ms, play.after_expansion_ms];
            plan.outcome_ms = holds.into_iter().fold(plan.outcome_ms, Millis::max);
        }
        plan
    }

    fn stream(&mut self, kind: Kind, reads_profile: bool) -> &mut StreamPlan {
        let found = self
            .streams
            .iter()
            .position(|stream| stream.kind == kind && stream.reads_profile == reads_profile);
        let at = found.unwrap_or_else(|| {
            let detectors = Vec::new();
            self.streams.push(StreamPlan { kind, reads_profile, filters_read_profile: false, detectors });
            self.by_kind[kind as usize].push(self.streams.len() - 1);
            self.streams.len() - 1
        });
        &mut self.streams[at]
    }

    /// The streams that events of a type feed.
    pub fn streams_of(&self, kind: Kind) -> &[usize] {
        self.by_kind.get(kind as usize).map_or(&[], Vec::as_slice)
    }

    /// The first instant for which a detector's signal at `at` can't matter any more.
    pub fn signal_spent_at(&self, calendar: &Calendar, detector: DetectorId, at: Millis) -> Millis {
        let windows = self.windows.get(detector).map_or(&[][..], Vec::as_slice);
        windows.iter().map(|window| calendar.window_end(at, *window)).fold(at, Millis::max).saturating_add(1)
    }

    /// From when on a detector's signals can matter to an instant at or after `from`.
    pub fn signals_since(&self, calendar: &Calendar, detector: DetectorId, from: Millis) -> Millis {
        let windows = self.windows.get(detector).map_or(&[][..], Vec::as_slice);
        windows.iter().map(|window| calendar.window_start(from, *window)).fold(from, Millis::min)
    }
}
