//! State that an earlier stored format wrote is gone on with, from its directory and from its changelog (SPEC section 6).

use springtide_tests::golden::{self, Golden};

/// Run by `xtask/golden`, once for each format.
#[test]
#[ignore = "writes into the repository"]
fn make_what_the_present_format_leaves_behind() {
    Golden::present().make();
}

#[test]
fn what_the_present_format_leaves_behind_is_kept_for_those_to_come() {
    assert!(Golden::present().exists(), "run xtask/golden, and commit what it makes");
}

#[test]
fn every_format_that_is_kept_is_gone_on_with() {
    for golden in golden::all() {
        let pipeline = golden.left_behind();
        let before = pipeline.committed().len();
        assert!(before > 0, "{}", golden.name());

        let ended = pipeline.catch_up(golden.flags());
        assert!(!ended.stderr.contains("made anew"), "its own directory will do:\n{}", ended.stderr);
        assert_eq!(pipeline.committed().len(), before, "{}: nothing new came", golden.name());
        let [one, other] = golden.later();
        pipeline.feed(&one);
        pipeline.catch_up(golden.flags());

        pipeline.lose_state();
        pipeline.feed(&other);
        pipeline.catch_up(golden.flags());
        pipeline.must_have_open(&golden.replayed());
    }
}
