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
use crate::runbooks;

/// What is drilled here.
pub const ALERTS: &[&str] = &[
    "SpringtideDiskFillsUp",
    "SpringtideDiskNearlyFull",
    "SpringtideInputSilent",
    "SpringtideOpportunitiesGoingCold",
    "SpringtideOpportunitiesOverdue",
    "SpringtideStoreWritesStopped",
];

/// The one that looks back for a week.
const SILENT: &str = "SpringtideInputSilent";
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
    // Topics that bring nothing here hold time back no longer.
    pipeline.set("idle_after", "\"1s\"");
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
    // Within what stands for three hours there must be enough to miss.
    input.set(Flow::Good(ENGAGEMENT), 6);
    let address = one.address.clone();
    let is_seen: fn(&str) -> bool = match &disk {
        Ok(_) => |alert| ALERTS.contains(&alert) && alert != SILENT,
        Err(_) => |alert| ALERTS.contains(&alert) && alert != SILENT && !alert.contains("Disk"),
    };
    // A day is a minute and a half: what is overdue is counted each minute. A week is two minutes.
    let mut watch = Watch::start_for(NAME, &[&address], 960, is_seen);
    let mut weeks = Watch::start_for(NAME, &[&address], 5_040, |alert| alert == SILENT);
    watch.is_calm_for("12h");

    let mut drilled = ALERTS.to_vec();
    drilled.retain(|alert| *alert != SILENT);
    match &disk {
        Ok(disk) => {
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
    weeks.ends(&[SILENT]);
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
    act(pipeline, tools);
    watch.resolves("SpringtideOpportunitiesGoingCold");
    watch.resolves("SpringtideOpportunitiesOverdue");
    assert_eq!(watch.value("sum(springtide_opportunities_overdue)"), Some(0.0));
}

/// Finds what is past its date as the runbook says, and says of each that somebody is at it.
fn act(pipeline: &Pipeline, tools: &Tools) {
    let latest = pipeline.topic("expansion-opportunities-latest");
    let commands = runbooks::commands(&["kcat "]);
    let list =
        commands.iter().find(|command| command.contains(".act_by <")).expect("a command that lists them");
    let listed = tools.run(&list.replace("expansion-opportunities-latest", &latest));
    assert_eq!(listed.lines().count(), COLD, "{listed}");

    let rows = "jq -r 'select(.status == \"open\") | [.opportunity_id, .account_id, .play] | @tsv'";
    let open = tools.run(&format!("kcat -b $KAFKA -C -t {latest} -e -q -f '%s\\n' | {rows}"));
    let acted = |line: &str| {
        let [id, account, play] = <[&str; 3]>::try_from(line.split('\t').collect::<Vec<_>>()).ok()?;
        let rest = format!(r#""opportunity_id":"{id}","play":"{play}","stage":"qualified""#);
        Some(of("opportunity-outcomes", account, id, now(), &rest))
    };
    pipeline.feed(&open.lines().filter_map(acted).collect::<Vec<Record>>());
}

fn silent(weeks: &mut Watch, one: &Instance<'_>, input: &Input) {
    let alert = SILENT;
    weeks.sees(&format!(
        "sum(increase(springtide_events_total{{topic={ENGAGEMENT:?}}}[2142ms] offset 120s)) > 30"
    ));
    weeks.is_quiet(alert);
    input.set(Flow::Good(ENGAGEMENT), 0);
    weeks.fires(&Fault { alert, names: &[("topic", ENGAGEMENT)], shows: &[], says: &[] }, one);
    input.set(Flow::Good(ENGAGEMENT), 6);
    weeks.resolves(alert);
}
