//! Readings that a later one of their day stands for: of a meter that is read each minute, `trend` needs two a day.
//!
//! A `trend` holds a reading against the last one of the day a week before, and that against the one before it. Once no
//! late event can reach that day, it is settled for good whether a reading is a signal. One that is none can only matter
//! as the last of its own day, and is dropped when a later one comes; late readings find their place among those that
//! are left. What a late profile could still let match, or take away, is kept.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use super::{Context, Stream, test};
use crate::event::Activity;
use crate::expr::Env;
use crate::meaning::signal::{Cause, Timeline};
use crate::rules::{Source, Test};
use crate::time::{Day, day_of, start_of};

/// How far back the reading before the last is looked for: other meters' may lie between.
const LOOK_BACK: usize = 64;

impl Stream {
    /// Drops the reading that the last one of the log stands for.
    pub(super) fn drop_superseded(&mut self, context: Context<'_>, timeline: &Timeline) {
        if !self.may_drop(context) {
            return;
        }
        let Some((last, before)) = self.log.split_last() else { return };
        let day = day_of(last.at);
        let of_day = before.iter().enumerate().rev().take(LOOK_BACK);
        let mut of_day = of_day.take_while(|(_, reading)| day_of(reading.at) == day);
        if self.is_settled(day)
            && let Some((at, _)) = of_day.find(|(_, reading)| reading.meter() == last.meter())
            && stands_for(context, timeline, last, &before[at])
        {
            self.log.remove(at);
        }
    }

    /// Drops all readings that later ones of the log stand for.
    pub(super) fn drop_all_superseded(&mut self, context: Context<'_>, timeline: &Timeline) {
        if !self.may_drop(context) {
            return;
        }
        let mut later: BTreeMap<(Day, Option<Box<str>>), Arc<Activity>> = BTreeMap::new();
        let mut kept = Vec::with_capacity(self.log.len());
        for reading in mem::take(&mut self.log).into_iter().rev() {
            let day = day_of(reading.at);
            let name = (day, reading.meter().map(Box::from));
            let known = later.get(&name).filter(|_| self.is_settled(day));
            if known.is_some_and(|later| stands_for(context, timeline, later, &reading)) {
                self.touched.day(day);
                continue;
            }
            later.insert(name, Arc::clone(&reading));
            kept.push(reading);
        }
        kept.reverse();
        self.log = kept;
    }

    fn may_drop(&self, context: Context<'_>) -> bool {
        let mut detectors = context.plan.detectors.iter();
        !context.plan.reads_profile
            && detectors.all(|id| matches!(test(&context.rules.detectors[*id]), Some(Test::Trend { .. })))
    }

    /// Whether no late event can reach the day that a day's readings are held against.
    fn is_settled(&self, day: Day) -> bool {
        start_of(day - 6) <= self.base_at
    }
}

/// Whether a later reading of the same day and meter stands for one: that is no signal, and whichever detector it
/// matches, the later one matches too.
fn stands_for(context: Context<'_>, timeline: &Timeline, later: &Activity, reading: &Arc<Activity>) -> bool {
    let matches = |source: &Source, event: &Activity| {
        let env = Env { account: context.account, event: Some(event), profile: None, now: event.at };
        matches!(source, Source::Events { filter, .. } if filter.as_ref().is_none_or(|filter| filter.holds(&env)))
    };
    let is_its = |cause: &Cause| matches!(cause, Cause::Event(event) if event == reading);
    context.plan.detectors.iter().all(|id| {
        let source = &context.rules.detectors[*id].source;
        let mut signals = timeline.within(*id, reading.at, reading.at).iter();
        !signals.any(|signal| is_its(&signal.cause)) && (!matches(source, reading) || matches(source, later))
    })
}
