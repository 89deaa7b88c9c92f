//! One Avro record's bytes into a draft, by the writer's plan: strings borrowed, what no field takes skipped.

use std::borrow::Cow;

use springtide_core::event::Topic;
use springtide_core::time::DAY_MS;

use super::plan::{Node, NodeId, Unit, WriterSchema};
use crate::bad::{BadClass, BadRecord};
use crate::cloudevents::Attributes;
use crate::draft::{Decoded, Draft, Raw};
use crate::limits::{MAX_AVRO_DEPTH, MAX_AVRO_EMPTY_RECORDS};

impl WriterSchema {
    /// Reads one record of a topic from exactly these bytes, without framing.
    pub fn decode(&self, topic: Topic, bytes: &[u8], attributes: &Attributes) -> Result<Decoded, BadRecord> {
        self.whole_draft(bytes)?.into_event(topic, attributes)
    }

    fn whole_draft<'a>(&'a self, bytes: &'a [u8]) -> Result<Draft<'a>, BadRecord> {
        let (draft, rest) = self.draft(bytes)?;
        match rest.len() {
            0 => Ok(draft),
            extra => Err(bad(&format!("{extra} bytes follow the record"))),
        }
    }

    /// Reads the record at the start, and says what follows it.
    pub(super) fn draft<'a>(&'a self, bytes: &'a [u8]) -> Result<(Draft<'a>, &'a [u8]), BadRecord> {
        let mut input = Input::new(self, bytes);
        let mut draft = Draft::new();
        for (name, node) in input.root().map_err(bad)? {
            let levels = u8::from(Draft::keeps_composite(name));
            let value = input.value(*node, levels, 0).map_err(|error| input.at(name, error))?;
            // A null is how a flat record says that it is of another type; it is no unknown field.
            if !matches!(value, Raw::Null) {
                draft.put(Cow::Borrowed(&**name), value);
            }
        }
        Ok((draft, input.rest))
    }
}

/// What is wrong with the bytes, without where.
type Fault = &'static str;

const SHORT: Fault = "the bytes end before the record does";

fn bad(message: &str) -> BadRecord {
    BadRecord::new(BadClass::NotAvro, message)
}

struct Input<'a> {
    schema: &'a WriterSchema,
    rest: &'a [u8],
    /// How many items lists and maps may still have: one a byte. Items without bytes could claim any number.
    items: u64,
    /// How many more records may take no bytes.
    empty: usize,
}

impl<'a> Input<'a> {
    fn new(schema: &'a WriterSchema, bytes: &'a [u8]) -> Input<'a> {
        Input { schema, rest: bytes, items: bytes.len() as u64, empty: MAX_AVRO_EMPTY_RECORDS }
    }

    /// The fields of the record that the bytes are.
    fn root(&mut self) -> Result<&'a [(Box<str>, NodeId)], Fault> {
        let schema = self.schema;
        let mut root = schema.nodes.get(schema.root);
        if let Some(Node::Union(branches)) = root {
            root = schema.nodes.get(self.branch(branches)?);
        }
        match root {
            Some(Node::Record(fields)) => Ok(fields),
            _ => Err("a branch of the schema's union that is no record"),
        }
    }

    fn at(&self, field: &str, fault: Fault) -> BadRecord {
        bad(&format!("field `{field}`: {fault}"))
    }

    /// Reads a value, keeping as many levels of lists and maps as asked.
    fn value(&mut self, node: NodeId, levels: u8, depth: usize) -> Result<Raw<'a>, Fault> {
        if depth > MAX_AVRO_DEPTH {
            return Err("nested too deeply");
        }
        // Places come from the compiler of the plan; an empty answer would be a null.
        let schema = self.schema;
        Ok(match schema.nodes.get(node).unwrap_or(&Node::Null) {
            Node::Null => Raw::Null,
            Node::Boolean => match self.bytes(1)? {
                [0] => Raw::Bool(false),
                [1] => Raw::Bool(true),
                _ => return Err("a boolean that is neither 0 nor 1"),
            },
            Node::Long => Raw::Long(self.long()?),
            Node::Time(unit) => Raw::Time(millis(self.long()?, *unit)),
            Node::TimeOfDay => {
                self.long()?;
                Raw::Other("a time of day")
            }
            Node::Float => Raw::Number(f64::from(f32::from_le_bytes(self.array()?))),
            Node::Double => Raw::Number(f64::from_le_bytes(self.array()?)),
            Node::Text => Raw::Text(Cow::Borrowed(self.text()?)),
            // Avro lets bytes stand for a string, where they are one.
            Node::Bytes => {
                let bytes = self.counted()?;
                std::str::from_utf8(bytes).map_or(Raw::Other("bytes"), |text| Raw::Text(Cow::Borrowed(text)))
            }
            Node::Decimal => {
                self.counted()?;
                Raw::Other("a decimal")
            }
            Node::Fixed(size) => {
                self.bytes(*size)?;
                Raw::Other("bytes")
            }
            Node::Enum(symbols) => {
                let place = self.place()?;
                Raw::Text(Cow::Borrowed(symbols.get(place).ok_or("a symbol that the enum does not have")?))
            }
            Node::Union(branches) => {
                let branch = self.branch(branches)?;
                self.value(branch, levels, depth + 1)?
            }
            Node::Record(fields) => {
                let before = self.rest.len();
                for (_, field) in fields {
                    self.value(*field, 0, depth + 1)?;
                }
                if self.rest.len() == before {
                    self.empty = self.empty.checked_sub(1).ok_or("too many records without bytes")?;
                }
                Raw::Other("a record")
            }
            Node::Array(items) => self.list(*items, levels, depth)?,
            Node::Map(values) => self.map(*values, levels, depth)?,
        })
    }

    fn list(&mut self, items: NodeId, levels: u8, depth: usize) -> Result<Raw<'a>, Fault> {
        let inner = levels.saturating_sub(1);
        let mut list = Vec::new();
        while let Some(count) = self.batch()? {
            for _ in 0..count {
                let item = self.value(items, inner, depth + 1)?;
                if levels > 0 {
                    list.push(item);
                }
            }
        }
        Ok(if levels > 0 { Raw::List(list) } else { Raw::Other("a list") })
    }

    fn map(&mut self, values: NodeId, levels: u8, depth: usize) -> Result<Raw<'a>, Fault> {
        let inner = levels.saturating_sub(1);
        let mut map = Vec::new();
        while let Some(count) = self.batch()? {
            for _ in 0..count {
                let name = self.text()?;
                let value = self.value(values, inner, depth + 1)?;
                if levels > 0 {
                    map.push((Cow::Borrowed(name), value));
                }
            }
        }
        Ok(if levels > 0 { Raw::Map(map) } else { Raw::Other("an object") })
    }

    /// The size of a list's or map's next batch; `None` at its end.
    fn batch(&mut self) -> Result<Option<u64>, Fault> {
        let count = self.long()?;
        if count < 0 {
            // A negative count is followed by the batch's size in bytes, for readers that skip it whole.
            self.long()?;
        }
        let count = count.unsigned_abs();
        self.items =
            self.items.checked_sub(count).ok_or("a list or map of more items than there are bytes")?;
        Ok((count > 0).then_some(count))
    }

    fn text(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.counted()?).map_err(|_| "a string that is no UTF-8")
    }

    fn counted(&mut self) -> Result<&'a [u8], Fault> {
        let length = usize::try_from(self.long()?).map_err(|_| "a negative length")?;
        self.bytes(length)
    }

    fn branch(&mut self, branches: &[NodeId]) -> Result<NodeId, Fault> {
        let place = self.place()?;
        branches.get(place).copied().ok_or("a branch that the union does not have")
    }

    fn place(&mut self) -> Result<usize, Fault> {
        usize::try_from(self.long()?).map_err(|_| "a negative place")
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(SHORT)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(SHORT)?;
        self.rest = rest;
        Ok(*head)
    }

    fn long(&mut self) -> Result<i64, Fault> {
        let (value, rest) = zigzag(self.rest)?;
        self.rest = rest;
        Ok(value)
    }
}

/// A zigzag varint and what follows it.
pub(super) fn zigzag(bytes: &[u8]) -> Result<(i64, &[u8]), Fault> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            // `place` is that of a byte that exists, so there is a rest, empty or not.
            let rest = bytes.get(place + 1..).unwrap_or_default();
            return Ok(((value >> 1) as i64 ^ -((value & 1) as i64), rest));
        }
    }
    Err(if bytes.len() < 10 { SHORT } else { "a number of more than 64 bits" })
}

/// An instant in milliseconds; digits beyond are cut, as in text: towards the past, also before 1970.
fn millis(value: i64, unit: Unit) -> i64 {
    match unit {
        Unit::Days => value.saturating_mul(DAY_MS),
        Unit::Millis => value,
        Unit::Micros => value.div_euclid(1_000),
        Unit::Nanos => value.div_euclid(1_000_000),
    }
}
