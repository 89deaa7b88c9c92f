//! The Helm chart: what it makes conforms to Kubernetes, is closed as far as can be, and is what `springtide` understands.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use springtide_tests::broker::repository;
use springtide_tests::process::{Ended, Process};
use springtide_tests::program::springtide;
use springtide_tests::tool;
use springtide_tests::yaml::documents;

const SECRETS: &str = "/run/secrets/springtide";

fn chart() -> PathBuf {
    repository().join("deploy/helm/springtide")
}

/// The files of values that the chart is tried with.
fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> =
        fs::read_dir(chart().join("ci")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn render(values: &Path) -> Option<Ended> {
    tool::xtask("helm", &[OsStr::new("render"), values.as_os_str()])
}

/// What the chart makes with a file of values; `None` where Helm is not to be had.
fn made(values: &Path) -> Option<Vec<Value>> {
    Some(documents(render(values)?.well().text()))
}

fn case(name: &str) -> Option<Vec<Value>> {
    made(&chart().join(format!("ci/{name}-values.yaml")))
}

fn kinds(made: &[Value]) -> Vec<&str> {
    made.iter().filter_map(|one| one["kind"].as_str()).collect()
}

fn of_kind<'m>(made: &'m [Value], kind: &str) -> &'m Value {
    made.iter().find(|one| one["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

fn pod(made: &[Value]) -> &Value {
    &of_kind(made, "StatefulSet")["spec"]["template"]["spec"]
}

/// The text of springtide.toml.
fn config(made: &[Value]) -> &str {
    made.iter().find_map(|one| one["data"]["springtide.toml"].as_str()).expect("a configuration")
}

/// Fails unless `springtide run` takes a configuration: it then ends at a state directory that can't be.
///
/// # Panics
/// That is how it fails.
pub fn must_be_understood(config: &str, rules: Option<&Path>) {
    let folder = tempfile::tempdir().unwrap();
    for secret in ["ca.pem", "kafka-password", "registry-password"] {
        fs::write(folder.path().join(secret), "secret").unwrap();
    }
    let file = folder.path().join("springtide.toml");
    fs::write(&file, config.replace(SECRETS, folder.path().to_str().unwrap())).unwrap();
    let state = file.join("state");
    let mut args: Vec<OsString> = vec!["run".into(), "--config".into(), file.clone().into()];
    args.extend(["--state-dir".into(), state.clone().into()]);
    args.extend(rules.into_iter().flat_map(|rules| ["--rules".into(), rules.into()]));
    args.push("--listen=127.0.0.1:0".into());
    let said = Process::start(springtide().as_os_str(), &args).finish().refused(1);
    assert!(said.contains(state.to_str().unwrap()), "{said}\n{config}");
}

#[test]
fn kubernetes_takes_what_the_chart_makes() {
    let Some(said) = tool::xtask("helm", &["conform"]) else { return };
    let said = said.well();
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(said.text().contains(&format!("conforms: {name}\n")), "{name}: {}", said.text());
    }
}

#[test]
fn no_pod_has_a_token_root_or_a_place_to_write_but_its_state() {
    for case in cases() {
        let Some(made) = made(&case) else { return };
        for owner in made
            .iter()
            .filter(|one| ["StatefulSet", "Job", "CronJob"].iter().any(|kind| one["kind"] == *kind))
        {
            let job = owner["spec"].get("jobTemplate").unwrap_or(owner);
            let pod = &job["spec"]["template"]["spec"];
            assert_eq!(pod["automountServiceAccountToken"], false);
            assert!(
                pod["securityContext"]["runAsNonRoot"] == true
                    && pod["securityContext"]["runAsUser"] == 10001
            );
            assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
            for container in pod["containers"].as_array().unwrap() {
                let closed = &container["securityContext"];
                assert!(
                    closed["readOnlyRootFilesystem"] == true && closed["allowPrivilegeEscalation"] == false
                );
                assert_eq!(closed["capabilities"]["drop"], serde_json::json!(["ALL"]));
                assert!(container["resources"]["limits"]["memory"].is_string(), "{container}");
                let mounts = container["volumeMounts"].as_array().unwrap().iter();
                let open: Vec<&Value> = mounts.filter(|mount| mount["readOnly"] != true).collect();
                assert!(open.iter().all(|mount| mount["name"] == "state"), "{open:?}");
            }
        }
        let account = made.iter().find(|one| one["kind"] == "ServiceAccount");
        assert!(account.is_none_or(|account| account["automountServiceAccountToken"] == false));
    }
}

#[test]
fn an_instance_is_named_after_its_pod_and_keeps_its_volume() {
    let Some(made) = case("minimal") else { return };
    let set = of_kind(&made, "StatefulSet");
    let container = &pod(&made)["containers"][0];
    let env =
        |name: &str| container["env"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(env("SPRINGTIDE_INSTANCE_ID")["valueFrom"]["fieldRef"]["fieldPath"], "metadata.name");
    let claim = &set["spec"]["volumeClaimTemplates"][0]["metadata"]["name"];
    let mount =
        container["volumeMounts"].as_array().unwrap().iter().find(|one| one["name"] == *claim).unwrap();
    let state = env("SPRINGTIDE_STATE_DIR")["value"].as_str().unwrap();
    assert!(Path::new(state).starts_with(mount["mountPath"].as_str().unwrap()), "{state}");
    let stop = pod(&made)["terminationGracePeriodSeconds"].as_i64().unwrap();
    assert!(stop >= 30, "{stop}");
    let probe = |name: &str| container[name]["httpGet"]["path"].as_str().unwrap();
    assert_eq!(
        ["startupProbe", "livenessProbe", "readinessProbe"].map(probe),
        ["/startupz", "/livez", "/readyz"]
    );
    let port = env("SPRINGTIDE_LISTEN")["value"].as_str().unwrap().rsplit(':').next().unwrap().parse::<i64>();
    assert_eq!(container["ports"][0]["containerPort"], port.unwrap());
}

/// README.md, "Memory": 64 MiB + 64 a thread + 2 × resident + block cache + 1.5 × write buffers, 32 while state comes back.
#[test]
fn the_limit_of_memory_allows_for_the_settings() {
    for name in ["minimal", "everything", "keda", "tls-sasl"] {
        let Some(made) = case(name) else { return };
        let config = config(&made).to_owned();
        let set = |key: &str| {
            let text = config.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = ")).unwrap();
            text.parse::<f64>().unwrap()
        };
        let [threads, resident, cache, buffer] =
            ["threads", "resident_mib", "block_cache_mib", "write_buffer_mib"].map(set);
        let most = 64.0 + 64.0 * threads + 2.0 * resident + cache + 1.5 * buffer + 32.0;
        let limit = pod(&made)["containers"][0]["resources"]["limits"]["memory"].as_str().unwrap().to_owned();
        let unit = if limit.ends_with("Gi") { 1024.0 } else { 1.0 };
        let limit = limit.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<f64>().unwrap() * unit;
        assert!(limit > most, "{name}: {limit} MiB, where the settings come to {most}");
    }
}

#[test]
fn springtide_understands_the_configuration_that_the_chart_writes() {
    for case in cases() {
        let Some(made) = made(&case) else { return };
        let folder = tempfile::tempdir().unwrap();
        let rules = made.iter().filter_map(|one| one["data"].as_object()).flatten();
        let rules: Vec<_> = rules.filter(|(name, _)| name.ends_with(".yaml")).collect();
        for (name, text) in &rules {
            fs::write(folder.path().join(name), text.as_str().unwrap()).unwrap();
        }
        must_be_understood(config(&made), (!rules.is_empty()).then_some(folder.path()));
    }
}

/// Numbers, lists and texts with every sign that TOML or JSON wants escaped.
#[test]
fn the_configuration_says_what_the_values_say() {
    let Some(made) = case("everything") else { return };
    let program = "import json,sys,tomllib; print(json.dumps(tomllib.loads(sys.argv[1])))";
    let said = tool::run(OsStr::new("python3"), &["-c", program, config(&made)]).well();
    let said: Value = serde_json::from_str(said.text()).unwrap();
    let values = fs::read_to_string(chart().join("ci/everything-values.yaml")).unwrap();
    let values = documents(&values).remove(0);
    for (key, value) in values["config"].as_object().unwrap() {
        assert_eq!(&said[key], value, "{key}");
    }
}

#[test]
fn secrets_come_as_files_that_the_group_alone_reads() {
    let Some(made) = case("tls-sasl") else { return };
    let volume = pod(&made)["volumes"].as_array().unwrap().iter().find(|one| one["name"] == "files").unwrap();
    let text = volume.to_string();
    assert!(text.contains("springtide-kafka") && volume["projected"]["defaultMode"] == 440, "{text}");
    let config = config(&made);
    for file in ["file.sasl.password\" = \"", "schema_registry_password_file = \""] {
        let named = config.split(file).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let name = named.strip_prefix(SECRETS).unwrap().trim_start_matches('/');
        assert!(text.contains(&format!("\"path\":\"{name}\"")), "{name}: {text}");
    }
}

#[test]
fn one_of_the_autoscalers_is_made_and_then_nobody_fixes_the_number() {
    for (name, expected) in
        [("minimal", None), ("everything", Some("HorizontalPodAutoscaler")), ("keda", Some("ScaledObject"))]
    {
        let Some(made) = case(name) else { return };
        let scalers = kinds(&made);
        let scalers: Vec<&&str> = scalers
            .iter()
            .filter(|kind| ["HorizontalPodAutoscaler", "ScaledObject"].contains(kind))
            .collect();
        assert_eq!(scalers, expected.iter().collect::<Vec<_>>());
        assert_eq!(of_kind(&made, "StatefulSet")["spec"]["replicas"].is_null(), expected.is_some());
    }
    let Some(made) = case("keda") else { return };
    let trigger = &of_kind(&made, "ScaledObject")["spec"]["triggers"][0];
    assert!(trigger["metadata"]["query"].as_str().unwrap().contains("springtide_lag_seconds{"), "{trigger}");
}

#[test]
fn similar_is_a_job_of_each_day_whose_flags_springtide_takes() {
    let Some(made) = case("minimal") else { return };
    assert!(!kinds(&made).contains(&"CronJob"), "it is off by default");
    let Some(made) = case("everything") else { return };
    let job = of_kind(&made, "CronJob");
    assert_eq!(
        (&job["spec"]["schedule"], &job["spec"]["timeZone"]),
        (&"15 */12 * * *".into(), &"Etc/UTC".into())
    );
    let container = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    let args = container["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap().into());
    let mut args: Vec<OsString> = args.collect();
    assert_eq!(args, ["similar", "--min-peers=50", "--most=3"]);
    // Flags are looked at before anything else: what is missing is a file.
    args.push("nowhere.jsonl".into());
    let said = Process::start(springtide().as_os_str(), &args).finish().refused(1);
    assert!(said.contains("nowhere.jsonl"), "{said}");
}

#[test]
fn the_network_is_open_to_the_ports_that_are_configured() {
    let Some(made) = case("everything") else { return };
    let policy = of_kind(&made, "NetworkPolicy").to_string();
    for port in [53, 9092, 9094, 9095, 8081, 4318, 3128] {
        assert!(policy.contains(&format!("\"port\":{port}")), "{port}: {policy}");
    }
    // Who signs people in may ask, and one instance another.
    let peers = r#"{"podSelector":{"matchLabels":{"app.kubernetes.io/"#;
    assert!(policy.contains(r#""app":"sign-in""#) && policy.matches(peers).count() == 2, "{policy}");
    let Some(made) = case("tls-sasl") else { return };
    let policy = of_kind(&made, "NetworkPolicy").to_string();
    assert!(
        policy.contains("\"port\":443")
            && !policy.contains(r#""to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/"#)
    );
    let Some(made) = case("keda") else { return };
    assert!(!kinds(&made).contains(&"NetworkPolicy"));
}

#[test]
fn the_alerts_are_those_of_deploy() {
    let of = |path: PathBuf| {
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let there = of(repository().join("deploy/prometheus/alerts.yaml"));
    let copy = of(chart().join("files/alerts.yaml"));
    assert!(there == copy, "cp deploy/prometheus/alerts.yaml deploy/helm/springtide/files/");
    let Some(made) = case("everything") else { return };
    assert_eq!(of_kind(&made, "PrometheusRule")["spec"], documents(&there)[0]);
}

#[test]
fn values_that_make_no_sense_are_refused_by_name() {
    let good = "config: { bootstrap_servers: \"kafka:9092\" }";
    for (values, word) in [
        ("replicas: 2".to_owned(), "bootstrap_servers"),
        ("config: { bootstrap_servers: kafka }".to_owned(), "bootstrap_servers"),
        (format!("{good}\nreplica: 2"), "replica"),
        (format!("{good}\nterminationGracePeriodSeconds: 10"), "terminationGracePeriodSeconds"),
        ("config: { bootstrap_servers: \"kafka:9092\", state_dir: /tmp }".to_owned(), "state_dir"),
        (
            "config: { bootstrap_servers: \"kafka:9092\", kafka: { sasl.password: x } }".to_owned(),
            "sasl.password",
        ),
        (
            "config: { bootstrap_servers: \"kafka:9092\", schema_registry_password: x }".to_owned(),
            "schema_registry_password",
        ),
        (format!("{good}\nfiles: {{ ca.pem: {{ secret: x }} }}"), "ca.pem"),
        (format!("{good}\nsimilar: {{ schedule: daily }}"), "schedule"),
        (format!("{good}\nautoscaling: {{ kind: vpa }}"), "kind"),
        (format!("{good}\npersistence: {{ accessModes: [ReadWriteMany] }}"), "accessModes"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("values.yaml");
        fs::write(&file, &values).unwrap();
        let Some(said) = render(&file) else { return };
        assert!(!said.status.success() && said.stderr.contains(word), "{values}: {}", said.stderr);
    }
}
