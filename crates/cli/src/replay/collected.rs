//! Revisions as they come out: printed at once, or held until the final one of each opportunity is known.
//!
//! Records are written to a temporary file and only their place is kept in memory: a long history has many
//! opportunities, and each carries a page of text.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};

use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::time::Millis;
use springtide_schema::opportunity_json;
use uuid::Uuid;

use super::Sink;
use crate::failure::Failure;

struct Place {
    opened_at: Millis,
    account: Box<str>,
    play: Box<str>,
    start: u64,
    length: usize,
    open: bool,
}

/// What came out of a replay.
pub struct Collected {
    spool: BufWriter<File>,
    written: u64,
    places: HashMap<Uuid, Place>,
    print_each: bool,
    /// Revisions, withdrawals included.
    pub revisions: u64,
}

fn spool_error(error: std::io::Error) -> Failure {
    Failure::Other(format!("can't keep results in the temporary folder: {error}; TMPDIR names another one"))
}

impl Collected {
    /// Prints each revision at once where `print_each` says so; else the final ones at the end.
    pub fn new(print_each: bool) -> Result<Collected, Failure> {
        let spool = BufWriter::new(tempfile::tempfile().map_err(spool_error)?);
        Ok(Collected { spool, written: 0, places: HashMap::new(), print_each, revisions: 0 })
    }

    /// Opportunities that stand, by play.
    pub fn open_by_play(&self) -> std::collections::BTreeMap<&str, u64> {
        let mut plays = std::collections::BTreeMap::new();
        for place in self.places.values().filter(|place| place.open) {
            *plays.entry(&*place.play).or_default() += 1;
        }
        plays
    }

    /// Opportunities that were taken back.
    pub fn withdrawn(&self) -> u64 {
        self.places.values().filter(|place| !place.open).count() as u64
    }

    /// Prints the final revision of each opportunity, sorted by `opened_at`, `account_id`, `play`.
    pub fn print_final(&mut self) -> Result<(), Failure> {
        if self.print_each {
            return Ok(());
        }
        self.spool.flush().map_err(spool_error)?;
        let mut order: Vec<(&Uuid, &Place)> = self.places.iter().collect();
        order.sort_by(|(a_id, a), (b_id, b)| {
            (a.opened_at, &a.account, &a.play, a_id).cmp(&(b.opened_at, &b.account, &b.play, b_id))
        });
        let spool = self.spool.get_mut();
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut line = Vec::new();
        for (_, place) in order {
            line.resize(place.length, 0);
            spool
                .seek(SeekFrom::Start(place.start))
                .and_then(|_| spool.read_exact(&mut line))
                .map_err(spool_error)?;
            out.write_all(&line).map_err(Failure::Output)?;
        }
        out.flush().map_err(Failure::Output)
    }
}

impl Sink for Collected {
    fn take(&mut self, opportunity: &Opportunity) -> Result<(), Failure> {
        self.revisions += 1;
        let mut line = opportunity_json(opportunity, None);
        line.push('\n');
        if self.print_each {
            std::io::stdout().write_all(line.as_bytes()).map_err(Failure::Output)?;
        } else {
            self.spool.write_all(line.as_bytes()).map_err(spool_error)?;
        }
        let place = Place {
            opened_at: opportunity.opened_at,
            account: opportunity.account.clone(),
            play: opportunity.play.clone(),
            start: self.written,
            length: line.len(),
            open: opportunity.status == Status::Open,
        };
        self.written += line.len() as u64;
        self.places.insert(opportunity.id, place);
        Ok(())
    }
}
