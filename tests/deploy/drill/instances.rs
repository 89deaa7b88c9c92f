//! What is wrong with the instances themselves.

use springtide_tests::acls::{Operation, Resource, Right, forbid, grant, permit};
use springtide_tests::broker::Broker;
use springtide_tests::pipeline::{Pipeline, all_topics};
use springtide_tests::records::INPUT;
use springtide_tests::tool;
use springtide_tests::transaction::OpenTransaction;

use super::input::{Flow, Input};
use super::instance::{Instance, with_mounts};
use super::watch::{Fault, Watch};

/// What is drilled here.
pub const ALERTS: &[&str] = &[
    "SpringtideAbsent",
    "SpringtideInstanceDown",
    "SpringtideLagUnknown",
    MEMORY,
    "SpringtideRestarting",
    "SpringtideRestoreStuck",
];

const MEMORY: &str = "SpringtideMemoryNearLimit";
const NAME: &str = "drill-instances";

/// What an instance may have by its control group, as a container sees it; `0` is what it says.
fn limited_to(mib: usize) -> String {
    format!(
        "mount -t tmpfs springtide-drill /sys/fs/cgroup && echo $(({mib} << 20)) >/sys/fs/cgroup/memory.max"
    )
}

#[test]
fn alerts_on_instances() {
    let _made = Pipeline::new(NAME, 2);
    let pipeline = least();
    // Names make it certain who has which partition.
    let state = pipeline.beside("state-b").display().to_string();
    let mut a = Instance::start(&pipeline, &["--instance-id=a"]);
    let flags = ["--instance-id=b", "--state-dir", &state];
    let limit = with_mounts(&limited_to(160));
    let tried = tool::run(&limit[0], &[&limit[1..], &["true".into()]].concat());
    let can_limit = tried.status.success();
    let mut b = Instance::start_in(&pipeline, &flags, if can_limit { limit } else { Vec::new() });
    for instance in [&mut a, &mut b] {
        instance.works_on("1 partition");
    }
    let input = Input::start(&pipeline);
    let addresses = [a.address.clone(), b.address.clone()];
    let mut watch = Watch::start(NAME, &addresses.each_ref().map(String::as_str), 60);
    watch.is_calm_for("30m");

    down(&mut watch, &mut b);
    restarting(&mut watch, &mut b);
    stuck(&mut watch, &mut b, &pipeline);
    let mut drilled = ALERTS.to_vec();
    if can_limit {
        memory(&mut watch, &mut b, &input);
    } else {
        drilled.retain(|alert| *alert != MEMORY);
        tool::say(&format!("Not drilled: {MEMORY}: no limit can be set: {}", tried.stderr.trim()));
    }
    unknown(&mut watch, &a, &pipeline);
    absent(&mut watch, &mut a, &mut b);
    watch.ends(&drilled);
}

/// A pipeline whose user has the rights that it needs, and no more.
fn least() -> Pipeline {
    let pipeline = Pipeline::at(NAME, &Broker::shared().scram);
    let authority = Broker::shared().certificate("ca.pem");
    pipeline.configure(&format!(
        "\"security.protocol\" = \"sasl_ssl\"\n\"ssl.ca.location\" = {authority:?}\n\
         \"sasl.mechanism\" = \"SCRAM-SHA-512\"\n\"sasl.username\" = \"least\"\n\"sasl.password\" = \"least-password\""
    ));
    let changelog = pipeline.changelog();
    let topics: Vec<String> = all_topics().map(|topic| pipeline.topic(topic)).chain([changelog]).collect();
    let all = [Operation::Read, Operation::Write, Operation::DescribeConfigs];
    let mut rights = Vec::new();
    for topic in &topics {
        rights.extend(all.map(|operation| Right {
            user: "least",
            resource: Resource::Topic(topic),
            operation,
        }));
    }
    rights.push(Right { user: "least", resource: Resource::Group(NAME), operation: Operation::Read });
    rights.push(Right {
        user: "least",
        resource: Resource::TransactionalIds(NAME),
        operation: Operation::Write,
    });
    grant(&rights);
    pipeline
}

/// One stands still; the other takes over.
fn down(watch: &mut Watch, b: &mut Instance<'_>) {
    let alert = "SpringtideInstanceDown";
    watch.is_quiet(alert);
    b.run().pause();
    watch.fires(
        &Fault {
            alert,
            names: &[("instance", &b.address)],
            shows: &[("Partitions by worker", "== 2")],
            says: &[],
        },
        b,
    );
    b.run().resume();
    watch.resolves(alert);
    b.works_on("1 partition");
    watch.is_calm();
}

/// One is killed again and again.
fn restarting(watch: &mut Watch, b: &mut Instance<'_>) {
    let alert = "SpringtideRestarting";
    watch.is_quiet(alert);
    for times in 1..=3 {
        b.kill();
        b.raise();
        // Starts are told apart by the second.
        let [start, address] = ["process_start_time_seconds", &b.address];
        let lived = format!("time() - {start}{{instance={address:?}}} > 2");
        watch.sees(&format!("{lived} and changes({start}{{instance={address:?}}}[30s]) >= {times}"));
    }
    watch.fires(
        &Fault { alert, names: &[("instance", &b.address)], shows: &[("Up for", "< 30")], says: &[] },
        b,
    );
    b.works_on("1 partition");
    watch.resolves(alert);
    watch.is_calm();
}

/// One has lost its disk, and somebody has left a transaction open in the changelog.
fn stuck(watch: &mut Watch, b: &mut Instance<'_>, pipeline: &Pipeline) {
    let alert = "SpringtideRestoreStuck";
    watch.is_quiet(alert);
    b.stop();
    std::fs::remove_dir_all(pipeline.beside("state-b")).unwrap();
    let open = OpenTransaction::begin(&pipeline.changelog(), 1, "x", "x");
    b.raise();
    let fault = Fault {
        alert,
        names: &[("instance", &b.address), ("partition", "1")],
        shows: &[("Left to restore", "> 0")],
        says: &["waiting for a transaction that is open in the changelog"],
    };
    watch.fires(&fault, b);
    open.abort();
    watch.resolves(alert);
    b.works_on("1 partition");
    watch.is_calm();
}

/// One has more accounts than its limit lets it hold.
fn memory(watch: &mut Watch, b: &mut Instance<'_>, input: &Input) {
    let alert = MEMORY;
    watch.is_quiet(alert);
    input.set(Flow::Crowd, 300);
    watch.fires(
        &Fault {
            alert,
            names: &[("instance", &b.address)],
            shows: &[("Memory", "> 140 * 1024 * 1024")],
            says: &[],
        },
        b,
    );
    input.set(Flow::Crowd, 0);
    // As the runbook says: a limit that is less than what the settings come to is raised.
    b.stop();
    b.around = with_mounts(&limited_to(2_000));
    b.raise();
    watch.resolves(alert);
    b.works_on("1 partition");
    watch.is_calm();
}

/// Brokers let the pipeline read, and do not tell it where the topics end.
fn unknown(watch: &mut Watch, a: &Instance<'_>, pipeline: &Pipeline) {
    let alert = "SpringtideLagUnknown";
    watch.is_quiet(alert);
    let topics = INPUT.map(|topic| pipeline.topic(topic));
    let of =
        |topic| Right { user: "least", resource: Resource::Topic(topic), operation: Operation::Describe };
    let rights: Vec<Right<'_>> = topics.iter().map(|topic| of(topic)).collect();
    forbid(&rights);
    watch.fires(&Fault { alert, names: &[], shows: &[("Events processed", "> 0")], says: &[] }, a);
    let said = pipeline.topics(&["--verify"]).refused(1);
    assert!(said.contains("no right"), "{said}");
    permit(&rights);
    watch.resolves(alert);
    watch.is_calm();
}

/// All are gone.
fn absent<'p>(watch: &mut Watch, a: &mut Instance<'p>, b: &mut Instance<'p>) {
    let alert = "SpringtideAbsent";
    watch.is_quiet(alert);
    a.kill();
    b.kill();
    watch.fires(&Fault { alert, names: &[], shows: &[], says: &[] }, a);
    a.raise();
    b.raise();
    watch.resolves(alert);
    for instance in [a, b] {
        instance.works_on("1 partition");
        instance.stop();
    }
}
