//! Addresses that an endpoint may not resolve to unless that is allowed: our own machine, its
//! link with the cloud's metadata service, the API server.
//!
//! Owns the check, which is made on the very addresses that a connection goes to: a name that
//! resolves anew to something else is checked anew.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use thiserror::Error;
use url::{Host, Url};

/// Kinds of addresses that are guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guarded {
    /// The governor's own machine.
    Loopback,
    /// The link, and the metadata services of clouds.
    LinkLocal,
    /// The machine of the API server.
    ApiServer,
}

/// Metadata services that lie outside the link's own range.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// What is refused of one endpoint's addresses.
#[derive(Debug, Clone)]
pub struct Guard {
    refused: BTreeSet<Guarded>,
    /// Hosts of the API server, as names or addresses.
    api_server: Arc<[String]>,
}

/// An address that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "its address is one of {}, which is refused; add {} to the endpoint's allowAddresses if that is meant",
    kind.what(), kind.as_str()
)]
pub struct RefusedAddress {
    pub kind: Guarded,
}

impl Guarded {
    const ALL: [Self; 3] = [Self::Loopback, Self::LinkLocal, Self::ApiServer];

    /// The word in `allowAddresses`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "Loopback",
            Self::LinkLocal => "LinkLocal",
            Self::ApiServer => "ApiServer",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Loopback => "the governor's own machine",
            Self::LinkLocal => "the link or a cloud's metadata service",
            Self::ApiServer => "the API server",
        }
    }
}

impl Guard {
    /// A guard that refuses nothing.
    pub fn open() -> Self {
        Self { refused: BTreeSet::new(), api_server: Arc::new([]) }
    }

    /// A guard that refuses every kind but those `allowed`; the API server is at `api_server`.
    pub fn new(allowed: &[Guarded], api_server: &[String]) -> Self {
        let refused = Guarded::ALL.into_iter().filter(|kind| !allowed.contains(kind)).collect();
        Self { refused, api_server: api_server.into() }
    }

    /// A guard that refuses every kind but those that `words` of an `allowAddresses` name.
    pub fn allowing(words: &[&str], api_server: &[String]) -> Self {
        let named = |kind: &Guarded| words.contains(&kind.as_str());
        Self::new(&Guarded::ALL.into_iter().filter(named).collect::<Vec<_>>(), api_server)
    }

    /// Checks a URL whose host is an address; one whose host is a name is checked when it is
    /// resolved.
    ///
    /// # Errors
    /// The address is refused.
    pub async fn check(&self, url: &Url) -> Result<(), RefusedAddress> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        self.pass(&[SocketAddr::new(address, 0)]).await
    }

    async fn pass(&self, addresses: &[SocketAddr]) -> Result<(), RefusedAddress> {
        let api_server = self.api_server().await;
        let kinds = addresses.iter().filter_map(|address| kind(address.ip().to_canonical(), &api_server));
        match kinds.into_iter().find(|kind| self.refused.contains(kind)) {
            Some(kind) => Err(RefusedAddress { kind }),
            None => Ok(()),
        }
    }

    async fn api_server(&self) -> Vec<IpAddr> {
        let mut known = Vec::new();
        if !self.refused.contains(&Guarded::ApiServer) {
            return known;
        }
        for host in self.api_server.iter() {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            match bare.parse::<IpAddr>() {
                Ok(address) => known.push(address.to_canonical()),
                Err(_) => {
                    let found = tokio::net::lookup_host((bare, 0)).await;
                    known.extend(found.into_iter().flatten().map(|found| found.ip().to_canonical()));
                }
            }
        }
        known
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One refused address among several refuses all: which is used is not ours to choose.
            guard.pass(&found).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn kind(address: IpAddr, api_server: &[IpAddr]) -> Option<Guarded> {
    let link = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    if address.is_loopback() || address.is_unspecified() {
        Some(Guarded::Loopback)
    } else if link || METADATA.contains(&address) {
        Some(Guarded::LinkLocal)
    } else if api_server.contains(&address) {
        Some(Guarded::ApiServer)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(guard: &Guard, url: &str) -> Option<Guarded> {
        guard.check(&Url::parse(url).unwrap()).await.err().map(|refused| refused.kind)
    }

    #[tokio::test]
    async fn guarded_addresses_are_refused_in_every_spelling() {
        let guard = Guard::new(&[], &["10.96.0.1".to_string(), "[fd00::1]".to_string()]);
        for (url, expected) in [
            ("http://127.0.0.1", Some(Guarded::Loopback)),
            ("http://127.9.9.9:80", Some(Guarded::Loopback)),
            ("http://2130706433/", Some(Guarded::Loopback)),
            ("http://[::1]/", Some(Guarded::Loopback)),
            ("http://[::ffff:127.0.0.1]/", Some(Guarded::Loopback)),
            ("http://0.0.0.0/", Some(Guarded::Loopback)),
            ("http://169.254.169.254/latest", Some(Guarded::LinkLocal)),
            ("http://[fe80::1]/", Some(Guarded::LinkLocal)),
            ("http://100.100.100.200/", Some(Guarded::LinkLocal)),
            ("http://[fd00:ec2::254]/", Some(Guarded::LinkLocal)),
            ("https://10.96.0.1/", Some(Guarded::ApiServer)),
            ("https://[fd00::1]:6443/", Some(Guarded::ApiServer)),
            ("https://10.1.2.3/", None),
            ("https://flags.example/", None),
        ] {
            assert_eq!(check(&guard, url).await, expected, "{url}");
            assert_eq!(check(&Guard::open(), url).await, None, "{url}");
        }
        let allowed = Guard::new(&[Guarded::Loopback], &[]);
        assert_eq!(check(&allowed, "http://127.0.0.1").await, None);
        assert_eq!(check(&allowed, "http://169.254.169.254").await, Some(Guarded::LinkLocal));
        let worded = Guard::allowing(&["Loopback", "ApiServer"], &["10.96.0.1".to_string()]);
        assert_eq!(check(&worded, "http://127.0.0.1").await, None);
        assert_eq!(check(&worded, "https://10.96.0.1").await, None);
        assert_eq!(check(&worded, "http://169.254.169.254").await, Some(Guarded::LinkLocal));
        let told = RefusedAddress { kind: Guarded::LinkLocal }.to_string();
        assert!(told.contains("metadata") && told.contains("add LinkLocal"), "{told}");
    }

    #[tokio::test]
    async fn a_name_is_refused_by_what_it_resolves_to() {
        let name = || "localhost".parse::<Name>().unwrap();
        let refused = Guard::new(&[], &[]).resolve(name()).await.err().unwrap();
        assert!(refused.is::<RefusedAddress>(), "{refused}");
        assert!(Guard::new(&[Guarded::Loopback], &[]).resolve(name()).await.is_ok());
    }
}
