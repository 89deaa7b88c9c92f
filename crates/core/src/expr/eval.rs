//! Evaluation of compiled expressions.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Arithmetic, Comparison, Env, EventField, Expr, Root, TextTest};
use crate::event::{Profile, ProfileField, Value};
use crate::sorted::SortedMap;
use crate::time::{DAY_MS, Millis};

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// A field, key or position that is not there.
    Absent,
    /// A field of a profile that is not there.
    NoProfile,
    /// An operation on the wrong types.
    Types,
}

/// A value.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Val<'a> {
    Number(f64),
    Text(Cow<'a, str>),
    Bool(bool),
    Time(Millis),
    List(Vec<Val<'a>>),
    Texts(&'a [Box<str>]),
    Numbers(&'a SortedMap<Box<str>, f64>),
    Names(&'a SortedMap<Box<str>, Box<str>>),
}

fn text(value: &str) -> Val<'_> {
    Val::Text(Cow::Borrowed(value))
}

impl Val<'_> {
    /// CEL equality; values of different types are unequal.
    fn equals(&self, other: &Val<'_>) -> bool {
        match (self, other) {
            (Val::Number(a), Val::Number(b)) => a == b,
            (Val::Text(a), Val::Text(b)) => a == b,
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Numbers(a), Val::Numbers(b)) => a == b,
            (Val::Names(a), Val::Names(b)) => a == b,
            _ => match (self.items(), other.items()) {
                (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals(b)),
                _ => false,
            },
        }
    }

    fn items(&self) -> Option<Cow<'_, [Val<'_>]>> {
        match self {
            Val::List(items) => Some(Cow::Borrowed(items)),
            Val::Texts(texts) => Some(texts.iter().map(|item| text(item)).collect()),
            _ => None,
        }
    }

    fn contains(&self, needle: &Val<'_>) -> Result<bool, Failed> {
        match (self, needle) {
            (Val::Texts(texts), Val::Text(needle)) => Ok(texts.iter().any(|item| **item == **needle)),
            (Val::Texts(_), _) => Ok(false),
            (Val::List(items), needle) => Ok(items.iter().any(|item| item.equals(needle))),
            (Val::Numbers(map), Val::Text(key)) => Ok(map.contains_key(&**key)),
            (Val::Names(map), Val::Text(key)) => Ok(map.contains_key(&**key)),
            (Val::Numbers(_) | Val::Names(_), _) => Ok(false),
            _ => Err(Failed::Types),
        }
    }

    fn size(&self) -> Result<f64, Failed> {
        let size = match self {
            Val::Text(text) => text.chars().count(),
            Val::List(items) => items.len(),
            Val::Texts(texts) => texts.len(),
            Val::Numbers(map) => map.len(),
            Val::Names(map) => map.len(),
            _ => return Err(Failed::Types),
        };
        Ok(size as f64)
    }
}

impl Expr {
    /// The value of the expression.
    ///
    /// # Errors
    /// [`Failed`], as CEL would: an absent field, an absent profile, wrong types.
    pub fn eval<'a>(&'a self, env: &Env<'a>) -> Result<Val<'a>, Failed> {
        match self {
            Expr::Number(number) => Ok(Val::Number(*number)),
            Expr::Text(literal) => Ok(text(literal)),
            Expr::Bool(literal) => Ok(Val::Bool(*literal)),
            Expr::List(parts) => {
                parts.iter().map(|part| part.eval(env)).collect::<Result<_, _>>().map(Val::List)
            }
            Expr::Event(_, field) => event_field(*field, env),
            Expr::Profile(field) => profile_field(*field, env),
            Expr::Unknown(Root::Profile, _) if env.profile.is_none() => Err(Failed::NoProfile),
            Expr::Unknown(..) => Err(Failed::Absent),
            Expr::Member(of, key) => member(&of.eval(env)?, key),
            Expr::Index(of, at) => index(of.eval(env)?, &at.eval(env)?),
            Expr::Has(field) => match field.eval(env) {
                Ok(_) => Ok(Val::Bool(true)),
                Err(Failed::Absent) => Ok(Val::Bool(false)),
                Err(other) => Err(other),
            },
            Expr::Not(of) => Ok(Val::Bool(!of.bool(env)?)),
            Expr::Negate(of) => Ok(Val::Number(-of.number(env)?)),
            Expr::And(parts) => junction(parts, env, false),
            Expr::Or(parts) => junction(parts, env, true),
            Expr::Compare(op, a, b) => compare(*op, &a.eval(env)?, &b.eval(env)?).map(Val::Bool),
            Expr::Arithmetic(op, a, b) => arithmetic(*op, a.eval(env)?, b.eval(env)?),
            Expr::In(needle, hay) => {
                let needle = needle.eval(env)?;
                hay.eval(env)?.contains(&needle).map(Val::Bool)
            }
            Expr::Choose(condition, yes, no) => {
                if condition.bool(env)? {
                    yes.eval(env)
                } else {
                    no.eval(env)
                }
            }
            Expr::DaysSince(time) => days_since(time, env).map(Val::Number),
            Expr::Size(of) => of.eval(env)?.size().map(Val::Number),
            Expr::Double(of) => of.number(env).map(Val::Number),
            Expr::TextTest(test, of, other) => {
                let (of, other) = (of.text(env)?, other.text(env)?);
                Ok(Val::Bool(match test {
                    TextTest::StartsWith => of.starts_with(&*other),
                    TextTest::EndsWith => of.ends_with(&*other),
                    TextTest::Contains => of.contains(&*other),
                }))
            }
            Expr::Matches(of, pattern) => Ok(Val::Bool(pattern.is_match(&of.text(env)?))),
        }
    }

    fn bool(&self, env: &Env<'_>) -> Result<bool, Failed> {
        match self.eval(env)? {
            Val::Bool(value) => Ok(value),
            _ => Err(Failed::Types),
        }
    }

    fn number(&self, env: &Env<'_>) -> Result<f64, Failed> {
        match self.eval(env)? {
            Val::Number(value) => Ok(value),
            _ => Err(Failed::Types),
        }
    }

    fn text<'a>(&'a self, env: &Env<'a>) -> Result<Cow<'a, str>, Failed> {
        match self.eval(env)? {
            Val::Text(value) => Ok(value),
            _ => Err(Failed::Types),
        }
    }
}

fn event_field<'a>(field: EventField, env: &Env<'a>) -> Result<Val<'a>, Failed> {
    let event = env.event.ok_or(Failed::Absent)?;
    match field {
        EventField::AccountId => Ok(text(env.account)),
        EventField::OccurredAt => Ok(Val::Time(event.at)),
        EventField::Type => Ok(text(event.kind.name())),
        EventField::Key(crate::event::Key::EventId) => Ok(text(&event.id)),
        EventField::Key(crate::event::Key::Field(at)) => match event.values.get(at) {
            Some(Value::Number(number)) => Ok(Val::Number(*number)),
            Some(Value::Text(value)) => Ok(text(value)),
            Some(Value::Absent) | None => Err(Failed::Absent),
        },
    }
}

fn profile_field<'a>(field: ProfileField, env: &Env<'a>) -> Result<Val<'a>, Failed> {
    let profile: &'a Profile = env.profile.ok_or(Failed::NoProfile)?;
    let optional_text = |value: &'a Option<Box<str>>| value.as_deref().map(text);
    let value = match field {
        ProfileField::EventId => Some(text(&profile.id)),
        ProfileField::AccountId => Some(text(env.account)),
        ProfileField::Name => Some(text(&profile.name)),
        ProfileField::Domains => Some(Val::Texts(&profile.domains)),
        ProfileField::Segment => Some(text(profile.segment.name())),
        ProfileField::Industry => optional_text(&profile.industry),
        ProfileField::Plan => optional_text(&profile.plan),
        ProfileField::Mrr => Some(Val::Number(profile.mrr)),
        ProfileField::Currency => Some(text(&profile.currency)),
        ProfileField::SeatsLicensed => profile.seats_licensed.map(Val::Number),
        ProfileField::PricePerSeat => profile.price_per_seat.map(Val::Number),
        ProfileField::Limits => Some(Val::Numbers(&profile.limits)),
        ProfileField::HealthScore => profile.health_score.map(Val::Number),
        ProfileField::Champion => profile.champion.map(|champion| text(champion.name())),
        ProfileField::Products => Some(Val::Texts(&profile.products)),
        ProfileField::BuyerDepartments => Some(Val::Texts(&profile.buyer_departments)),
        ProfileField::Owners => Some(Val::Names(&profile.owners)),
        ProfileField::ExternalIds => Some(Val::Names(&profile.external_ids)),
        ProfileField::OccurredAt
        | ProfileField::SignedUpAt
        | ProfileField::FirstValueAt
        | ProfileField::RenewalAt
        | ProfileField::LastExpansionAt => profile.time(field).map(Val::Time),
    };
    value.ok_or(Failed::Absent)
}

fn member<'a>(of: &Val<'a>, key: &str) -> Result<Val<'a>, Failed> {
    match of {
        Val::Numbers(map) => map.get(key).map(|number| Val::Number(*number)).ok_or(Failed::Absent),
        Val::Names(map) => map.get(key).map(|name| text(name)).ok_or(Failed::Absent),
        _ => Err(Failed::Types),
    }
}

fn index<'a>(of: Val<'a>, at: &Val<'_>) -> Result<Val<'a>, Failed> {
    match (of, at) {
        (map @ (Val::Numbers(_) | Val::Names(_)), Val::Text(key)) => member(&map, key),
        (Val::Texts(texts), Val::Number(at)) => position(*at, texts.len()).map(|at| text(&texts[at])),
        (Val::List(mut items), Val::Number(at)) => position(*at, items.len()).map(|at| items.swap_remove(at)),
        _ => Err(Failed::Types),
    }
}

fn position(at: f64, len: usize) -> Result<usize, Failed> {
    if at.fract() == 0.0 && at >= 0.0 && at < len as f64 { Ok(at as usize) } else { Err(Failed::Absent) }
}

/// `&&` stops at false, `||` at true; an error of one operand is absorbed where another one stops.
fn junction<'a>(parts: &'a [Expr], env: &Env<'a>, stop: bool) -> Result<Val<'a>, Failed> {
    let mut failed = None;
    for part in parts {
        match part.bool(env) {
            Ok(value) if value == stop => return Ok(Val::Bool(stop)),
            Ok(_) => {}
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(Val::Bool(!stop)), Err)
}

fn compare(op: Comparison, a: &Val<'_>, b: &Val<'_>) -> Result<bool, Failed> {
    if matches!(a, Val::Time(_)) || matches!(b, Val::Time(_)) {
        return Err(Failed::Types);
    }
    match op {
        Comparison::Equal => return Ok(a.equals(b)),
        Comparison::NotEqual => return Ok(!a.equals(b)),
        _ => {}
    }
    let ordering = match (a, b) {
        (Val::Number(a), Val::Number(b)) => a.partial_cmp(b),
        (Val::Text(a), Val::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
        _ => return Err(Failed::Types),
    };
    Ok(ordering.is_some_and(|ordering| match op {
        Comparison::Less => ordering == Ordering::Less,
        Comparison::AtMost => ordering != Ordering::Greater,
        Comparison::Greater => ordering == Ordering::Greater,
        _ => ordering != Ordering::Less,
    }))
}

fn arithmetic<'a>(op: Arithmetic, a: Val<'a>, b: Val<'a>) -> Result<Val<'a>, Failed> {
    match (op, a, b) {
        (op, Val::Number(a), Val::Number(b)) => Ok(Val::Number(match op {
            Arithmetic::Add => a + b,
            Arithmetic::Subtract => a - b,
            Arithmetic::Multiply => a * b,
            Arithmetic::Divide => a / b,
        })),
        (Arithmetic::Add, Val::Text(a), Val::Text(b)) => Ok(Val::Text(a + b)),
        (Arithmetic::Add, a, b) => match (a.items(), b.items()) {
            (Some(_), Some(_)) => Ok(Val::List(owned_items(a).into_iter().chain(owned_items(b)).collect())),
            _ => Err(Failed::Types),
        },
        _ => Err(Failed::Types),
    }
}

fn owned_items(list: Val<'_>) -> Vec<Val<'_>> {
    match list {
        Val::List(items) => items,
        Val::Texts(texts) => texts.iter().map(|item| text(item)).collect(),
        _ => Vec::new(),
    }
}

/// Days from a time to the environment's instant; an absent `last_expansion_at` was infinitely long ago.
fn days_since(time: &Expr, env: &Env<'_>) -> Result<f64, Failed> {
    match time.eval(env) {
        Ok(Val::Time(at)) => Ok((env.now - at) as f64 / DAY_MS as f64),
        Ok(_) => Err(Failed::Types),
        Err(Failed::Absent) if matches!(time, Expr::Profile(ProfileField::LastExpansionAt)) => {
            Ok(f64::INFINITY)
        }
        Err(error) => Err(error),
    }
}
