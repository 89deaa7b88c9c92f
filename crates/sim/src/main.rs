//! Plays seeds, in parallel; says which failed, and how little it takes to fail.
fn main() {}
