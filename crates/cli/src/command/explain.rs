//! explain
use crate::args::ExplainArgs;
use crate::failure::Failure;
pub fn run(_args: &ExplainArgs) -> Result<(), Failure> { Err(Failure::Other(String::new())) }
