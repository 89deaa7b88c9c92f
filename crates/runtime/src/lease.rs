//! One writer a partition: within a process the state of a partition belongs to one lane at a time.
//!
//! A consumer group gives a partition to one member, but a thread that lost one may still be writing what it
//! committed when another thread of the same process opens it: both share a store. Between processes nothing
//! is shared, and the group's generations fence.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Which partitions of this process have a writer.
#[derive(Clone, Debug, Default)]
pub struct Leases {
    held: Arc<Mutex<BTreeSet<i32>>>,
}

/// The right to write a partition's state, until it is dropped.
#[derive(Debug)]
pub struct Lease {
    number: i32,
    leases: Leases,
}

impl Leases {
    /// The right to write a partition; `None` while somebody else has it.
    ///
    /// ```
    /// use springtide_runtime::lease::Leases;
    /// let leases = Leases::default();
    /// let lease = leases.acquire(3);
    /// assert!(lease.is_some() && leases.acquire(3).is_none() && leases.is_held(3));
    /// drop(lease);
    /// assert!(leases.acquire(3).is_some());
    /// ```
    pub fn acquire(&self, number: i32) -> Option<Lease> {
        let new = self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
        new.then(|| Lease { number, leases: self.clone() })
    }

    /// Whether somebody has the right.
    pub fn is_held(&self, number: i32) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).contains(&number)
    }
}

impl Lease {
    /// The partition.
    pub fn number(&self) -> i32 {
        self.number
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}
