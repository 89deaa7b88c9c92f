//! What processes cost: CPU time and memory, of this one and of children.

use std::mem::MaybeUninit;
use std::time::Duration;

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// CPU time in user mode.
    pub user: Duration,
    /// CPU time in the kernel.
    pub system: Duration,
    /// The largest resident size, in bytes.
    pub peak_bytes: u64,
}

impl Cost {
    /// What this process has used so far, all threads.
    pub fn of_this_process() -> Cost {
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: the kernel fills the struct it is given; zeroes are a good one should it refuse.
        let usage = unsafe {
            libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
            usage.assume_init()
        };
        Cost::from(&usage)
    }

    /// CPU seconds.
    pub fn cpu_seconds(&self) -> f64 {
        (self.user + self.system).as_secs_f64()
    }
}

impl From<&libc::rusage> for Cost {
    fn from(usage: &libc::rusage) -> Cost {
        let time = |value: libc::timeval| {
            Duration::new(value.tv_sec.unsigned_abs(), value.tv_usec.unsigned_abs() as u32 * 1_000)
        };
        Cost {
            user: time(usage.ru_utime),
            system: time(usage.ru_stime),
            peak_bytes: usage.ru_maxrss.unsigned_abs() * 1_024,
        }
    }
}

/// CPU time of the calling thread.
pub fn thread_cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel fills the struct it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
