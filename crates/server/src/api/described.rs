//! What the description says of values, as exactly as they are checked: a client that keeps to it is not refused for it.

use springtide_core::event::{Segment, Stage};
use springtide_core::rules::Urgency;
use springtide_inbox::{Sort, Standing};
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::shapes::NewDecision;

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    text().enum_values(Some(names.into_iter().collect::<Vec<_>>()))
}

/// An instant, RFC 3339.
pub(super) fn instant() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
}

/// An urgency.
pub(super) fn urgency() -> ObjectBuilder {
    one_of(Urgency::ALL.map(Urgency::name))
}

/// What comes first.
pub(super) fn sort() -> ObjectBuilder {
    one_of(Sort::ALL.map(|(name, _)| name))
}

/// Standings with commas between.
pub(super) fn standings() -> ObjectBuilder {
    let one = Standing::ALL.map(Standing::name).join("|");
    text().pattern(Some(format!("^({one})(,({one}))*$")))
}

/// Segments with commas between.
pub(super) fn segments() -> ObjectBuilder {
    let one = Segment::ALL.map(Segment::name).join("|");
    text().pattern(Some(format!("^({one})(,({one}))*$")))
}

/// Where a page begins.
pub(super) fn cursor() -> ObjectBuilder {
    text().pattern(Some("^[0-9a-f]{1,11}-[0-9a-f]{16}-[0-9a-f]{32}$"))
}

/// A key by which a decision is written once.
pub(super) fn key() -> ObjectBuilder {
    text().pattern(Some("^[!-~]{1,128}$"))
}

impl ToSchema for NewDecision {}

/// What a decision needs depends on its stage.
impl PartialSchema for NewDecision {
    fn schema() -> RefOr<Schema> {
        let others =
            Stage::ALL.into_iter().filter(|stage| !matches!(stage, Stage::Dismissed | Stage::Snoozed));
        let one = decision(others.map(Stage::name), &[]);
        let dismissed = decision([Stage::Dismissed.name()], &["reason"]);
        let snoozed = decision([Stage::Snoozed.name()], &["until"]);
        OneOfBuilder::new()
            .item(one)
            .item(dismissed)
            .item(snoozed)
            .description(Some("A decision to be written."))
            .into()
    }
}

fn decision<'a>(stages: impl IntoIterator<Item = &'a str>, needed: &[&str]) -> ObjectBuilder {
    let or_null = |name: &str, kind: Type| match needed.contains(&name) {
        true => SchemaType::from(kind),
        false => SchemaType::from_iter([kind, Type::Null]),
    };
    let reason = text().schema_type(or_null("reason", Type::String)).max_length(Some(1_000));
    let reason = if needed.contains(&"reason") { reason.pattern(Some("\\S")) } else { reason };
    let amount = |what: &str| {
        let number = SchemaType::from_iter([Type::Number, Type::Null]);
        ObjectBuilder::new().schema_type(number).minimum(Some(0)).description(Some(what))
    };
    let until =
        instant().schema_type(or_null("until", Type::String)).description(Some("For `snoozed`: until when."));
    let after = text().schema_type(SchemaType::from_iter([Type::String, Type::Null])).description(Some(
        "The `event_id` of the last decision that you know of, empty where you know of none: where there is a later one, \
         yours is refused, and you see it first. Left out, nobody asks.",
    ));
    let all = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("stage", one_of(stages))
        .property("reason", reason.description(Some("Why.")))
        .property("until", until)
        .property("amount", amount("The yearly amount that it came to."))
        .property("cost", amount("What it cost."))
        .property("after", after)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .required("stage");
    needed.iter().fold(all, |all, name| all.required(*name))
}
