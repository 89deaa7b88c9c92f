//! `change` and its page.

use std::fs;
use std::path::Path;

use crate::tool::run;

/// Flags of every command that talks to Kafka, which are documented elsewhere.
const CONNECTION: [&str; 8] = [
    "--config",
    "--bootstrap-servers",
    "--application-id",
    "--schema-registry",
    "--format",
    "--by-domain",
    "--set",
    "--help",
];

#[test]
fn every_flag_of_a_change_is_in_its_documentation() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/change.md");
    let page = fs::read_to_string(path).unwrap();
    let help = run(["change", "--help"]).good();
    let flags =
        help.lines().filter_map(|line| line.trim().trim_start_matches("-h, ").split([' ', '=']).next());
    let own: Vec<&str> = flags
        .filter(|flag| flag.starts_with("--") && !CONNECTION.contains(flag) && *flag != "--version")
        .collect();
    assert!(own.contains(&"--unjustified") && own.len() >= 7, "{own:?}");
    own.iter().for_each(|flag| assert!(page.contains(*flag), "docs/change.md lacks {flag}"));
}
