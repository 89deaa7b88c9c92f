//! Partitions that are added to topics in place are refused, and the way to more of them that the refusal names works.

use springtide_tests::admin::Admin;
use springtide_tests::data::Data;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::INPUT;

#[test]
fn more_partitions_are_refused_with_instructions_that_work() {
    let data = Data::generated(81);
    let mut records = data.records(82);
    let later = records.split_off(records.len() / 2);
    let old = Pipeline::new("few-partitions", 3);
    old.feed(&records);
    old.catch_up(data.flags());
    let before = old.committed().open();

    let admin = Admin::connect();
    INPUT.iter().for_each(|topic| admin.add_partitions(&old.topic(topic), 5));
    let refused = old.run(data.flags()).finish();
    assert!(!refused.status.success(), "{}", refused.stderr);
    assert!(refused.stderr.contains("Partitions can't be added"), "{}", refused.stderr);

    let new = Pipeline::without_topics("more-partitions");
    let file = old.config().display().to_string();
    let ended = new.topics(&["--partitions=8", "--copy-from", &file]).well();
    let said = String::from_utf8_lossy(&ended.stdout);
    let copied = |topic: &str| format!("records of {} to {}\n", old.topic(topic), new.topic(topic));
    assert!(INPUT.iter().all(|topic| said.contains(&copied(topic))), "{said}");
    new.catch_up(data.flags());
    assert_eq!(new.written("springtide-late"), 0, "what was copied is no later than it was");
    new.committed().open().must_equal(&before);
    new.feed(&later);
    new.catch_up(data.flags());
    new.must_agree_with(&data);

    let again = new.topics(&["--copy-from", &file]);
    assert!(again.stderr.contains("is not empty"), "{}", again.stderr);
}
