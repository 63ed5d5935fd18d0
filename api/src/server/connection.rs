//! The connections of a server: how many may be open, in all and for one client address, and how long each may take.
//!
//! A client that is slow or silent costs a socket and some memory, and both are bounded here, so that neither can keep the
//! probes, the schedule or other clients from working. Beyond the limits, the newest connections get replies to probes
//! only.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::limits::ConnectionLimits;

/// Connections beyond the limits: enough for the probes of an orchestrator and of a monitoring system.
const RESERVED: usize = 64;

/// How long a client beyond the limits may take for the head of its request.
const RESERVED_HEAD_TIMEOUT: Duration = Duration::from_secs(2);

/// The pause after the system has refused a connection, for example because no descriptor is left.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `shutdown` completes, then waits for the requests that are running. Connections beyond the
/// limits are served by `probes`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    probes: Router,
    limits: ConnectionLimits,
    shutdown: impl Future<Output = ()>,
) {
    let slots = ConnectionSlots::new(limits);
    let (stop, stopping) = watch::channel(false);
    // Every connection holds a sender: the receiver ends with the last of them.
    let (open, mut closed) = mpsc::channel::<()>(1);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, address) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut shutdown => break,
        };
        let _ = stream.set_nodelay(true);
        let slot = slots.take(address.ip());
        let is_within = slot.is_some();
        let head_timeout = if is_within { limits.head_timeout } else { RESERVED_HEAD_TIMEOUT };
        let service = TowerToHyperService::new(if is_within { router.clone() } else { probes.clone() });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_timeout)
            .keep_alive(is_within)
            .serve_connection(TokioIo::new(ClientStream::new(stream, limits.write_timeout, slot)), service)
            .with_upgrades();
        let (mut stopping, open) = (stopping.clone(), open.clone());
        let task = tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let mut ended = tokio::select! {
                ended = connection.as_mut() => Some(ended),
                _ = stopping.wait_for(|is_stopping| *is_stopping) => None,
            };
            if ended.is_none() {
                connection.as_mut().graceful_shutdown();
                ended = Some(connection.await);
            }
            if let Some(Err(error)) = ended {
                tracing::debug!(%error, "a connection ended with an error");
            }
            drop(open);
        });
        if !is_within {
            slots.reserve(task.abort_handle());
        }
    }
    drop((listener, open));
    stop.send_replace(true);
    let _ = closed.recv().await;
}

/// The next connection. What the system refuses is tried again after a pause: an error that ended the loop, or that was
/// tried again at once, would stop everything else too.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The client has gone meanwhile.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                sleep(REFUSED_PAUSE).await;
            }
        }
    }
}

/// The open connections, in all and by client address.
#[derive(Clone, Debug)]
struct ConnectionSlots {
    limits: ConnectionLimits,
    open: Arc<Mutex<OpenConnections>>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
    /// The newest connections beyond the limits, oldest first; some have ended.
    reserved: VecDeque<AbortHandle>,
    /// True after a refusal was logged, until there is room again.
    is_logged: bool,
}

/// The slot of one connection; free again when it is dropped.
#[derive(Debug)]
struct ConnectionSlot {
    address: IpAddr,
    open: Arc<Mutex<OpenConnections>>,
}

impl ConnectionSlots {
    fn new(limits: ConnectionLimits) -> Self {
        Self { limits, open: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot for a connection of this address; `None` beyond the limits.
    fn take(&self, address: IpAddr) -> Option<ConnectionSlot> {
        let mut open = self.lock();
        let own = open.by_address.get(&address).copied().unwrap_or_default();
        let is_full = open.total >= self.limits.total;
        if is_full || (self.limits.per_address > 0 && own >= self.limits.per_address) {
            if !open.is_logged {
                let limit = if is_full { "connections" } else { "connections_per_address" };
                tracing::warn!(%address, limit, "too many connections are open: the newest are served probes only");
                open.is_logged = true;
            }
            return None;
        }
        open.total += 1;
        open.by_address.insert(address, own + 1);
        Some(ConnectionSlot { address, open: Arc::clone(&self.open) })
    }

    /// Keeps the newest connections beyond the limits and ends the oldest: a probe sends its request at once, whoever
    /// floods the server does not.
    fn reserve(&self, connection: AbortHandle) {
        let mut open = self.lock();
        open.reserved.push_back(connection);
        if open.reserved.len() > RESERVED
            && let Some(oldest) = open.reserved.pop_front()
        {
            oldest.abort();
        }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        open.is_logged = false;
        let own = open.by_address.get(&self.address).copied().unwrap_or_default().saturating_sub(1);
        if own == 0 {
            open.by_address.remove(&self.address);
        } else {
            open.by_address.insert(self.address, own);
        }
    }
}

/// The stream of a client, with its slot. A client that does not read for a while is an error, also of a websocket.
struct ClientStream {
    stream: TcpStream,
    write_timeout: Duration,
    /// When the client has not read for too long; pending while nothing waits to be written.
    stalled: Option<Pin<Box<Sleep>>>,
    _slot: Option<ConnectionSlot>,
}

impl ClientStream {
    fn new(stream: TcpStream, write_timeout: Duration, slot: Option<ConnectionSlot>) -> Self {
        Self { stream, write_timeout, stalled: None, _slot: slot }
    }

    /// Watches the time of a write: progress ends the wait, and a wait that is too long is an error.
    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let deadline = Instant::now() + self.write_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read")))
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.watch(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
