//! Moments in which nobody leads a partition: a client that asked in such a moment takes it for lasting, and by itself asks
//! again only after minutes.

use springtide_tests::broker::Broker;
use springtide_tests::data::Data;
use springtide_tests::feed::feed_at;
use springtide_tests::fire::cluster::Cluster;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::wait;
use springtide_tests::watched::{Watched, lag};

const TOPIC: &str = "product-usage";

#[test]
fn work_and_figures_go_on_once_a_partition_has_a_leader_again() {
    let home = Broker::shared().new_folder();
    let mut cluster = Cluster::start(home.path());
    let folder = Broker::shared().new_folder();
    let pipeline = Pipeline::in_folder("leaders", folder, &cluster.bootstrap, &cluster.bootstrap);
    // Whose broker is gone, nobody leads.
    pipeline.topics(&["--partitions=1", "--replication-factor=1"]).well();
    let data = Data::generated_calm(87);
    feed_at(&cluster.bootstrap, &data.records(88), |topic| pipeline.topic(topic));
    let name = pipeline.topic(TOPIC);
    let leader = wait::until(|| cluster.leader(&name, 0)).expect("somebody leads");
    let mut first = Watched::start(&pipeline, data.flags());
    first.await_figure(&lag(TOPIC, 0), 0.0);

    cluster.kill(leader);
    first.await_figure(&lag(TOPIC, 0), None);
    cluster.raise(leader);
    first.await_figure(&lag(TOPIC, 0), 0.0);

    let mut flags = data.flags();
    flags.extend(["--state-dir".into(), pipeline.beside("other").into()]);
    let mut other = Watched::start(&pipeline, flags);
    other.run.await_word("partitions assigned");
    cluster.kill(leader);
    first.await_figure(&lag(TOPIC, 0), None);
    first.run.kill();
    // The changelog may have had the same leader, and is asked for first.
    other.run.await_that("it asks in vain", |run| {
        let said = run.stderr();
        ["asking how far the topics go", "asking where the changelog ends"]
            .iter()
            .any(|part| said.contains(part))
    });
    cluster.raise(leader);
    other.await_figure(&lag(TOPIC, 0), 0.0);
    other.run.terminate();
    other.run.finish().well();
    pipeline.must_agree_with(&data);
}
