//! Writes what was copied, while more is read.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use springtide_store::{Store, StoreError};

use super::load::Part;
use crate::fault::RunError;
use crate::threads;

/// The partition of a part, and how writing it ended.
pub(super) type Written = (i32, Result<(), StoreError>);

/// Writes one part at a time: on a thread, or while it is ordered.
pub(super) struct Writer {
    /// Where the thread waits for parts; `None` once it is to end, and where there is none.
    parts: Option<SyncSender<Part>>,
    done: Sender<Written>,
    written: Receiver<Written>,
    store: Arc<dyn Store>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(store: Arc<dyn Store>, beside: bool) -> Result<Writer, RunError> {
        let (done, written) = channel();
        if !beside {
            return Ok(Writer { parts: None, done, written, store, thread: None });
        }
        // Without a place to wait in: a part is being written, or whoever has it waits.
        let (parts, ordered) = sync_channel::<Part>(0);
        let (say_done, theirs) = (done.clone(), Arc::clone(&store));
        let work = move || {
            for part in ordered {
                let number = part.number;
                if say_done.send((number, part.write(&*theirs))).is_err() {
                    break;
                }
            }
        };
        let thread = threads::start("changelog-disk", work)?;
        Ok(Writer { parts: Some(parts), done, written, store, thread: Some(thread) })
    }

    /// Has a part written, after those before it; waits while one is.
    pub(super) fn order(&self, part: Part) {
        match &self.parts {
            Some(parts) => drop(parts.send(part)),
            None => drop(self.done.send((part.number, part.write(&*self.store)))),
        }
    }

    /// The next that was written, where one was.
    pub(super) fn written(&self) -> Option<Written> {
        self.written.try_recv().ok()
    }

    /// The next that is written, waited for: for whoever has ordered it. A part that panics counts as not written, so
    /// there is always an answer.
    pub(super) fn await_written(&self) -> Option<Written> {
        self.written.recv().ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.parts = None;
        if let Some(thread) = self.thread.take() {
            // Parts that panic are caught.
            let _ended = thread.join();
        }
    }
}
