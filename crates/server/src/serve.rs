//! Listening, on a thread of its own: whoever asks, and however slowly, the pipeline goes on.

use std::fmt;
use std::future::IntoFuture;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use crate::routes::{Sources, router};

/// How long answers that have begun may take once the server is to end.
const GRACE: Duration = Duration::from_secs(1);

/// Why there is no server.
#[derive(Debug)]
pub enum ListenError {
    /// That is no address, or names a host that is not known.
    Address {
        /// What was asked for.
        address: String,
        /// Why not.
        error: io::Error,
    },
    /// Nobody can listen there, or not we.
    Listen {
        /// What was asked for.
        address: String,
        /// Why not.
        error: io::Error,
    },
    /// The system gives no thread.
    Thread(io::Error),
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenError::Address { address, error } => {
                write!(f, "can't listen on `{address}`: {error}; expected HOST:PORT, such as 0.0.0.0:9090")
            }
            ListenError::Listen { address, error } => {
                let to_do = match error.kind() {
                    io::ErrorKind::AddrInUse => {
                        "; another process listens there: end it, or take another port"
                    }
                    io::ErrorKind::PermissionDenied => {
                        "; take a port above 1023, or grant the right to this one"
                    }
                    io::ErrorKind::AddrNotAvailable => "; this machine has no such address",
                    _ => "",
                };
                write!(f, "can't listen on `{address}`: {error}{to_do}")
            }
            ListenError::Thread(error) => write!(f, "can't start a thread: {error}"),
        }
    }
}

impl std::error::Error for ListenError {}

/// A server that runs; dropping it ends it, and answers that have begun.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    /// Dropped first, which is the sign to end.
    end: Option<watch::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Listens on `HOST:PORT`; with port 0 the system chooses one, see [`Server::address`].
    ///
    /// # Errors
    /// [`ListenError`], which names the address.
    pub fn start(listen: &str, sources: Sources) -> Result<Server, ListenError> {
        let listener = bind(listen)?;
        let failed = |error| ListenError::Listen { address: listen.to_owned(), error };
        let address = listener.local_addr().map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(ListenError::Thread)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(failed)?
        };
        let (end, ended) = watch::channel(());
        let work = move || runtime.block_on(serve(listener, sources, ended));
        let thread = thread::Builder::new().name("http".to_owned()).spawn(work);
        Ok(Server { address, end: Some(end), thread: Some(thread.map_err(ListenError::Thread)?) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

fn bind(listen: &str) -> Result<TcpListener, ListenError> {
    TcpListener::bind(listen).map_err(|error| {
        let address = listen.to_owned();
        match error.raw_os_error() {
            Some(_) => ListenError::Listen { address, error },
            // Of the resolver, or of whoever reads the address.
            None => ListenError::Address { address, error },
        }
    })
}

/// Answers until the sender of `ended` is gone.
async fn serve(listener: tokio::net::TcpListener, sources: Sources, ended: watch::Receiver<()>) {
    let told = |mut ended: watch::Receiver<()>| async move { while ended.changed().await.is_ok() {} };
    let service = router(sources, ended.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(told(ended.clone()));
    // Who connects and says nothing is not waited for.
    let patience = async {
        told(ended).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        // It fails never: a connection that does is its client's matter.
        _ = served.into_future() => {}
        () = patience => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Health, Phase, Worker};
    use crate::log_level::LogLevel;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::sync::{Arc, Mutex};

    struct Level(Mutex<String>);

    impl LogLevel for Level {
        fn now(&self) -> String {
            self.0.lock().unwrap().clone()
        }

        fn change(&self, directives: &str) -> Result<(), String> {
            if directives == "loud" {
                return Err("`loud` is no level".to_owned());
            }
            *self.0.lock().unwrap() = directives.to_owned();
            Ok(())
        }
    }

    fn sources(health: Health) -> Sources {
        let registry = prometheus::Registry::new();
        let counter = prometheus::IntCounter::new("springtide_x_total", "Counts.").unwrap();
        registry.register(Box::new(counter)).unwrap();
        let log_level = Arc::new(Level(Mutex::new("info".to_owned())));
        Sources { registry, health: Arc::new(move || health.clone()), log_level, desk: None }
    }

    fn start(health: Health) -> Server {
        Server::start("127.0.0.1:0", sources(health)).unwrap()
    }

    /// The whole answer.
    fn get(server: &Server, path: &str) -> String {
        ask(server, &format!("GET {path} HTTP/1.1\r\n\r\n"))
    }

    fn ask(server: &Server, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let (head, rest) = request.split_once("\r\n").unwrap();
        write!(stream, "{head}\r\nHost: localhost\r\nConnection: close\r\n{rest}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn worker(silence: u64, running: usize) -> Worker {
        let silence = Duration::from_secs(silence);
        Worker { number: 0, silence, joined: true, owned: 2, running, writes: true }
    }

    #[test]
    fn every_path_answers_with_its_status_and_words() {
        let (well, ill) = (worker(0, 2), worker(300, 1));
        for (worker, path, status, part) in [
            (well, "/metrics", "200 OK", "\n# TYPE springtide_x_total counter\nspringtide_x_total 0\n"),
            (ill, "/metrics", "200 OK", "content-type: text/plain; version=0.0.4\r\n"),
            (well, "/livez", "200 OK", r#"{"reason":"every worker polls","status":"ok"}"#),
            (ill, "/livez", "503 Service Unavailable", "has not polled for 300 s"),
            (well, "/startupz", "200 OK", "brokers and topics are checked"),
            (well, "/readyz", "200 OK", "working on 2 partitions"),
            (ill, "/readyz", "503 Service Unavailable", "restoring 1 of 2 partitions"),
            (well, "/", "404 Not Found", "/metrics, /startupz, /livez, /readyz and /loglevel"),
        ] {
            let server = start(Health { phase: Phase::Working, workers: vec![worker] });
            let answer = get(&server, path);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{path}: {answer}");
            assert!(answer.contains(part), "{path}: {answer}");
        }
    }

    #[test]
    fn the_level_of_the_log_is_shown_and_changed_and_a_mistake_changes_nothing() {
        let server = start(Health::default());
        let put = |body: &str, more: &str| {
            let length = body.len();
            ask(&server, &format!("PUT /loglevel HTTP/1.1\r\n{more}Content-Length: {length}\r\n\r\n{body}"))
        };
        for (body, more, status, part, then) in [
            ("debug\n", "", "200", r#"{"level":"debug"}"#, "debug"),
            ("loud", "", "400", "`loud` is no level", "debug"),
            ("off", "Origin: http://elsewhere\r\n", "403", "not changed by pages", "debug"),
            (&"x".repeat(5_000), "", "413", "", "debug"),
            ("info,springtide_runtime=debug", "", "200", "", "info,springtide_runtime=debug"),
        ] {
            let answer = put(body, more);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(part), "{answer}");
            assert!(get(&server, "/loglevel").contains(&format!(r#"{{"level":"{then}"}}"#)), "{body}");
        }
    }

    #[test]
    fn the_level_of_the_log_is_changed_from_this_machine_alone() {
        // As somebody else: through an address of this machine that is not its own to itself, where it has one.
        let server = Server::start("0.0.0.0:0", sources(Health::default())).unwrap();
        let port = server.address().port();
        let probe = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
        probe.connect("192.0.2.1:9").unwrap();
        let own = probe.local_addr().unwrap().ip();
        assert!(!own.is_loopback(), "this machine has no address but its own to itself");
        let mut stream = TcpStream::connect((own, port)).unwrap();
        let request =
            "PUT /loglevel HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\noff";
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 403 ") && answer.contains("from this machine alone"),
            "{answer}"
        );
    }

    #[test]
    fn what_can_not_be_listened_on_is_named() {
        let taken = start(Health::default());
        let address = taken.address().to_string();
        for (address, word) in [(&*address, "take another port"), ("9090", "expected HOST:PORT")] {
            let refused = Server::start(address, sources(Health::default()));
            let said = refused.unwrap_err().to_string();
            assert!(said.contains(&format!("`{address}`")) && said.contains(word), "{said}");
        }
    }

    #[test]
    fn it_ends_although_somebody_is_connected_and_says_nothing() {
        let server = start(Health::default());
        let address = server.address();
        let mut silent = TcpStream::connect(address).unwrap();
        silent.write_all(b"GET /livez HTTP/1.1\r\n").unwrap();
        assert!(get(&server, "/livez").starts_with("HTTP/1.1 200"));
        drop(server);
        assert!(TcpStream::connect(address).is_err());
    }
}
