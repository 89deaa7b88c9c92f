//! Which product an account may want next: pure, by what accounts like it own (SPEC 9.5).
//!
//! - [`Table`]: the customers as of an instant; a function of the set of profiles that it was told, in any order.
//! - [`Table::suggestions`]: for each account the products that it lacks and that its peers own more often than all do, the
//!   best supported first. Peers are the other accounts of its segment, industry and [`Size`] that own all that it owns.
//! - [`Limits`]: of how few accounts nothing is said, and how much has to speak for a product.
//! - [`event`]: a suggestion as an event of `business-signals`, the same for the same account, product and instant.
//!
//! No account's name is in what is said of another.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod event;
mod group;
mod limits;
mod size;
mod suggest;
mod table;

pub use event::event;
pub use limits::Limits;
pub use size::Size;
pub use suggest::{Seen, Suggested, Suggestion};
pub use table::Table;
