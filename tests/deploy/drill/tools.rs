//! The commands of the runbooks, run as they stand there.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;

use springtide_tests::broker::Broker;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::process::{Ended, Process};
use springtide_tests::program::springtide;
use springtide_tests::tool;
use tempfile::TempDir;

/// Kafka's commands, and the classes that they run.
const CLASSES: [(&str, &str); 6] = [
    ("kafka-configs.sh", "kafka.admin.ConfigCommand"),
    ("kafka-consumer-groups.sh", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"),
    ("kafka-get-offsets.sh", "org.apache.kafka.tools.GetOffsetShell"),
    ("kafka-log-dirs.sh", "org.apache.kafka.tools.LogDirsCommand"),
    ("kafka-topics.sh", "org.apache.kafka.tools.TopicCommand"),
    ("kafka-transactions.sh", "org.apache.kafka.tools.TransactionsCommand"),
];

/// A shell in which the commands of the runbooks are, and what they use is set.
pub struct Tools {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
}

impl Tools {
    /// For a pipeline of the tests' broker.
    pub fn of(pipeline: &Pipeline, application: &str) -> Tools {
        let libs = tool::xtask("kafka", &["fetch"]).expect("Kafka's jars").well();
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, line: &str| {
            let path = folder.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{line}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        };
        for (name, class) in CLASSES {
            let java = "exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx200m -cp";
            put(name, &format!("{java} '{}/*' {class} \"$@\"", libs.text().trim()));
        }
        put("springtide", &format!("exec '{}' \"$@\"", springtide().display()));
        let path = std::env::var("PATH").unwrap_or_default();
        let settings = vec![
            ("PATH", format!("{}:{path}", folder.path().display())),
            ("KAFKA", Broker::shared().bootstrap.clone()),
            ("APP", application.to_owned()),
        ];
        let config = folder.path().join("springtide.toml");
        fs::copy(pipeline.config(), config).unwrap();
        Tools { folder, settings }
    }

    /// Runs a command, which must end well.
    pub fn run(&self, command: &str) -> String {
        let ended = self.try_run(command).well();
        format!("{}{}", ended.text(), ended.stderr)
    }

    /// Where the transaction begins that is open in a topic of one partition, as an operator finds it.
    pub fn first_offset(&self, topic: &str) -> String {
        let ask = "kafka-transactions.sh --bootstrap-server $KAFKA describe-producers --partition 0 --topic";
        let said = self.run(&format!("{ask} {topic}"));
        let offset = |line: &str| line.split_whitespace().nth(5)?.parse::<i64>().ok();
        // Those of springtide itself are over within moments, and begin later.
        let first = said.lines().skip(1).filter_map(offset).filter(|offset| *offset >= 0).min();
        first.unwrap_or_else(|| panic!("no transaction is open: {said}")).to_string()
    }

    fn try_run(&self, command: &str) -> Ended {
        let settings: Vec<(&str, &str)> =
            self.settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let folder = self.folder.path().display();
        let args: [OsString; 2] = ["-ec".into(), format!("cd '{folder}' && {command}").into()];
        Process::start_with(OsStr::new("bash"), &args, &settings).finish()
    }
}
