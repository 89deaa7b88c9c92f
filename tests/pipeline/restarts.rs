//! A pipeline that ends in good order goes on where it was.

use springtide_tests::data::Data;
use springtide_tests::pipeline::Pipeline;

#[test]
fn a_second_run_goes_on_where_the_first_ended() {
    let data = Data::generated(21);
    let pipeline = Pipeline::new("restart", 3);
    let records = data.records(31);
    let (first, second) = records.split_at(records.len() / 2);
    pipeline.feed(first);
    pipeline.catch_up(data.flags());
    let before = pipeline.committed().len();
    assert!(before > 0, "the first half must have come to something");
    pipeline.feed(second);
    pipeline.catch_up(data.flags());
    assert!(pipeline.committed().len() > before, "the second half must have come to something");
    pipeline.must_agree_with(&data);
}

#[test]
fn topics_that_end_in_a_transactions_marker_are_read_to_their_end() {
    let data = Data::generated_calm(24);
    let pipeline = Pipeline::new("marker", 3);
    pipeline.feed_in_a_transaction(&data.records(34));
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}

#[test]
fn a_run_with_nothing_new_writes_nothing() {
    let data = Data::generated_calm(22);
    let pipeline = Pipeline::new("nothing-new", 3);
    pipeline.feed(&data.records(32));
    pipeline.catch_up(data.flags());
    let before = pipeline.committed().len();
    pipeline.catch_up(data.flags());
    assert_eq!(pipeline.committed().len(), before);
    pipeline.must_agree_with(&data);
}

#[test]
fn sigterm_commits_and_leaves_the_group() {
    let data = Data::generated(23);
    let pipeline = Pipeline::new("sigterm", 3);
    pipeline.feed(&data.records(33));
    let mut run = pipeline.run(data.flags());
    run.await_that("something is written", |_| pipeline.written("expansion-opportunities") > 0);
    run.terminate();
    let ended = run.finish().well();
    assert!(ended.stderr.contains("committed and ended"), "{}", ended.stderr);
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}
