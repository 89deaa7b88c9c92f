//! The network between instances and brokers: a proxy in front of a broker's listener, which tells its address as its
//! own. It can be slow, thin, cut or a black hole, for all who come by it.
//!
//! Written here, since a ready one (toxiproxy) would need Go wherever this runs.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, sleep};
use std::time::Duration;

/// What the network does to what passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    #[default]
    Calm,
    /// Each piece of at most `PIECE` bytes comes so much later, and takes its time by so many bytes a second.
    Slow {
        /// How much later.
        later: Duration,
        /// Bytes a second.
        bytes_per_second: u32,
    },
    /// Connections end, and none comes about.
    Cut,
    /// Nothing arrives any more, and nobody is told.
    BlackHole,
}

/// What is passed on at once.
const PIECE: usize = 16 << 10;
/// How often it is looked whether a black hole has closed.
const LOOK: Duration = Duration::from_millis(20);

#[derive(Default)]
struct State {
    weather: Weather,
    /// Both ends of what passes now.
    passing: Vec<[Arc<TcpStream>; 2]>,
}

/// A proxy that ends with its process.
#[derive(Clone)]
pub struct Link {
    /// Where it listens.
    pub port: u16,
    state: Arc<Mutex<State>>,
}

/// One that has a port, but does not know yet what stands behind it.
pub struct Unlinked(TcpListener);

impl Unlinked {
    /// Takes a port.
    ///
    /// # Panics
    /// Where there is none.
    pub fn take() -> Unlinked {
        Unlinked(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// The port.
    ///
    /// # Panics
    /// Where the system does not say.
    pub fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    /// From now on it passes on to this port.
    pub fn to(self, behind: u16) -> Link {
        let link = Link { port: self.port(), state: Arc::default() };
        let state = Arc::clone(&link.state);
        thread::spawn(move || {
            for near in self.0.incoming().flatten() {
                let state = Arc::clone(&state);
                // Reaching a broker may take a while, and others come meanwhile.
                thread::spawn(move || join(near, behind, &state));
            }
        });
        link
    }
}

impl Link {
    /// From now on the network is so.
    pub fn set(&self, weather: Weather) {
        let mut state = held(&self.state);
        state.weather = weather;
        if weather == Weather::Cut {
            state.passing.drain(..).for_each(|ends| end(&ends));
        }
    }
}

fn held(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A socket that is closed already is as it should be.
fn end(ends: &[Arc<TcpStream>; 2]) {
    for socket in ends {
        let _ = socket.shutdown(Shutdown::Both);
    }
}

fn join(near: TcpStream, behind: u16, state: &Arc<Mutex<State>>) {
    while held(state).weather == Weather::BlackHole {
        sleep(LOOK);
    }
    let Ok(far) = TcpStream::connect(("127.0.0.1", behind)) else { return };
    let ends = [near, far].map(Arc::new);
    for socket in &ends {
        // Without it small pieces wait for each other, which is slower and no more.
        let _ = socket.set_nodelay(true);
    }
    {
        let mut state = held(state);
        if state.weather == Weather::Cut {
            return;
        }
        // Those that ended by themselves are let go of here.
        state.passing.retain(|ends| ends.iter().all(|socket| socket.peer_addr().is_ok()));
        state.passing.push(ends.clone());
    }
    for [from, to] in [[0, 1], [1, 0]] {
        let (ends, state) = (ends.clone(), Arc::clone(state));
        thread::spawn(move || {
            // However it ends, both ways end.
            let _ = pass(&ends[from], &ends[to], &state);
            end(&ends);
        });
    }
}

fn pass(mut from: &TcpStream, mut to: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        travel(read, state);
        to.write_all(&piece[..read])?;
    }
}

/// Takes as long as the weather wants for so many bytes.
fn travel(bytes: usize, state: &Mutex<State>) {
    loop {
        let weather = held(state).weather;
        match weather {
            Weather::BlackHole => sleep(LOOK),
            Weather::Slow { later, bytes_per_second } => {
                let passing = Duration::from_secs_f64(bytes as f64 / f64::from(bytes_per_second.max(1)));
                return sleep(later + passing);
            }
            Weather::Calm | Weather::Cut => return,
        }
    }
}
