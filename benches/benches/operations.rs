//! The time of each case: `cargo bench --workspace --bench operations [-- FILTER]`.
//!
//! A sample is one run; `items` is operations per second. Two figures compare when one machine gave both in one go.

use divan::Bencher;
use divan::counter::ItemsCount;
use springtide_benches::cases;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    divan::main();
}

#[divan::bench(args = cases::all().into_iter().map(|case| case.name), sample_count = 30, sample_size = 1)]
fn run(bencher: Bencher<'_, '_>, name: &str) {
    let case = cases::find(name).expect("the names are those of the cases");
    bencher
        .counter(ItemsCount::new(case.operations))
        .with_inputs(|| case.prepare())
        .bench_local_refs(|run| run());
}
