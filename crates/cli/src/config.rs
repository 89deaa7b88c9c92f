//! Configuration of a pipeline: a file, environment variables over it, flags over both (SPEC 7.4).

mod api;
mod domains;
pub mod formats;
pub mod secrets;
pub mod traces;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use springtide_core::event::Topic;
use springtide_core::time::{Millis, parse_rfc3339};
use springtide_runtime::partitioner::Placing;
use springtide_runtime::{Names, Settings};
use springtide_store::Budget;

use crate::args::{ConnectionArgs, RunArgs, duration};
use crate::command::logs::LogFormat;
use crate::failure::Failure;
use crate::text::note;

/// Every setting with its default and what it is for; `run --print-config` shows it.
pub const DEFAULTS: &str = include_str!("../../../deploy/springtide.toml");

/// The configuration file. Every key may be left out; an unknown one is an error.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    bootstrap_servers: Option<String>,
    application_id: Option<String>,
    state_dir: Option<PathBuf>,
    rules: Option<PathBuf>,
    commit_interval: Option<String>,
    commit_records: Option<usize>,
    resident_mib: Option<usize>,
    block_cache_mib: Option<usize>,
    write_buffer_mib: Option<usize>,
    threads: Option<usize>,
    instance_id: Option<String>,
    listen: Option<String>,
    log_format: Option<LogFormat>,
    api: Option<bool>,
    api_tokens: Option<PathBuf>,
    api_user_header: Option<String>,
    api_role_header: Option<String>,
    advertise: Option<String>,
    otlp_endpoint: Option<String>,
    standby_replicas: Option<usize>,
    by_domain: Option<bool>,
    domain_wait: Option<String>,
    public_domains: Option<Vec<String>>,
    max_future: Option<String>,
    idle_after: Option<String>,
    scrub_interval: Option<String>,
    until: Option<String>,
    emit_from: Option<String>,
    allowed_lateness: BTreeMap<String, String>,
    topics: BTreeMap<String, String>,
    partitioners: BTreeMap<String, String>,
    schema_registry: Option<String>,
    schema_registry_user: Option<String>,
    /// Any value: one that is not quoted is taken as it is, and no error shows it.
    schema_registry_password: Option<toml::Value>,
    schema_registry_password_file: Option<PathBuf>,
    formats: BTreeMap<String, String>,
    kafka: BTreeMap<String, toml::Value>,
}

/// It holds secrets, so it shows nothing.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").finish_non_exhaustive()
    }
}

const ID: &str = "springtide";
const SERVERS: &str = "localhost:9092";
const STATE_DIR: &str = "springtide-state";

fn wrong(key: &str, message: &str) -> Failure {
    Failure::Usage(format!("configuration: `{key}`: {message}"))
}

impl Config {
    /// Reads the file, where there is one.
    pub fn load(path: Option<&Path>) -> Result<Config, Failure> {
        let Some(path) = path else {
            return Ok(Config::default());
        };
        let text =
            std::fs::read_to_string(path).map_err(|e| Failure::File(path.to_owned(), e.to_string()))?;
        toml::from_str(&text)
            .map_err(|error| Failure::Usage(format!("{}: {}", path.display(), placed(&text, &error))))
    }

    /// The settings of a pipeline. `run` is missing where only a connection is needed.
    pub fn settings(&self, connection: &ConnectionArgs, run: Option<&RunArgs>) -> Result<Settings, Failure> {
        let or = |flag: &Option<String>, file: &Option<String>, default: &str| {
            flag.clone().or_else(|| file.clone()).unwrap_or_else(|| default.to_owned())
        };
        let servers = or(&connection.bootstrap_servers, &self.bootstrap_servers, SERVERS);
        let id = or(&connection.application_id, &self.application_id, ID);
        let mut settings = Settings { names: self.names()?, ..Settings::new(&servers, &id) };
        self.times(&mut settings)?;
        settings.by_domain = self.by_domain(connection, &id)?;
        self.partitioners(&mut settings)?;
        self.formats(connection, |name| std::env::var(name).ok(), &mut settings)?;
        settings.commit_records = self.commit_records.unwrap_or(settings.commit_records).max(1);
        settings.resident_bytes = self.resident_mib.map_or(settings.resident_bytes, |mib| mib << 20);
        settings.threads = self.threads.unwrap_or(settings.threads).max(1);
        settings.instance_id.clone_from(&self.instance_id);
        settings.standby_replicas = self.standby_replicas.unwrap_or(settings.standby_replicas);
        self.kafka(connection, &mut settings)?;
        if let Some(args) = run {
            settings.until = args.until.or(settings.until);
            settings.emit_from = args.emit_from.or(settings.emit_from);
            settings.until_caught_up = args.until_caught_up;
            settings.threads = args.threads.unwrap_or(settings.threads).max(1);
            settings.instance_id = args.instance_id.clone().or(settings.instance_id);
            settings.traces_url =
                traces::url(args, self.otlp_endpoint.as_deref(), |name| std::env::var(name).ok())?;
            args.allowed_lateness.iter().for_each(|(topic, ms)| settings.lateness.0[topic.index()] = *ms);
        }
        Ok(settings)
    }

    /// librdkafka's settings; what stands later goes over what stood before.
    fn kafka(&self, connection: &ConnectionArgs, settings: &mut Settings) -> Result<(), Failure> {
        let file = self.kafka.iter().map(|(key, value)| (key.clone(), plain(value)));
        settings.kafka.extend(secrets::resolved("configuration, [kafka]", file)?);
        let lines = std::env::var(secrets::VARIABLE).unwrap_or_default();
        settings.kafka.extend(secrets::of_texts("environment, SPRINGTIDE_SET", "line", lines.lines())?);
        let flags = connection.set.iter().map(String::as_str);
        settings.kafka.extend(secrets::of_texts("flags, --set", "number", flags)?);
        if let Some(warning) = secrets::exposed(&connection.set) {
            note(format_args!("springtide: {warning}"));
        }
        Ok(())
    }

    fn times(&self, settings: &mut Settings) -> Result<(), Failure> {
        let length = |key: &str, text: &Option<String>| -> Result<Option<Millis>, Failure> {
            text.as_deref().map(|text| duration(text).map_err(|message| wrong(key, &message))).transpose()
        };
        let instant = |key: &str, text: &Option<String>| -> Result<Option<Millis>, Failure> {
            let expected = || wrong(key, "expected a time such as 2026-03-02T09:30:00Z");
            text.as_deref().map(|text| parse_rfc3339(text).ok_or_else(expected)).transpose()
        };
        let as_duration = |ms: Millis| Duration::from_millis(ms.unsigned_abs());
        if let Some(text) = &self.commit_interval {
            let ms = text.strip_suffix("ms").and_then(|count| count.parse().ok());
            let interval = match ms {
                Some(ms) => Duration::from_millis(ms),
                None => as_duration(duration(text).map_err(|message| wrong("commit_interval", &message))?),
            };
            settings.commit_interval = interval.max(Duration::from_millis(1));
        }
        settings.max_future_ms = length("max_future", &self.max_future)?.unwrap_or(settings.max_future_ms);
        settings.idle_after =
            length("idle_after", &self.idle_after)?.map_or(settings.idle_after, as_duration);
        settings.scrub_interval =
            length("scrub_interval", &self.scrub_interval)?.map_or(settings.scrub_interval, as_duration);
        settings.until = instant("until", &self.until)?;
        settings.emit_from = instant("emit_from", &self.emit_from)?;
        for (name, text) in &self.allowed_lateness {
            let key = format!("allowed_lateness.{name}");
            let topic = Topic::from_name(name).ok_or_else(|| wrong(&key, "no such topic"))?;
            settings.lateness.0[topic.index()] = duration(text).map_err(|message| wrong(&key, &message))?;
        }
        Ok(())
    }

    fn partitioners(&self, settings: &mut Settings) -> Result<(), Failure> {
        for (name, partitioner) in &self.partitioners {
            let key = format!("partitioners.{name}");
            let topic = Topic::from_name(name).ok_or_else(|| wrong(&key, "no such topic"))?;
            let placing = Placing::from_name(partitioner);
            settings.partitioners[topic.index()] =
                placing.ok_or_else(|| wrong(&key, "expected murmur2, crc32, fnv1a or custom"))?;
        }
        Ok(())
    }

    fn names(&self) -> Result<Names, Failure> {
        let mut names = Names::default();
        for (default, name) in &self.topics {
            let place = match default.as_str() {
                "expansion-opportunities" => &mut names.opportunities,
                "expansion-opportunities-latest" => &mut names.latest,
                "springtide-dead-letter" => &mut names.dead_letter,
                "springtide-late" => &mut names.late,
                springtide_runtime::domains::TOPIC => continue,
                other => match Topic::from_name(other) {
                    Some(topic) => &mut names.input[topic.index()],
                    None => return Err(wrong(&format!("topics.{other}"), "no such topic")),
                },
            };
            place.clone_from(name);
        }
        Ok(names)
    }

    /// The folder of the rules that the file names.
    pub fn folder(&self) -> Option<&Path> {
        self.rules.as_deref()
    }

    /// Where the rules are; the default pack where nobody says.
    pub fn rules<'a>(&'a self, args: &'a RunArgs) -> Option<&'a Path> {
        args.rules.as_deref().or(self.folder())
    }

    /// Where to answer over HTTP; nowhere where nobody says.
    pub fn listen<'a>(&'a self, args: &'a RunArgs) -> Option<&'a str> {
        args.listen.as_deref().or(self.listen.as_deref())
    }

    /// How lines of the log are written.
    pub fn log_format(&self, args: &RunArgs) -> LogFormat {
        args.log_format.or(self.log_format).unwrap_or_default()
    }

    /// How much memory the store may take.
    pub fn store_budget(&self) -> Budget {
        let default = Budget::default();
        Budget {
            block_cache_bytes: self.block_cache_mib.map_or(default.block_cache_bytes, |mib| mib << 20),
            write_buffer_bytes: self.write_buffer_mib.map_or(default.write_buffer_bytes, |mib| mib << 20),
        }
    }

    /// Where the state is.
    pub fn state_dir(&self, args: &RunArgs) -> PathBuf {
        args.state_dir.clone().or_else(|| self.state_dir.clone()).unwrap_or_else(|| STATE_DIR.into())
    }
}

/// What is wrong and in which line, but not the line itself: it may hold a password.
fn placed(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use springtide_runtime::ByDomain;

    use super::*;

    #[test]
    fn the_file_of_defaults_says_what_the_code_does() {
        let file: Config = toml::from_str(DEFAULTS).unwrap();
        let (from_file, built_in) = (file.settings(&ConnectionArgs::default(), None), Config::default());
        let built_in = built_in.settings(&ConnectionArgs::default(), None);
        assert_eq!(format!("{:?}", from_file.unwrap()), format!("{:?}", built_in.unwrap()));
        assert_eq!(file.state_dir, Some(STATE_DIR.into()));
        assert_eq!(file.store_budget(), Budget::default());
        assert_eq!((file.listen, file.log_format), (None, Some(LogFormat::default())));
    }

    #[test]
    fn signals_by_domain_are_routed_as_the_file_says_and_flags_over_it() {
        let by = |text: &str, by_domain: bool| {
            let config: Config = toml::from_str(text).unwrap();
            let connection = ConnectionArgs { by_domain, ..ConnectionArgs::default() };
            config.settings(&connection, None).map(|settings| settings.by_domain)
        };
        let default = ByDomain::new(ID);
        assert_eq!(by(DEFAULTS, false).unwrap(), None);
        assert_eq!(by(DEFAULTS, true).unwrap(), Some(default.clone()), "the file says what the code does");
        assert_eq!(by("by_domain = true", false).unwrap(), Some(default.clone()));
        let more = "application_id = 'x'\nby_domain = true\ndomain_wait = '90s'\npublic_domains = ['Web.example']\n\
                    [topics]\nbusiness-signals-by-domain = 'news'";
        let found = by(more, false).unwrap().unwrap();
        assert_eq!((&*found.topic, &*found.waiting), ("news", "x-domains-waiting"));
        assert!(found.public.has("web.example") && !found.public.has("gmail.com"));
        assert_eq!(found.wait, Duration::from_secs(90));
        for (text, part) in [
            ("domain_wait = '1w'", "`domain_wait`"),
            ("public_domains = ['a.example', 'com']", "`com` is no domain"),
        ] {
            let said = by(text, true).unwrap_err().to_string();
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn mistakes_in_the_file_are_told_by_line_and_without_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("springtide.toml");
        for (text, part) in [
            ("# x\nschema_registry_password = s3cret", "line 2: "),
            ("bootstrap_server = 's3cret'", "line 1: unknown field `bootstrap_server`"),
            ("[kafka]\n\n\"sasl.password\" = 's3cret", "line 3: "),
        ] {
            std::fs::write(&path, text).unwrap();
            let said = Config::load(Some(&path)).unwrap_err().to_string();
            assert!(said.contains(part) && !said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn flags_go_over_the_files_settings_whichever_of_them_names_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "filed\n").unwrap();
        let filed = format!("file.sasl.password={}", path.display());
        let in_file = format!("[kafka]\n\"file.sasl.password\" = {path:?}");
        for (file, flag, expected) in [
            ("[kafka]\n\"sasl.password\" = 1234", &*filed, "filed"),
            (&in_file, "sasl.password=plain", "plain"),
            (&in_file, "acks=all", "filed"),
        ] {
            let config: Config = toml::from_str(file).unwrap();
            let connection = ConnectionArgs { set: vec![flag.to_owned()], ..ConnectionArgs::default() };
            let settings = config.settings(&connection, None).unwrap();
            assert_eq!(settings.kafka.get("sasl.password"), Some(expected), "{file} {flag}");
            assert!(!format!("{settings:?} {config:?}").contains(expected));
        }
    }

    #[test]
    fn unknown_keys_and_bad_values_are_refused() {
        assert!(toml::from_str::<Config>("bootstrap_server = 'x'").is_err());
        for text in [
            "max_future = '1w'",
            "until = 'soon'",
            "allowed_lateness = { news = '1d' }",
            "topics = { x = 'y' }",
            "partitioners = { product-usage = 'random' }",
            "partitioners = { x = 'murmur2' }",
        ] {
            let config: Config = toml::from_str(text).unwrap();
            assert!(config.settings(&ConnectionArgs::default(), None).is_err(), "{text}");
        }
    }
}
