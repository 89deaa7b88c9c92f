//! What became of the opportunities, and of the revenue: `springtide report` (SPEC section 8), as figures.
//!
//! The crate is pure: no I/O, no clock, no randomness. It is fed profiles, outcomes and opportunities
//! ([`Reporter`]) and says what they come to in a period ([`Report`]). Three rules hold for all of it:
//!
//! - **A report is a function of the set of events**, as everything here is (SPEC 3.1): the order in which they come and
//!   what is repeated leave no trace.
//! - **It is as of the period's end**: nothing at or after [`Scope::to`] is looked at, so that the report of a past
//!   period stays what it was.
//! - **A figure that can't be worked out is absent**, never 0: a share of nothing, a median of none. Money is kept
//!   apart by currency and never added across. What a figure leaves out is counted beside it ([`Gaps`]).
//!
//! Every measure is defined where its type is: [`Funnel`] the way from a signal to a sale, [`Revenue`] what customers
//! pay and how that changed, [`Motions`] close rate, sales and their cost, [`Pace`] how fast things go, [`PlayRow`]
//! how often a play is right and what might be tuned. [`rows()`] gives them all as one table, [`csv()`] that as text. The names that
//! they are serialized under are stable.
//!
//! ```
//! use std::sync::Arc;
//! use springtide_core::{meaning::fixtures::profile, time::DAY_MS};
//! use springtide_report::{Reporter, Scope};
//! let mut reporter = Reporter::new([]);
//! reporter.profile("acme", &Arc::new(profile(0)));
//! let mut more = profile(40 * DAY_MS);
//! more.mrr = 1_200.0;
//! reporter.profile("acme", &Arc::new(more));
//! let report = reporter.report(&Scope { from: 30 * DAY_MS, to: 60 * DAY_MS, segments: Vec::new() });
//! assert_eq!(report.revenue[0].total.nrr_percent, Some(120.0));
//! ```

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cohort;
mod csv;
mod deal;
mod figures;
mod funnel;
mod gathered;
mod history;
mod motions;
mod pace;
mod period;
mod plays;
mod report;
mod reporter;
mod retention;
mod revenue;
mod rows;
mod suggestion;
mod told;

pub use cohort::{Cohort, Growth};
pub use csv::csv;
pub use funnel::{Funnel, FunnelStage, Standings};
pub use gathered::{Gathered, LeftOut, Reported};
pub use motions::{Acquisition, MotionRow, Motions, Sales};
pub use pace::{ExpansionHealth, FirstTouch, Pace, TimeToExpand};
pub use period::{Quarter, Scope, months_after, year_up_to};
pub use plays::{PlayRow, Reason};
pub use report::{Gaps, Report, Warning};
pub use reporter::Reporter;
pub use retention::Retention;
pub use revenue::{Revenue, SegmentRow};
pub use rows::{Row, Value, rows};
pub use suggestion::{Evidence, LEAST_OUTCOMES, Suggestion};
pub use told::Told;
