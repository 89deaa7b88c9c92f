//! Compiled expressions: the part of CEL that rules may use, over one event and one profile (SPEC 4.1).
//!
//! The rules crate parses the text; this module evaluates it. Where Springtide differs from CEL at large:
//! every number is a double, division is IEEE, there is no null, and times enter through `days_since`
//! alone. An error in one operand of `&&` or `||` is absorbed where the other decides.

mod eval;
mod print;

use regex::Regex;

use crate::event::{Activity, Key, Profile, ProfileField};
use crate::time::Millis;

pub use eval::{Failed, Val};

/// What an expression may look at.
#[derive(Clone, Copy, Debug)]
pub struct Env<'a> {
    /// The account, for `event.account_id` and `profile.account_id`.
    pub account: &'a str,
    /// The event, in a detector's `where`.
    pub event: Option<&'a Activity>,
    /// The profile as of the instant; `None` before the first.
    pub profile: Option<&'a Profile>,
    /// What `days_since` counts to.
    pub now: Millis,
}

/// The two things whose fields an expression may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// `event`
    Event,
    /// `profile`
    Profile,
}

/// A field that an event has beside those of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventField {
    /// `event_id`, or a field of the type.
    Key(Key),
    /// `account_id`
    AccountId,
    /// `occurred_at`
    OccurredAt,
    /// `type`
    Type,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Arithmetic on doubles; `+` joins strings and lists too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// A test of one string by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A literal number.
    Number(f64),
    /// A literal string.
    Text(Box<str>),
    /// `true` or `false`.
    Bool(bool),
    /// `[a, b, …]`
    List(Vec<Expr>),
    /// A field of the event, by name (for printing) and place.
    Event(Box<str>, EventField),
    /// A field of the profile.
    Profile(ProfileField),
    /// A field that does not exist: always absent.
    Unknown(Root, Box<str>),
    /// `map.key`
    Member(Box<Expr>, Box<str>),
    /// `map[key]`, `list[position]`
    Index(Box<Expr>, Box<Expr>),
    /// `has(field)`
    Has(Box<Expr>),
    /// `!x`
    Not(Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `a && b && …`
    And(Vec<Expr>),
    /// `a || b || …`
    Or(Vec<Expr>),
    /// `a < b` and its like
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a + b` and its like
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// `a in b`
    In(Box<Expr>, Box<Expr>),
    /// `condition ? a : b`
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `days_since(time)`
    DaysSince(Box<Expr>),
    /// `size(x)`: characters of a string, members of a list or map
    Size(Box<Expr>),
    /// `double(x)`: a number is one already
    Double(Box<Expr>),
    /// `text.startsWith(x)` and its like
    TextTest(TextTest, Box<Expr>, Box<Expr>),
    /// `text.matches(pattern)`, unanchored, the pattern compiled with the rules
    Matches(Box<Expr>, Regex),
}

impl Expr {
    /// Whether the expression came out `true`; one that ends in an error is false.
    pub fn holds(&self, env: &Env<'_>) -> bool {
        matches!(self.eval(env), Ok(Val::Bool(true)))
    }

    /// The parts that must all hold.
    pub fn conditions(&self) -> &[Expr] {
        match self {
            Expr::And(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// Whether the expression reads the profile: its value for an old event can then change with a late
    /// profile.
    pub fn reads_profile(&self) -> bool {
        match self {
            Expr::Profile(_) | Expr::Unknown(Root::Profile, _) => true,
            other => other.children().any(Expr::reads_profile),
        }
    }

    /// The expressions it is made of.
    pub(crate) fn children(&self) -> Box<dyn Iterator<Item = &Expr> + '_> {
        match self {
            Expr::Number(_)
            | Expr::Text(_)
            | Expr::Bool(_)
            | Expr::Event(..)
            | Expr::Profile(_)
            | Expr::Unknown(..) => Box::new(std::iter::empty()),
            Expr::List(parts) | Expr::And(parts) | Expr::Or(parts) => Box::new(parts.iter()),
            Expr::Member(a, _)
            | Expr::Has(a)
            | Expr::Not(a)
            | Expr::Negate(a)
            | Expr::DaysSince(a)
            | Expr::Size(a)
            | Expr::Double(a)
            | Expr::Matches(a, _) => Box::new(std::iter::once(&**a)),
            Expr::Index(a, b)
            | Expr::Compare(_, a, b)
            | Expr::Arithmetic(_, a, b)
            | Expr::In(a, b)
            | Expr::TextTest(_, a, b) => Box::new([&**a, &**b].into_iter()),
            Expr::Choose(a, b, c) => Box::new([&**a, &**b, &**c].into_iter()),
        }
    }
}
