//! Are the topics set so that nothing is lost: what is set aside fits, and what is kept is kept long enough?
//! (SPEC sections 2, 5, 6)

use springtide_core::event::Topic;
use springtide_core::time::Millis;

use crate::brokers::Described;
use crate::clients;
use crate::layout::Findings;
use crate::settings::Settings;

/// What a record that is set aside has more than it had: headers that say whence it came, and why.
const HEADER_BYTES: i64 = 64 * 1024;
/// A limit for what is set aside that few sources reach: as much as the producer takes, and headers.
const ASIDE_BYTES: i64 = 100 * 1024 * 1024 + HEADER_BYTES;

/// The limit with which topics are made that take any record of a source, and of the changelog.
pub(crate) fn aside_bytes(settings: &Settings, described: &Described) -> i64 {
    largest_source(settings, described)
        .map_or(ASIDE_BYTES, |(_, bytes)| ASIDE_BYTES.max(bytes + HEADER_BYTES))
}

/// Checks the topics' settings, as far as they are told.
pub(crate) fn check(settings: &Settings, described: &Described) -> Findings {
    let changelog = settings.changelog();
    let waiting = settings.by_domain.as_ref().and_then(|by| rows_not_kept(&by.waiting, described));
    let problems = sizes(settings, described).into_iter().chain(not_compacted(&changelog, described));
    let problems = problems.chain(waiting);
    let warnings = lag(settings, described).into_iter().collect();
    Findings { problems: problems.collect(), warnings, ..Findings::default() }
}

/// How long a compacted topic's tombstones stay, where that is told.
pub(crate) fn tombstones_stay_ms(name: &str, described: &Described) -> Option<Millis> {
    number(described, name, "delete.retention.ms")
}

fn text<'a>(described: &'a Described, name: &str, key: &str) -> Option<&'a str> {
    described.get(name)?.get(key).map(String::as_str)
}

fn number(described: &Described, name: &str, key: &str) -> Option<i64> {
    text(described, name, key)?.parse().ok()
}

/// The input topic that takes the largest records, and how large they may be.
fn largest_source<'a>(settings: &'a Settings, described: &Described) -> Option<(&'a str, i64)> {
    let by_domain = settings.by_domain.iter().map(|by| &by.topic);
    let names = settings.names.input.iter().chain(by_domain);
    let sources =
        names.filter_map(|name| Some((name.as_str(), number(described, name, "max.message.bytes")?)));
    sources.max_by_key(|(_, bytes)| *bytes)
}

/// One bad record must never stop a partition, however large it is.
fn sizes(settings: &Settings, described: &Described) -> Vec<String> {
    let Some((source, largest)) = largest_source(settings, described) else {
        return Vec::new();
    };
    let (names, needed) = (&settings.names, largest + HEADER_BYTES);
    let too_small =
        |name: &&String| number(described, name, "max.message.bytes").is_some_and(|own| own < needed);
    let waiting = settings.by_domain.iter().map(|by| &by.waiting);
    let asides = [&names.dead_letter, &names.late].into_iter().chain(waiting).filter(too_small);
    let mut problems: Vec<String> = asides
        .map(|name| {
            format!(
                "topic `{name}` takes too small records for what may be set aside: `{source}` has records of up to \
                 {largest} bytes, and headers are added; set max.message.bytes of `{name}` to {needed} or more"
            )
        })
        .collect();
    let ours = clients::largest_record(settings);
    if ours < needed {
        problems.push(format!(
            "topic `{source}` has records of up to {largest} bytes, more than this pipeline writes with headers; \
             set `\"producer.message.max.bytes\" = {needed}` or more under [kafka]"
        ));
    }
    problems
}

/// A changelog that is not compacted, or whose records end, is no copy of the state.
fn not_compacted(changelog: &str, described: &Described) -> Option<String> {
    let policy = text(described, changelog, "cleanup.policy").filter(|policy| *policy != "compact")?;
    Some(format!(
        "changelog topic `{changelog}` has cleanup.policy={policy}, by which the state's copy would be lost; set \
         cleanup.policy=compact"
    ))
}

/// What waits is kept for as long as it does.
fn rows_not_kept(waiting: &str, described: &Described) -> Option<String> {
    let policy = text(described, waiting, "cleanup.policy").filter(|policy| *policy != "compact")?;
    Some(format!(
        "topic `{waiting}` has cleanup.policy={policy}, by which signals that wait would be lost; set \
         cleanup.policy=compact"
    ))
}

/// A profile's versions may be compacted away while events of their time can still come.
fn lag(settings: &Settings, described: &Described) -> Option<String> {
    let profiles = settings.names.of(Topic::AccountProfiles);
    let others = settings.names.input.iter().filter(|name| *name != profiles);
    let forever = |ms: i64| if ms < 0 { i64::MAX } else { ms };
    let longest = others.filter_map(|name| number(described, name, "retention.ms")).map(forever).max()?;
    let lag = number(described, profiles, "min.compaction.lag.ms").filter(|lag| *lag < longest)?;
    Some(format!(
        "topic `{profiles}`: min.compaction.lag.ms is {lag}, less than the {longest} for which the other input topics \
         keep records; profile versions may be lost before events of their time are read; raise it"
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::domains::ByDomain;

    fn settings() -> Settings {
        Settings::new("localhost:9092", "test")
    }

    fn told(topics: &[(&str, &[(&str, &str)])]) -> Described {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let entries =
            |entries: &[(&str, &str)]| -> HashMap<String, String> { entries.iter().map(owned).collect() };
        topics.iter().map(|(name, told)| ((*name).to_owned(), entries(told))).collect()
    }

    fn bytes(source: &'static str, aside: &'static str) -> Described {
        told(&[
            ("product-usage", &[("max.message.bytes", source)]),
            ("business-signals", &[("max.message.bytes", "5")]),
            ("springtide-dead-letter", &[("max.message.bytes", aside)]),
        ])
    }

    #[test]
    fn what_is_set_aside_must_fit() {
        let settings = settings();
        assert_eq!(check(&settings, &bytes("1048576", "1114112")), Findings::default());
        let by_domain = Settings { by_domain: Some(ByDomain::new("test")), ..settings.clone() };
        let mut larger = bytes("1048576", "1114112");
        larger.extend(told(&[("business-signals-by-domain", &[("max.message.bytes", "2000000")])]));
        larger.extend(told(&[("test-domains-waiting", &[("max.message.bytes", "2065535")])]));
        let said = check(&by_domain, &larger).problems;
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[1].ends_with("of `test-domains-waiting` to 2065536 or more"), "{said:?}");
        let said = check(&settings, &bytes("1048576", "1114111")).problems;
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("topic `springtide-dead-letter` takes too small records"), "{said:?}");
        assert!(said[0].ends_with("to 1114112 or more"), "{said:?}");
        let said = check(&settings, &bytes("104857600", "104923136")).problems;
        assert!(said[0].contains("\"producer.message.max.bytes\" = 104923136"), "{said:?}");
    }

    #[test]
    fn new_topics_take_what_the_largest_source_does() {
        assert_eq!(aside_bytes(&settings(), &Described::new()), 104_923_136);
        assert_eq!(aside_bytes(&settings(), &bytes("1048576", "1")), 104_923_136);
        assert_eq!(aside_bytes(&settings(), &bytes("209715200", "1")), 209_780_736);
    }

    #[test]
    fn a_changelog_must_be_compacted_and_nothing_else() {
        for (policy, problems) in [("compact", 0), ("delete", 1), ("compact,delete", 1)] {
            let described = told(&[("test-changelog", &[("cleanup.policy", policy)])]);
            assert_eq!(check(&settings(), &described).problems.len(), problems, "{policy}");
            let by_domain = Settings { by_domain: Some(ByDomain::new("test")), ..settings() };
            let described = told(&[("test-domains-waiting", &[("cleanup.policy", policy)])]);
            assert_eq!(check(&by_domain, &described).problems.len(), problems, "{policy}");
        }
    }

    #[test]
    fn profiles_must_outlast_events() {
        for (retention, lag, warnings) in [("10", "10", 0), ("10", "9", 1), ("-1", "9", 1)] {
            let described = told(&[
                ("business-signals", &[("retention.ms", retention)]),
                ("account-profiles", &[("min.compaction.lag.ms", lag), ("retention.ms", "100")]),
            ]);
            assert_eq!(check(&settings(), &described).warnings.len(), warnings, "{retention} {lag}");
        }
    }
}
