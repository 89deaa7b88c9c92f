//! The pipeline's allocator, set as the pipeline sets it, so that limits are measured with the same one.

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
    c"background_thread:true,narenas:4,dirty_decay_ms:200,muzzy_decay_ms:0,tcache_max:4096".as_ptr().cast(),
);
