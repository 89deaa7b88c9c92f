//! From serde_json's calls into a draft: strings borrowed, one level of lists and maps where a field takes them,
//! everything else skipped.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::draft::{Draft, Raw};

/// Which members are looked at.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Reading {
    /// All of them.
    All,
    /// Those that some record type knows; the others are skipped unseen, and count as unknown.
    Known,
}

/// The whole record.
pub(super) struct Record(pub(super) Reading);

impl Record {
    pub(super) fn read<'de, D: Deserializer<'de>>(self, json: D) -> Result<Draft<'de>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Record {
    type Value = Draft<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Draft<'de>, A::Error> {
        let mut draft = Draft::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let value = if self.0 == Reading::Known && !Draft::knows(&name) {
                map.next_value::<IgnoredAny>()?;
                Raw::Null
            } else {
                map.next_value_seed(Member { levels: u8::from(Draft::keeps_composite(&name)) })?
            };
            draft.put(name, value);
        }
        Ok(draft)
    }
}

/// A member's name.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Cow<'de, str>, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A member's value, with as many levels of lists and maps as are kept.
struct Member {
    levels: u8,
}

impl<'de> DeserializeSeed<'de> for Member {
    type Value = Raw<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Raw<'de>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Raw<'de>, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw<'de>, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw<'de>, E> {
        Ok(Raw::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw<'de>, E> {
        Ok(Raw::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw<'de>, E> {
        Ok(Raw::Number(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Raw<'de>, E> {
        Ok(Raw::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw<'de>, E> {
        Ok(Raw::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw<'de>, A::Error> {
        let Some(levels) = self.levels.checked_sub(1) else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Raw::Other("a list"));
        };
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Member { levels })? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw<'de>, A::Error> {
        let Some(levels) = self.levels.checked_sub(1) else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Raw::Other("an object"));
        };
        let mut members = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            members.push((name, map.next_value_seed(Member { levels })?));
        }
        Ok(Raw::Map(members))
    }
}
