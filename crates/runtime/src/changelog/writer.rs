//! Writes what was copied, while more is read.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

use springtide_store::{Store, StoreError};

use super::load::Part;
use crate::fault::RunError;

/// The partition of a part, and how writing it ended.
pub(super) type Written = (i32, Result<(), StoreError>);

/// The thread that writes, one part at a time.
pub(super) struct Writer {
    /// Where it waits for parts; `None` once it is to end.
    parts: Option<SyncSender<Part>>,
    written: Receiver<Written>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(store: Arc<dyn Store>) -> Result<Writer, RunError> {
        // Without a place to wait in: a part is being written, or whoever has it waits.
        let (parts, ordered) = sync_channel::<Part>(0);
        let (done, written) = channel();
        let work = move || {
            for part in ordered {
                let number = part.number;
                if done.send((number, part.write(&*store))).is_err() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new().name("changelog-disk".to_owned()).spawn(work);
        let thread = thread.map_err(|error| RunError::Setting(format!("can't start a thread: {error}")))?;
        Ok(Writer { parts: Some(parts), written, thread: Some(thread) })
    }

    /// Has a part written, after those before it; waits while one is.
    pub(super) fn order(&self, part: Part) {
        if let Some(parts) = &self.parts {
            // Where the thread has panicked nobody hears of the part, and `await_written` says so.
            let _ = parts.send(part);
        }
    }

    /// The next that was written, where one was.
    pub(super) fn written(&self) -> Option<Written> {
        self.written.try_recv().ok()
    }

    /// The next that is written, waited for; `None` where the thread has panicked.
    pub(super) fn await_written(&self) -> Option<Written> {
        self.written.recv().ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.parts = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}
