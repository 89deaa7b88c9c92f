//! A running pipeline stays within bounds: of memory under any backlog, and of what one account may take of the others.

use std::collections::BTreeSet;
use std::env;
use std::thread;
use std::time::Duration;

use springtide_tests::feed::Feed;
use springtide_tests::flood::{Flood, giant};
use springtide_tests::kcat::read;
use springtide_tests::memory::{Allowed, Memory, tables_bytes};
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;
use springtide_tests::tail::Tail;
use springtide_tests::wait;

const UNTIL: [&str; 2] = ["--until", "2024-03-01T00:00:00Z"];
/// Visits that wait when the pipeline starts, and how many come each second from then on.
const BACKLOG: usize = 60_000;
const RATE: usize = 1_000;

fn seconds() -> u64 {
    let set = env::var("SPRINGTIDE_FLOOD_SECONDS").ok();
    set.map_or(40, |text| text.parse().expect("SPRINGTIDE_FLOOD_SECONDS is a number of seconds"))
}

fn start(pipeline: &Pipeline) -> Process {
    pipeline.run(UNTIL.map(Into::into).to_vec())
}

/// Looks at a process until a thing is so, and then says what was the most it held.
fn watched(run: &mut Process, pipeline: &Pipeline, mut so: impl FnMut() -> bool) -> Memory {
    let mut lines = 0;
    loop {
        let memory = Memory::of(run);
        if so() {
            return memory;
        }
        assert!(!run.has_ended(), "{}", run.stderr());
        if lines % 50 == 0 {
            println!("{memory}; {} MiB of state on disk", tables_bytes(&pipeline.state()) >> 20);
        }
        lines += 1;
        thread::sleep(Duration::from_millis(100));
    }
}

/// A minute of it here; `xtask/flood 600` by night.
#[test]
fn a_flood_of_accounts_stays_within_the_memory_that_the_settings_say() {
    let allowed = Allowed { resident_mib: 16, block_cache_mib: 8, write_buffer_mib: 8, threads: 1 };
    let pipeline = Pipeline::new("flood", 4);
    for (key, value) in allowed.settings() {
        pipeline.set(key, value);
    }
    pipeline.set("commit_records", 10_000);
    pipeline.set("commit_interval", "\"100ms\"");
    let (mut flood, feed) = (Flood::new(1), Feed::new(|topic| pipeline.topic(topic)));
    let mut records = flood.write(&feed, BACKLOG, Duration::ZERO);
    let mut run = start(&pipeline);
    let over = Duration::from_secs(seconds());
    let visits = RATE * usize::try_from(seconds()).unwrap();
    let memory = thread::scope(|scope| {
        let writer = scope.spawn(|| flood.write(&feed, visits, over));
        let memory = watched(&mut run, &pipeline, || writer.is_finished());
        records += writer.join().unwrap();
        memory
    });
    run.terminate();
    let ended = run.finish().well();
    let (state, cache) = (tables_bytes(&pipeline.state()), allowed.block_cache_mib << 20);
    println!("{memory}, {} allowed; {} accounts, {records} records", allowed.mib(), flood.accounts());
    println!("{}", ended.stderr.lines().last().unwrap_or_default());
    assert!(state > 3 * cache, "{state} bytes of state are no flood for a block cache of {cache}");
    assert!(memory.peak_kib <= allowed.mib() << 10, "{memory}, {} MiB allowed", allowed.mib());
}

#[test]
fn a_giant_account_starves_nobody() {
    const EVENTS: usize = 300_000;
    let pipeline = Pipeline::new("giant", 2);
    pipeline.set("commit_records", 10_000);
    pipeline.set("commit_interval", "\"100ms\"");
    let records = giant(EVENTS, EVENTS / 100, 5);
    pipeline.feed(&records);
    let mut run = start(&pipeline);
    // The first ten lie among the first tenth of the giant's events, or in the other partition.
    let mut missing: BTreeSet<String> = (0..10).map(|number| format!("small-{number}")).collect();
    let mut tail = Tail::new(&pipeline.topic("expansion-opportunities"));
    let heard = wait::until(|| {
        assert!(!run.has_ended(), "{}", run.stderr());
        missing.retain(|account| !tail.heard(account));
        missing.is_empty().then_some(())
    });
    assert!(heard.is_some(), "not heard of: {missing:?}");
    let read_up_to = pipeline.group_offsets("product-usage").into_iter().max().unwrap_or(0);
    let whole = EVENTS as i64;
    println!("all heard when {read_up_to} of {whole} events of the giant's partition were committed");
    assert!(read_up_to < whole / 2, "small accounts waited for the giant: {read_up_to} of {whole}");
    run.await_that("the giant is done", |_| {
        pipeline.group_offsets("product-usage").into_iter().max().is_some_and(|next| next >= whole)
    });
    run.terminate();
    run.finish().well();
    let partitions: BTreeSet<i64> =
        read(&pipeline.topic("expansion-opportunities")).iter().map(|message| message.partition).collect();
    assert_eq!(partitions.len(), 2, "small accounts lie in both partitions");
    assert_eq!(pipeline.written("springtide-late"), 0);
}
