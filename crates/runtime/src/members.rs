//! The members of the consumer group, and what each tells the others: which partitions it owns, and where it answers.

use rdkafka::groups::GroupInfo;

/// What stands between an application's id and an address in a client id.
const SEPARATOR: char = '@';

/// The client id of a worker's consumer: the application's id, and where its process answers over HTTP.
///
/// ```
/// use springtide_runtime::members::client_id;
/// assert_eq!(client_id("expansion", Some("10.0.0.7:9090")), "expansion@10.0.0.7:9090");
/// assert_eq!(client_id("expansion", None), "expansion");
/// ```
pub fn client_id(application: &str, advertise: Option<&str>) -> String {
    match advertise {
        Some(address) => format!("{application}{SEPARATOR}{address}"),
        None => application.to_owned(),
    }
}

/// What a process that listens on an address tells the others. Where it listens on all of its addresses, that is the port
/// alone: brokers know from which one it comes.
///
/// ```
/// use springtide_runtime::members::advertised;
/// assert_eq!(advertised("0.0.0.0:9090".parse().unwrap()), ":9090");
/// assert_eq!(advertised("10.0.0.7:9090".parse().unwrap()), "10.0.0.7:9090");
/// ```
pub fn advertised(listening: std::net::SocketAddr) -> String {
    match listening.ip().is_unspecified() {
        true => format!(":{}", listening.port()),
        false => listening.to_string(),
    }
}

/// A member of the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub client_id: String,
    /// Where brokers see it.
    host: String,
}

impl Member {
    /// Where its process answers: `host:port`.
    pub fn address(&self) -> Option<String> {
        let (_, told) = self.client_id.rsplit_once(SEPARATOR)?;
        match told.strip_prefix(':') {
            Some(port) if self.host.contains(':') => Some(format!("[{}]:{port}", self.host)),
            Some(port) => Some(format!("{}:{port}", self.host)),
            None => Some(told.to_owned()),
        }
    }
}

/// Who owns each partition of a topic.
pub(crate) fn members(group: &GroupInfo, topic: &str) -> Vec<(i32, Member)> {
    let of_member = |member: &rdkafka::groups::GroupMemberInfo| {
        let host = member.client_host().trim_start_matches('/').to_owned();
        let named = Member { client_id: member.client_id().to_owned(), host };
        let owned = partitions(member.assignment().unwrap_or_default(), topic).unwrap_or_default();
        owned.into_iter().map(|number| (number, named.clone())).collect::<Vec<_>>()
    };
    group.members().iter().flat_map(of_member).collect()
}

/// The partitions of a topic in an assignment as the consumer protocol writes it: a version, then topics by name, each with
/// its partitions (Kafka's `ConsumerProtocolAssignment.json`). Nothing where it is cut off.
fn partitions(assignment: &[u8], topic: &str) -> Option<Vec<i32>> {
    let mut rest = assignment;
    let _version = i16::from_be_bytes(take(&mut rest)?);
    let topics = i32::from_be_bytes(take(&mut rest)?);
    let mut found = Vec::new();
    for _ in 0..topics {
        let length = usize::try_from(i16::from_be_bytes(take(&mut rest)?)).ok()?;
        let (name, after) = rest.split_at_checked(length)?;
        rest = after;
        for _ in 0..i32::from_be_bytes(take(&mut rest)?) {
            let number = i32::from_be_bytes(take(&mut rest)?);
            if name == topic.as_bytes() {
                found.push(number);
            }
        }
    }
    Some(found)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(topics: &[(&str, &[i32])]) -> Vec<u8> {
        let mut bytes = [&0_i16.to_be_bytes()[..], &(topics.len() as i32).to_be_bytes()].concat();
        for (name, numbers) in topics {
            bytes.extend((name.len() as i16).to_be_bytes());
            bytes.extend(name.as_bytes());
            bytes.extend((numbers.len() as i32).to_be_bytes());
            numbers.iter().for_each(|number| bytes.extend(number.to_be_bytes()));
        }
        bytes.extend((-1_i32).to_be_bytes());
        bytes
    }

    #[test]
    fn an_assignment_is_read_and_one_that_is_cut_off_is_none() {
        let whole = assignment(&[("usage", &[0, 3]), ("profiles", &[0, 3, 4])]);
        assert_eq!(partitions(&whole, "usage"), Some(vec![0, 3]));
        assert_eq!(partitions(&whole, "profiles"), Some(vec![0, 3, 4]));
        assert_eq!(partitions(&whole, "others"), Some(vec![]));
        for end in 0..whole.len() - 4 {
            assert_eq!(partitions(&whole[..end], "usage"), None, "{end}");
        }
    }

    #[test]
    fn a_member_is_found_where_it_says_or_where_brokers_see_it() {
        let member =
            |client_id: &str, host: &str| Member { client_id: client_id.to_owned(), host: host.to_owned() };
        for (client_id, host, address) in [
            ("app", "10.0.0.7", None),
            ("app@10.0.0.9:80", "10.0.0.7", Some("10.0.0.9:80")),
            ("app@:80", "10.0.0.7", Some("10.0.0.7:80")),
            ("app@:80", "fe80::1", Some("[fe80::1]:80")),
            ("a@b@host:80", "10.0.0.7", Some("host:80")),
        ] {
            assert_eq!(member(client_id, host).address().as_deref(), address, "{client_id}");
        }
    }
}
