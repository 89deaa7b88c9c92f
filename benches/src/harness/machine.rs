//! On what and with what it was measured.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use springtide_core::time::{Millis, date_of, day_of};

/// Names and values, in the order in which they are told.
pub struct Machine {
    /// `2026-03-02`.
    pub date: String,
    /// Cores.
    pub cores: usize,
    /// All else.
    pub facts: Vec<(String, String)>,
}

impl Machine {
    /// Asks the system, and the commands that take part.
    pub fn look(root: &Path, springtide: &Path) -> Machine {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as Millis;
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let mut facts = vec![
            ("processor".to_owned(), line_of("/proc/cpuinfo", "model name")),
            ("cores".to_owned(), cores.to_string()),
            ("memory".to_owned(), line_of("/proc/meminfo", "MemTotal")),
            ("kernel".to_owned(), said("uname", &["-sr"])),
            (
                "revision".to_owned(),
                said("git", &["-C", &root.display().to_string(), "describe", "--always", "--dirty"]),
            ),
            ("springtide".to_owned(), said(&springtide.display().to_string(), &["--version"])),
            ("rustc".to_owned(), said("rustc", &["--version"])),
            ("librdkafka".to_owned(), rdkafka::util::get_rdkafka_version().1),
            ("java".to_owned(), said("java", &["-version"])),
        ];
        for (pom, what) in [
            ("tests/kafka/pom.xml", "broker: "),
            ("benches/peers/pom.xml", ""),
            ("benches/peers/flink/pom.xml", ""),
        ] {
            facts.extend(versions(&root.join(pom), what));
        }
        let (year, month, day) = date_of(day_of(now));
        Machine { date: format!("{year}-{month:02}-{day:02}"), cores, facts }
    }
}

fn line_of(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    line.unwrap_or("not known").trim().to_owned()
}

/// The first line of what a command says, on either output.
fn said(program: &str, arguments: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(arguments).output() else { return "not known".to_owned() };
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).lines().next().unwrap_or("not known").to_owned()
}

/// The properties of a pom that end in `.version`.
fn versions(pom: &Path, what: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(pom).unwrap_or_default();
    let property = |line: &str| {
        let (name, rest) = line.trim().strip_prefix('<')?.split_once(".version>")?;
        let (version, _) = rest.split_once('<')?;
        Some((format!("{what}{name}"), version.to_owned()))
    };
    text.lines().filter_map(property).collect()
}
