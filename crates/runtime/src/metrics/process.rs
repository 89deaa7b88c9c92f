//! What the system says of the process, and what it lets it have.

use std::fs;
use std::path::Path;

use prometheus::Registry;
use prometheus::process_collector::ProcessCollector;

use super::table;

/// The usual figures of a process, and how much memory it may have.
pub(super) fn register(registry: &Registry) -> Result<(), prometheus::Error> {
    registry.register(Box::new(ProcessCollector::for_self()))?;
    let limit = table::MEMORY_LIMIT.gauges()?;
    if let Some(bytes) = memory_limit(Path::new("/")) {
        limit.with_label_values(&[] as &[&str]).set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
    registry.register(Box::new(limit))
}

/// Both kinds of control groups: what stands before a process' own in its list, where they are, and where their limit is.
const HIERARCHIES: [(&str, &str, &str); 2] =
    [("0::/", "sys/fs/cgroup", "memory.max"), (":memory:/", "sys/fs/cgroup/memory", "memory.limit_in_bytes")];

/// The least limit of the process' control group and those above it, or else the machine's memory, in bytes.
fn memory_limit(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = HIERARCHIES.iter().flat_map(|(named, folder, file)| {
        let of_line = |line: &'_ str| line.split_once(named).map(|(_, own)| own.to_owned());
        let own = groups.lines().find_map(of_line).unwrap_or_default();
        let limit = |group: &Path| {
            let text = fs::read_to_string(root.join(folder).join(group).join(file)).ok()?;
            text.trim().parse::<u64>().ok()
        };
        // The last of its ancestors is the empty path.
        Path::new(&own).ancestors().filter_map(limit).collect::<Vec<_>>()
    });
    limits.chain(machine_memory(root)).min()
}

fn machine_memory(root: &Path) -> Option<u64> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let kib = text.lines().find_map(|line| line.strip_prefix("MemTotal:")?.strip_suffix("kB"));
    Some(kib?.trim().parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_least_limit_above_a_process_counts() {
        let machine = ("proc/meminfo", "MemTotal:       2048 kB\nMemFree: 1 kB\n");
        let own = ("proc/self/cgroup", "0::/pods/one\n");
        let max = |group, bytes| (group, bytes);
        let (above, below) = ("sys/fs/cgroup/pods/memory.max", "sys/fs/cgroup/pods/one/memory.max");
        let older = ("proc/self/cgroup", "9:cpu:/one\n8:memory:/pods/one\n0::/\n");
        let (alone, none) = (
            "sys/fs/cgroup/memory/pods/one/memory.limit_in_bytes",
            "sys/fs/cgroup/memory/memory.limit_in_bytes",
        );
        for (files, limit) in [
            (vec![], None),
            (vec![machine], Some(2 << 20)),
            (vec![machine, own, max(below, "max\n")], Some(2 << 20)),
            (vec![machine, own, max(below, "1000\n")], Some(1_000)),
            (vec![machine, own, max(below, "1000\n"), max(above, "900\n")], Some(900)),
            (vec![machine, max("sys/fs/cgroup/memory.max", "7\n")], Some(7)),
            (vec![machine, older, max(alone, "800\n"), max(none, "9223372036854771712\n")], Some(800)),
            (vec![machine, max(none, "9223372036854771712\n")], Some(2 << 20)),
        ] {
            let root = tempfile::tempdir().unwrap();
            for (name, text) in BTreeMap::from_iter(files) {
                let path = root.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            assert_eq!(memory_limit(root.path()), limit);
        }
    }
}
