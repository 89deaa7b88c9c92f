//! Runs one case for `xtask/instructions`, which has valgrind count what [`measured`] runs.
//!
//! - `instructions`: the names of all cases, one a line.
//! - `instructions CASE RUNS`: so many runs of a case; prints how many operations they were.

use std::hint::black_box;

use springtide_benches::cases::{self, Run};

// The product's; what it does by the clock is switched off in `xtask/instructions`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => cases::all().iter().for_each(|case| println!("{}", case.name)),
        [name, runs] => {
            let case = cases::find(name).ok_or_else(|| format!("`{name}` is no case"))?;
            let runs: u64 = runs.parse().map_err(|_| format!("`{runs}` is no number of runs"))?;
            for _ in 0..runs {
                measured(&mut case.prepare());
            }
            println!("{}", runs * case.operations);
        }
        _ => return Err("usage: instructions [CASE RUNS]".into()),
    }
    Ok(())
}

/// Where counting begins and ends: a function that is called and returns.
#[inline(never)]
fn measured(run: &mut Run) {
    run();
    // Else the call above would be a jump, and nothing would return here.
    black_box(());
}
