//! Who watches a pipeline while it is drilled: a Prometheus with the alerts in haste, the dashboards, and the runbooks.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use springtide_tests::prometheus::{Prometheus, has_a_number};
use springtide_tests::wait;

use super::instance::Instance;
use super::rules::Rules;
use crate::{dashboards, runbooks};

/// How often it scrapes, and looks at the rules.
const EVERY: &str = "500ms";

/// A fault, as far as somebody who is woken by it sees it.
pub struct Fault<'f> {
    /// The alert that is to fire.
    pub alert: &'static str,
    /// The labels that name what is at fault; each must stand in the alert's description.
    pub names: &'f [(&'f str, &'f str)],
    /// Panels of the alert's section in the runbooks, with what a person sees there: a query's end, such as `> 5`.
    pub shows: &'f [(&'static str, &'static str)],
    /// What the section says that the log has.
    pub says: &'f [&'static str],
}

/// An alert that is firing.
#[derive(Clone, Debug)]
pub struct Firing {
    name: String,
    labels: BTreeMap<String, String>,
    description: String,
}

/// A Prometheus in haste.
pub struct Watch {
    prometheus: Prometheus,
    job: &'static str,
    factor: u32,
    /// What has been drilled.
    drilled: Vec<&'static str>,
    /// The alerts that it looks at.
    is_seen: fn(&str) -> bool,
    _rules: Rules,
}

static RUNBOOKS: LazyLock<BTreeMap<String, String>> = LazyLock::new(runbooks::sections);

impl Watch {
    /// Begins to watch instances as a job, for all alerts but those on the disk: others write to that of this machine.
    pub fn start(job: &'static str, addresses: &[&str], factor: u32) -> Watch {
        let is_seen = |alert: &str| !alert.starts_with("SpringtideDisk");
        Watch::start_for(job, addresses, factor, is_seen)
    }

    /// The same for some alerts alone. What waits for minutes would wait for less, by a large factor, than what the
    /// pipeline itself asks for every five seconds.
    pub fn start_for(job: &'static str, addresses: &[&str], factor: u32, is_seen: fn(&str) -> bool) -> Watch {
        let rules = Rules::faster(factor);
        let prometheus = Prometheus::start_every(EVERY, job, addresses, &rules.path());
        let watch = Watch { prometheus, job, factor, drilled: Vec::new(), is_seen, _rules: rules };
        // It finds those whom it scrapes seconds after its start, which are minutes here.
        watch.sees("springtide_build_info");
        watch.is_calm();
        watch
    }

    /// Waits until all has been well for as long as this stands for, such as `15m`, and none of the alerts fired.
    pub fn is_calm_for(&self, real: &str) {
        let window = super::rules::milliseconds(real) / u64::from(self.factor);
        let flow = format!("(sum(increase(springtide_events_total[5s])))[{window}ms:500ms]");
        // The first scrapes are none yet.
        let enough = (window / 500).saturating_sub(2).max(2);
        let query = format!("min_over_time({flow}) > 0 and count_over_time({flow}) >= {enough}");
        let mut fired = Vec::new();
        self.until(&format!("input flows for {real}"), Duration::from_secs(240), || {
            fired.extend(self.firing());
            self.has(&query)
        });
        assert!(fired.is_empty(), "{}: alerts fire while all is well: {:#?}", self.job, fired.first());
        self.say(&format!("all is well, for {real} / {}", self.factor));
    }

    /// Waits until no alert fires.
    pub fn is_calm(&self) {
        self.until("no alert fires", wait::DEADLINE, || self.firing().is_empty());
    }

    /// Whether an alert does not fire; that it can, and does not yet, is the first half of a drill.
    pub fn is_quiet(&self, alert: &str) {
        let firing: Vec<Firing> = self.firing().into_iter().filter(|firing| firing.name == alert).collect();
        assert!(firing.is_empty(), "{alert} fires before its fault: {firing:#?}");
    }

    /// Waits until the alert of a fault fires, names what is at fault and nothing else, and the dashboard and the log
    /// show what the runbook says that they do.
    pub fn fires(&mut self, fault: &Fault<'_>, instance: &Instance<'_>) {
        let (began, alert) = (Instant::now(), fault.alert);
        let mut seen = Vec::new();
        self.until(&format!("{alert} fires for {:?}", fault.names), wait::DEADLINE, || {
            seen = self.firing();
            let mut own = seen.iter().filter(|firing| firing.name == alert).peekable();
            own.peek().is_some() && {
                own.for_each(|firing| firing.must_be_of(self.job, fault));
                true
            }
        });
        let others: Vec<&str> =
            seen.iter().map(|firing| &*firing.name).filter(|name| *name != alert).collect();
        let took = began.elapsed().as_secs_f64();
        self.say(&format!("{alert}: fires after {took:.1} s for {:?}; also: {others:?}", fault.names));
        self.runbook_leads(fault, instance);
        self.drilled.push(alert);
    }

    /// Waits until an alert fires no more.
    pub fn resolves(&self, alert: &str) {
        let began = Instant::now();
        self.until(&format!("{alert} is resolved"), wait::DEADLINE, || {
            self.firing().iter().all(|firing| firing.name != alert)
        });
        self.say(&format!("{alert}: resolved after {:.1} s", began.elapsed().as_secs_f64()));
    }

    /// Fails unless exactly these were drilled.
    pub fn ends(mut self, alerts: &[&'static str]) {
        let mut alerts = alerts.to_vec();
        alerts.sort_unstable();
        self.drilled.sort_unstable();
        assert_eq!(self.drilled, alerts, "{}: what was drilled, and what is said that it drills", self.job);
    }

    /// The value of a query that has one.
    pub fn value(&self, query: &str) -> Option<f64> {
        let found = self.prometheus.query(query).unwrap();
        found.first()?["value"][1].as_str()?.parse().ok()
    }

    /// Waits until a query has an answer.
    pub fn sees(&self, query: &str) {
        self.until(query, wait::DEADLINE, || self.has(query));
    }

    /// Fails unless every panel that the runbook sends one to has something to show, the fault is to be seen where it says,
    /// and the log says what it quotes.
    fn runbook_leads(&self, fault: &Fault<'_>, instance: &Instance<'_>) {
        let (alert, section) = (fault.alert, &RUNBOOKS[fault.alert]);
        let panels = runbooks::panels_of(section);
        for panel in &panels {
            let is_exempt = |(of, title, _): &(&str, &str, &str)| *of == alert && is_titled(panel, title);
            if super::EMPTY.iter().any(is_exempt) {
                continue;
            }
            for query in queries_of(panel) {
                let query = sent(&query, self.job);
                self.until(&format!("{alert}: **{panel}** shows something: {query}"), wait::DEADLINE, || {
                    self.has(&query)
                });
            }
        }
        for (title, end) in fault.shows {
            let panel = panels.iter().find(|panel| is_titled(panel, title));
            let panel =
                panel.unwrap_or_else(|| panic!("{alert} does not send one to **{title}**: {panels:?}"));
            let queries: Vec<String> =
                queries_of(panel).iter().map(|query| format!("({}) {end}", sent(query, self.job))).collect();
            let shown = || queries.iter().any(|query| self.has(query));
            self.until(&format!("{alert}: **{panel}** {end}"), wait::DEADLINE, shown);
        }
        let quoted = runbooks::quoted_by(section);
        for line in fault.says {
            assert!(
                quoted.iter().any(|quoted| quoted == line),
                "{alert} does not quote log `{line}`: {quoted:?}"
            );
            self.until(&format!("the log says `{line}`"), wait::DEADLINE, || instance.log().contains(line));
        }
    }

    fn has(&self, query: &str) -> bool {
        has_a_number(&self.prometheus.query(query).unwrap_or_else(|error| panic!("{query}: {error}")))
    }

    fn firing(&self) -> Vec<Firing> {
        let answer = self.prometheus.ask("/api/v1/alerts");
        let all = answer["data"]["alerts"].as_array().expect("a list of alerts");
        let firing = all.iter().filter(|alert| alert["state"] == "firing").map(Firing::of);
        firing.filter(|firing| (self.is_seen)(&firing.name)).collect()
    }

    fn until(&self, what: &str, patience: Duration, mut so: impl FnMut() -> bool) {
        let deadline = Instant::now() + patience;
        while !so() {
            assert!(
                Instant::now() < deadline,
                "{}: waited until {what}, in vain; firing: {:?}",
                self.job,
                self.firing().iter().map(|firing| (&firing.name, &firing.labels)).collect::<Vec<_>>()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn say(&self, what: &str) {
        println!("{} (× {}): {what}", self.job, self.factor);
    }
}

impl Firing {
    fn of(alert: &Value) -> Firing {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let labels = alert["labels"].as_object().expect("labels");
        Firing {
            name: text(&alert["labels"]["alertname"]),
            labels: labels.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            description: text(&alert["annotations"]["description"]),
        }
    }

    fn must_be_of(&self, job: &str, fault: &Fault<'_>) {
        for (label, value) in [&[("job", job)], fault.names].concat() {
            assert_eq!(self.labels.get(label).map_or("", |value| value), value, "{label} of {self:#?}");
            assert!(self.description.contains(value), "{value} is not named: {self:#?}");
        }
    }
}

/// Whether a dashboard and a panel's title are those of this title.
fn is_titled(panel: &str, title: &str) -> bool {
    panel.split(" › ").nth(1).is_some_and(|own| own.eq_ignore_ascii_case(title))
}

/// The queries of a panel, by its dashboard and title.
fn queries_of(panel: &str) -> Vec<String> {
    let all = dashboards::all();
    let queries = all.iter().flat_map(dashboards::Dashboard::queries);
    queries.filter(|query| query.place.eq_ignore_ascii_case(panel)).map(|query| query.text).collect()
}

/// A panel's query as Grafana sends it, less the 0 that stands in for what is not there.
fn sent(query: &str, job: &str) -> String {
    let query = query.replace("$application", job).replace("$instance", ".+");
    // As where one looks at an hour or more: a fault is there for some seconds of it.
    query.replace("$__rate_interval", "3m").replace("$__range", "5m").replace(" or vector(0)", "")
}
