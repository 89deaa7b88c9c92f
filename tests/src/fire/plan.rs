//! What goes wrong, in which order: a deck of faults that a seed shuffles, again and again.

use crate::random::Random;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An instance is killed and started again with the same state.
    Kill,
    /// The same, and its state is lost.
    LoseState,
    /// An instance ends, and its files are damaged before it is started again.
    DamageState,
    /// An instance's disk is full for a while.
    FillDisk,
    /// An instance stands still for a moment.
    Pause,
    /// An instance stands still until the group has given its partitions away.
    Sleep,
    /// One more instance comes.
    Join,
    /// An instance is told to end, and does not come back for now.
    Leave,
    /// The broker that coordinates an instance's transactions is killed, and started again.
    KillTransactionCoordinator,
    /// The broker that coordinates the group is killed, and started again.
    KillGroupCoordinator,
    /// The broker that leads a partition is killed, and started again.
    KillLeader,
    /// A broker stands still for a while.
    PauseBroker,
    /// The way to a broker is slow and thin.
    Slow,
    /// Connections to a broker are cut, and none comes about.
    Cut,
    /// What is sent to a broker, or comes from it, does not arrive.
    BlackHole,
    /// No schema registry answers.
    RegistryAway,
    /// Instances are started anew, one by one, with other guides and scores.
    ChangeRules,
    /// Producers of Avro write by a newer schema.
    ChangeSchema,
}

impl Kind {
    /// All, each with its words and how often it is in the deck.
    const ALL: [(Kind, &'static str, usize); 18] = [
        (Kind::Kill, "instance killed, state kept", 5),
        (Kind::LoseState, "instance killed, state lost", 2),
        (Kind::DamageState, "state files damaged", 6),
        (Kind::FillDisk, "disk full", 6),
        (Kind::Pause, "instance stands still for a moment", 2),
        (Kind::Sleep, "instance stands still past its session", 2),
        (Kind::Join, "instance added", 2),
        (Kind::Leave, "instance removed", 2),
        (Kind::KillTransactionCoordinator, "transaction coordinator's broker killed", 1),
        (Kind::KillGroupCoordinator, "group coordinator's broker killed", 1),
        (Kind::KillLeader, "partition leader's broker killed", 1),
        (Kind::PauseBroker, "broker stands still", 1),
        (Kind::Slow, "network slow and thin", 2),
        (Kind::Cut, "network cut, connections reset", 2),
        (Kind::BlackHole, "network a black hole", 2),
        (Kind::RegistryAway, "schema registry away", 1),
        (Kind::ChangeRules, "rules changed", 1),
        (Kind::ChangeSchema, "producers' schema changed", 1),
    ];

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().map(|(kind, _, _)| kind)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        Kind::ALL.iter().find(|(kind, _, _)| *kind == self).map_or("", |(_, words, _)| words)
    }
}

/// Faults in an order that has each of them once in a while, and first of all each kind once.
pub struct Deck {
    random: Random,
    cards: Vec<Kind>,
}

impl Deck {
    /// The same for the same seed.
    pub fn new(seed: u64) -> Deck {
        let mut random = Random::new(seed);
        let mut cards: Vec<Kind> = Kind::all().collect();
        random.shuffle(&mut cards);
        Deck { random, cards }
    }

    /// The first that is possible now; those before it keep their turn.
    pub fn draw(&mut self, mut possible: impl FnMut(Kind) -> bool) -> Option<Kind> {
        if !self.cards.iter().any(|kind| possible(*kind)) {
            let cards = Kind::ALL.into_iter().flat_map(|(kind, _, count)| std::iter::repeat_n(kind, count));
            let mut cards: Vec<Kind> = cards.collect();
            self.random.shuffle(&mut cards);
            self.cards.append(&mut cards);
        }
        let at = self.cards.iter().position(|kind| possible(*kind))?;
        Some(self.cards.remove(at))
    }
}
