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

/// The least limit of the process' control group and those above it, or else the machine's memory, in bytes.
fn memory_limit(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let limit = |group: &Path| {
        let text = fs::read_to_string(root.join("sys/fs/cgroup").join(group).join("memory.max")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    // The last of its ancestors is the empty path.
    Path::new(own).ancestors().filter_map(limit).chain(machine_memory(root)).min()
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
        for (files, limit) in [
            (vec![], None),
            (vec![machine], Some(2 << 20)),
            (vec![machine, own, max(below, "max\n")], Some(2 << 20)),
            (vec![machine, own, max(below, "1000\n")], Some(1_000)),
            (vec![machine, own, max(below, "1000\n"), max(above, "900\n")], Some(900)),
            (vec![machine, max("sys/fs/cgroup/memory.max", "7\n")], Some(7)),
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
