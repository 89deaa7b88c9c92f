//! Profile records (SPEC 2.4).

use std::collections::BTreeMap;

use springtide_core::event::{Champion, FieldType, Profile, Segment};
use springtide_core::sorted::SortedMap;

use super::{Draft, Raw, field};
use crate::bad::BadRecord;

/// The members beside the common ones.
pub(super) const FIELDS: [&str; 20] = [
    "name",
    "domains",
    "segment",
    "industry",
    "plan",
    "signed_up_at",
    "mrr",
    "currency",
    "seats_licensed",
    "price_per_seat",
    "limits",
    "health_score",
    "first_value_at",
    "renewal_at",
    "last_expansion_at",
    "champion",
    "products",
    "buyer_departments",
    "owners",
    "external_ids",
];

impl Draft<'_> {
    /// The profile, with the number of members it does not know added to `unknown`.
    pub(super) fn profile(&mut self, unknown: &mut u32) -> Result<Profile, BadRecord> {
        let id = field::id("event_id", std::mem::take(&mut self.event_id))?;
        let at = field::occurred_at(std::mem::take(&mut self.occurred_at))?;
        let segment = field::one_of("segment", self.take("segment"), &Segment::ALL, Segment::name)?;
        let champion = field::one_of("champion", self.take("champion"), &Champion::ALL, Champion::name)?;
        let mrr = self.number("mrr", FieldType::Amount)?;
        *unknown += self.unknown(|name| FIELDS.contains(&name));
        Ok(Profile {
            at,
            id,
            name: field::required("name", self.text("name")?, "a string")?,
            domains: self.texts("domains")?,
            segment: field::required("segment", segment, "one of enterprise, mid_market, smb")?,
            industry: self.text("industry")?,
            plan: self.text("plan")?,
            signed_up_at: self.time("signed_up_at")?,
            mrr: field::required("mrr", mrr, "a finite number, 0 or more")?,
            currency: field::required("currency", self.text("currency")?, "a string")?,
            seats_licensed: self.number("seats_licensed", FieldType::Count)?,
            price_per_seat: self.number("price_per_seat", FieldType::Amount)?,
            limits: self.map("limits", |name, raw| field::number(name, raw, FieldType::Amount))?,
            health_score: self.number("health_score", FieldType::AmountWithin(0.0, 100.0))?,
            first_value_at: self.time("first_value_at")?,
            renewal_at: self.time("renewal_at")?,
            last_expansion_at: self.time("last_expansion_at")?,
            champion,
            products: self.texts("products")?,
            buyer_departments: self.texts("buyer_departments")?,
            owners: self.map("owners", field::text)?,
            external_ids: self.map("external_ids", field::text)?,
        })
    }

    fn text(&mut self, name: &str) -> Result<Option<Box<str>>, BadRecord> {
        field::text(name, self.take(name))
    }

    fn time(&mut self, name: &str) -> Result<Option<i64>, BadRecord> {
        field::time(name, self.take(name))
    }

    fn number(&mut self, name: &str, ty: FieldType) -> Result<Option<f64>, BadRecord> {
        field::number(name, self.take(name), ty)
    }

    /// A list of strings; absent is empty, and a null among them is bad: a list has no absent places.
    fn texts(&mut self, name: &str) -> Result<Vec<Box<str>>, BadRecord> {
        let items = match self.take(name) {
            Raw::Null => return Ok(Vec::new()),
            Raw::List(items) => items,
            other => return Err(field::wrong_type(name, &other, "a list of strings")),
        };
        let text = |(place, item): (usize, Raw)| match item {
            Raw::Text(text) => Ok(text.into()),
            other => Err(field::wrong_type(&format!("{name}[{place}]"), &other, "a string")),
        };
        items.into_iter().enumerate().map(text).collect()
    }

    /// A map; absent is empty, a member that is null is left out, of two with one name the last counts.
    fn map<T>(
        &mut self,
        name: &str,
        read: impl Fn(&str, Raw) -> Result<Option<T>, BadRecord>,
    ) -> Result<SortedMap<Box<str>, T>, BadRecord> {
        let members = match self.take(name) {
            Raw::Null => return Ok(SortedMap::default()),
            Raw::Map(members) => members,
            other => return Err(field::wrong_type(name, &other, "an object")),
        };
        let mut map = BTreeMap::new();
        for (key, raw) in members {
            let member = || format!("{name}.{}", field::cut(&key));
            match if matches!(raw, Raw::Null) { None } else { read(&member(), raw)? } {
                Some(value) => map.insert(Box::from(&*key), value),
                None => map.remove(&*key),
            };
        }
        Ok(map.into())
    }
}
