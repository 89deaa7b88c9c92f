//! What the API asks of the pipeline.

use std::sync::Arc;

use springtide_core::event::Outcome;
use springtide_core::meaning::account::Account;
use springtide_core::rules::{Drafts, Rules};
use springtide_core::time::Millis;
use springtide_inbox::{Change, Inbox};
use springtide_report::Reported;
use tokio::sync::broadcast;
use uuid::Uuid;

/// The inbox behind the API, and where decisions go.
pub trait Desk: Send + Sync {
    /// Whether all was read that there was when it began: until then it would show a part.
    fn is_level(&self) -> bool;

    /// Looks into the inbox.
    fn look(&self, look: &mut dyn FnMut(&Inbox));

    /// What changes from here on.
    fn changes(&self) -> broadcast::Receiver<Change>;

    /// The rules that opportunities come from.
    fn rules(&self) -> &Rules;

    /// Templates of draft messages.
    fn drafts(&self) -> &Drafts;

    /// The whole of an opportunity's latest revision as JSON; nothing where it is not known, or no longer. May wait.
    ///
    /// # Errors
    /// Why it can't be had now.
    fn whole(&self, id: Uuid) -> Result<Option<String>, String>;

    /// An opportunity's revisions as JSON, the latest last, as far as they are still there; nothing where it is not known. May
    /// wait.
    ///
    /// # Errors
    /// Why they can't be had now.
    fn revisions(&self, id: Uuid) -> Result<Option<Vec<String>>, String>;

    /// What there is to report from; begins to read it where there is nothing yet, or it is old. Does not wait.
    fn reported(&self) -> Reported;

    /// Writes what somebody decided, once however often it is told the same; waits until it is written.
    ///
    /// # Errors
    /// Why it is not, or nobody knows.
    fn decide(&self, account: &str, outcome: &Outcome) -> Result<(), String>;

    /// An account as its owner has it, or where to ask. May wait.
    ///
    /// # Errors
    /// Why it can't be had now.
    fn account(&self, id: &str) -> Result<Whose, String>;

    /// Milliseconds since 1970.
    fn now(&self) -> Millis;
}

/// What is known of an account, or who knows.
pub enum Whose {
    /// It is this process'.
    Here(Box<Known>),
    /// Another process has it, which answers there: `host:port`.
    There(String),
    /// Nobody can tell now; why, in words.
    Nobody(String),
}

/// An account with what it takes to explain it.
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
