//! What reports are made from: profiles, outcomes and the latest revisions, read back from their topics when somebody asks,
//! by one thread at a time, and kept for the next who asks.

mod gather;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use springtide_core::rules::Motion;
use springtide_report::{Gathered, Reported};

use crate::registry::Registry;
use crate::settings::Settings;
use crate::{threads, wall_clock};
use gather::Job;

/// What is older than this when somebody asks is made anew, while they get what there is.
const FRESH_FOR: Duration = Duration::from_secs(10 * 60);
/// After a failure it is tried again, once somebody asks, after this.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Where it is kept, and how to make it.
#[derive(Default)]
pub(super) struct Reports {
    state: Mutex<State>,
    /// Nothing until the pipeline has begun.
    pub sources: Mutex<Option<Arc<Sources>>>,
    read: Arc<AtomicU64>,
    /// Tells the thread to end.
    pub ending: Arc<AtomicBool>,
}

/// What making it needs.
pub(super) struct Sources {
    pub settings: Settings,
    pub registry: Option<Arc<Registry>>,
    /// Plays and their motions.
    pub motions: Vec<(Box<str>, Motion)>,
}

#[derive(Default)]
struct State {
    kept: Option<(Arc<Gathered>, Instant)>,
    is_making: bool,
    failed: Option<(String, Instant)>,
}

impl State {
    /// Whether it is to be made now that somebody asks.
    fn is_due(&self, now: Instant) -> bool {
        let since = |at: &Instant| now.saturating_duration_since(*at);
        let is_old = self.kept.as_ref().is_none_or(|(_, made)| since(made) > FRESH_FOR);
        let has_failed = self.failed.as_ref().is_some_and(|(_, at)| since(at) <= TRIED_AGAIN_AFTER);
        is_old && !self.is_making && !has_failed
    }

    fn ended(&mut self, result: Result<Gathered, String>, now: Instant) {
        self.is_making = false;
        match result {
            Ok(gathered) => (self.kept, self.failed) = (Some((Arc::new(gathered), now)), None),
            Err(reason) => self.failed = Some((reason, now)),
        }
    }

    fn answer(&self, read: u64) -> Reported {
        match (&self.kept, &self.failed) {
            (Some((gathered, _)), _) => Reported::Made(Arc::clone(gathered)),
            (None, Some((reason, _))) if !self.is_making => Reported::Failed(reason.clone()),
            _ => Reported::Making(read),
        }
    }
}

/// What there is; makes it where it is due.
pub(super) fn ask(reports: &Arc<Reports>) -> Reported {
    let sources = reports.sources.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(sources) = sources else { return Reported::Making(0) };
    let mut state = reports.state.lock().unwrap_or_else(PoisonError::into_inner);
    if state.is_due(Instant::now()) {
        state.is_making = true;
        reports.read.store(0, Ordering::Relaxed);
        let all = Arc::clone(reports);
        let started = threads::start("report", move || {
            let job = Job::new(&sources, &all.read, &all.ending);
            let result = job.and_then(|job| job.gather(wall_clock())).map_err(|error| error.to_string());
            if let Err(error) = &result {
                tracing::warn!(error, "what reports are made from can't be read");
            }
            let mut state = all.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.ended(result, Instant::now());
        });
        if let Err(error) = started {
            state.ended(Err(error.to_string()), Instant::now());
        }
    }
    state.answer(reports.read.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_at_a_time_when_asked_for_and_again_when_it_is_old() {
        let (mut state, start) = (State::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(state.is_due(at(0)));
        state.is_making = true;
        assert!(!state.is_due(at(1)) && matches!(state.answer(7), Reported::Making(7)));
        state.ended(Err("no".to_owned()), at(10));
        assert!(!state.is_due(at(40)) && state.is_due(at(41)));
        assert!(matches!(state.answer(0), Reported::Failed(reason) if reason == "no"));
        state.is_making = true;
        assert!(matches!(state.answer(1), Reported::Making(1)), "it is tried again");
        state.ended(Ok(Gathered::default()), at(50));
        assert!(!state.is_due(at(650)) && state.is_due(at(651)));
        state.is_making = true;
        state.ended(Err("no".to_owned()), at(700));
        assert!(matches!(state.answer(0), Reported::Made(_)), "what there is goes before a failure");
        assert!(!state.is_due(at(730)) && state.is_due(at(731)));
    }
}
