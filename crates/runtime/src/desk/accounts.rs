//! One account as its partition's owner has it: read from the store here, or told where to ask (SPEC 9.2).
//!
//! Only what is committed is in the store, and one look into it sees one commit. Who owns what, the group knows; where a
//! member answers over HTTP it says in its client id, which is the one thing that librdkafka lets it tell the others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use springtide_core::event::Topic;
use springtide_core::meaning::account::Account;
use springtide_core::partition::Pieces;
use springtide_core::rules::Rules;
use springtide_core::time::Millis;
use springtide_store::Store;

use crate::board::Board;
use crate::ends::Ends;
use crate::fault::{RunError, while_doing};
use crate::members::{Member, members};
use crate::partitioner::Partitioner;
use crate::pipeline::wall_clock;
use crate::rulebook::Rulebook;
use crate::settings::Settings;

/// How long the brokers may take to say who owns what.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
/// How often rules may change while an account is looked at.
const LOOKS: usize = 3;
/// For how long that is taken for true.
const OWNERS_HOLD: Duration = Duration::from_secs(3);

/// What is known of an account, or who knows.
#[derive(Debug)]
pub enum Whose {
    /// It is this process'.
    Here(Box<Known>),
    /// Its partition is another process', which answers there: `host:port`.
    There(String),
    /// Nobody can tell now, in words.
    Nobody(String),
}

/// An account with what it takes to explain it.
#[derive(Debug)]
pub struct Known {
    /// What is remembered of it; empty where nothing is.
    pub account: Account,
    /// The rules that made it so.
    pub rules: Arc<Rules>,
    /// What time it is.
    pub now: Millis,
    /// How far timers may look.
    pub clock: Millis,
}

/// Finds accounts.
pub(super) struct Accounts {
    settings: Settings,
    partitions: i32,
    placed_by: Option<Partitioner>,
    book: Rulebook,
    /// The pipeline's; it ends with that.
    store: Weak<dyn Store>,
    board: Board,
    asker: Ends,
    owners: Mutex<Option<(Instant, BTreeMap<i32, Member>)>>,
}

impl Accounts {
    pub fn open(
        settings: &Settings,
        (partitions, placed_by): (i32, Option<Partitioner>),
        book: Rulebook,
        store: &Arc<dyn Store>,
        board: Board,
    ) -> Result<Accounts, RunError> {
        Ok(Accounts {
            settings: settings.clone(),
            partitions,
            placed_by,
            book,
            store: Arc::downgrade(store),
            board,
            asker: Ends::connect(settings)?,
            owners: Mutex::default(),
        })
    }

    /// Finds an account.
    pub fn find(&self, account: &str) -> Result<Whose, RunError> {
        let Some(placed_by) = self.placed_by else {
            let why = "how accounts are placed is not known (`custom` under [partitioners])";
            return Ok(Whose::Nobody(why.to_owned()));
        };
        let partition = placed_by.place(account.as_bytes(), self.partitions);
        if self.board.places().iter().any(|place| place.number == partition) {
            return self.here(partition, account);
        }
        let Some(member) = self.owner(partition)? else {
            return Ok(Whose::Nobody(format!("nobody in the group owns partition {partition} now")));
        };
        Ok(match member.address() {
            Some(address) => Whose::There(address),
            None => Whose::Nobody(format!(
                "partition {partition} is owned by `{}`, which does not say where it answers: run it with --listen and --api",
                member.client_id
            )),
        })
    }

    fn here(&self, partition: i32, account: &str) -> Result<Whose, RunError> {
        let Some(store) = self.store.upgrade() else {
            return Ok(Whose::Nobody("the pipeline is ending".to_owned()));
        };
        let Some((rules, pieces)) = self.pieces(&*store, partition, account)? else {
            return Ok(Whose::Nobody("the rules are just changing".to_owned()));
        };
        let now = wall_clock();
        Ok(Whose::Here(Box::new(Known {
            account: Account::restore(account, &rules, pieces),
            rules,
            now,
            clock: self.settings.until.unwrap_or(now),
        })))
    }

    /// What is stored of an account, and the rules by which it is to be read.
    fn pieces(
        &self,
        store: &dyn Store,
        partition: i32,
        account: &str,
    ) -> Result<Option<(Arc<Rules>, Pieces)>, RunError> {
        for _ in 0..LOOKS {
            let generation = store.generation(partition)?;
            let pieces = store.load(partition, account)?;
            // Both are written together, and were read one after the other.
            if store.generation(partition)? == generation {
                return Ok(self.book.rules(generation).map(|rules| (rules, pieces)));
            }
        }
        Ok(None)
    }

    /// Who owns a partition.
    fn owner(&self, partition: i32) -> Result<Option<Member>, RunError> {
        let mut held = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((asked, owners)) = &*held
            && asked.elapsed() < OWNERS_HOLD
        {
            return Ok(owners.get(&partition).cloned());
        }
        let group = &self.settings.application_id;
        let list = self.asker.reader().fetch_group_list(Some(group), ASK_TIMEOUT);
        let list = list.map_err(while_doing("asking who owns which partition"))?;
        let topic = self.settings.names.of(Topic::ProductUsage);
        let owners: BTreeMap<i32, Member> =
            list.groups().iter().flat_map(|group| members(group, topic)).collect();
        let owner = owners.get(&partition).cloned();
        *held = Some((Instant::now(), owners));
        Ok(owner)
    }
}
