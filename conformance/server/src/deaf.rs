//! Two ports that never accept: one refuses, one leaves the handshake hanging.
//!
//! They are held open for the server's life, so that no other program can take them over in the middle of a suite.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

pub(crate) struct DeafPorts {
    pub(crate) refusing: u16,
    pub(crate) stalling: u16,
    _held: Vec<Socket>,
}

impl DeafPorts {
    pub(crate) fn bind() -> io::Result<DeafPorts> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut held = Vec::new();
        // Bound, but not listening: the kernel answers SYN with RST.
        let refusing = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        refusing.bind(&any.into())?;
        // Listening with the accept queue filled by our own connections: the kernel drops every further SYN.
        let stalling = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        stalling.bind(&any.into())?;
        stalling.listen(0)?;
        let full = stalling.local_addr()?;
        for _ in 0..2 {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            filler.set_nonblocking(true)?;
            // In progress is all that is wanted.
            let _ = filler.connect(&full);
            held.push(filler);
        }
        let port =
            |socket: &Socket| Ok::<_, io::Error>(socket.local_addr()?.as_socket().map_or(0, |a| a.port()));
        let (refusing_port, stalling_port) = (port(&refusing)?, port(&stalling)?);
        held.extend([refusing, stalling]);
        Ok(DeafPorts { refusing: refusing_port, stalling: stalling_port, _held: held })
    }
}
