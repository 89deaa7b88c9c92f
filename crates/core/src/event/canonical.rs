//! Canonical JSON (RFC 8785): keys sorted by UTF-16 code units, numbers and escapes as ECMAScript writes them.

use crate::sorted::SortedMap;
use crate::time::{Millis, format_rfc3339};

/// An object under construction: members in any order, written sorted.
#[derive(Default)]
pub(super) struct Object {
    members: Vec<(Vec<u16>, String)>,
}

impl Object {
    pub(super) fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.raw(key, quoted(value))
    }

    pub(super) fn number(&mut self, key: &str, value: f64) -> &mut Self {
        self.raw(key, ryu_js::Buffer::new().format(value).to_owned())
    }

    pub(super) fn time(&mut self, key: &str, at: Millis) -> &mut Self {
        self.raw(key, quoted(&format_rfc3339(at)))
    }

    pub(super) fn texts(&mut self, key: &str, values: &[Box<str>]) -> &mut Self {
        let items: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        self.raw(key, format!("[{}]", items.join(",")))
    }

    pub(super) fn numbers(&mut self, key: &str, map: &SortedMap<Box<str>, f64>) -> &mut Self {
        let mut inner = Object::default();
        map.iter().for_each(|(name, value)| {
            inner.number(name, *value);
        });
        self.raw(key, inner.finish())
    }

    pub(super) fn names(&mut self, key: &str, map: &SortedMap<Box<str>, Box<str>>) -> &mut Self {
        let mut inner = Object::default();
        map.iter().for_each(|(name, value)| {
            inner.text(name, value);
        });
        self.raw(key, inner.finish())
    }

    fn raw(&mut self, key: &str, json: String) -> &mut Self {
        self.members.push((key.encode_utf16().collect(), format!("{}:{json}", quoted(key))));
        self
    }

    pub(super) fn finish(&mut self) -> String {
        self.members.sort();
        let members: Vec<&str> = self.members.iter().map(|(_, json)| json.as_str()).collect();
        format!("{{{}}}", members.join(","))
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_sorted_and_written_as_ecmascript_does() {
        let mut object = Object::default();
        object.number("z", 1e21).number("a", 46.0).text("\u{20ac}", "tab\t\u{1}\"").number("n", 0.1);
        assert_eq!(object.finish(), "{\"a\":46,\"n\":0.1,\"z\":1e+21,\"\u{20ac}\":\"tab\\t\\u0001\\\"\"}");
    }

    #[test]
    fn keys_sort_by_utf16_code_units() {
        let mut object = Object::default();
        object.number("\u{fb33}", 1.0).number("\u{1f600}", 2.0);
        assert_eq!(object.finish(), "{\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }
}
