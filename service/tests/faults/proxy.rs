//! A proxy between a server of ours and Postgres that cuts connections where it hurts. It knows
//! just enough of the protocol to take messages apart and to see a COMMIT.

use crate::dice::Dice;
use sqlx::{ConnectOptions as _, postgres::PgConnectOptions};
use std::{
    fs, io,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, UnixListener, UnixStream},
    task::{JoinHandle, JoinSet},
};

/// What the proxy does to connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The COMMIT never arrives.
    BeforeCommit,
    /// Postgres commits, and nobody hears of it.
    AfterCommit,
    /// Anywhere in a message, of either side.
    AtByte,
    /// Not cut at all: at a COMMIT it falls silent for ever. Only where a test asks for it.
    Silence,
}

/// One COMMIT in so many is cut off, half of them before and half after it.
const COMMITS: u64 = 3;
/// One message in so many is cut off in its middle.
const MESSAGES: u64 = 1_000;

/// Chance, and what it has done.
struct Faults {
    dice: Dice,
    /// Nothing is cut any more.
    calm: AtomicBool,
    counts: [AtomicUsize; 4],
    /// What happens at the next COMMIT, whatever chance says.
    next: Mutex<Option<Cut>>,
}

impl Faults {
    fn count(&self, cut: Cut) {
        self.counts[cut as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// What happens at a COMMIT, if anything.
    fn at_commit(&self) -> Option<Cut> {
        let next = self.next.lock().unwrap().take();
        next.or_else(|| {
            let both = [Cut::BeforeCommit, Cut::AfterCommit];
            self.happens(COMMITS).then(|| both[usize::from(self.dice.one_in(2))])
        })
    }

    fn happens(&self, one_in: u64) -> bool {
        !self.calm.load(Ordering::Relaxed) && self.dice.one_in(one_in)
    }
}

/// A proxy that listens on a socket of its own.
pub(crate) struct Proxy {
    folder: PathBuf,
    url: String,
    faults: Arc<Faults>,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// Begins to carry connections to the database of `options`.
    pub(crate) fn start(options: &PgConnectOptions, number: u64) -> Self {
        let name = format!("allot-faults-{}-{number}", uuid::Uuid::now_v7());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        let socket = format!(".s.PGSQL.{}", options.get_port());
        let listener = UnixListener::bind(folder.join(&socket)).unwrap();
        let faults = Arc::new(Faults {
            dice: Dice::new(number),
            calm: AtomicBool::new(false),
            counts: Default::default(),
            next: Mutex::default(),
        });
        let url = options.clone().socket(&folder).to_url_lossy().to_string();
        let listening = tokio::spawn(listen(listener, options.clone(), Arc::clone(&faults)));
        Self { folder, url, faults, listening }
    }

    /// Where the database is reached through this proxy.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How often connections were cut in this way.
    pub(crate) fn cuts(&self, cut: Cut) -> usize {
        self.faults.counts[cut as usize].load(Ordering::Relaxed)
    }

    /// Does this at the next COMMIT.
    pub(crate) fn at_next_commit(&self, cut: Cut) {
        *self.faults.next.lock().unwrap() = Some(cut);
    }

    /// Cuts nothing from now on.
    pub(crate) fn calm_down(&self) {
        self.faults.calm.store(true, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
        let _gone_already = fs::remove_dir_all(&self.folder);
    }
}

async fn listen(listener: UnixListener, options: PgConnectOptions, faults: Arc<Faults>) {
    // Dropped along with this task, and all connections with it.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (options, faults) = (options.clone(), Arc::clone(&faults));
        connections.spawn(async move {
            // Whatever ends it, both sides are cut off then.
            if let Some(folder) = options.get_socket() {
                let socket = folder.join(format!(".s.PGSQL.{}", options.get_port()));
                carry(client, UnixStream::connect(socket).await?, &faults).await
            } else {
                let address = (options.get_host(), options.get_port());
                carry(client, TcpStream::connect(address).await?, &faults).await
            }
        });
    }
}

async fn carry<S>(client: UnixStream, server: S, faults: &Faults) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite,
{
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = tokio::io::split(server);
    let swallow = AtomicBool::new(false);
    tokio::select! {
        ended = carry_requests(from_client, to_server, faults, &swallow) => ended,
        ended = carry_answers(from_server, to_client, faults, &swallow) => ended,
    }
}

/// Carries what the client sends; returns where the connection is to be cut.
async fn carry_requests(
    mut client: impl AsyncRead + Unpin,
    mut server: impl AsyncWrite + Unpin,
    faults: &Faults,
    swallow: &AtomicBool,
) -> io::Result<()> {
    // The first message has no type.
    let begin = read_rest(&mut client, Vec::new()).await?;
    server.write_all(&begin).await?;
    loop {
        let message = read_message(&mut client).await?;
        let commits = message.starts_with(b"Q") && message.ends_with(b"COMMIT\0");
        match if commits { faults.at_commit() } else { None } {
            Some(Cut::AfterCommit) => swallow.store(true, Ordering::Relaxed),
            Some(Cut::Silence) => {
                swallow.store(true, Ordering::Relaxed);
                return std::future::pending().await;
            }
            Some(cut) => {
                faults.count(cut);
                return Ok(());
            }
            None if cut_within(&message, &mut server, faults).await? => return Ok(()),
            None => {}
        }
        server.write_all(&message).await?;
    }
}

/// Carries what Postgres answers; returns where the connection is to be cut.
async fn carry_answers(
    mut server: impl AsyncRead + Unpin,
    mut client: impl AsyncWrite + Unpin,
    faults: &Faults,
    swallow: &AtomicBool,
) -> io::Result<()> {
    loop {
        let message = match read_message(&mut server).await {
            // Whoever is to hear nothing does not hear of the end either.
            Err(_) if swallow.load(Ordering::Relaxed) => return std::future::pending().await,
            read => read?,
        };
        if swallow.load(Ordering::Relaxed) {
            // It has committed for certain once it says so.
            if message.starts_with(b"C") && message.ends_with(b"COMMIT\0") {
                faults.count(Cut::AfterCommit);
                return Ok(());
            }
        } else if cut_within(&message, &mut client, faults).await? {
            return Ok(());
        } else {
            client.write_all(&message).await?;
        }
    }
}

/// By chance, lets only the beginning of `message` through.
async fn cut_within(
    message: &[u8],
    to: &mut (impl AsyncWrite + Unpin),
    faults: &Faults,
) -> io::Result<bool> {
    if !faults.happens(MESSAGES) {
        return Ok(false);
    }
    let length = u64::try_from(message.len()).unwrap_or(1);
    let part = usize::try_from(faults.dice.below(length)).unwrap_or_default();
    to.write_all(&message[..part]).await?;
    faults.count(Cut::AtByte);
    Ok(true)
}

async fn read_message(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let kind = from.read_u8().await?;
    read_rest(from, vec![kind]).await
}

/// Reads a length, which counts itself, and what it says.
async fn read_rest(
    from: &mut (impl AsyncRead + Unpin),
    mut message: Vec<u8>,
) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    message.extend(length.to_be_bytes());
    let begin = message.len();
    let rest = usize::try_from(length).unwrap_or_default().saturating_sub(4);
    message.resize(begin + rest, 0);
    from.read_exact(&mut message[begin..]).await?;
    Ok(message)
}
