//! A state directory that is lost, or is older than what was committed, is made good without a word said twice.

use std::fs;

use springtide_tests::data::Data;
use springtide_tests::pipeline::{Pipeline, copy};

#[test]
fn a_lost_state_directory_is_made_again() {
    let data = Data::generated(61);
    let pipeline = Pipeline::new("lost", 3);
    let records = data.records(71);
    let (first, second) = records.split_at(records.len() / 2);
    pipeline.feed(first);
    pipeline.catch_up(data.flags());
    let before = pipeline.committed().len();
    assert!(before > 0, "the first half must have come to something");
    pipeline.lose_state();
    pipeline.catch_up(data.flags());
    assert_eq!(pipeline.committed().len(), before, "nothing new came, so nothing new is said");
    pipeline.lose_state();
    pipeline.feed(second);
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}

/// As after a crash between the commit of Kafka and that of the store, only further behind.
#[test]
fn a_state_directory_behind_what_was_committed_catches_up_in_silence() {
    let data = Data::generated(62);
    let pipeline = Pipeline::new("behind", 3);
    let records = data.records(72);
    let third = records.len() / 3;
    pipeline.feed(&records[..third]);
    pipeline.catch_up(data.flags());
    let backup = pipeline.beside("backup");
    copy(&pipeline.state(), &backup);
    pipeline.feed(&records[third..2 * third]);
    pipeline.catch_up(data.flags());
    pipeline.lose_state();
    fs::rename(&backup, pipeline.state()).unwrap();
    pipeline.feed(&records[2 * third..]);
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}
