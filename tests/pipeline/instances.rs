//! Several instances share the partitions; whatever happens to one, each revision is committed once.

use std::ffi::OsString;
use std::io::Write;

use springtide_tests::avro::{flags, in_avro};
use springtide_tests::data::Data;
use springtide_tests::fleet::Fleet;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;
use springtide_tests::random::Random;
use springtide_tests::records::{INPUT, Record};

fn three_together(name: &'static str, partitions: i32, seed: u64, more: [&[&str]; 3]) {
    let (data, pipeline) = (Data::generated(seed), Pipeline::new(name, partitions));
    pipeline.feed(&data.records(seed + 10));
    let mut fleet = Fleet::new(&pipeline, data.flags());
    for (number, more) in more.iter().enumerate() {
        fleet.start_with(number, &[&["--until-caught-up"], *more].concat());
    }
    fleet.finish();
    pipeline.must_agree_with(&data);
}

#[test]
fn three_instances_agree_with_replay_on_one_partition() {
    three_together("together-1", 1, 81, [&[], &[], &[]]);
}

#[test]
fn three_instances_agree_with_replay_on_three_partitions() {
    three_together("together-3", 3, 82, [&[], &["--threads=2"], &[]]);
}

#[test]
fn three_instances_with_several_threads_agree_with_replay_on_eight_partitions() {
    three_together("together-8", 8, 83, [&["--threads=3"], &["--threads=2"], &[]]);
}

#[test]
fn an_instance_joins_and_another_leaves_in_mid_run() {
    let (data, pipeline) = (Data::generated(84), Pipeline::new("join-leave", 8));
    let records = data.records(94);
    let mut parts = records.chunks(records.len().div_ceil(4));
    let mut feed = || pipeline.feed(parts.next().unwrap());
    feed();
    let mut fleet = Fleet::new(&pipeline, data.flags());
    fleet.start(0);
    fleet.start(1);
    fleet.await_progress(1);
    feed();
    fleet.start(2);
    fleet.of(2).await_word("partitions assigned");
    fleet.await_progress(1);
    feed();
    let left = fleet.stop(0);
    assert!(left.stderr.contains("committed and ended"), "{}", left.stderr);
    feed();
    fleet.await_progress(1);
    fleet.stop(1);
    fleet.stop(2);
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}

/// Twenty kills of one of three instances, each after a random number of records of state.
fn twenty_kills(pipeline: &Pipeline, data: &Data, records: &[Record], flags: Vec<OsString>) {
    const KILLS: usize = 20;
    let mut random = Random::new(96);
    let mut fleet = Fleet::new(pipeline, flags.clone());
    (0..3).for_each(|number| fleet.start(number));
    for part in records.chunks(records.len().div_ceil(KILLS)) {
        pipeline.feed(part);
        fleet.await_progress(1 + random.below(60) as i64);
        let unlucky = random.below(3);
        fleet.kill(unlucky);
        fleet.start(unlucky);
    }
    fleet.await_that("all is processed", || pipeline.lag() == 0);
    for number in 0..3 {
        fleet.of(number).await_word("partitions assigned");
        fleet.stop(number);
    }
    // On a new disk: all of the state comes from the changelog.
    pipeline.catch_up(flags);
    pipeline.must_agree_with(data);
}

#[test]
fn instances_that_are_killed_at_random_moments_leave_nothing_out_and_nothing_doubled() {
    let (data, pipeline) = (Data::generated(88), Pipeline::new("fleet-killed", 8));
    twenty_kills(&pipeline, &data, &data.records(95), data.flags());
}

#[test]
fn so_it_is_with_field_data_in_avro() {
    let data = Data::field().unwrap_or_else(|| {
        // Past the test's captured output: nobody shall think that this was tested.
        let said = "Skipped: the field data, which is not in ../shared beside the repository; generated data instead.";
        writeln!(std::io::stderr(), "{said}").unwrap();
        Data::generated(90)
    });
    let pipeline = Pipeline::new("fleet-avro", 3);
    let records = in_avro(&pipeline, &INPUT, data.records(101));
    twenty_kills(&pipeline, &data, &records, flags(&data, &INPUT));
}

/// The group's choice between two is the other one.
#[test]
fn a_standby_copy_takes_over_without_restoring() {
    let (data, pipeline) = (Data::generated(86), Pipeline::new("standby", 4));
    pipeline.set("standby_replicas", 1);
    let records = data.records(97);
    let (first, second) = records.split_at(records.len() / 2);
    pipeline.feed(first);
    let mut fleet = Fleet::new(&pipeline, data.flags());
    fleet.start_with(0, &["--until-caught-up"]);
    fleet.finish();
    fleet.start(0);
    fleet.of(0).await_word("partitions assigned");
    fleet.start(1);
    // Each of the four partitions is owned by one and copied by the other.
    fleet.of(1).await_that("its copies are level", |run| {
        run.stderr().matches("a standby copy is level").count() >= 2
    });
    assert!(pipeline.changelog_end() > 4_000, "enough for a restore to be told");
    pipeline.feed(second);
    fleet.await_progress(1);
    // What it says from here on.
    let from = fleet.of(1).stderr().len();
    fleet.kill(0);
    fleet
        .of(1)
        .await_that("it has everything", |run| run.stderr()[from..].contains("partitions={0, 1, 2, 3}"));
    fleet.await_progress(0);
    let ended = fleet.stop(1);
    let after = &ended.stderr[from..];
    assert!(!after.contains("bringing back the state from the changelog"), "{}", ended.stderr);
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}

#[test]
fn an_instance_with_a_name_comes_back_to_its_partitions() {
    let (data, pipeline) = (Data::generated(87), Pipeline::new("static", 4));
    let records = data.records(98);
    let (first, second) = records.split_at(records.len() / 2);
    pipeline.feed(first);
    let mut fleet = Fleet::new(&pipeline, data.flags());
    fleet.start_with(0, &["--instance-id=zero"]);
    fleet.of(0).await_word("partitions assigned");
    fleet.start_with(1, &["--instance-id=one"]);
    fleet.of(1).await_word("partitions assigned");
    fleet.await_progress(1);
    fleet.await_that("both have settled", || pipeline.lag() == 0);
    let rebalances = |fleet: &mut Fleet<'_>| fleet.of(1).stderr().matches("partitions revoked").count();
    let before = rebalances(&mut fleet);
    fleet.kill(0);
    fleet.start_with(0, &["--instance-id=zero"]);
    pipeline.feed(second);
    fleet.await_that("all is processed", || pipeline.lag() == 0);
    assert_eq!(rebalances(&mut fleet), before, "no partition of the other moved");
    fleet.stop(0);
    fleet.stop(1);
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}

/// An instance that stood still while the group went on has nothing to say when it wakes.
#[test]
fn an_instance_that_wakes_after_the_group_gave_its_partitions_away_writes_nothing_of_them() {
    const PAUSES: usize = 3;
    let (data, pipeline) = (Data::generated(89), Pipeline::new("zombie", 4));
    let records = data.records(99);
    let mut random = Random::new(100);
    let mut fleet = Fleet::new(&pipeline, data.flags());
    fleet.start(0);
    fleet.of(0).await_word("partitions assigned");
    fleet.start(1);
    fleet.of(1).await_word("partitions assigned");
    let all = |run: &mut Process| run.stderr().matches("partitions={0, 1, 2, 3}").count();
    for part in records.chunks(records.len().div_ceil(PAUSES)) {
        pipeline.feed(part);
        fleet.await_progress(1 + random.below(200) as i64);
        let before = all(fleet.of(1));
        fleet.of(0).pause();
        fleet.of(1).await_that("it has everything", |run| {
            run.stderr().matches("partitions={0, 1, 2, 3}").count() > before
        });
        fleet.await_progress(0);
        let shared = fleet.of(1).stderr().matches("partitions assigned").count();
        fleet.of(0).resume();
        fleet.of(1).await_that("the other is back", |run| {
            run.stderr().matches("partitions assigned").count() > shared
        });
    }
    fleet.await_that("all is processed", || pipeline.lag() == 0);
    fleet.stop(0);
    fleet.stop(1);
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}
