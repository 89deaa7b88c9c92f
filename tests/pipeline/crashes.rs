//! A pipeline that is killed leaves nothing half done, and nothing is done twice.

use springtide_tests::data::Data;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::Process;

const OPPORTUNITIES: &str = "expansion-opportunities";

const ENDED: &str = "committed and ended";

/// Kills a run once `so`; false where it had caught up before.
fn kill_when(pipeline: &Pipeline, data: &Data, mut so: impl FnMut(&Process) -> bool) -> bool {
    let mut flags = data.flags();
    flags.push("--until-caught-up".into());
    let mut run = pipeline.run(flags);
    run.await_that("it is far enough to be killed", |run| so(run) || run.stderr().contains(ENDED));
    let ended = run.stderr().contains(ENDED);
    run.kill();
    !ended
}

#[test]
fn killed_at_any_moment_each_revision_is_committed_once() {
    let data = Data::generated(41);
    let pipeline = Pipeline::new("killed", 3);
    pipeline.feed(&data.records(51));
    let mut killed =
        u32::from(kill_when(&pipeline, &data, |run| run.stderr().contains("partitions assigned")));
    for more in [1, 3, 8, 13] {
        let goal = pipeline.written(OPPORTUNITIES) + more;
        killed += u32::from(kill_when(&pipeline, &data, |_| pipeline.written(OPPORTUNITIES) >= goal));
    }
    assert!(killed >= 3, "it had caught up before it could be killed: {killed}");
    pipeline.catch_up(data.flags());
    pipeline.must_agree_with(&data);
}
