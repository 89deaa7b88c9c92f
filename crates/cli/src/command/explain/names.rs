//! Account names that were seen, and which of them a mistyped one may mean.

use std::collections::BTreeSet;

/// Enough to find a slip of the finger, and little memory in any input.
const KEPT_MOST: usize = 20_000;

/// Some of the names that were seen.
#[derive(Default)]
pub struct Names {
    seen: BTreeSet<Box<str>>,
}

impl Names {
    /// Keeps a name, as long as there is room.
    pub fn note(&mut self, name: &str) {
        if self.seen.len() < KEPT_MOST && !self.seen.contains(name) {
            self.seen.insert(name.into());
        }
    }

    /// The nearest names, at most three.
    pub fn near(&self, name: &str) -> Vec<&str> {
        let limit = (name.chars().count() / 3).clamp(1, 3);
        let mut near: Vec<(usize, &str)> =
            self.seen.iter().map(|seen| (distance(name, seen), &**seen)).collect();
        near.retain(|(distance, _)| *distance <= limit);
        near.sort_unstable();
        near.into_iter().take(3).map(|(_, seen)| seen).collect()
    }
}

/// How many letters to insert, remove or replace; case does not count.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| text.to_lowercase().chars().take(100).collect::<Vec<char>>();
    let (a, b) = (letters(a), letters(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_is_found() {
        let mut names = Names::default();
        ["acme", "acmes", "globex", "initech"].iter().for_each(|name| names.note(name));
        for (typed, near) in
            [("acne", vec!["acme"]), ("Globx", vec!["globex"]), ("umbrella", vec![]), ("", vec![])]
        {
            assert_eq!(names.near(typed), near, "{typed}");
        }
    }
}
