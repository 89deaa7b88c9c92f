//! A limit for the log: whatever flows into a pipeline, it can't be made to fill the disk with lines. Of each place in the
//! code a few lines are written in a while, the rest is counted, and the count is a line of its own.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

/// For how long lines of one place are counted together.
const WHILE: Duration = Duration::from_secs(10);
/// Lines of one place that are written meanwhile: more than partitions of one process say when they are opened.
const MOST_LINES: u64 = 50;

/// What one place in the code has said in this while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said {
    module: &'static str,
    line: u32,
    count: u64,
}

/// Lines by the place in the code that they are of.
#[derive(Default)]
struct Counts(HashMap<Identifier, Said>);

impl Counts {
    /// Counts a line; whether it is written.
    fn takes(&mut self, place: &'static Metadata<'static>) -> bool {
        let said = self.0.entry(place.callsite()).or_insert_with(|| Said {
            module: place.module_path().unwrap_or_default(),
            line: place.line().unwrap_or_default(),
            count: 0,
        });
        said.count += 1;
        said.count <= MOST_LINES
    }

    /// Begins another while. Returns the places of which lines were left out, with how many.
    fn begin_again(&mut self) -> Vec<Said> {
        let all = std::mem::take(&mut self.0).into_values();
        let beyond = all.filter(|said| said.count > MOST_LINES);
        beyond.map(|said| Said { count: said.count - MOST_LINES, ..said }).collect()
    }
}

/// Lets lines through, a few of each place in a while. Details (`debug`, `trace`) are what somebody asked for: of them all.
pub struct Limit {
    counts: Arc<Mutex<Counts>>,
    /// Says that a while has begun.
    begun: SyncSender<()>,
}

impl Limit {
    /// One that tells what it left out, on a thread of its own that sleeps while nothing is said.
    pub fn start() -> Limit {
        let counts = Arc::<Mutex<Counts>>::default();
        let (begun, begins) = sync_channel(1);
        let own = Arc::clone(&counts);
        // Without the thread what is left out stays out until the next start: still better than no log.
        let _started = thread::Builder::new().name("log-limit".to_owned()).spawn(move || tell(&own, &begins));
        Limit { counts, begun }
    }

    fn takes(&self, place: &'static Metadata<'static>) -> bool {
        if *place.level() > Level::INFO {
            return true;
        }
        // Full where it was said before.
        let _ = self.begun.try_send(());
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).takes(place)
    }
}

/// After each while, tells what was left out, until the limit is gone.
fn tell(counts: &Mutex<Counts>, begins: &Receiver<()>) {
    while begins.recv().is_ok() {
        thread::sleep(WHILE);
        let left_out = counts.lock().unwrap_or_else(PoisonError::into_inner).begin_again();
        for Said { module, line, count } in left_out {
            tracing::warn!(
                lines = count,
                module,
                line,
                "more lines of one kind came within {} s than are written; these were left out",
                WHILE.as_secs()
            );
        }
    }
}

impl<S: Subscriber> Filter<S> for Limit {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        self.takes(event.metadata())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Callsite;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::{Registry, fmt};

    /// A text that a log is written to.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn of_each_place_a_few_lines_are_written_and_details_all() {
        let lines = Lines::default();
        let writer = lines.clone();
        let (begun, _begins) = sync_channel(1);
        let limit = Limit { counts: Arc::default(), begun };
        let layer = fmt::layer().with_writer(move || writer.clone());
        let log = Registry::default().with(tracing_subscriber::Layer::with_filter(layer, limit));
        tracing::subscriber::with_default(log, || {
            for number in 0..MOST_LINES + 20 {
                tracing::warn!(number, "poisoned");
                tracing::debug!(number, "a detail");
            }
            tracing::warn!("something else");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let count = |word: &str| text.matches(word).count() as u64;
        assert_eq!(
            [count("poisoned"), count("a detail"), count("something else")],
            [MOST_LINES, MOST_LINES + 20, 1]
        );
    }

    #[test]
    fn what_was_left_out_is_counted_once() {
        let callsite =
            tracing::callsite!(name: "here", kind: tracing::metadata::Kind::EVENT, fields: message);
        let mut counts = Counts::default();
        let written = (0..MOST_LINES + 7).filter(|_| counts.takes(callsite.metadata())).count();
        assert_eq!(written as u64, MOST_LINES);
        let left_out = counts.begin_again();
        assert_eq!(left_out.iter().map(|said| said.count).collect::<Vec<_>>(), [7]);
        assert!(left_out[0].module.ends_with("limit::tests"), "{left_out:?}");
        assert!(counts.takes(callsite.metadata()) && counts.begin_again().is_empty());
    }
}
