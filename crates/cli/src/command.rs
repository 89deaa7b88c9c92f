//! One file a subcommand.

pub mod check;
pub mod completion;
pub mod explain;
pub mod generate;
pub mod replay;
