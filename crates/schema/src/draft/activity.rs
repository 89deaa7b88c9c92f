//! Product, business and engagement records: the table of kinds says what a record holds (SPEC 2.1 to 2.3).

use springtide_core::event::{Activity, Kind, Value};

use super::{Draft, field};
use crate::bad::BadRecord;

impl Draft<'_> {
    /// The activity of a kind, with the number of members it does not know added to `unknown`.
    pub(super) fn activity(&mut self, kind: Kind, unknown: &mut u32) -> Result<Activity, BadRecord> {
        let id = field::id("event_id", std::mem::take(&mut self.event_id))?;
        let at = field::occurred_at(std::mem::take(&mut self.occurred_at))?;
        let fields = kind.fields();
        let mut values = Vec::with_capacity(fields.len());
        for row in fields {
            let value = field::value(row.name, self.take(row.name), row.ty)?;
            if row.required && value == Value::Absent {
                return Err(field::missing(row.name, &field::expectation(row.ty)));
            }
            values.push(value);
        }
        *unknown += self.unknown(|name| kind.field(name).is_some());
        Ok(Activity { at, id, kind, values: values.into_boxed_slice() })
    }
}
