//! A state directory that is lost, or is older than what was committed, is made good without a word said twice,
//! and without one left out.

use std::ffi::OsString;
use std::fs;

use springtide_tests::data::Data;
use springtide_tests::pipeline::{Pipeline, copy};
use springtide_tests::records::Record;

/// Half of the records, committed; then the state is lost. Returns the other half.
fn half_way(pipeline: &Pipeline, data: &Data, lose: impl Fn(&Pipeline)) -> Vec<Record> {
    let mut records = data.records(71);
    let later = records.split_off(records.len() / 2);
    let backed_up = records.split_off(records.len() / 2);
    pipeline.feed(&records);
    pipeline.catch_up(data.flags());
    copy(&pipeline.state(), &pipeline.beside("backup"));
    let before = pipeline.committed().len();
    pipeline.feed(&backed_up);
    pipeline.catch_up(data.flags());
    assert!(pipeline.committed().len() > before && before > 0, "each part must come to something");
    pipeline.lose_state();
    lose(pipeline);
    later
}

/// As after a crash between the commit of Kafka and that of the store, only further behind.
fn restore_backup(pipeline: &Pipeline) {
    fs::rename(pipeline.beside("backup"), pipeline.state()).unwrap();
}

fn nothing_is_said_again(name: &'static str, seed: u64, lose: impl Fn(&Pipeline)) {
    let (data, pipeline) = (Data::generated(seed), Pipeline::new(name, 3));
    half_way(&pipeline, &data, lose);
    let before = pipeline.committed().len();
    pipeline.catch_up(data.flags());
    let committed = pipeline.committed();
    assert_eq!(committed.len(), before, "nothing new came, so nothing new is said");
    assert!(!committed.open().is_empty());
}

fn it_goes_on_as_if_nothing_had_happened(name: &'static str, seed: u64, lose: impl Fn(&Pipeline)) {
    let (data, pipeline) = (Data::generated(seed), Pipeline::new(name, 3));
    let later = half_way(&pipeline, &data, lose);
    pipeline.feed(&later);
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}

#[test]
fn a_lost_state_directory_is_made_again_in_silence() {
    nothing_is_said_again("lost-silent", 61, |_| ());
}

#[test]
fn a_state_directory_behind_what_was_committed_catches_up_in_silence() {
    nothing_is_said_again("behind-silent", 62, restore_backup);
}

#[test]
fn after_a_lost_state_directory_it_goes_on_as_if_nothing_had_happened() {
    it_goes_on_as_if_nothing_had_happened("lost", 61, |_| ());
}

#[test]
fn after_a_state_directory_fell_behind_it_goes_on_as_if_nothing_had_happened() {
    it_goes_on_as_if_nothing_had_happened("behind", 62, restore_backup);
}

/// A profile that passes the default gate, with this much revenue; from 3 March on, the renewal is near.
fn profile(at: &str, mrr: u32) -> Record {
    let value = format!(
        r#"{{"event_id":"{at}","account_id":"acme","occurred_at":"{at}","name":"Acme","segment":"smb","mrr":{mrr},
            "currency":"EUR","health_score":80,"first_value_at":"2023-01-01T00:00:00Z",
            "renewal_at":"2024-06-01T00:00:00Z"}}"#
    );
    Record::new("account-profiles", "acme", value)
}

/// A reading of so much of 100.
fn reading(at: &str, used: u32) -> Record {
    let value = format!(
        r#"{{"event_id":"{at}","account_id":"acme","occurred_at":"{at}","type":"meter_reading","meter":"calls",
            "used":{used},"limit":100}}"#
    );
    Record::new("product-usage", "acme", value)
}

fn until(time: &str) -> Vec<OsString> {
    vec!["--until".into(), time.into()]
}

/// Timers that became due since the last commit were told to nobody.
fn a_timer_due_meanwhile_is_told(name: &'static str, lose: impl Fn(&Pipeline)) {
    let pipeline = Pipeline::new(name, 1);
    pipeline.feed(&[profile("2024-01-29T00:00:00Z", 1000)]);
    pipeline.catch_up(until("2024-03-01T00:00:00Z"));
    copy(&pipeline.state(), &pipeline.beside("backup"));
    pipeline.feed(&[reading("2024-02-01T00:00:00Z", 10)]);
    pipeline.catch_up(until("2024-03-01T00:00:00Z"));
    assert!(pipeline.committed().is_empty(), "nothing is due yet");
    pipeline.lose_state();
    lose(&pipeline);
    pipeline.catch_up(until("2024-03-10T00:00:00Z"));
    assert_eq!(pipeline.committed().open().len(), 1, "the renewal is near");
}

#[test]
fn a_timer_due_after_the_state_was_lost_is_told() {
    a_timer_due_meanwhile_is_told("timer-lost", |_| ());
}

#[test]
fn a_timer_due_after_the_state_fell_behind_is_told() {
    a_timer_due_meanwhile_is_told("timer-behind", restore_backup);
}

/// What readers were told decides how it goes on, not how the state would be numbered were it made in one go.
#[test]
fn a_lost_state_directory_goes_on_with_the_next_revision() {
    let pipeline = Pipeline::new("next-revision", 1);
    let clock = || until("2024-03-01T00:00:00Z");
    pipeline.feed(&[reading("2024-02-01T00:00:00Z", 85), profile("2024-01-29T00:00:00Z", 1000)]);
    pipeline.catch_up(clock());
    pipeline.feed(&[profile("2024-01-30T00:00:00Z", 2000)]);
    pipeline.catch_up(clock());
    assert_eq!(pipeline.committed().len(), 2, "opened, and revised by the late profile");
    pipeline.lose_state();
    pipeline.feed(&[profile("2024-01-31T00:00:00Z", 3000)]);
    pipeline.catch_up(clock());
    assert_eq!(pipeline.committed().len(), 3);
    assert_eq!(pipeline.committed().open().len(), 1);
}
