//! Asking for some of the inbox.

use std::cmp::Ordering;
use std::fmt;

use springtide_core::time::Millis;
use uuid::Uuid;

use crate::row::Row;
use crate::standing::Standing;

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// What is worth most and urges most ([`Row::rank`]).
    #[default]
    Rank,
    /// The highest score.
    Score,
    /// The nearest date to act by.
    ActBy,
    /// The latest that opened.
    Opened,
    /// The highest yearly value.
    Value,
}

impl Sort {
    /// All, by their names on the wire.
    pub const ALL: [(&'static str, Sort); 5] = [
        ("rank", Sort::Rank),
        ("score", Sort::Score),
        ("act_by", Sort::ActBy),
        ("opened", Sort::Opened),
        ("value", Sort::Value),
    ];

    /// A number by which lower comes first.
    fn key(self, row: &Row, now: Millis) -> f64 {
        match self {
            Sort::Rank => -row.rank(now),
            Sort::Score => -row.score,
            Sort::ActBy => row.act_by as f64,
            Sort::Opened => -(row.opened_at as f64),
            Sort::Value => -row.yearly_value.unwrap_or_default(),
        }
    }
}

/// Which opportunities, and in which order. What is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Whose: the owner by name.
    pub owner: Option<Box<str>>,
    /// Whose: the role.
    pub role: Option<Box<str>>,
    /// Of which account.
    pub account: Option<Box<str>>,
    /// Of which play.
    pub play: Option<Box<str>>,
    /// How urgent.
    pub urgency: Option<Box<str>>,
    /// Where people stand with them: any of these; `new` and `working` where it is empty.
    pub standings: Vec<Standing>,
    /// To be acted on before this.
    pub act_before: Option<Millis>,
    /// Words in the account's name or id, or in the headline, in letters of either case.
    pub text: Option<Box<str>>,
    /// What comes first.
    pub sort: Sort,
    /// How many at most; all where it is 0.
    pub limit: usize,
    /// From where on.
    pub after: Option<Cursor>,
}

/// A place between two rows of a list, for its next page: which row it is behind, and as of when the list was sorted.
///
/// ```
/// use springtide_inbox::Cursor;
/// let cursor: Cursor = "18f2a-c051800000000000-6f1b0f3e000050008000000000000001".parse().unwrap();
/// assert_eq!(cursor.to_string().parse(), Ok(cursor));
/// assert!("next".parse::<Cursor>().is_err());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    now: Millis,
    key: f64,
    id: Uuid,
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Cursor) -> bool {
        self.now == other.now && self.order(other).is_eq()
    }
}

impl Cursor {
    /// Before or behind another of the same list: by key, then by id.
    fn order(&self, other: &Cursor) -> Ordering {
        self.key.total_cmp(&other.key).then_with(|| self.id.cmp(&other.id))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:016x}-{}", self.now, self.key.to_bits(), self.id.simple())
    }
}

/// No list was ever sorted as of a later instant, in the year 2527.
const LATEST: Millis = 1 << 44;

/// What is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCursor;

impl std::str::FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Cursor, NoCursor> {
        let mut parts = text.split('-');
        let (now, key, id) = (parts.next(), parts.next(), parts.next());
        let (Some(now), Some(key), Some(id), None) = (now, key, id, parts.next()) else {
            return Err(NoCursor);
        };
        Ok(Cursor {
            now: Millis::from_str_radix(now, 16)
                .ok()
                .filter(|now| (0..LATEST).contains(now))
                .ok_or(NoCursor)?,
            key: f64::from_bits(u64::from_str_radix(key, 16).map_err(|_| NoCursor)?),
            id: Uuid::try_parse(id).map_err(|_| NoCursor)?,
        })
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: usize,
    /// Where the next begins, where there is one.
    pub next: Option<Cursor>,
    /// As of when the list is sorted.
    pub as_of: Millis,
}

impl Query {
    /// As of when it asks: a further page of a list is sorted as the first was.
    pub(crate) fn as_of(&self, now: Millis) -> Millis {
        self.after.map_or(now, |cursor| cursor.now)
    }

    pub(crate) fn takes(&self, row: &Row, standing: Standing) -> bool {
        let is = |asked: &Option<Box<str>>, own: Option<&str>| {
            asked.as_deref().is_none_or(|asked| own == Some(asked))
        };
        is(&self.owner, row.route.owner.as_deref())
            && is(&self.role, Some(&row.route.role))
            && is(&self.account, Some(&row.account))
            && is(&self.play, Some(&row.play))
            && is(&self.urgency, Some(&row.urgency))
            && self.act_before.is_none_or(|before| row.act_by < before)
            && self.takes_standing(standing)
            && self.text.as_deref().is_none_or(|text| has_words(row, text))
    }

    fn takes_standing(&self, standing: Standing) -> bool {
        match self.standings.as_slice() {
            [] => matches!(standing, Standing::New | Standing::Working),
            asked => asked.contains(&standing),
        }
    }

    /// The page of what it takes.
    pub(crate) fn page<'a>(
        &self,
        rows: impl Iterator<Item = (&'a Row, Standing)>,
        now: Millis,
    ) -> Page<(&'a Row, Standing)> {
        let place = |row: &Row| Cursor { now, key: self.sort.key(row, now), id: row.id };
        let mut found: Vec<_> = rows.map(|(row, standing)| (place(row), row, standing)).collect();
        found.sort_by(|(one, ..), (other, ..)| one.order(other));
        let total = found.len();
        let skipped =
            self.after.map_or(0, |after| found.partition_point(|(place, ..)| place.order(&after).is_le()));
        let most = if self.limit == 0 { total } else { self.limit };
        let left = total - skipped;
        let on_page: Vec<_> = found.into_iter().skip(skipped).take(most).collect();
        let next = on_page.last().filter(|_| left > on_page.len()).map(|(place, ..)| *place);
        Page {
            items: on_page.into_iter().map(|(_, row, standing)| (row, standing)).collect(),
            total,
            next,
            as_of: now,
        }
    }
}

fn has_words(row: &Row, text: &str) -> bool {
    let all = format!("{} {} {}", row.account_name, row.account, row.headline).to_lowercase();
    text.to_lowercase().split_whitespace().all(|word| all.contains(word))
}
