//! The allocator, of librdkafka and RocksDB too: what is let go returns to the system soon.
//!
//! With glibc's arenas, a process that several threads allocate in holds twice what lives in it, and more with every
//! hour. What is kept ready here is little: few arenas, and pages for a fortieth of a second; a fifth of one was 40 MiB at
//! full speed, and spared next to nothing.

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// A string of C, which jemalloc looks for by name.
#[repr(transparent)]
pub struct Conf(*const u8);

// SAFETY: it points to a constant, and nobody writes.
unsafe impl Sync for Conf {}

/// `MALLOC_CONF` in the environment goes over it.
#[unsafe(export_name = "malloc_conf")]
pub static CONF: Conf = Conf(
    c"background_thread:true,narenas:4,dirty_decay_ms:25,muzzy_decay_ms:0,tcache_max:4096".as_ptr().cast(),
);
