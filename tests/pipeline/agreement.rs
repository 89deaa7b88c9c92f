//! What is committed is what a replay of the same files says, whatever the order and the number of partitions.

use std::io::Write;

use springtide_tests::data::Data;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::random::Random;

fn check(name: &'static str, data: &Data, partitions: i32, seed: u64) {
    let pipeline = Pipeline::new(name, partitions);
    pipeline.feed(&data.records(seed));
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(data);
}

#[test]
fn one_partition_agrees_with_replay() {
    check("agree-1", &Data::generated(1), 1, 11);
}

#[test]
fn three_partitions_agree_with_replay() {
    check("agree-3", &Data::generated(2), 3, 12);
}

#[test]
fn eight_partitions_agree_with_replay() {
    check("agree-8", &Data::generated(3), 8, 13);
}

#[test]
fn field_data_agrees_with_replay() {
    let Some(data) = Data::field() else {
        // Past the test's captured output: nobody shall think that this was tested.
        let said = "Skipped: the field data, which is not in ../shared beside the repository (set SPRINGTIDE_SHARED).";
        writeln!(std::io::stderr(), "{said}").unwrap();
        return;
    };
    for (name, partitions) in [("field-1", 1), ("field-3", 3), ("field-8", 8)] {
        check(name, &data, partitions, 14);
    }
}

/// With a lateness that lets everything in, no order at all is needed.
#[test]
fn records_in_any_order_agree_with_replay() {
    let data = Data::generated_calm(4);
    let mut records = data.records(15);
    Random::new(16).shuffle(&mut records);
    let pipeline = Pipeline::new("any-order", 3);
    pipeline.feed(&records);
    let mut flags = data.flags();
    flags.extend(
        springtide_tests::records::INPUT.map(|topic| format!("--allowed-lateness={topic}=3650d").into()),
    );
    pipeline.catch_up(flags);
    pipeline.must_agree_with(&data);
}

#[test]
fn only_what_opens_from_an_instant_on_is_emitted() {
    let data = Data::generated(5);
    let all = data.replayed();
    let from = all.middle();
    let (after, before) = all.split(&from);
    assert!(!after.is_empty() && !before.is_empty());
    let pipeline = Pipeline::new("emit-from", 3);
    pipeline.feed(&data.records(17));
    let mut flags = data.flags();
    flags.push(format!("--emit-from={from}").into());
    pipeline.catch_up(flags);
    pipeline.must_have_open(&after);
}
