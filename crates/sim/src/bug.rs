//! Mistakes that are planted, one at a time, to see that the simulation finds them, and how soon.

/// A mistake in how Kafka, the disk or the time is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Offsets are committed on their own, before the output.
    OffsetsBeforeOutput,
    /// State is stored before its transaction is committed.
    StateBeforeCommit,
    /// What was fetched before is still handed over after partitions were given anew.
    RevokedBufferKept,
    /// Whoever lost a transactional id may go on writing.
    ZombiesMayWrite,
    /// Offsets of an old generation of the group are taken.
    AnyGenerationMayCommit,
    /// Deadlines are left out when state is brought back.
    TimersLost,
    /// The changelog is read with what was not committed.
    UncommittedIsRestored,
    /// State is brought back only to where it was committed when it was asked for, whatever is open.
    OpenTransactionsIgnored,
    /// The first record of what a crash left out is not brought back.
    TailSkipsOne,
    /// Tombstones are left out when state is brought back.
    TombstonesIgnored,
    /// A transaction of which nobody knows counts as committed.
    UnknownCountsAsDone,
    /// Input is read with what its producers aborted.
    AbortedInputIsRead,
    /// A rebalance that the group finished without us is taken for an orderly one.
    LossUnnoticed,
    /// What says how far a copy is, is written before the copy.
    ProgressBeforeCopy,
}

/// Those that must be found.
pub const ALL: [Bug; 12] = [
    Bug::OffsetsBeforeOutput,
    Bug::StateBeforeCommit,
    Bug::RevokedBufferKept,
    Bug::AnyGenerationMayCommit,
    Bug::TimersLost,
    Bug::UncommittedIsRestored,
    Bug::OpenTransactionsIgnored,
    Bug::TailSkipsOne,
    Bug::TombstonesIgnored,
    Bug::UnknownCountsAsDone,
    Bug::AbortedInputIsRead,
    Bug::ProgressBeforeCopy,
];

/// Those that change nothing, since something else holds: the group's generation fences whoever lost its partitions.
pub const ABSORBED: [Bug; 2] = [Bug::ZombiesMayWrite, Bug::LossUnnoticed];
