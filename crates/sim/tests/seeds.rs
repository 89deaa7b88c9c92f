//! Seeds.
use springtide_sim::{stage, world};
#[test]
fn a_few() {
    stage::hush();
    for seed in 1..=12 {
        let began = std::time::Instant::now();
        let outcome = world::play(seed, None);
        eprintln!("{seed} {:?} {outcome:?}", began.elapsed());
    }
}
