//! From the parser's events to the tree, within bounds.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::{Entry, Node, Scalar, Style, Value};
use crate::mistake::{Log, Place};

/// The largest file.
const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting: the tree is walked recursively.
const MAX_DEPTH: usize = 32;
/// The most values in a file, those that aliases repeat included.
const MAX_NODES: usize = 100_000;

/// Words that YAML 1.1 reads as booleans.
const OTHERS_BOOLEANS: [&str; 6] = ["yes", "no", "on", "off", "y", "n"];

/// The file could not be read to its end; why is in the log.
pub(crate) struct Unreadable;

/// Reads one file; `None` where there is nothing in it.
pub(crate) fn parse(file: usize, text: &str, log: &mut Log) -> Result<Option<Node>, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (open, anchors) = (Vec::new(), HashMap::new());
    let mut builder = Builder { file, log, open, anchors, nodes: 0, root: None, documents: 0 };
    if text.len() > MAX_BYTES {
        builder.refuse(Marker::new(0, 1, 0), format!("the file is longer than {MAX_BYTES} bytes"));
        return Err(Unreadable);
    }
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.event(event, span).ok_or(Unreadable)?,
            Err(error) => {
                builder.refuse(*error.marker(), format!("not YAML: {}", error.info()));
                return Err(Unreadable);
            }
        }
    }
    Ok(builder.root)
}

/// A list or map that is still open.
enum Open {
    List {
        place: Place,
        anchor: usize,
        items: Vec<Node>,
    },
    Map {
        place: Place,
        anchor: usize,
        entries: Vec<Entry>,
        seen: HashMap<String, Place>,
        key: Option<(String, Place)>,
    },
}

struct Builder<'l> {
    file: usize,
    log: &'l mut Log,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
    documents: usize,
}

impl Builder<'_> {
    fn place(&self, at: Marker) -> Place {
        Place { file: self.file, line: at.line(), column: at.col() + 1 }
    }

    fn refuse(&mut self, at: Marker, message: impl Into<String>) {
        let place = self.place(at);
        self.log.mistake(place, message, None);
    }

    /// Takes one event; `None` where reading on makes no sense.
    fn event(&mut self, event: Event<'_>, span: Span) -> Option<()> {
        let place = self.place(span.start);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.refuse(span.start, "a second document begins here; a file holds one");
                    return None;
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let style = self.style(style, tag.as_deref(), span.start);
                let scalar = Scalar { text: text.into_owned(), start: span.start.index(), style };
                self.warn_of_booleans(&scalar, place);
                self.finish(Node { place, value: Value::Scalar(scalar) }, anchor, 1)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.no_tag(tag.as_deref(), span.start);
                self.push(Open::List { place, anchor, items: Vec::new() }, span.start)?;
            }
            Event::MappingStart(anchor, tag) => {
                self.no_tag(tag.as_deref(), span.start);
                let (entries, seen, key) = (Vec::new(), HashMap::new(), None);
                self.push(Open::Map { place, anchor, entries, seen, key }, span.start)?;
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop()? {
                Open::List { place, anchor, items } => {
                    self.finish(Node { place, value: Value::List(items) }, anchor, 1)?;
                }
                Open::Map { place, anchor, entries, .. } => {
                    self.finish(Node { place, value: Value::Map(entries) }, anchor, 1)?;
                }
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some((node, size)) => self.finish(node, 0, size)?,
                None => {
                    self.refuse(span.start, "an alias inside the very value it stands for");
                    return None;
                }
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Some(())
    }

    fn push(&mut self, open: Open, at: Marker) -> Option<()> {
        if self.open.len() >= MAX_DEPTH {
            self.refuse(at, format!("nested more than {MAX_DEPTH} deep"));
            return None;
        }
        self.open.push(open);
        Some(())
    }

    /// Puts a finished value where it belongs.
    fn finish(&mut self, node: Node, anchor: usize, size: usize) -> Option<()> {
        self.nodes += size;
        let too_deep = self.open.len() + depth(&node) > MAX_DEPTH;
        if self.nodes > MAX_NODES || too_deep {
            let what = if too_deep { format!("nested more than {MAX_DEPTH} deep") } else { too_many() };
            self.log.mistake(Place { file: self.file, ..node.place }, what, None);
            return None;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size_of(&node)));
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, seen, key, .. }) => match key.take() {
                None => match node.value {
                    Value::Scalar(scalar) => *key = Some((scalar.text, node.place)),
                    Value::List(_) | Value::Map(_) => {
                        let message = format!("expected a name as key, found {}", node.describe());
                        self.log.mistake(node.place, message, None);
                        return None;
                    }
                },
                Some((name, place)) => match seen.get(&name) {
                    Some(first) => {
                        let hint = format!("first at {}", self.log.name(*first));
                        self.log.mistake(place, format!("`{name}` is given twice"), hint);
                    }
                    None => {
                        seen.insert(name.clone(), place);
                        entries.push(Entry { key: name, place, value: node });
                    }
                },
            },
        }
        Some(())
    }

    fn style(&mut self, style: ScalarStyle, tag: Option<&Tag>, at: Marker) -> Style {
        match tag {
            // `!!str` (and the bare `!`) say: this is text.
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => return Style::SingleQuoted,
            other => self.no_tag(other, at),
        }
        match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        }
    }

    fn no_tag(&mut self, tag: Option<&Tag>, at: Marker) {
        if let Some(tag) = tag {
            self.refuse(at, format!("tags such as `{}{}` have no meaning here", tag.handle, tag.suffix));
        }
    }

    fn warn_of_booleans(&mut self, scalar: &Scalar, place: Place) {
        if scalar.style == Style::Plain
            && OTHERS_BOOLEANS.contains(&scalar.text.to_ascii_lowercase().as_str())
        {
            let message = format!("`{}` is text here, but a boolean to many other tools", scalar.text);
            self.log.warning(place, message, format!("write \"{}\"", scalar.text));
        }
    }
}

fn too_many() -> String {
    format!("more than {MAX_NODES} values, counting those that aliases repeat")
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 0,
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(entries) => 1 + entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
    }
}

fn size_of(node: &Node) -> usize {
    1 + match &node.value {
        Value::Scalar(_) => 0,
        Value::List(items) => items.iter().map(size_of).sum(),
        Value::Map(entries) => entries.iter().map(|entry| size_of(&entry.value)).sum(),
    }
}
