//! What takes hours and days: a disk that fills up, opportunities that nobody acts on, an input that has fallen silent.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::PathBuf;

use springtide_tests::fire::disk::SmallDisk;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::records::Record;
use springtide_tests::tool;

use super::input::{Flow, Input, now, of, profile};
use super::instance::Instance;
use super::tools::Tools;
use super::watch::{Fault, Watch};

/// What is drilled here.
pub const ALERTS: &[&str] = &[
    "SpringtideDiskFillsUp",
    "SpringtideDiskNearlyFull",
    "SpringtideInputSilent",
    "SpringtideOpportunitiesGoingCold",
    "SpringtideOpportunitiesOverdue",
    "SpringtideStoreWritesStopped",
];

const NAME: &str = "drill-days";
const ENGAGEMENT: &str = "engagement-signals";
const DAY_MS: i64 = 86_400_000;
/// Opportunities that nobody acts on.
const COLD: usize = 30;

#[test]
fn alerts_on_days() {
    let pipeline = Pipeline::new(NAME, 1);
    let tools = Tools::of(&pipeline, NAME);
    let disk = SmallDisk::mount(&pipeline.beside("small-disk"));
    if let Ok(disk) = &disk {
        pipeline.set("state_dir", format!("{:?}", disk.path().join("state")));
    }
    pipeline.set("write_buffer_mib", 2);
    // Old readings shall open something.
    pipeline.configure("[allowed_lateness]\nproduct-usage = \"14d\"");
    let slow = pipeline.beside("slow");
    let around = [
        "env".into(),
        format!("LD_PRELOAD={}", shim(&pipeline).display()),
        format!("SLOW_DISK={}", slow.display()),
    ];
    let mut one = Instance::start_in(&pipeline, &[], around.map(OsString::from).to_vec());
    one.works_on("1 partition");
    let input = Input::start(&pipeline);
    let address = one.address.clone();
    // A day is a minute and a half: what is overdue is counted each minute. A week is two minutes.
    let mut watch = Watch::start(NAME, &[&address], 960);
    let mut weeks = Watch::start(NAME, &[&address], 5_040);
    watch.is_calm_for("12h");

    let mut drilled = ALERTS.to_vec();
    drilled.retain(|alert| *alert != "SpringtideInputSilent");
    match &disk {
        Ok(disk) => {
            watch = watch.of_its_own_disk();
            filling(&mut watch, &one, disk);
        }
        Err(why) => {
            drilled.retain(|alert| !alert.contains("Disk"));
            tool::say(&format!(
                "Not drilled: SpringtideDiskFillsUp, SpringtideDiskNearlyFull: no small disk can be mounted: {why}"
            ));
        }
    }
    stopped(&mut watch, &one, &input, &slow);
    cold_and_silent(&mut watch, &mut weeks, &one, &input, &pipeline, &tools);
    watch.is_calm();
    one.stop();
    watch.ends(&drilled);
    weeks.ends(&["SpringtideInputSilent"]);
}

/// What makes the disk slow.
fn shim(pipeline: &Pipeline) -> PathBuf {
    let (source, made) = (super::file("slow_disk.c"), pipeline.beside("slow_disk.so"));
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let args: [&OsStr; 6] = [
        "-shared".as_ref(),
        "-fPIC".as_ref(),
        "-o".as_ref(),
        made.as_ref(),
        source.as_ref(),
        "-ldl".as_ref(),
    ];
    tool::run(&compiler, &args).well();
    made
}

/// Somebody writes to the disk, a little each second, until it is nearly full.
fn filling(watch: &mut Watch, one: &Instance<'_>, disk: &SmallDisk) {
    watch.is_quiet("SpringtideDiskFillsUp");
    watch.is_quiet("SpringtideDiskNearlyFull");
    let left = "springtide_state_disk_available_bytes / springtide_state_disk_size_bytes";
    let fill_to = |part: f64| {
        for _ in 0..90 {
            let before = watch.value(left).unwrap();
            if before < part {
                break;
            }
            disk.take_mib(1);
            // So that it is seen to fall, step by step.
            watch.sees(&format!("{left} < {before}"));
        }
    };
    fill_to(0.35);
    let names = [("instance", &*one.address)];
    watch.fires(
        &Fault {
            alert: "SpringtideDiskFillsUp",
            names: &names,
            shows: &[("Disk left in bytes", "< 40e6")],
            says: &[],
        },
        one,
    );
    disk.take_mib(26);
    watch.fires(
        &Fault {
            alert: "SpringtideDiskNearlyFull",
            names: &names,
            shows: &[("Disk with the state", "< 0.1")],
            says: &[],
        },
        one,
    );
    disk.free();
    watch.resolves("SpringtideDiskNearlyFull");
    watch.resolves("SpringtideDiskFillsUp");
    watch.is_calm();
}

/// The disk does not keep up.
fn stopped(watch: &mut Watch, one: &Instance<'_>, input: &Input, slow: &std::path::Path) {
    let alert = "SpringtideStoreWritesStopped";
    watch.is_quiet(alert);
    fs::write(slow, "").unwrap();
    input.set(Flow::Crowd, 100);
    watch.fires(
        &Fault { alert, names: &[("instance", &one.address)], shows: &[("Write stalls", "== 1")], says: &[] },
        one,
    );
    input.set(Flow::Crowd, 0);
    fs::remove_file(slow).unwrap();
    watch.resolves(alert);
    watch.is_calm();
}

/// Opportunities of two weeks ago, of which nobody says anything; meanwhile a vendor's connection breaks.
fn cold_and_silent(
    watch: &mut Watch,
    weeks: &mut Watch,
    one: &Instance<'_>,
    input: &Input,
    pipeline: &Pipeline,
    tools: &Tools,
) {
    watch.is_quiet("SpringtideOpportunitiesOverdue");
    watch.is_quiet("SpringtideOpportunitiesGoingCold");
    watch.sees("springtide_opportunities_overdue offset 90s");
    let at = now() - 13 * DAY_MS;
    let seats = r#""type":"seat_snapshot","seats_used":85,"seats_licensed":100"#;
    let office = r#""type":"office_opened","location":"Graz""#;
    let of_account = |number: usize| {
        let account = format!("cold-{number:02}");
        [
            of("account-profiles", &account, &account, at, &profile(&account)),
            of("product-usage", &account, &account, at, seats),
            of("business-signals", &account, &account, at, office),
        ]
    };
    pipeline.feed(&(0..COLD).flat_map(of_account).collect::<Vec<Record>>());
    silent(weeks, one, input);
    let shows = [("Going cold", "> 10")];
    watch
        .fires(&Fault { alert: "SpringtideOpportunitiesOverdue", names: &[], shows: &shows, says: &[] }, one);
    watch.fires(
        &Fault { alert: "SpringtideOpportunitiesGoingCold", names: &[], shows: &shows, says: &[] },
        one,
    );
    let _ = tools;
    watch.resolves("SpringtideOpportunitiesGoingCold");
}

fn silent(weeks: &mut Watch, one: &Instance<'_>, input: &Input) {
    let alert = "SpringtideInputSilent";
    weeks.sees(&format!(
        "sum(increase(springtide_events_total{{topic={ENGAGEMENT:?}}}[2142ms] offset 120s)) > 30"
    ));
    weeks.is_quiet(alert);
    input.set(Flow::Good(ENGAGEMENT), 0);
    weeks.fires(&Fault { alert, names: &[("topic", ENGAGEMENT)], shows: &[], says: &[] }, one);
    input.set(Flow::Good(ENGAGEMENT), 2);
    weeks.resolves(alert);
}
