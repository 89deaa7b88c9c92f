//! docs/similar.md quotes what is measured, and the limits that hold.

use std::path::Path;

use springtide_similar::Limits;

#[path = "../examples/measure.rs"]
mod measure;

fn page() -> String {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    std::fs::read_to_string(Path::new(&package).join("../../docs/similar.md")).expect("docs/similar.md")
}

#[test]
fn the_table_is_what_the_measure_prints() {
    let table = measure::lines().join("\n");
    assert!(page().contains(&format!("\n\n{table}\n\n")), "xtask/similar prints another table:\n{table}");
}

#[test]
fn the_limits_are_the_defaults() {
    let Limits { min_peers, min_owners, min_support, min_lift, most } = Limits::DEFAULT;
    let page = page().replace('\n', " ");
    for words in [
        format!("fewer than {min_peers} peers (`--min-peers`, 5 or more)"),
        format!("fewer than {min_owners} owners   (`--min-owners`)"),
        format!("support below {min_support} (`--min-support`)"),
        format!("lift below {min_lift} (`--min-lift`)"),
    ] {
        assert!(page.contains(&words), "{words}");
    }
    assert_eq!(most, 1, "One product an account");
}
