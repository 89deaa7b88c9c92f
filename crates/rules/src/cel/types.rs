//! What an expression comes to, as far as that shows without data.

use springtide_core::event::{FieldType, Key, Kind, ProfileField};
use springtide_core::expr::{Arithmetic, EventField, Expr};

/// A type; `Any` where only data can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Number,
    Text,
    Bool,
    Time,
    List,
    /// A map to numbers.
    Numbers,
    /// A map to text.
    Names,
    Any,
}

impl Type {
    pub(super) fn name(self) -> &'static str {
        match self {
            Type::Number => "a number",
            Type::Text => "text",
            Type::Bool => "true or false",
            Type::Time => "a time",
            Type::List => "a list",
            Type::Numbers | Type::Names => "a map",
            Type::Any => "anything",
        }
    }

    pub(super) fn may_be(self, other: Type) -> bool {
        self == other || self == Type::Any || other == Type::Any
    }
}

/// The type of an expression over an event of a kind.
pub(super) fn of(expr: &Expr, kind: Option<Kind>) -> Type {
    match expr {
        Expr::Number(_)
        | Expr::Negate(_)
        | Expr::DaysSince(_)
        | Expr::Size(_)
        | Expr::Double(_)
        | Expr::Arithmetic(Arithmetic::Subtract | Arithmetic::Multiply | Arithmetic::Divide, ..) => {
            Type::Number
        }
        Expr::Text(_) => Type::Text,
        Expr::Bool(_)
        | Expr::Has(_)
        | Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare(..)
        | Expr::In(..)
        | Expr::TextTest(..)
        | Expr::Matches(..) => Type::Bool,
        Expr::List(_) => Type::List,
        Expr::Event(_, field) => event(*field, kind),
        Expr::Profile(field) => profile(*field),
        Expr::Unknown(..) => Type::Any,
        Expr::Member(map, _) => match of(map, kind) {
            Type::Numbers => Type::Number,
            Type::Names => Type::Text,
            _ => Type::Any,
        },
        Expr::Index(within, _) => match (of(within, kind), &**within) {
            (Type::Numbers, _) => Type::Number,
            (Type::Names, _) | (Type::List, Expr::Profile(_)) => Type::Text,
            _ => Type::Any,
        },
        Expr::Arithmetic(Arithmetic::Add, a, b) => same(of(a, kind), of(b, kind)),
        Expr::Choose(_, a, b) => same(of(a, kind), of(b, kind)),
    }
}

fn same(a: Type, b: Type) -> Type {
    if a == b { a } else { Type::Any }
}

fn event(field: EventField, kind: Option<Kind>) -> Type {
    match field {
        EventField::OccurredAt => Type::Time,
        EventField::AccountId | EventField::Type | EventField::Key(Key::EventId) => Type::Text,
        EventField::Key(Key::Field(at)) => {
            match kind.and_then(|kind| kind.fields().get(at)).map(|field| field.ty) {
                None => Type::Any,
                Some(FieldType::Text | FieldType::OneOf(_)) => Type::Text,
                Some(_) => Type::Number,
            }
        }
    }
}

fn profile(field: ProfileField) -> Type {
    match field {
        ProfileField::EventId
        | ProfileField::AccountId
        | ProfileField::Name
        | ProfileField::Segment
        | ProfileField::Industry
        | ProfileField::Plan
        | ProfileField::Currency
        | ProfileField::Champion => Type::Text,
        ProfileField::OccurredAt
        | ProfileField::SignedUpAt
        | ProfileField::FirstValueAt
        | ProfileField::RenewalAt
        | ProfileField::LastExpansionAt => Type::Time,
        ProfileField::Mrr
        | ProfileField::SeatsLicensed
        | ProfileField::PricePerSeat
        | ProfileField::HealthScore => Type::Number,
        ProfileField::Domains | ProfileField::Products | ProfileField::BuyerDepartments => Type::List,
        ProfileField::Limits => Type::Numbers,
        ProfileField::Owners | ProfileField::ExternalIds => Type::Names,
    }
}
