//! Granting rights and taking them away, as an administrator does; by Kafka's own protocol, since our client library
//! has no calls for it and Kafka's tools take seconds each.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::broker::Broker;
use crate::wait;

const CREATE: i16 = 30;
const DESCRIBE: i16 = 29;
const DELETE: i16 = 31;
/// The oldest that brokers still know.
const VERSION: i16 = 1;

/// What a right is a right to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A topic of this name.
    Topic(&'a str),
    /// A consumer group of this name.
    Group(&'a str),
    /// Transactional ids that begin so.
    TransactionalIds(&'a str),
}

impl Resource<'_> {
    /// Type, name, and whether it is a whole name (3) or a beginning (4).
    fn fields(&self) -> (u8, &str, u8) {
        match self {
            Resource::Topic(name) => (2, name, 3),
            Resource::Group(name) => (3, name, 3),
            Resource::TransactionalIds(prefix) => (5, prefix, 4),
        }
    }
}

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// READ
    Read = 3,
    /// WRITE
    Write = 4,
    /// CREATE
    Create = 5,
    /// DESCRIBE
    Describe = 8,
    /// DESCRIBE_CONFIGS
    DescribeConfigs = 10,
}

/// A right of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right<'a> {
    /// The user's name.
    pub user: &'a str,
    /// What it is a right to.
    pub resource: Resource<'a>,
    /// What may be done.
    pub operation: Operation,
}

/// What becomes of who asks.
#[derive(Clone, Copy)]
enum Effect {
    Denied = 2,
    Allowed = 3,
}

impl Right<'_> {
    /// As requests have it: as a right, and as a filter that only it passes.
    fn put(&self, request: &mut Vec<u8>, effect: Effect) {
        let (kind, name, pattern) = self.resource.fields();
        request.push(kind);
        put_text(request, name);
        request.push(pattern);
        put_text(request, &format!("User:{}", self.user));
        put_text(request, "*");
        request.push(self.operation as u8);
        request.push(effect as u8);
    }
}

/// Gives rights; returns once the broker acts by it.
///
/// # Panics
/// Where it does not take them.
pub fn grant(rights: &[Right<'_>]) {
    change(CREATE, rights, Effect::Allowed);
    await_that(rights, Effect::Allowed, true);
}

/// Takes rights away; returns once the broker acts by it.
///
/// # Panics
/// As [`grant`].
pub fn revoke(rights: &[Right<'_>]) {
    change(DELETE, rights, Effect::Allowed);
    await_that(rights, Effect::Allowed, false);
}

/// Forbids what other rights may allow; returns once the broker acts by it.
///
/// # Panics
/// As [`grant`].
pub fn forbid(rights: &[Right<'_>]) {
    change(CREATE, rights, Effect::Denied);
    await_that(rights, Effect::Denied, true);
}

/// Forbids it no longer.
///
/// # Panics
/// As [`grant`].
pub fn permit(rights: &[Right<'_>]) {
    change(DELETE, rights, Effect::Denied);
    await_that(rights, Effect::Denied, false);
}

fn change(what: i16, rights: &[Right<'_>], effect: Effect) {
    let mut body = i32::try_from(rights.len()).unwrap().to_be_bytes().to_vec();
    rights.iter().for_each(|right| right.put(&mut body, effect));
    let answer = call(what, &body);
    // A throttle's time, how many results, then the first one's code.
    assert_eq!(answer[4..10], [&body[..4], &[0, 0]].concat(), "{what} {rights:?}: {answer:?}");
}

/// Brokers take changes over in their order.
fn await_that(rights: &[Right<'_>], effect: Effect, there: bool) {
    let Some(last) = rights.last() else { return };
    let mut body = Vec::new();
    last.put(&mut body, effect);
    // A throttle's time, a code, no message, how many resources have it.
    let found = || call(DESCRIBE, &body)[8..12] != [0; 4];
    wait::until(|| (found() == there).then_some(())).expect("the broker acts by what was changed");
}

fn call(what: i16, body: &[u8]) -> Vec<u8> {
    let head = [what.to_be_bytes(), VERSION.to_be_bytes(), [0, 0], [0, 1]];
    let mut request = head.concat();
    put_text(&mut request, "tests");
    request.extend_from_slice(body);
    let mut stream = TcpStream::connect(&Broker::shared().bootstrap).unwrap();
    stream.write_all(&u32::try_from(request.len()).unwrap().to_be_bytes()).unwrap();
    stream.write_all(&request).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer).unwrap();
    // The question's number stands before it.
    answer.split_off(4)
}

fn put_text(request: &mut Vec<u8>, text: &str) {
    request.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    request.extend_from_slice(text.as_bytes());
}
