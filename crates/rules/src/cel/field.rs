//! The fields that an expression may read, by name.

use springtide_core::event::{Champion, FieldType, Key, Kind, ProfileField, Segment};
use springtide_core::expr::{EventField, Expr, Root};

use super::{Remark, Scope};
use crate::near::did_you_mean;

/// Fields that every event has.
const OF_EVERY_EVENT: [&str; 4] = ["event_id", "account_id", "occurred_at", "type"];

/// `event.name`: a field that does not exist is always absent, and a warning.
pub(super) fn event(kind: Kind, name: &str, at: usize, warnings: &mut Vec<Remark>) -> Expr {
    let field = match name {
        "event_id" => EventField::Key(Key::EventId),
        "account_id" => EventField::AccountId,
        "occurred_at" => EventField::OccurredAt,
        "type" => EventField::Type,
        _ => match kind.field(name) {
            Some(field) => EventField::Key(Key::Field(field)),
            None => {
                let known = kind.fields().iter().map(|field| field.name).chain(OF_EVERY_EVENT);
                let message = format!("`{}` has no field `{name}`: always an error", kind.name());
                warnings.push(Remark::new(at, message, did_you_mean(name, known)));
                return Expr::Unknown(Root::Event, name.into());
            }
        },
    };
    Expr::Event(name.into(), field)
}

/// `profile.name`
pub(super) fn profile(name: &str, at: usize, warnings: &mut Vec<Remark>) -> Expr {
    ProfileField::from_name(name).map_or_else(
        || {
            let known = ProfileField::ALL.iter().map(|field| field.name());
            let message = format!("the profile has no field `{name}`: always an error");
            warnings.push(Remark::new(at, message, did_you_mean(name, known)));
            Expr::Unknown(Root::Profile, name.into())
        },
        Expr::Profile,
    )
}

/// The words that a field can hold, where there are only a few.
pub(super) fn words(expr: &Expr, scope: Scope) -> Option<Vec<&'static str>> {
    match expr {
        Expr::Event(_, EventField::Key(Key::Field(at))) => match scope.kind()?.fields().get(*at)?.ty {
            FieldType::OneOf(words) => Some(words.to_vec()),
            _ => None,
        },
        Expr::Event(_, EventField::Type) => Some(vec![scope.kind()?.name()]),
        Expr::Profile(ProfileField::Segment) => Some(Segment::ALL.map(Segment::name).to_vec()),
        Expr::Profile(ProfileField::Champion) => Some(Champion::ALL.map(Champion::name).to_vec()),
        _ => None,
    }
}
