//! Small packs and events, for what is tested by the letter and not at random.

use std::sync::Arc;

use springtide_core::event::{Activity, Fact, Kind, Profile, Value};
use springtide_core::expr::Expr;
use springtide_core::meaning::fixtures;
use springtide_core::rules::{
    Calendar, Detector, DetectorId, Family, Guide, Motion, Play, Route, Rules, Scoring, Source, Span, Test,
    Urgency, defaults,
};
use springtide_core::time::{DAY_MS, Millis};

/// A detector of every event of a type that passes a test.
pub fn detector(name: &str, kind: Kind, test: Test) -> Detector {
    let source = Source::Events { kind, filter: None, test };
    Detector { name: name.into(), family: Family::Business, urgency: Urgency::Low, source }
}

/// A play named `own` that needs one side only.
pub fn play(business: Vec<DetectorId>) -> Play {
    Play {
        name: "own".into(),
        motion: Motion::Seat,
        product: vec![],
        business,
        boost: vec![],
        unless: vec![],
        unless_within_ms: defaults::UNLESS_WITHIN_MS,
        window: Span::Time(5 * DAY_MS),
        gate: Expr::Bool(true),
        cooldown_ms: defaults::COOLDOWN_MS,
        dismissed_for_ms: 60 * DAY_MS,
        in_progress_for_ms: 70 * DAY_MS,
        after_expansion_ms: 80 * DAY_MS,
        act_within: defaults::ACT_WITHIN,
        value: None,
        route: Route::default(),
        guide: Guide::default(),
    }
}

pub fn rules(detectors: Vec<Detector>, play: Play) -> Rules {
    Rules::new("test", detectors, vec![play], Scoring::default(), Calendar::default())
}

/// An event with nothing in its fields but a text in the first one.
pub fn event(kind: Kind, at: Millis, text: &str) -> Fact {
    let mut values = vec![Value::Absent; kind.fields().len()];
    values[0] = Value::Text(text.into());
    Fact::Activity(Arc::new(Activity { at, id: text.into(), kind, values: values.into() }))
}

pub fn profile(at: Millis, name: &str) -> Fact {
    Fact::Profile(Arc::new(Profile { name: name.into(), ..fixtures::profile(at) }))
}
