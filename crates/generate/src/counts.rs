//! How many records of each topic: the manifest of what was generated.

use std::fmt;

use springtide_core::event::Topic;

/// Records by topic, counted as they pass.
///
/// ```
/// use springtide_generate::{Counts, Settings, generate};
/// let mut counts = Counts::default();
/// for (topic, _line) in generate(&Settings::new(1, 3, 2, 0)) {
///     counts.note(topic);
/// }
/// assert!(counts.of(springtide_generate::Topic::AccountProfiles) >= 1);
/// assert!(counts.total() > counts.of(springtide_generate::Topic::AccountProfiles));
/// assert!(counts.to_string().starts_with("product-usage "));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Topic::ALL.len()]);

impl Counts {
    /// Counts one record.
    pub fn note(&mut self, topic: Topic) {
        self.0[topic.index()] += 1;
    }

    /// The records of one topic.
    pub fn of(&self, topic: Topic) -> u64 {
        self.0[topic.index()]
    }

    /// All records.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl fmt::Display for Counts {
    /// One line a topic: its name and its records.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Topic::ALL.iter().try_for_each(|topic| writeln!(f, "{} {}", topic.name(), self.of(*topic)))
    }
}
