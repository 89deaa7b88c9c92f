//! What the API asks of the pipeline.

use springtide_core::event::Outcome;
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

    /// Milliseconds since 1970.
    fn now(&self) -> Millis;
}
