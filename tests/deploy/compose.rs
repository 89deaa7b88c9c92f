//! The Compose file: what it names is there, its parts agree about ports, and Compose's own parser takes it.

use std::ffi::OsStr;
use std::fs;

use serde_json::Value;
use springtide_tests::broker::repository;
use springtide_tests::tool;
use springtide_tests::yaml::documents;

use crate::helm::must_be_understood;

fn parsed(path: &str) -> Value {
    documents(&fs::read_to_string(repository().join("deploy").join(path)).unwrap()).remove(0)
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn services(compose: &Value) -> impl Iterator<Item = (&String, &Value)> {
    compose["services"].as_object().unwrap().iter()
}

#[test]
fn compose_understands_the_file() {
    let file = repository().join("deploy/compose.yaml");
    let Some(said) = tool::xtask("helm", &[OsStr::new("compose"), file.as_os_str()]) else { return };
    let said = documents(said.well().text()).remove(0);
    let (understood, written) = (said["services"].as_object().unwrap(), parsed("compose.yaml"));
    assert!(understood.keys().eq(written["services"].as_object().unwrap().keys()), "{understood:?}");
}

#[test]
fn images_are_named_by_version_and_what_is_mounted_is_there() {
    let compose = parsed("compose.yaml");
    for (name, service) in services(&compose) {
        let tag = service["image"].as_str().and_then(|image| image.split_once(':')).unwrap().1;
        assert!(tag.contains('.'), "{name}: `{tag}` may be another image tomorrow");
        for mount in texts(&service["volumes"]) {
            let from = mount.split(':').next().unwrap();
            let there = match from.starts_with('.') {
                true => repository().join("deploy").join(from).exists() && mount.ends_with(":ro"),
                false => compose["volumes"].as_object().unwrap().contains_key(from),
            };
            assert!(there, "{name}: {mount}");
        }
        for on in service["depends_on"].as_object().into_iter().flat_map(|on| on.keys()) {
            let other = &compose["services"][on];
            let ends = service["depends_on"][on]["condition"] == "service_completed_successfully";
            assert!(other.is_object() && (ends || other["healthcheck"].is_object()), "{name}: {on}");
        }
    }
}

#[test]
fn ports_are_open_to_this_machine_alone_and_each_once() {
    let compose = parsed("compose.yaml");
    let mut taken: Vec<String> = Vec::new();
    for (name, service) in services(&compose) {
        for port in texts(&service["ports"]) {
            let outside = port.strip_prefix("127.0.0.1:").unwrap_or_else(|| panic!("{name}: {port}"));
            taken.push(outside.split(':').next().unwrap().to_owned());
        }
    }
    let all = taken.len();
    taken.sort();
    taken.dedup();
    assert!(all >= 5 && taken.len() == all, "{taken:?}");
}

#[test]
fn springtide_may_write_its_state_and_nothing_else() {
    let compose = parsed("compose.yaml");
    for name in ["springtide", "topics"] {
        let service = &compose["services"][name];
        assert!(service["read_only"] == true && service["user"] == "10001:10001", "{service}");
        assert_eq!(
            (texts(&service["cap_drop"]), texts(&service["security_opt"])),
            (vec!["ALL"], vec!["no-new-privileges:true"])
        );
    }
    assert_eq!(compose["services"]["springtide"]["stop_grace_period"], "60s");
}

/// Each asks where the other listens.
#[test]
fn the_parts_agree_where_the_others_are() {
    let compose = parsed("compose.yaml");
    let config = fs::read_to_string(repository().join("deploy/compose/springtide.toml")).unwrap();
    let kafka = &compose["services"]["kafka"]["environment"];
    let advertised = kafka["KAFKA_ADVERTISED_LISTENERS"].as_str().unwrap();
    let inside =
        config.split("bootstrap_servers = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(advertised.contains(&format!("//{inside},")), "{advertised} {inside}");
    let within = |service: &str| {
        let ports = texts(&compose["services"][service]["ports"]);
        ports[0].rsplit(':').next().unwrap().to_owned()
    };
    assert!(advertised.ends_with(&format!("localhost:{}", within("kafka"))), "{advertised}");
    assert!(config.contains(&format!("http://registry:{}/apis/ccompat/v7", within("registry"))), "{config}");
    assert!(config.contains(&format!("listen = \"0.0.0.0:{}\"", within("springtide"))), "{config}");
    let scraped = parsed("compose/prometheus.yml");
    let target = format!("springtide:{}", within("springtide"));
    assert_eq!(texts(&scraped["scrape_configs"][0]["static_configs"][0]["targets"]), [target]);
    let source = parsed("compose/grafana/datasources/prometheus.yaml");
    assert_eq!(source["datasources"][0]["url"], format!("http://prometheus:{}", within("prometheus")));
    let mounts = texts(&compose["services"]["grafana"]["volumes"]);
    let boards = parsed("compose/grafana/dashboards/springtide.yaml");
    let path = boards["providers"][0]["options"]["path"].as_str().unwrap();
    assert!(mounts.contains(&&*format!("./grafana:{path}:ro")), "{mounts:?}");
    let (rules, mounts) =
        (texts(&scraped["rule_files"]), texts(&compose["services"]["prometheus"]["volumes"]));
    assert!(
        mounts.contains(&"./prometheus:/etc/prometheus/rules:ro")
            && rules == ["/etc/prometheus/rules/alerts.yaml"]
    );
}

#[test]
fn springtide_and_prometheus_understand_their_configuration() {
    must_be_understood(
        &fs::read_to_string(repository().join("deploy/compose/springtide.toml")).unwrap(),
        None,
    );
    let file = repository().join("deploy/compose/prometheus.yml");
    let args = ["check", "config", "--syntax-only"].map(OsStr::new);
    tool::run(OsStr::new("promtool"), &[&args[..], &[file.as_os_str()]].concat()).well();
}
