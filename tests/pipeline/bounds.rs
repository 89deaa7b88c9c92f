//! A running pipeline stays within bounds: of memory, of time between polls, of what one account may take.

use std::env;
use std::time::{Duration, Instant};

use springtide_tests::feed::Feed;
use springtide_tests::flood::Flood;
use springtide_tests::memory::{Memory, tables_bytes};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::wait;

#[test]
fn a_flood_stays_within_the_memory_that_the_settings_say() {
    let seconds: u64 = env::var("SPRINGTIDE_FLOOD_SECONDS").map_or(60, |text| text.parse().unwrap());
    let backlog: usize = env::var("B").map_or(60_000, |text| text.parse().unwrap());
    let rate: usize = env::var("R").map_or(1_000, |text| text.parse().unwrap());
    let pipeline = Pipeline::new("flood", 4);
    for (key, value) in [
        ("resident_mib", "16"),
        ("block_cache_mib", "8"),
        ("write_buffer_mib", "8"),
        ("commit_records", "10000"),
        ("commit_interval", "\"100ms\""),
    ] {
        pipeline.set(key, value);
    }
    pipeline.configure(&env::var("K").unwrap_or_default());
    let mut flood = Flood::new(1);
    let feed = Feed::new(|topic| pipeline.topic(topic));
    let began = Instant::now();
    flood.write(&feed, backlog, Duration::ZERO);
    eprintln!("backlog written {:?}", began.elapsed());
    let mut run = pipeline.run(vec!["--until".into(), "2024-03-01T00:00:00Z".into()]);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            flood.write(&feed, seconds as usize * rate, Duration::from_secs(seconds));
        });
        let mut told = Instant::now();
        loop {
            let memory = Memory::of(&run);
            if told.elapsed() > Duration::from_secs(5) {
                told = Instant::now();
                eprintln!(
                    "{:?} {memory:?} tables {}",
                    began.elapsed(),
                    tables_bytes(&pipeline.state()) >> 20
                );
            }
            if writer.is_finished() {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let memory = Memory::of(&run);
    eprintln!(
        "end {memory:?} tables {} accounts {}",
        tables_bytes(&pipeline.state()) >> 20,
        flood.accounts()
    );
    run.terminate();
    let ended = wait::until(|| run.has_ended().then_some(()));
    assert!(ended.is_some());
    eprintln!("{}", run.stderr().lines().rev().take(5).collect::<Vec<_>>().join("\n"));
}
