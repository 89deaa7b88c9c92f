//! A writer schema, compiled once to what decoding needs: a flat list of nodes that refer to each other by place.

use std::collections::HashMap;
use std::fmt;

use apache_avro::Schema;
use apache_avro::schema::{Name, NamespaceRef};

/// Where a node stands in its plan.
pub(super) type NodeId = usize;

/// How many of a unit make a millisecond, or the other way round.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    Millis,
    Micros,
    Nanos,
    Days,
}

#[derive(Debug)]
pub(super) enum Node {
    Null,
    Boolean,
    /// `int` and `long` have one form.
    Long,
    Time(Unit),
    /// A time without a day: no instant.
    TimeOfDay,
    Float,
    Double,
    Bytes,
    /// A decimal's digits, as bytes.
    Decimal,
    Text,
    Fixed(usize),
    Enum(Box<[Box<str>]>),
    Array(NodeId),
    Map(NodeId),
    Union(Box<[NodeId]>),
    Record(Box<[(Box<str>, NodeId)]>),
}

/// The schema that records were written with.
///
/// ```
/// use springtide_core::event::Topic;
/// use springtide_schema::{Attributes, avro::WriterSchema};
/// let schema = WriterSchema::parse(r#"{"type": "record", "name": "R", "fields": [
///     {"name": "event_id", "type": "string"}, {"name": "account_id", "type": "string"},
///     {"name": "occurred_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
///     {"name": "type", "type": {"type": "enum", "name": "T", "symbols": ["user_activity", "user_invited"]}},
///     {"name": "user_id", "type": ["null", "string"]}]}"#).unwrap();
/// let bytes = [4, b'e', b'1', 2, b'a', 0, 0, 2, 2, b'u'];
/// let decoded = schema.decode(Topic::ProductUsage, &bytes, &Attributes::default()).unwrap();
/// assert_eq!(&*decoded.event.account, "a");
/// ```
///
/// A schema may also be a union of records, as registries have it for topics of several types.
#[derive(Debug)]
pub struct WriterSchema {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
}

/// Why a schema can't be used.
#[derive(Debug)]
pub enum SchemaError {
    /// It is no Avro schema.
    Invalid(Box<apache_avro::Error>),
    /// Its values are no records.
    NotARecord,
    /// It refers to a type that it does not define.
    Unresolved(String),
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaError::Invalid(error) => write!(f, "no Avro schema: {error}"),
            SchemaError::NotARecord => f.write_str("the schema's values are no records"),
            SchemaError::Unresolved(name) => write!(f, "the schema does not define its type `{name}`"),
        }
    }
}

impl std::error::Error for SchemaError {}

impl WriterSchema {
    /// Reads a schema from its JSON text.
    pub fn parse(text: &str) -> Result<WriterSchema, SchemaError> {
        let schema = Schema::parse_str(text).map_err(|error| SchemaError::Invalid(Box::new(error)))?;
        WriterSchema::new(&schema)
    }

    /// Reads a schema that refers to types of other schemas, as a registry's references do. The others may refer
    /// to each other, in any order, but each is given once.
    ///
    /// ```
    /// use springtide_schema::avro::WriterSchema;
    /// let text = r#"{"type": "record", "name": "R", "fields": [{"name": "type", "type": "com.example.Type"}]}"#;
    /// let others = [r#"{"type": "enum", "name": "com.example.Type", "symbols": ["user_activity"]}"#];
    /// assert!(WriterSchema::parse(text).is_err());
    /// assert!(WriterSchema::parse_with(text, &others).is_ok());
    /// ```
    pub fn parse_with(text: &str, others: &[impl AsRef<str>]) -> Result<WriterSchema, SchemaError> {
        let (schema, others) = Schema::parse_str_with_list(text, others)
            .map_err(|error| SchemaError::Invalid(Box::new(error)))?;
        WriterSchema::compile(&schema, &others)
    }

    /// Compiles a parsed schema.
    pub fn new(schema: &Schema) -> Result<WriterSchema, SchemaError> {
        WriterSchema::compile(schema, &[])
    }

    fn compile(schema: &Schema, others: &[Schema]) -> Result<WriterSchema, SchemaError> {
        let named = |other: &'_ Schema| other.name().map(|name| name.fullname(None));
        let others = others.iter().filter_map(|other| Some((named(other)?, other))).collect();
        let mut compiler = Compiler { nodes: Vec::new(), named: HashMap::new(), others };
        let root = compiler.node(schema, None)?;
        let nodes = compiler.nodes;
        let is_record = |node: &NodeId| matches!(nodes.get(*node), Some(Node::Record(_)));
        let has_records = match nodes.get(root) {
            Some(Node::Union(branches)) => branches.iter().any(is_record),
            _ => is_record(&root),
        };
        if has_records { Ok(WriterSchema { nodes, root }) } else { Err(SchemaError::NotARecord) }
    }
}

struct Compiler<'a> {
    nodes: Vec<Node>,
    /// Named types met so far, by full name.
    named: HashMap<String, NodeId>,
    /// Named types of other schemas, compiled when first met.
    others: HashMap<String, &'a Schema>,
}

impl Compiler<'_> {
    fn node(&mut self, schema: &Schema, namespace: NamespaceRef) -> Result<NodeId, SchemaError> {
        let node = match schema {
            Schema::Ref { name } => {
                let name = name.fullname(namespace);
                return match (self.named.get(&name), self.others.get(&name)) {
                    (Some(id), _) => Ok(*id),
                    (None, Some(other)) => self.node(other, None),
                    (None, None) => Err(SchemaError::Unresolved(name)),
                };
            }
            Schema::Record(record) => return self.record(record, namespace),
            Schema::Enum(symbols) => {
                let symbols_read = symbols.symbols.iter().map(|symbol| Box::from(&**symbol)).collect();
                return Ok(self.define(&symbols.name, namespace, Node::Enum(symbols_read)));
            }
            Schema::Fixed(fixed) => return Ok(self.define(&fixed.name, namespace, Node::Fixed(fixed.size))),
            Schema::Array(array) => Node::Array(self.node(&array.items, namespace)?),
            Schema::Map(map) => Node::Map(self.node(&map.types, namespace)?),
            Schema::Union(union) => {
                let branches: Result<_, _> =
                    union.variants().iter().map(|branch| self.node(branch, namespace)).collect();
                Node::Union(branches?)
            }
            other => return self.logical(other, namespace),
        };
        Ok(self.push(node))
    }

    /// Primitive types, and logical types by the type beneath them.
    fn logical(&mut self, schema: &Schema, namespace: NamespaceRef) -> Result<NodeId, SchemaError> {
        use apache_avro::schema::{InnerDecimalSchema, UuidSchema};
        let node = match schema {
            Schema::Boolean => Node::Boolean,
            Schema::Int | Schema::Long => Node::Long,
            // The start of the day, in UTC.
            Schema::Date => Node::Time(Unit::Days),
            Schema::TimeMillis | Schema::TimeMicros => Node::TimeOfDay,
            Schema::TimestampMillis | Schema::LocalTimestampMillis => Node::Time(Unit::Millis),
            Schema::TimestampMicros | Schema::LocalTimestampMicros => Node::Time(Unit::Micros),
            Schema::TimestampNanos | Schema::LocalTimestampNanos => Node::Time(Unit::Nanos),
            Schema::Float => Node::Float,
            Schema::Double => Node::Double,
            Schema::Bytes | Schema::Uuid(UuidSchema::Bytes) => Node::Bytes,
            Schema::BigDecimal => Node::Decimal,
            Schema::String | Schema::Uuid(UuidSchema::String) => Node::Text,
            Schema::Decimal(decimal) => match &decimal.inner {
                InnerDecimalSchema::Bytes => Node::Decimal,
                InnerDecimalSchema::Fixed(fixed) => {
                    return Ok(self.define(&fixed.name, namespace, Node::Fixed(fixed.size)));
                }
            },
            Schema::Uuid(UuidSchema::Fixed(fixed)) | Schema::Duration(fixed) => {
                return Ok(self.define(&fixed.name, namespace, Node::Fixed(fixed.size)));
            }
            // The caller has taken every other form.
            _ => Node::Null,
        };
        Ok(self.push(node))
    }

    fn record(
        &mut self,
        record: &apache_avro::schema::RecordSchema,
        namespace: NamespaceRef,
    ) -> Result<NodeId, SchemaError> {
        // Its place is taken before its fields are read: they may refer to it.
        let id = self.define(&record.name, namespace, Node::Null);
        let inner = record.name.fully_qualified_name(namespace);
        let mut fields = Vec::with_capacity(record.fields.len());
        for field in &record.fields {
            fields.push((Box::from(&*field.name), self.node(&field.schema, inner.namespace())?));
        }
        if let Some(node) = self.nodes.get_mut(id) {
            *node = Node::Record(fields.into_boxed_slice());
        }
        Ok(id)
    }

    fn define(&mut self, name: &Name, namespace: NamespaceRef, node: Node) -> NodeId {
        let id = self.push(node);
        self.named.insert(name.fullname(namespace), id);
        id
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}
