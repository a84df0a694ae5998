//! Asking a server: one deadline over all tries, a cap on the body, no redirects.
//!
//! A status is not an error here; the caller knows what it means. Environment variables for
//! proxies are not followed.

use super::answer::{Error, Reply};
use super::call::Call;
use super::guard::{Guard, RefusedAddress};
use super::header::Header;
use super::{retry, trust};
use crate::domain::model::problem::Problem;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// What bounds a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For all tries of one call together, the body included.
    pub timeout: Duration,
    /// Largest body after decompression, in bytes.
    pub max_bytes: usize,
}

/// The client. Cloning shares its connections.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    limits: Limits,
    guard: Guard,
}

impl Client {
    /// A client that trusts the certificates of `ca` (PEM), or the bundled ones.
    ///
    /// # Errors
    /// `ca` holds no usable certificate.
    pub fn new(limits: Limits, ca: Option<&[u8]>) -> Result<Self, Problem> {
        Self::guarded(limits, ca, Guard::open())
    }

    /// The same, which connects to no address that `guard` refuses.
    ///
    /// # Errors
    /// `ca` holds no usable certificate.
    pub fn guarded(limits: Limits, ca: Option<&[u8]>, guard: Guard) -> Result<Self, Problem> {
        let inner = reqwest::Client::builder()
            .tls_backend_preconfigured(trust::configure(ca)?)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .gzip(true)
            .dns_resolver(Arc::new(guard.clone()))
            .pool_max_idle_per_host(8)
            .user_agent(concat!("flyball/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Problem::new("ca", "", format!("TLS is refused ({error})"), "check the CA"))?;
        Ok(Self { inner, limits, guard })
    }

    /// Asks an idempotent question, its parameters posted as a form, at most three times while
    /// the server is busy or the connection breaks.
    ///
    /// # Errors
    /// See [`Error`]. A status outside 2xx is a [`Reply`], a redirect is an error.
    pub async fn ask(&self, url: &Url, form: &[(&str, String)], headers: &[Header]) -> Result<Reply, Error> {
        let request = || headed(self.inner.post(url.clone()).form(form), headers);
        self.tries(url, retry::TRIES_MAX, request).await
    }

    /// Makes one call. Only one that reads is repeated, as [`Client::ask`] does, and not where the
    /// server says when to come back.
    ///
    /// # Errors
    /// See [`Error`]. After an error other than a guarded or unreachable one, a write may have taken
    /// place.
    pub async fn call(&self, call: &Call) -> Result<Reply, Error> {
        let request = || {
            let request = self.inner.request(call.method.clone(), call.url.clone());
            let request = headed(request, &call.headers);
            match &call.body {
                Some((media, bytes)) => request.header(CONTENT_TYPE, *media).body(bytes.clone()),
                None => request,
            }
        };
        let most = if call.is_read() { retry::TRIES_MAX } else { 1 };
        self.tries(&call.url, most, request).await
    }

    async fn tries(
        &self,
        url: &Url,
        most: u32,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Reply, Error> {
        let tries = async {
            self.guard.check(url).await.map_err(Error::Guarded)?;
            let mut tried = 1;
            loop {
                let outcome = self.attempt(request()).await;
                if tried == most || !retry::may_help(&outcome) {
                    return outcome;
                }
                tokio::time::sleep(retry::pause(tried)).await;
                tried += 1;
            }
        };
        let late = |_| Err(Error::Timeout(self.limits.timeout));
        tokio::time::timeout(self.limits.timeout, tries).await.unwrap_or_else(late)
    }

    async fn attempt(&self, request: RequestBuilder) -> Result<Reply, Error> {
        let mut response = request.send().await.map_err(told_apart)?;
        let status = response.status();
        if status.is_redirection() {
            return Err(Error::Redirected(status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told_apart)? {
            if body.len() + chunk.len() > self.limits.max_bytes {
                return Err(Error::TooLarge(self.limits.max_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status: status.as_u16(), body, headers: response.headers().clone() })
    }
}

fn headed(request: RequestBuilder, headers: &[Header]) -> RequestBuilder {
    headers.iter().fold(request, |request, header| request.header(header.name.clone(), header.value.clone()))
}

fn told_apart(error: reqwest::Error) -> Error {
    let error = error.without_url();
    if let Some(refused) = refused(&error) {
        return Error::Guarded(refused);
    }
    if is_tls(&error) {
        Error::Tls(error)
    } else if error.is_connect() {
        Error::Unreachable(error)
    } else {
        Error::Broken(error)
    }
}

/// The refused address somewhere in the chain.
fn refused(error: &reqwest::Error) -> Option<RefusedAddress> {
    let mut link: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = link {
        if let Some(refused) = current.downcast_ref::<RefusedAddress>() {
            return Some(*refused);
        }
        link = current.source();
    }
    None
}

/// Whether rustls stands somewhere in the chain; I/O errors hide what they wrap from `source`.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut link: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = link {
        if current.is::<rustls::Error>() {
            return true;
        }
        let wrapped = current.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
        link = match wrapped {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::call::JSON;
    use super::super::endpoint::Endpoint;
    use super::super::fake_server::{Answer, FakeServer};
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    const LIMITS: Limits = Limits { timeout: Duration::from_millis(700), max_bytes: 10_000 };

    async fn ask(url: &str) -> Result<Reply, Error> {
        let url = Endpoint::parse("url", url).unwrap().at("api");
        let header = Header::new("auth", "Authorization", "Bearer hunter2").unwrap();
        let form = [("query", "a + \"é\"".to_string())];
        Client::new(LIMITS, None).unwrap().ask(&url, &form, &[header]).await
    }

    fn ok(body: &str) -> Answer {
        Answer::reply(200, "", body.as_bytes())
    }

    #[tokio::test]
    async fn a_question_is_posted_as_a_form_with_its_headers() {
        let server = FakeServer::start(vec![ok("fine")]).await;
        let reply = ask(&server.url()).await.unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, b"fine".as_slice()));
        let request = server.requests().remove(0);
        assert!(request.starts_with("POST /api HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("authorization: Bearer hunter2"), "{request}");
        assert!(request.ends_with("query=a+%2B+%22%C3%A9%22"), "{request}");
    }

    #[tokio::test]
    async fn a_busy_or_broken_server_is_asked_again_and_no_more_than_three_times() {
        let busy = || Answer::reply(503, "", b"");
        for (script, expected, asked) in [
            (vec![busy(), ok("at last")], Some(200), 2),
            (
                vec![Answer::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf".to_vec()), ok("x")],
                Some(200),
                2,
            ),
            (vec![Answer::Raw(Vec::new()), Answer::Raw(Vec::new()), ok("x")], Some(200), 3),
            (vec![busy(), busy(), busy(), ok("never asked")], Some(503), 3),
            (vec![Answer::reply(400, "", b"no"), ok("never asked")], Some(400), 1),
            (vec![Answer::Raw(b"garbage\r\n\r\n".to_vec()); 4], None, 3),
        ] {
            let server = FakeServer::start(script).await;
            let outcome = ask(&server.url()).await;
            assert_eq!(outcome.as_ref().ok().map(|reply| reply.status), expected, "{outcome:?}");
            assert!(expected.is_some() || matches!(outcome, Err(Error::Broken(_))), "{outcome:?}");
            assert_eq!(server.requests().len(), asked);
        }
    }

    #[tokio::test]
    async fn a_server_that_never_ends_is_left() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        for answer in [Answer::Hang, Answer::Drip(head.into())] {
            let server = FakeServer::start(vec![answer]).await;
            let outcome = ask(&server.url()).await;
            assert!(matches!(outcome, Err(Error::Timeout(_))), "{outcome:?}");
        }
        let server = FakeServer::start(vec![Answer::Flood(head.into())]).await;
        let outcome = ask(&server.url()).await;
        assert!(matches!(outcome, Err(Error::TooLarge(10_000))), "{outcome:?}");
    }

    #[tokio::test]
    async fn the_cap_counts_what_a_small_body_unpacks_to() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&vec![b'0'; 5_000_000]).unwrap();
        let bomb = gzip.finish().unwrap();
        assert!(bomb.len() < LIMITS.max_bytes);
        let server = FakeServer::start(vec![Answer::reply(200, "content-encoding: gzip\r\n", &bomb)]).await;
        let outcome = ask(&server.url()).await;
        assert!(matches!(outcome, Err(Error::TooLarge(_))), "{outcome:?}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let elsewhere = FakeServer::start(vec![ok("secret")]).await;
        let location = format!("location: {}/x\r\n", elsewhere.url());
        let server = FakeServer::start(vec![Answer::reply(307, &location, b"")]).await;
        let outcome = ask(&server.url()).await;
        assert!(matches!(outcome, Err(Error::Redirected(307))), "{outcome:?}");
        assert_eq!(elsewhere.requests().len(), 0);
    }

    #[tokio::test]
    async fn a_write_is_sent_once_and_a_guarded_address_is_not_called() {
        let server = FakeServer::start(vec![Answer::reply(503, "", b""), ok("never asked")]).await;
        let url = Endpoint::parse("url", &server.url()).unwrap().at("flag");
        let call = Call::write(reqwest::Method::PUT, url.clone()).body(JSON, "{}");
        let reply = Client::new(LIMITS, None).unwrap().call(&call).await.unwrap();
        assert_eq!((reply.status, server.requests().len()), (503, 1));
        assert!(server.requests()[0].starts_with("PUT /flag HTTP/1.1"), "{:?}", server.requests());

        let guarded = Client::guarded(LIMITS, None, Guard::new(&[], &[])).unwrap();
        let port = url.port().unwrap();
        for host in ["127.0.0.1", "localhost", "[::ffff:7f00:1]"] {
            let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
            let outcome = guarded.call(&Call::get(url)).await;
            assert!(matches!(outcome, Err(Error::Guarded(_))), "{host}: {outcome:?}");
        }
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn a_server_that_says_when_to_come_back_is_not_asked_before() {
        let server = FakeServer::start(vec![Answer::reply(429, "retry-after: 7\r\n", b"")]).await;
        let url = Endpoint::parse("url", &server.url()).unwrap().at("flag");
        let reply = Client::new(LIMITS, None).unwrap().call(&Call::get(url)).await.unwrap();
        assert_eq!((reply.status, reply.header("Retry-After")), (429, Some("7")));
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn a_closed_port_and_a_server_without_tls_are_told_apart() {
        let server = FakeServer::start(vec![ok("plain")]).await;
        let outcome = ask(&server.url().replace("http:", "https:")).await;
        assert!(matches!(outcome, Err(Error::Tls(_))), "{outcome:?}");
        let gone = server.url();
        drop(server);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let outcome = ask(&gone).await;
        assert!(matches!(outcome, Err(Error::Unreachable(_))), "{outcome:?}");
    }

    #[tokio::test]
    async fn nothing_of_a_body_or_a_header_is_in_an_error() {
        let server = FakeServer::start(vec![Answer::Raw(b"HTTP/1.1 hunter3\r\n\r\n".to_vec()); 3]).await;
        let error = ask(&server.url()).await.unwrap_err();
        let mut chain = format!("{error} {error:?}");
        let mut link = error.source();
        while let Some(source) = link {
            chain.push_str(&source.to_string());
            link = source.source();
        }
        assert!(!chain.contains("hunter") && !chain.contains("127.0.0.1"), "{chain}");
    }
}
