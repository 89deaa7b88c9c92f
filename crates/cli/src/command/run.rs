//! `springtide run`: the pipeline on Kafka.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use springtide_rules::Pack;
use springtide_runtime::rulebook::Compiled;
use springtide_runtime::{Control, Metrics, Rulebook, RunError, Settings, Summary};
use springtide_store::{Identity, RocksSettings, RocksStore, Store};

use super::{change, check, listen};
use crate::args::RunArgs;
use crate::config::{Config, DEFAULTS};
use crate::failure::Failure;
use crate::progress;
use crate::text::{counted, grouped, note};

/// Runs the pipeline until a signal comes, or it has caught up where it was told to.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    if args.print_config {
        return std::io::stdout().write_all(DEFAULTS.as_bytes()).map_err(Failure::Output);
    }
    if args.print_reference {
        return std::io::stdout()
            .write_all(super::reference::reference().as_bytes())
            .map_err(Failure::Output);
    }
    if args.print_metrics {
        let table = springtide_runtime::metrics::documented();
        return std::io::stdout().write_all(table.as_bytes()).map_err(Failure::Output);
    }
    let config = Config::load(args.connection.config.as_deref())?;
    let mut settings = config.settings(&args.connection, Some(args))?;
    let pack = check::rules(config.rules(args))?;
    let log_level = Arc::new(super::logs::start(config.log_format(args)));
    let control = Control::default();
    let metrics = Metrics::new().map_err(|error| Failure::Other(error.to_string()))?;
    // Before the state is opened, which may take a while; ended with the rest.
    let access = config.api(args)?.map(|access| (access, pack.clone()));
    settings.has_desk = access.is_some();
    let listen = |address| listen::start(address, &control, &metrics, log_level, access);
    let server = config.listen(args).map(listen).transpose()?;
    let answering = server.as_ref().filter(|_| settings.has_desk);
    let reached = || answering.map(|server| springtide_runtime::members::advertised(server.address()));
    settings.advertise = config.advertise(args)?.or_else(reached);
    settings.lag_interval = server.as_ref().map(|_| listen::LAG_INTERVAL);
    let dir = config.state_dir(args);
    // A wrong path is told before anybody waits for brokers.
    let refused =
        |error: std::io::Error| Failure::File(dir.clone(), format!("can't hold the state: {error}"));
    std::fs::create_dir_all(&dir).map_err(refused)?;
    stop_on_signal(&control)?;
    let Some(book) = rulebook(&settings, &control, (&pack, config.rules(args)))? else {
        note(summarized(&Summary::default()));
        return Ok(());
    };
    let budget = RocksSettings { budget: config.store_budget(), ..RocksSettings::default() };
    let store = open_store(&dir, &book, &settings, &budget)?;
    let summary = follow(&settings, book, store, &control, &metrics)?;
    note(summarized(&summary));
    Ok(())
}

/// The rules that the pipeline has: those of the folder, until they were changed while it ran. Nothing where it was told to
/// end meanwhile.
fn rulebook(
    settings: &Settings,
    control: &Control,
    (pack, dir): (&Pack, Option<&Path>),
) -> Result<Option<Rulebook>, Failure> {
    let (rules, history) = (pack.rules.clone(), pack.history.clone());
    let first = Compiled { rules, history, texts: change::texts(dir)? };
    let book = match Rulebook::load(settings, control, first, change::compiler()) {
        Err(RunError::Stopped) => return Ok(None),
        loaded => loaded.map_err(failure)?,
    };
    let counting = book.counting();
    if !book.has_changed() || pack.rules.version == counting.rules.version {
        return Ok(Some(book));
    }
    let (given, count) = (&pack.rules.version, &counting.rules.version);
    if !book.knows(given) {
        return Err(Failure::Rules(format!(
            "this pipeline's rules were changed while it ran, and are those of topic `{}`: {count} count. The folder has others, \
             {given}: `springtide change DIR` has them take over, or name the folder of those that count",
            settings.rules_topic()
        )));
    }
    note(format_args!(
        "springtide: rules {count} count; the folder has {given}, which is not in force: name the folder of those that count"
    ));
    Ok(Some(book))
}

/// The state in a directory, refused where it belongs to other rules or another application.
fn open_store(
    dir: &Path,
    book: &Rulebook,
    settings: &Settings,
    rocks: &RocksSettings,
) -> Result<Arc<dyn Store>, Failure> {
    let identity = Identity::new(book.first_history(), settings.application_id.clone());
    let store = RocksStore::open(dir, &identity, rocks);
    Ok(Arc::new(store.map_err(|error| Failure::Other(error.to_string()))?))
}

/// Runs the worker on its own thread and shows how far it is.
pub fn follow(
    settings: &Settings,
    book: Rulebook,
    store: Arc<dyn Store>,
    control: &Control,
    metrics: &Metrics,
) -> Result<Summary, Failure> {
    let result = thread::scope(|scope| {
        let worker = scope.spawn(|| springtide_runtime::run(settings, book, store, control, metrics));
        if settings.until_caught_up {
            show_progress(control, &worker);
        }
        worker.join()
    });
    match result {
        // Nothing was taken, so nothing is left undone.
        Ok(Err(RunError::Stopped)) => Ok(Summary::default()),
        Ok(ended) => ended.map_err(failure),
        Err(_) => Err(Failure::Other("the worker ended by a fault of its own; please report it".to_owned())),
    }
}

/// What a run's error means to a caller.
pub fn failure(error: RunError) -> Failure {
    match error {
        RunError::Setting(message) => Failure::Usage(message),
        other => Failure::Other(other.to_string()),
    }
}

fn show_progress<T>(control: &Control, worker: &thread::ScopedJoinHandle<'_, T>) {
    let bar = progress::steps(0, "catching up");
    while !worker.is_finished() {
        bar.set_length(control.goal());
        bar.set_position(control.records());
        thread::sleep(std::time::Duration::from_millis(100));
    }
    bar.finish_and_clear();
}

/// How long an end in good order may take: supervisors kill after 30 seconds (Kubernetes) or 90 (systemd).
const LONGEST_END: Duration = Duration::from_secs(25);

/// SIGTERM and SIGINT end the pipeline in good order; a second one, or time, at once. What is not committed then is as if
/// it had not been taken.
fn stop_on_signal(control: &Control) -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let refused = |error: std::io::Error| Failure::Other(format!("can't listen for signals: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    let control = control.clone();
    let (mut term, mut int) = {
        let _inside = runtime.enter();
        let term = signal(SignalKind::terminate()).map_err(refused)?;
        (term, signal(SignalKind::interrupt()).map_err(refused)?)
    };
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
            tracing::info!("told to end: committing what was taken");
            control.stop();
            tokio::select! {
                _ = term.recv() => crate::end(130),
                _ = int.recv() => crate::end(130),
                () = tokio::time::sleep(LONGEST_END) => {}
            }
            let seconds = LONGEST_END.as_secs();
            note(format_args!(
                "springtide: not at an end {seconds} s after it was told to: what is not committed is left to the next owner"
            ));
            crate::end(1)
        });
    });
    Ok(())
}

/// A run's figures in a sentence.
pub fn summarized(summary: &Summary) -> String {
    let erased = if summary.erasures + summary.erased > 0 {
        format!(
            "; {} erased, {} dropped with them",
            counted(summary.erasures, "account", "accounts"),
            counted(summary.erased, "record", "records")
        )
    } else {
        String::new()
    };
    format!(
        "processed {}; {} bad, {} late{erased}; {} emitted: {} opened, {} withdrawn",
        counted(summary.events, "event", "events"),
        grouped(summary.bad),
        grouped(summary.late),
        counted(summary.revisions, "revision", "revisions"),
        grouped(summary.opened),
        grouped(summary.withdrawn),
    )
}
