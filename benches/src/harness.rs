//! All contenders side by side, one after the other on the same topics of one broker: `bench all`.
//!
//! - `plan`: how much of everything; `services`: broker and registry; `contender`: who runs, and how;
//!   `input`: on what.
//! - `process`: weighing one; `findings`: what it found; `latency`, `restore`: more than throughput.
//! - `results`: figures and targets; `report`, `chart`, `machine`: telling them.

mod chart;
mod contender;
mod findings;
mod input;
mod latency;
mod machine;
mod plan;
mod process;
mod report;
mod restore;
mod results;
mod services;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use contender::{Contender, Memory, Site, Task};
use findings::Findings;
use input::{Input, Load};
use machine::Machine;
use process::Process;
use results::{Results, Run, Runner, Scenario};
use services::Service;

use crate::engine;
use crate::flags::{Flags, Format, avro_wire};
use crate::load::Failure;
use crate::wire::Wire;

pub use plan::{FLAGS, Plan};

/// No contender takes longer for one run; the slowest is stopped here.
const RUN_WITHIN: Duration = Duration::from_secs(1_800);
/// So many differences are told, of each comparison.
const TOLD: usize = 10;

/// `bench all`.
///
/// # Errors
/// Where something does not run, or contenders do not agree.
pub fn command(flags: &Flags) -> Result<(), Failure> {
    let mut bench = Bench::start(Plan::read(flags)?)?;
    bench.all();
    let machine = Machine::look(&bench.plan.root, &bench.plan.springtide);
    let page = report::write(&bench.plan.out, &bench.plan, &machine, &bench.results)?;
    let results = &bench.results;
    println!("{}", report::table(&results.figures(bench.plan.commit_interval_ms), !bench.plan.short));
    for (title, lines) in
        [("agreed", &results.agreed), ("left out", &results.skipped), ("failed", &results.failed)]
    {
        lines.iter().for_each(|line| println!("{title}: {line}"));
    }
    println!("written: {}", page.display());
    if results.failed.is_empty() { Ok(()) } else { Err("not all ran and agreed: see `failed` above".into()) }
}

/// One `bench all` on its way.
struct Bench {
    plan: Plan,
    site: Site,
    results: Results,
    /// Goes before the services, whose folders lie in it.
    _registry: Option<Service>,
    _kafka: Service,
    _work: Work,
}

/// A folder that goes with its value.
struct Work(PathBuf);

impl Drop for Work {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

impl Bench {
    fn start(plan: Plan) -> Result<Bench, Failure> {
        let folder = std::env::temp_dir().join(format!("springtide-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let work = Work(folder);
        let kafka = Service::start(&plan.root, "kafka", "bootstrap", &work.0.join("kafka"))?;
        let mut results = Results::default();
        let registry = plan
            .wants("avro")
            .then(|| Service::start(&plan.root, "registry", "registry", &work.0.join("registry")));
        let registry = match registry.transpose() {
            Ok(registry) => registry,
            Err(error) => {
                results.skipped.push(format!("Avro: no registry: {error}"));
                None
            }
        };
        let site = Site {
            bootstrap_servers: kafka.address.clone(),
            registry: registry.as_ref().map(|registry| registry.address.clone()),
            springtide: plan.springtide.clone(),
            root: plan.root.clone(),
            work: work.0.clone(),
            commit_interval_ms: plan.commit_interval_ms,
            threads: plan.threads,
            partitions: plan.partitions,
        };
        let mut bench = Bench { plan, site, results, _registry: registry, _kafka: kafka, _work: work };
        bench.leave_out_absent();
        Ok(bench)
    }

    fn leave_out_absent(&mut self) {
        let (site, skipped) = (&self.site, &mut self.results.skipped);
        self.plan.contenders.retain(|contender| match contender.absent(site) {
            None => true,
            Some(why) => {
                skipped.push(why);
                false
            }
        });
    }

    fn all(&mut self) {
        let plan = self.plan.clone();
        let disordered = plan.disordered();
        let load = |scenario, workload, format, prefix| {
            let input = Input::Customers(workload);
            Load { scenario, input, format, prefix }
        };
        if plan.wants("json") || plan.wants("restore") {
            self.whole(&load(Scenario::Json, &plan.main, Format::Json, "json-"));
        }
        if plan.wants("disorder") {
            self.part(&load(Scenario::Disordered, &disordered, Format::Json, "disordered-"));
        }
        if plan.wants("avro") && self.site.registry.is_some() {
            self.part(&load(Scenario::Avro, &plan.main, Format::Avro, "avro-"));
        }
        if plan.wants("little") && plan.contenders.contains(&Contender::FlinkCep) {
            self.part(&load(Scenario::Little, &plan.little, Format::Json, "little-"));
        }
        if plan.wants("sizes") {
            self.part(&load(Scenario::FewAccounts, &plan.few, Format::Json, "few-"));
            self.part(&load(Scenario::ManyAccounts, &plan.many, Format::Json, "many-"));
        }
        if plan.wants("nexmark") {
            let (scenario, input) = (Scenario::Nexmark, Input::Bids(&plan.bids));
            self.part(&Load { scenario, input, format: Format::Json, prefix: "nexmark-" });
        }
        if plan.wants("latency") {
            self.latency();
        }
        if plan.wants("engine") {
            self.engine();
        }
    }

    /// Notes an error, and goes on.
    fn note<T>(&mut self, what: &str, done: Result<T, Failure>) -> Option<T> {
        match done {
            Ok(done) => Some(done),
            Err(error) => {
                eprintln!("failed: {what}: {error}");
                self.results.failed.push(format!("{what}: {error}"));
                None
            }
        }
    }

    /// A load that only throughput is measured on.
    fn part(&mut self, load: &Load<'_>) {
        let done = self.throughput(load);
        self.note(load.scenario.name(), done);
        let done = self.site.place(load.prefix).delete_topics();
        self.note("taking topics away", done);
    }

    /// The load that disks are lost on as well.
    fn whole(&mut self, load: &Load<'_>) {
        let done = self.throughput(load);
        let tasks = self.note(load.scenario.name(), done).unwrap_or_default();
        for (contender, task) in tasks {
            let measured = matches!(contender, Contender::Springtide | Contender::Streams);
            if self.plan.wants("restore") && measured {
                eprintln!("{}: losing the disk, and idling", contender.name());
                let idle = Duration::from_secs(self.plan.idle_s);
                let back = restore::measure(&self.site, contender, &task, idle);
                if let Some(back) = self.note(&format!("restore of {}", contender.name()), back) {
                    self.results.restore.push((contender, back));
                }
            }
        }
        let done = self.site.place(load.prefix).delete_topics();
        self.note("taking topics away", done);
    }

    /// Loads the topics, and runs everybody on them; returns the last round's tasks.
    fn throughput(&mut self, load: &Load<'_>) -> Result<Vec<(Contender, Task)>, Failure> {
        eprintln!("{}: loading", load.scenario.name());
        let place = self.site.place(load.prefix);
        place.make_topics()?;
        let wire = match (load.format, &self.site.registry) {
            (Format::Avro, Some(registry)) => avro_wire(&services::register(registry, &place)?),
            _ => Wire::Json,
        };
        let records = load.write(&place, &wire)?;
        let mut tasks = Vec::new();
        for round in 1..=self.plan.rounds {
            tasks.clear();
            let mut found: Vec<(Contender, Findings)> = Vec::new();
            for (contender, memory, scenario) in self.runners(load) {
                let task = load.task(contender, memory, round);
                let done = self.run(contender, &task, scenario, records);
                let what = format!("{}, {}", scenario.name(), contender.name());
                if let Some(findings) = self.note(&what, done) {
                    found.push((contender, findings));
                    tasks.push((contender, task));
                }
            }
            self.compare(load.scenario, &found);
            let output = found.iter().find(|(contender, _)| *contender == Contender::Springtide);
            let done = self.limits(load, records, round, output.map(|(_, findings)| findings));
            self.note(&format!("limits, {}", load.scenario.name()), done);
        }
        Ok(tasks)
    }

    /// Who runs on a load, in turn.
    fn runners(&self, load: &Load<'_>) -> Vec<(Contender, Memory, Scenario)> {
        let mut runners = Vec::new();
        for contender in self.plan.contenders.iter().copied().filter(|contender| load.takes(*contender)) {
            runners.push((contender, Memory::Default, load.scenario));
            if load.scenario == Scenario::ManyAccounts {
                runners.push((contender, Memory::Ample, Scenario::ManyAccountsInMemory));
            }
        }
        runners
    }

    fn run(
        &mut self,
        contender: Contender,
        task: &Task,
        scenario: Scenario,
        records: u64,
    ) -> Result<Findings, Failure> {
        contender.prepare(&self.site, task)?;
        let finished = contender.start(&self.site, task, true)?.finish(RUN_WITHIN)?;
        if let Some(events) = finished.stdout.lines().find_map(|line| line.strip_prefix("events="))
            && events.trim() != records.to_string()
        {
            return Err(format!("it read {events} records of {records}").into());
        }
        let findings = Findings::read(&self.site.place(""), &task.output(), task.question.play())?;
        self.tell(Run {
            scenario,
            runner: Runner::Contender(contender),
            records,
            cpu_s: finished.cost.cpu_seconds(),
            peak_bytes: finished.cost.peak_bytes,
            wall_s: finished.wall.as_secs_f64(),
            openings: Some(findings.openings.len()),
        });
        Ok(findings)
    }

    fn tell(&mut self, run: Run) {
        eprintln!(
            "{}, {}: {:.2} CPU s per million records ({:.2} s, {} MiB, {:.1} s by the clock, {} openings)",
            run.scenario.name(),
            run.runner.name(),
            run.cpu_s_per_million(),
            run.cpu_s,
            run.peak_bytes >> 20,
            run.wall_s,
            run.openings.map_or("–".to_owned(), |openings| openings.to_string()),
        );
        self.results.runs.push(run);
    }

    /// Holds what contenders found against what the first of them did. The default pack has other rules.
    fn compare(&mut self, scenario: Scenario, found: &[(Contender, Findings)]) {
        let mut found = found.iter().filter(|(who, _)| *who != Contender::SpringtideDefaultPack);
        let Some((first, ours)) = found.next() else { return };
        if ours.openings.is_empty() {
            self.results
                .failed
                .push(format!("{}: nothing was found, so agreeing says nothing", scenario.name()));
        }
        for (other, theirs) in found {
            let differences = ours.differences(theirs);
            let with = if other == first { "itself with ample memory" } else { other.name() };
            let who = format!("{}: {} and {with}", scenario.name(), first.name());
            if differences.is_empty() {
                self.results.agreed.push(format!("{who}: the same {} openings", ours.openings.len()));
                continue;
            }
            let told: Vec<String> = differences.iter().take(TOLD).map(ToString::to_string).collect();
            let count = differences.len();
            self.results.failed.push(format!("{who} differ in {count} openings:\n{}", told.join("\n")));
        }
    }

    fn limits(
        &mut self,
        load: &Load<'_>,
        records: u64,
        round: usize,
        output: Option<&Findings>,
    ) -> Result<(), Failure> {
        let runners = match load.scenario {
            Scenario::Json => {
                &[Runner::Consume, Runner::ConsumeEach, Runner::Decode, Runner::DecodeProduce][..]
            }
            Scenario::Avro => &[Runner::Consume, Runner::Decode, Runner::DecodeProduce],
            _ => &[],
        };
        for runner in runners {
            let common = [
                ("--bootstrap-servers", self.site.bootstrap_servers.clone()),
                ("--prefix", load.prefix.to_owned()),
                ("--format", load.format.name().to_owned()),
            ];
            let common = common.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
            let command =
                if matches!(runner, Runner::Consume | Runner::ConsumeEach) { "consume" } else { "decode" };
            let mut arguments: Vec<String> = std::iter::once(command.to_owned()).chain(common).collect();
            match (runner, output) {
                (Runner::ConsumeEach, _) => arguments.push("--each".to_owned()),
                (Runner::DecodeProduce, None) => continue,
                (Runner::DecodeProduce, Some(output)) => {
                    let topic = format!("{}limit-{round}", load.prefix);
                    self.site.place("").make(std::slice::from_ref(&topic))?;
                    // Each revision stands in two topics.
                    let (count, bytes) = (output.records * 2, output.bytes / output.records.max(1));
                    let pairs = [
                        ("--produce", topic),
                        ("--count", count.to_string()),
                        ("--bytes", bytes.to_string()),
                    ];
                    arguments.extend(pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
                }
                _ => {}
            }
            let program = std::env::current_exe()?;
            let finished =
                Process::start(&program, &arguments, &self.site.work.join("limit"))?.finish(RUN_WITHIN)?;
            if !finished.stdout.starts_with(&format!("records {records} ")) {
                return Err(format!("{}: read {} of {records}", runner.name(), finished.stdout.trim()).into());
            }
            self.tell(Run {
                scenario: load.scenario,
                runner: *runner,
                records,
                cpu_s: finished.cost.cpu_seconds(),
                peak_bytes: finished.cost.peak_bytes,
                wall_s: finished.wall.as_secs_f64(),
                openings: None,
            });
        }
        Ok(())
    }

    fn latency(&mut self) {
        let pace = self.plan.pace.clone();
        for contender in [Contender::Springtide, Contender::Streams] {
            if !self.plan.contenders.contains(&contender) {
                continue;
            }
            eprintln!("{}: latency", contender.name());
            let latency = latency::measure(&self.site, contender, &pace);
            if let Some(latency) = self.note(&format!("latency of {}", contender.name()), latency) {
                eprintln!("{}: {latency:?}", contender.name());
                self.results.latency.push((contender, latency));
            }
        }
    }

    fn engine(&mut self) {
        let folder = self.plan.root.join("benches/rules").display().to_string();
        for (name, pack) in [("bench pack", folder.as_str()), ("default pack", "default")] {
            eprintln!("the engine alone, {name}");
            let run =
                engine::rules(pack).and_then(|rules| engine::run(&rules, &self.plan.engine, engine::BATCH));
            if let Some(run) = self.note(&format!("the engine, {name}"), run) {
                self.results.engine.push((name, run));
            }
        }
    }
}
