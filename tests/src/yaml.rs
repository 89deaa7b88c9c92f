//! YAML as the tree that JSON has: what the files of `deploy/` say to those who read them.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The documents of a text. Plain scalars are numbers, booleans and nulls where YAML 1.2's core schema has them so.
///
/// # Panics
/// Where it is no YAML, has a key that is no text or comes twice, or an alias.
pub fn documents(text: &str) -> Vec<Value> {
    let mut events = Parser::new_from_str(text).map(|event| event.expect("YAML").0);
    let mut documents = Vec::new();
    while let Some(event) = events.next() {
        if let Event::DocumentStart(_) = event {
            let first = events.next().expect("a document has a value");
            documents.push(value(first, &mut events));
        }
    }
    documents
}

/// The value that begins with an event, and ends with one further on.
fn value<'t>(first: Event<'t>, events: &mut impl Iterator<Item = Event<'t>>) -> Value {
    match first {
        Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
        Event::Scalar(text, ..) => text.into(),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match events.next().expect("a list ends") {
                    Event::SequenceEnd => return items.into(),
                    event => items.push(value(event, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut map = Map::new();
            loop {
                match events.next().expect("a map ends") {
                    Event::MappingEnd => return map.into(),
                    Event::Scalar(key, ..) => {
                        let after = events.next().expect("a key has a value");
                        let before = map.insert(key.to_string(), value(after, events));
                        assert!(before.is_none(), "`{key}` comes twice");
                    }
                    event => panic!("a key that is no text: {event:?}"),
                }
            }
        }
        event => panic!("not to be read here: {event:?}"),
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        _ => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(whole), _) => whole.into(),
            (_, Ok(number)) if number.is_finite() => number.into(),
            _ => text.into(),
        },
    }
}
