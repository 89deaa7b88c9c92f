//! Everything the pipeline writes to Kafka, with the offsets, in one transaction.
//!
//! The producer lives on a thread of its own: a transaction's calls can block past their time-outs
//! (confluentinc/librdkafka#5456), and whoever waits for them must be able to give up.

mod producer;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};

use rdkafka::consumer::ConsumerGroupMetadata;
use springtide_core::time::Millis;
use springtide_store::Entry;

use crate::fault::RunError;
use crate::kafka::Headers;
use crate::settings::Settings;
use crate::threads;
use crate::worker::bounds::TRANSACTION;
use producer::Transactions;
pub(crate) use producer::{native, send};

/// A record to write.
#[derive(Debug)]
pub struct Outgoing {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Headers.
    pub headers: Headers,
    /// The partition, where that is not by the key.
    pub partition: Option<i32>,
    /// The record's time, where that is not when it is written.
    pub written_at: Option<Millis>,
}

/// How far the group has come with a topic's partition.
#[derive(Clone, Debug)]
pub struct Position {
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The next offset to read.
    pub next: i64,
    /// When that was decided, by the wall clock: it stands with the offset, as its metadata.
    pub written_at: Millis,
}

/// What one transaction writes.
pub struct Transaction {
    /// Opportunities and what was set aside.
    pub records: Vec<Outgoing>,
    /// State, for the changelog topic, by partition.
    pub state: Vec<(i32, Vec<Entry>)>,
    /// The group's offsets.
    pub positions: Vec<Position>,
}

/// A transaction that stands.
pub struct Written {
    /// What was written of the state, for the store.
    pub state: Vec<(i32, Vec<Entry>)>,
    /// By partition, the changelog's offset after that.
    pub changelog_ends: BTreeMap<i32, i64>,
}

/// The transactional producer of one worker.
pub struct Sink {
    work: SyncSender<(Transaction, ConsumerGroupMetadata)>,
    done: Receiver<Result<Written, RunError>>,
    ready: Receiver<Result<(), RunError>>,
}

impl Sink {
    /// Begins to connect, fencing whoever had our transactional id before; [`Sink::is_ready`] says when that is
    /// done.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn open(settings: &Settings, transactional_id: String) -> Result<Sink, RunError> {
        let settings = settings.clone();
        // One place each: a thread that was given up must not block on an answer that nobody takes.
        let (work, jobs) = sync_channel::<(Transaction, ConsumerGroupMetadata)>(1);
        let (answer, done) = sync_channel(1);
        let (say_ready, ready) = sync_channel(1);
        let serve = move || {
            let transactions = Transactions::open(&settings, &transactional_id);
            let transactions = match transactions {
                Ok(transactions) => {
                    let _ = say_ready.send(Ok(()));
                    transactions
                }
                Err(error) => {
                    let _ = say_ready.send(Err(error));
                    return;
                }
            };
            for (transaction, group) in jobs {
                if answer.send(transactions.run(transaction, &group)).is_err() {
                    return;
                }
            }
        };
        threads::start("transactions", serve)?;
        Ok(Sink { work, done, ready })
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// Where the broker would not have it.
    pub fn is_ready(&self) -> Result<bool, RunError> {
        match self.ready.try_recv() {
            Ok(said) => said.map(|()| true),
            Err(TryRecvError::Empty) => Ok(false),
            Err(TryRecvError::Disconnected) => Err(RunError::Hung),
        }
    }

    /// Writes records, state and offsets, all or nothing, and waits for that; the offsets are given for that generation of
    /// the group.
    ///
    /// # Errors
    /// It was aborted then, or nobody knows: what the changelog says is what happened.
    pub fn commit(
        &self,
        transaction: Transaction,
        group: ConsumerGroupMetadata,
    ) -> Result<Written, RunError> {
        self.work.send((transaction, group)).map_err(|_| RunError::Hung)?;
        match self.done.recv_timeout(TRANSACTION) {
            Ok(done) => done,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(RunError::Hung),
        }
    }
}
