//! Whose a domain is: pure, by the domains of the latest profiles (SPEC 9.4).
//!
//! - [`normalised`]: one form for what people and vendors write: `https://www.Acme.com/about`, `sales@acme.com`, `Bücher.example`.
//! - [`Table`]: which account a domain belongs to; a function of the set of profiles that it was told.
//! - [`Public`]: domains that are nobody's, since anybody has an address there.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod name;
mod public;
mod table;

pub use name::{Malformed, beneath, normalised, parents, reversed};
pub use public::{PUBLIC, Public};
pub use table::{Changed, Contest, Table};
