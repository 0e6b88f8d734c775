//! Endpoints, which are on this machine.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// A URL of this machine: `http://`, a loopback address and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(SocketAddr);

/// A URL that may be of another machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is not http://, a loopback address and a port: nothing may leave this machine")]
pub struct NotLoopback {
    url: String,
}

impl FromStr for Endpoint {
    type Err = NotLoopback;

    /// Names are refused, `localhost` too: what they resolve to is not for the text to say.
    fn from_str(url: &str) -> Result<Self, NotLoopback> {
        url.strip_prefix("http://")
            .map(|rest| rest.strip_suffix('/').unwrap_or(rest))
            .and_then(|address| address.parse().ok())
            .filter(|address: &SocketAddr| address.ip().is_loopback())
            .map(Self)
            .ok_or_else(|| NotLoopback { url: url.to_owned() })
    }
}

impl Endpoint {
    /// A port of 127.0.0.1.
    pub(crate) fn local(port: u16) -> Self {
        Self(([127, 0, 0, 1], port).into())
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.0
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_endpoints() {
        for url in ["http://127.0.0.1:4566", "http://127.9.9.9:1/", "http://[::1]:4566"] {
            assert!(url.parse::<Endpoint>().is_ok(), "{url}");
        }
        for url in [
            "http://10.0.0.1:4566",
            "http://localhost:4566",
            "http://127.0.0.1",
            "https://ecr.eu-west-1.amazonaws.com",
            "http://127.0.0.1.example.com:80",
            "http://127.0.0.1:80@example.com",
            "127.0.0.1:4566",
            "",
        ] {
            assert!(url.parse::<Endpoint>().is_err(), "{url}");
        }
    }
}
