//! Avro by exactly the schemas of this repository, field by field.

use std::collections::BTreeMap;

use springtide_core::event::Topic;

use super::{Business, Profile, Record, Usage};

/// A zero byte and the schema's id.
const HEADER_BYTES: usize = 5;

pub(super) fn decode(topic: Topic, value: &[u8]) -> Option<Record<'_>> {
    let mut from = Bytes(value.get(HEADER_BYTES..)?);
    let record = match topic {
        Topic::ProductUsage => Record::Usage(usage(&mut from)?),
        Topic::BusinessSignals => Record::Business(business(&mut from)?),
        Topic::AccountProfiles => Record::Profile(profile(&mut from)?),
        _ => return None,
    };
    from.0.is_empty().then_some(record)
}

fn usage<'a>(from: &mut Bytes<'a>) -> Option<Usage<'a>> {
    Some(Usage {
        event_id: from.text()?,
        account_id: from.text()?,
        occurred_at: from.long()?,
        kind: from.text()?,
        seats_used: from.perhaps(Bytes::long)?,
        seats_licensed: from.perhaps(Bytes::long)?,
        meter: from.perhaps(Bytes::text)?,
        used: from.perhaps(Bytes::double)?,
        limit: from.perhaps(Bytes::double)?,
        user_id: from.perhaps(Bytes::text)?,
        feature: from.perhaps(Bytes::text)?,
        integration: from.perhaps(Bytes::text)?,
        invitee: from.perhaps(Bytes::text)?,
        amount: from.perhaps(Bytes::double)?,
        gate: from.perhaps(Bytes::text)?,
        milestone: from.perhaps(Bytes::text)?,
    })
}

fn business<'a>(from: &mut Bytes<'a>) -> Option<Business<'a>> {
    Some(Business {
        event_id: from.text()?,
        account_id: from.text()?,
        occurred_at: from.long()?,
        kind: from.text()?,
        posting_id: from.perhaps(Bytes::text)?,
        title: from.perhaps(Bytes::text)?,
        department: from.perhaps(Bytes::text)?,
        name: from.perhaps(Bytes::text)?,
        seniority: from.perhaps(Bytes::text)?,
        direction: from.perhaps(Bytes::text)?,
        topic: from.perhaps(Bytes::text)?,
        role: from.perhaps(Bytes::text)?,
        counterpart: from.perhaps(Bytes::text)?,
        round: from.perhaps(Bytes::text)?,
        amount_usd: from.perhaps(Bytes::double)?,
        location: from.perhaps(Bytes::text)?,
        previous: from.perhaps(Bytes::long)?,
        current: from.perhaps(Bytes::long)?,
        score: from.perhaps(Bytes::double)?,
        competitor: from.perhaps(Bytes::text)?,
        sentiment: from.perhaps(Bytes::text)?,
        headline: from.perhaps(Bytes::text)?,
        count: from.perhaps(Bytes::long)?,
        share: from.perhaps(Bytes::double)?,
        technology: from.perhaps(Bytes::text)?,
        change: from.perhaps(Bytes::text)?,
        product: from.perhaps(Bytes::text)?,
        support: from.perhaps(Bytes::double)?,
        lift: from.perhaps(Bytes::double)?,
        peers: from.perhaps(Bytes::long)?,
        owners: from.perhaps(Bytes::long)?,
    })
}

fn profile<'a>(from: &mut Bytes<'a>) -> Option<Profile<'a>> {
    Some(Profile {
        event_id: from.text()?,
        account_id: from.text()?,
        occurred_at: from.long()?,
        name: from.text()?,
        domains: from.texts()?,
        segment: from.text()?,
        industry: from.perhaps(Bytes::text)?,
        plan: from.perhaps(Bytes::text)?,
        signed_up_at: from.perhaps(Bytes::long)?,
        mrr: from.double()?,
        currency: from.text()?,
        seats_licensed: from.perhaps(Bytes::long)?,
        price_per_seat: from.perhaps(Bytes::double)?,
        limits: from.map(Bytes::double)?,
        health_score: from.perhaps(Bytes::double)?,
        first_value_at: from.perhaps(Bytes::long)?,
        renewal_at: from.perhaps(Bytes::long)?,
        last_expansion_at: from.perhaps(Bytes::long)?,
        champion: from.perhaps(Bytes::text)?,
        products: from.texts()?,
        buyer_departments: from.texts()?,
        owners: from.map(Bytes::text)?,
        external_ids: from.map(Bytes::text)?,
    })
}

/// What is left of a datum.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn long(&mut self) -> Option<i64> {
        let mut number = 0_u64;
        for (at, byte) in self.0.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Some((number >> 1) as i64 ^ -((number & 1) as i64));
            }
        }
        None
    }

    fn double(&mut self) -> Option<f64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(f64::from_le_bytes(*bytes))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.long()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn perhaps<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.long()? {
            0 => Some(None),
            _ => read(self).map(Some),
        }
    }

    fn blocks(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        loop {
            let count = self.long()?;
            if count == 0 {
                return Some(());
            }
            // A negative count has the block's size behind it.
            if count < 0 {
                self.long()?;
            }
            for _ in 0..count.unsigned_abs() {
                item(self)?;
            }
        }
    }

    fn texts(&mut self) -> Option<Vec<&'a str>> {
        let mut texts = Vec::new();
        self.blocks(|from| {
            texts.push(from.text()?);
            Some(())
        })?;
        Some(texts)
    }

    fn map<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<BTreeMap<&'a str, T>> {
        let mut map = BTreeMap::new();
        self.blocks(|from| {
            let key = from.text()?;
            map.insert(key, read(from)?);
            Some(())
        })?;
        Some(map)
    }
}
