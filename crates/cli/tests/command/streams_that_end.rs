//! Readers that leave, and disks that fill up: an answer, never a panic.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::history::{content, generated, opening};
use crate::tool::{Folder, Ran, run, springtide};

/// One call of each command that prints.
fn calls(folder: &Folder) -> Vec<Vec<String>> {
    let file = folder.file("mixed.jsonl", content(&opening()));
    let call = |args: &str| args.split(' ').map(str::to_owned).collect::<Vec<String>>();
    vec![
        [call("replay"), vec![file.clone()]].concat(),
        [call("replay --revisions"), vec![file.clone()]].concat(),
        [call("replay --as-arrived --revisions"), vec![file.clone()]].concat(),
        [call("explain --account acme"), vec![file]].concat(),
        call("check"),
        call("check --json"),
        call("generate --accounts 20 --days 20"),
        call("completion bash"),
        call("completion zsh"),
        call("run --print-config"),
    ]
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let folder = Folder::new();
    for args in calls(&folder) {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran: Ran = springtide().args(&args).stdout(writer).output().unwrap().into();
        ran.calm();
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn an_output_that_is_full_is_said() {
    let folder = Folder::new();
    for args in calls(&folder) {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ran: Ran = springtide().args(&args).stdout(full).output().unwrap().into();
        let want = "springtide: can't write to standard output: No space left on device (os error 28)\n";
        assert_eq!(ran.failed(1), want, "{args:?}");
    }
}

#[test]
fn messages_that_can_t_be_written_change_nothing() {
    let folder = Folder::new();
    let file = folder.file("mixed.jsonl", [b"oops\n".to_vec(), content(&opening())].concat());
    let want = run(["replay", &file]).good();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ran: Ran = springtide().args(["replay", &file]).stderr(full).output().unwrap().into();
    assert_eq!(ran.good(), want);
}

#[test]
fn no_room_for_temporary_files_is_said() {
    let folder = Folder::new();
    let file = folder.file("mixed.jsonl", content(&generated(40, 60)));
    let nowhere = folder.at("nowhere");
    let ran: Ran = springtide().args(["replay", &file]).env("TMPDIR", &nowhere).output().unwrap().into();
    let said = ran.failed(1);
    assert!(said.contains("the temporary folder: No such file") && said.contains("TMPDIR"), "{said}");
    // A file may have 50 KB: what is sorted has more.
    let limited = "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell
        .args(["-c", limited, env!("CARGO_BIN_EXE_springtide"), "replay", &file])
        .env_remove("SPRINGTIDE_RULES");
    let ran: Ran = shell.stdin(Stdio::null()).output().unwrap().into();
    let said = ran.failed(1);
    assert!(
        said.contains("can't sort in the temporary folder: File too large") && said.contains("TMPDIR"),
        "{said}"
    );
}

#[test]
fn nothing_is_left_in_the_temporary_folder() {
    let (folder, own) = (Folder::new(), Folder::new());
    let file = folder.file("mixed.jsonl", content(&generated(40, 60)));
    for mode in [None, Some("--as-arrived")] {
        let mut command = springtide();
        command.args(["replay", &file]).args(mode).env("TMPDIR", own.path());
        let ran: Ran = command.output().unwrap().into();
        assert!(!ran.good().is_empty());
        assert_eq!(fs::read_dir(own.path()).unwrap().count(), 0, "{mode:?}");
    }
}
