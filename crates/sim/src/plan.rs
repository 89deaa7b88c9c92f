//! What happens to the processes: faults, by seed, each at its instant.

use springtide_core::event::Topic;

use crate::random::Random;
use crate::stage::Micros;

/// How many processes there are at most.
pub const PROCESSES: u64 = 3;
/// Topics that may lose a leader: the input, the output and the changelog.
pub const TOPICS: usize = Topic::ALL.len() + 3;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A process is killed where it stands, and started again.
    Kill(usize),
    /// A process is killed right after its next transaction was committed, before its disk has it.
    CrashAfterCommit(usize),
    /// A process is killed in the midst of writing to its disk, after so many steps.
    CrashInWrite(usize, u64),
    /// A process is killed, and its disk is lost.
    LoseDisk(usize),
    /// A machine loses its power: the process is killed, and of its disk's last writes some are gone.
    LosePower(usize),
    /// A process is told to end, and started again later.
    Stop(usize),
    /// A process is told to end, what is compacted is, and it is started again soon.
    Restart(usize),
    /// A process stands still for a while.
    Pause(usize, Micros),
    /// A process stands still for a while just before it begins its next transaction.
    Stall(usize, Micros),
    /// A process can't reach the broker for a while.
    Cut(usize, Micros),
    /// A partition of the topic of this number has no leader for a while: those of the input, opportunities, the latest
    /// ones, the changelog.
    LoseLeader(usize, i32, Micros),
    /// A process' disk is full for a while.
    FillDisk(usize, Micros),
    /// Markers of transactions take so long from here on.
    SlowMarkers(Micros),
    /// The topics that are compacted, are.
    Compact,
    /// The wall clock is put forward by so many minutes.
    Jump(i64),
}

/// A plan: when what goes wrong.
pub type Plan = Vec<(Micros, Fault)>;

/// A plan for so long.
pub fn plan(random: &mut Random, until: Micros) -> Plan {
    let count = 2 + random.below(22);
    let mut plan: Plan = (0..count).map(|_| (random.below(until), fault(random))).collect();
    plan.sort_by_key(|(at, _)| *at);
    plan
}

fn fault(random: &mut Random) -> Fault {
    let process = random.below(PROCESSES) as usize;
    let mut seconds = |most: u64| 1_000_000 + random.below(most * 1_000_000);
    match seconds(100) % 28 {
        0..=2 => Fault::Kill(process),
        3 | 4 => Fault::CrashAfterCommit(process),
        5 => Fault::LoseDisk(process),
        6 | 7 => Fault::Stop(process),
        8 => Fault::Pause(process, seconds(25)),
        9 => Fault::Stall(process, seconds(25)),
        10 | 11 => Fault::Cut(process, seconds(25)),
        12 => Fault::FillDisk(process, seconds(5)),
        13 => Fault::SlowMarkers(seconds(4)),
        14 => Fault::Compact,
        22..=26 => Fault::CrashInWrite(process, 1 + seconds(100) % 20),
        19..=21 => Fault::Restart(process),
        15 | 16 => Fault::LosePower(process),
        17 | 18 => {
            let topic = (seconds(100) % TOPICS as u64) as usize;
            Fault::LoseLeader(topic, (seconds(100) % 5) as i32, seconds(12))
        }
        _ => Fault::Jump((seconds(90) / 1_000_000) as i64),
    }
}
