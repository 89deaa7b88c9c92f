//! The inbox: which opportunities there are, where people stand with each, and which come first (SPEC 9.1).
//!
//! - [`Row`]: what a list shows of an opportunity, and where in Kafka all of it stands.
//! - [`Standing`]: where people stand with it, worked out from what they did.
//! - [`Inbox`]: all of them; [`Query`]: some of them, sorted, in pages; [`Digest`]: what a day asks for.
//! - [`Draft`]: a message about one of them, of what is in it alone.
//! - [`Change`]: what a record changed.
//!
//! Pure: it is told what the topics say, in any order, and asked at an instant. What it holds is a function of the set of
//! records that it was told.
//!
//! ```
//! use springtide_inbox::{Inbox, Query};
//! let inbox = Inbox::default();
//! assert_eq!(inbox.ask(&Query::default(), 0).total, 0);
//! ```

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod change;
mod digest;
mod draft;
mod inbox;
mod query;
mod row;
mod standing;

pub use change::{Change, What};
pub use digest::{Digest, Listed, MOST_LISTED, Whose};
pub use draft::{Draft, Fact, Written};
pub use inbox::{Found, Inbox};
pub use query::{Cursor, Page, Query, Sort};
pub use row::{Place, Row};
pub use standing::Standing;
