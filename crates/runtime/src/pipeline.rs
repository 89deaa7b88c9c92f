//! A pipeline in one process: the checks before it begins, the thread that copies the changelog, the workers.

use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use springtide_core::time::Millis;
use springtide_store::Store;

use crate::changelog::Changelog;
use crate::client::Client;
use crate::control::Control;
use crate::encode::Encoder;
use crate::fault::RunError;
use crate::layout::Prepared;
use crate::lease::Leases;
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::rulebook::Rulebook;
use crate::settings::Settings;
use crate::traces::Traces;
use crate::warming::Bench;
use crate::worker::{Shop, Summary, Worker};
use crate::{clients, domains, lag, layout, overdue, scrub, threads, warming};

/// Runs a pipeline until it is told to end, or has caught up where it was told to.
///
/// # Errors
/// [`RunError`]; whatever was committed before stands, and a new start goes on from there.
pub fn run(
    settings: &Settings,
    book: Rulebook,
    store: Arc<dyn Store>,
    control: &Control,
    metrics: &Metrics,
) -> Result<Summary, RunError> {
    clients::check(settings)?;
    let Prepared { partitions, stale_after_ms, placed_by, route } = layout::prepare(settings, control)?;
    let settings = &Settings { stale_after_ms, ..settings.clone() };
    let registry = Registry::of(settings)?;
    if let Some(registry) = &registry {
        registry.check_login()?;
    }
    let encoder = Encoder::new(settings, registry.as_deref(), control)?;
    let leases = Leases::default();
    let changelog =
        Changelog::start(settings, Arc::clone(&store), leases.clone(), metrics.clone(), partitions)?;
    let survey = |every| lag::survey(settings, every, control.board().clone(), changelog.standby());
    let _surveyor = settings.lag_interval.map(survey).transpose()?;
    let _scrubber = scrub::start(settings, Arc::clone(&store), leases.clone(), changelog.standby())?;
    let _rules = book.follow(settings)?;
    let bench = Arc::new(Bench::default());
    let warming = |()| {
        warming::start(settings, registry.clone(), Arc::clone(&store), leases.clone(), book.clone(), &bench)
    };
    let _warming = book.can_change().then_some(()).map(warming).transpose()?;
    let board = control.board().clone();
    let _auditor = overdue::audit(settings, book.clone(), Arc::clone(&store), board)?;
    let open = |()| {
        let state = (book.clone(), &store, control.board().clone());
        control.desk().open(settings, (partitions, placed_by), registry.clone(), state)
    };
    let _following = settings.has_desk.then_some(()).map(open).transpose()?;
    control.begin(settings.threads.max(1));
    metrics.expect(&book.counting().rules);
    metrics.follow(control.board(), &store);
    let instance = instance(settings, &*store)?;
    let shop = Shop {
        settings,
        book,
        bench: Arc::clone(&bench),
        traces: Traces::of(settings, &instance, metrics)?,
        instance: instance.clone(),
        store: &*store,
        changelog: &changelog,
        leases,
        metrics: metrics.clone(),
        control,
        partitions,
        registry: registry.clone(),
        encoder,
    };
    let routing = domains::start(settings, route, registry, &instance, metrics, control)?;
    if let Some(routing) = routing.as_ref().filter(|_| settings.until_caught_up) {
        // What it routes counts among what the topics held.
        routing.await_level(control);
    }
    let worked = work_together(&shop);
    let routed = routing.map_or(Ok(()), domains::Routing::end);
    worked.and_then(|summary| routed.map(|()| summary))
}

/// One thread a worker; the first that fails ends them all.
fn work_together(shop: &Shop<'_>) -> Result<Summary, RunError> {
    let work = |number| {
        let joined = Client::join(shop.settings, &shop.instance, number);
        let ended = joined.and_then(|client| Worker::new(shop, number, client)).and_then(Worker::work);
        if ended.is_err() {
            shop.control.stop();
        }
        ended
    };
    let ended: Vec<Result<Summary, RunError>> = thread::scope(|scope| {
        let start = |number| {
            let thread = thread::Builder::new().name(format!("worker-{number}"));
            let started = thread.spawn_scoped(scope, move || work(number));
            started.map_err(threads::none)
        };
        let started: Vec<_> = (0..shop.settings.threads.max(1)).map(start).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Result<Summary, RunError>>| {
            worker.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
        };
        started.into_iter().map(|worker| worker.and_then(join)).collect()
    });
    ended.into_iter().try_fold(Summary::default(), |all, one| Ok(all.and(one?)))
}

/// What tells this process' transactions from others': the same after a restart with the same state, so that what
/// it left open is aborted at once.
fn instance(settings: &Settings, store: &dyn Store) -> Result<String, RunError> {
    match &settings.instance_id {
        Some(instance) => Ok(instance.clone()),
        None => Ok(store.instance()?),
    }
}

/// Milliseconds since 1970, by the machine's clock.
pub fn wall_clock() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as Millis)
}
