//! One descriptor that an event loop can watch: it turns readable when any thread says so.
//!
//! Linux has `eventfd` for this; elsewhere, and where a loop can only receive on a socket, a connected pair does it.

use std::io::{Read, Result, Write};

#[cfg(unix)]
use std::os::fd::AsRawFd;
#[cfg(unix)]
use std::os::unix::net::UnixStream as Socket;

#[cfg(windows)]
use std::net::TcpStream as Socket;
#[cfg(windows)]
use std::os::windows::io::AsRawSocket;

pub(crate) enum Wake {
    #[cfg(target_os = "linux")]
    Event(std::fs::File),
    Pair {
        watched: Socket,
        signalling: Socket,
    },
}

impl Wake {
    pub(crate) fn new(sockets: bool) -> Result<Self> {
        #[cfg(target_os = "linux")]
        if !sockets {
            return event().map(Self::Event);
        }
        let _ = sockets;
        let (watched, signalling) = connected()?;
        watched.set_nonblocking(true)?;
        signalling.set_nonblocking(true)?;
        Ok(Self::Pair { watched, signalling })
    }

    /// An error means "signalled already" (nothing more fits), which is what was wanted.
    pub(crate) fn signal(&self) {
        let _ = match self {
            #[cfg(target_os = "linux")]
            Self::Event(event) => { event }.write(&1u64.to_ne_bytes()),
            Self::Pair { signalling, .. } => { signalling }.write(&[1]),
        };
    }

    pub(crate) fn clear(&self) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Event(event) => drop({ event }.read(&mut [0; 8])),
            Self::Pair { watched, .. } => while matches!({ watched }.read(&mut [0; 64]), Ok(64)) {},
        }
    }

    #[cfg(unix)]
    pub(crate) fn descriptor(&self) -> i64 {
        match self {
            #[cfg(target_os = "linux")]
            Self::Event(event) => event.as_raw_fd().into(),
            Self::Pair { watched, .. } => watched.as_raw_fd().into(),
        }
    }

    #[cfg(windows)]
    pub(crate) fn descriptor(&self) -> i64 {
        let Self::Pair { watched, .. } = self;
        watched.as_raw_socket() as i64
    }
}

#[cfg(target_os = "linux")]
fn event() -> Result<std::fs::File> {
    // SAFETY: a plain system call; the result is checked.
    let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
    if fd < 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: a fresh descriptor that nobody else owns.
    Ok(unsafe { std::os::fd::FromRawFd::from_raw_fd(fd) })
}

#[cfg(unix)]
fn connected() -> Result<(Socket, Socket)> {
    Socket::pair()
}

/// Loopback only, and only our own connection is taken.
#[cfg(windows)]
fn connected() -> Result<(Socket, Socket)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let signalling = Socket::connect(listener.local_addr()?)?;
    loop {
        let (watched, peer) = listener.accept()?;
        if peer == signalling.local_addr()? {
            signalling.set_nodelay(true)?;
            return Ok((watched, signalling));
        }
    }
}
