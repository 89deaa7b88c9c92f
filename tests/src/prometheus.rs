//! A Prometheus that scrapes what a test runs, and answers its queries.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::http::get;
use crate::process::Process;

/// A Prometheus that runs.
pub struct Prometheus {
    address: String,
    /// For its words, should it end.
    process: Process,
    _folder: TempDir,
}

impl Prometheus {
    /// Starts one that scrapes addresses each second as a job, and follows a file of rules as often.
    ///
    /// # Panics
    /// Where it is missing, or does not start.
    pub fn start(job: &str, addresses: &[&str], rules: &Path) -> Prometheus {
        Prometheus::start_every("1s", job, addresses, rules)
    }

    /// The same as often as is said, such as `200ms`.
    ///
    /// # Panics
    /// As [`Prometheus::start`].
    pub fn start_every(every: &str, job: &str, addresses: &[&str], rules: &Path) -> Prometheus {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global: {{ scrape_interval: {every}, evaluation_interval: {every}, scrape_timeout: {every} }}\n\
             rule_files: [{:?}]\n\
             scrape_configs: [{{ job_name: {job}, static_configs: [{{ targets: {addresses:?} }}] }}]\n",
            rules.display().to_string()
        );
        fs::write(&config, text).unwrap();
        let args = [
            "-c".to_owned(),
            // Process starts what is there; this says what is missing.
            "command -v prometheus >/dev/null || { echo 'prometheus is not on the PATH; install it (apt-get install \
             prometheus)' >&2; exit 127; }; exec prometheus \"$@\""
                .to_owned(),
            "prometheus".to_owned(),
            format!("--config.file={}", config.display()),
            format!("--storage.tsdb.path={}", folder.path().join("data").display()),
            "--web.listen-address=127.0.0.1:0".to_owned(),
        ];
        let mut process = Process::start(OsStr::new("sh"), &args);
        process.await_word("Server is ready to receive web requests");
        let said = r#"msg="Listening on" address="#;
        let stderr = process.stderr();
        let address = stderr.split_once(said).and_then(|(_, rest)| rest.lines().next());
        let address = address.expect("it says where it listens").trim().to_owned();
        Prometheus { address, process, _folder: folder }
    }

    /// What it answers to a query now: by labels, values.
    ///
    /// # Errors
    /// What it finds wrong with the query.
    ///
    /// # Panics
    /// Where it does not answer.
    pub fn query(&self, query: &str) -> Result<Vec<Value>, String> {
        let answer: Value = self.ask(&format!("/api/v1/query?query={}", encoded(query)));
        match answer["data"]["result"].as_array() {
            Some(result) => Ok(result.clone()),
            None => Err(answer["error"].to_string()),
        }
    }

    /// Its answer below a path of its interface.
    ///
    /// # Panics
    /// Where there is none.
    pub fn ask(&self, path: &str) -> Value {
        let body = get(&self.address, path).body;
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    /// Waits until a query has an answer with a number in it.
    ///
    /// # Panics
    /// Where it has none in time.
    pub fn await_some(&mut self, query: &str) {
        let address = self.address.clone();
        self.process.await_that(&format!("`{query}` has an answer"), |_| {
            let path = format!("/api/v1/query?query={}", encoded(query));
            let answer: Value = serde_json::from_str(&get(&address, &path).body).unwrap_or_default();
            answer["data"]["result"].as_array().is_some_and(|result| has_a_number(result))
        });
    }
}

/// Whether one of the values that a query has for an answer is a number.
pub fn has_a_number(result: &[Value]) -> bool {
    let number = |series: &Value| series["value"][1].as_str().and_then(|text| text.parse::<f64>().ok());
    result.iter().filter_map(number).any(|number| !number.is_nan())
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut so_far, byte| {
        if byte.is_ascii_alphanumeric() {
            so_far.push(byte.into());
        } else {
            let _written = write!(so_far, "%{byte:02X}");
        }
        so_far
    })
}
