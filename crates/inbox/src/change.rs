//! What a record changed of the inbox.

use uuid::Uuid;

/// What became of an opportunity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new here.
    Opened,
    /// It has a later revision.
    Revised,
    /// What it rested on was taken back.
    Withdrawn,
    /// Somebody decided.
    Decided,
    /// Its account was erased.
    Erased,
}

impl What {
    /// All.
    pub const ALL: [What; 5] = [What::Opened, What::Revised, What::Withdrawn, What::Decided, What::Erased];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            What::Opened => "opened",
            What::Revised => "revised",
            What::Withdrawn => "withdrawn",
            What::Decided => "decided",
            What::Erased => "erased",
        }
    }
}

/// A change of the inbox, of one opportunity. What time alone brings about, such as the end of a rest, is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Of which.
    pub id: Uuid,
    /// What became of it.
    pub what: What,
    /// Who decided, where that is what happened and the outcome says it.
    pub actor: Option<Box<str>>,
}
