//! The client: one question at an instant or over a range, with bounded concurrency.

use super::error::Error;
use super::{chunks, reply};
use crate::domain::model::problem::Problem;
use crate::domain::model::series::{Exemplars, Matrix, Vector};
use crate::edge::http::answer::Error as HttpError;
use crate::edge::http::client::{Client as Http, Limits};
use crate::edge::http::endpoint::Endpoint;
use crate::edge::http::guard::Guard;
use crate::edge::http::header::Header;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `http` or `https`, with the path prefix under which `api/v1` stands.
    pub url: String,
    /// PEM of the CA to trust instead of the bundled ones.
    pub ca: Option<Vec<u8>>,
    /// For one question, its tries and its body included; also sent as the server's own limit.
    pub timeout: Duration,
    /// Rows of a reply beyond this are cut off, and the reply says so.
    pub max_series: usize,
    /// Largest reply after decompression, in bytes.
    pub max_bytes: usize,
    /// Questions in flight at once, at least 1.
    pub concurrency: usize,
    /// Tenant and authorization.
    pub headers: Vec<Header>,
    /// Which addresses are refused.
    pub guard: Guard,
}

impl Settings {
    /// The defaults, as MetricSource has them: 10 s, 50 000 series, 64 MiB, 4 questions at once, no headers, any
    /// address.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ca: None,
            timeout: Duration::from_secs(10),
            max_series: 50_000,
            max_bytes: 64 << 20,
            concurrency: 4,
            headers: Vec::new(),
            guard: Guard::open(),
        }
    }
}

/// A client of one source. Cloning shares its connections and its concurrency.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// Its questions wait for each other, and for no others.
    aside: bool,
}

#[derive(Debug)]
struct Shared {
    http: Http,
    endpoint: Endpoint,
    headers: Vec<Header>,
    permits: Semaphore,
    /// Of the questions that are asked aside.
    permit_aside: Semaphore,
    timeout: Duration,
    max_series: usize,
}

impl Client {
    /// Checks the settings; nothing is asked yet.
    ///
    /// # Errors
    /// Field, value and fix of a URL or CA that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, Problem> {
        let limits = Limits { timeout: settings.timeout, max_bytes: settings.max_bytes };
        let shared = Shared {
            http: Http::guarded(limits, settings.ca.as_deref(), settings.guard)?,
            endpoint: Endpoint::parse("url", &settings.url)?,
            headers: settings.headers,
            permits: Semaphore::new(settings.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            permit_aside: Semaphore::new(1),
            timeout: settings.timeout,
            max_series: settings.max_series,
        };
        Ok(Self { shared: Arc::new(shared), aside: false })
    }

    /// The same client for questions that nobody waits for: one at a time, beside the others, so
    /// that they take no turn from a look.
    pub fn aside(&self) -> Self {
        Self { shared: self.shared.clone(), aside: true }
    }

    /// The answer at one instant. A scalar is one row without labels.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn instant(&self, query: &str, at: DateTime<Utc>) -> Result<Vector, Error> {
        let form = [("query", query.to_string()), ("time", seconds(at.timestamp_millis()))];
        let body = self.ask("api/v1/query", &form).await?;
        reply::vector(&body, self.shared.max_series)
    }

    /// The answers at `start`, `start + step`, ... up to `end`, asked in chunks of at most
    /// 11 000 points, smaller ones where a reply exceeds the size limit.
    ///
    /// # Errors
    /// See [`Error`]; the first chunk that fails ends it.
    pub async fn range(
        &self,
        query: &str,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        step: Duration,
    ) -> Result<Matrix, Error> {
        let mut whole = chunks::Whole::new(self.shared.max_series);
        let mut chunks = chunks::Chunks::new(start.timestamp_millis(), end.timestamp_millis(), step);
        while let Some((from, to)) = chunks.next_chunk() {
            match self.chunk(query, from, to, chunks.step_millis()).await {
                Err(Error::Http(HttpError::TooLarge(_))) if chunks.halve(from) => {}
                outcome => whole.append(outcome?),
            }
        }
        Ok(whole.finish())
    }

    /// The exemplars of every series that the selectors of `query` name, from `start` to `end`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn exemplars(
        &self,
        query: &str,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<Vec<Exemplars>, Error> {
        let form = [
            ("query", query.to_string()),
            ("start", seconds(start.timestamp_millis())),
            ("end", seconds(end.timestamp_millis())),
        ];
        let body = self.ask("api/v1/query_exemplars", &form).await?;
        reply::exemplars(&body, self.shared.max_series)
    }

    async fn chunk(&self, query: &str, from: i64, to: i64, step: i64) -> Result<Matrix, Error> {
        let form = [
            ("query", query.to_string()),
            ("start", seconds(from)),
            ("end", seconds(to)),
            ("step", seconds(step)),
        ];
        let body = self.ask("api/v1/query_range", &form).await?;
        reply::matrix(&body, self.shared.max_series)
    }

    async fn ask(&self, path: &str, form: &[(&str, String)]) -> Result<Vec<u8>, Error> {
        let Shared { http, endpoint, headers, timeout, .. } = &*self.shared;
        let permits = if self.aside { &self.shared.permit_aside } else { &self.shared.permits };
        let permit = tokio::time::timeout(*timeout, permits.acquire()).await;
        let _permit = permit.ok().and_then(Result::ok).ok_or(Error::Busy(*timeout))?;
        let limit = ("timeout", format!("{}ms", timeout.as_millis().max(1)));
        let form: Vec<(&str, String)> = form.iter().cloned().chain([limit]).collect();
        let answer = http.ask(&endpoint.at(path), &form, headers).await.map_err(Error::Http)?;
        match answer.status {
            200..=299 => Ok(answer.body),
            status => Err(Error::Refused { status, word: reply::error_word(&answer.body) }),
        }
    }
}

/// Epoch milliseconds, or a step in milliseconds, as the API takes them.
fn seconds(millis: i64) -> String {
    let (whole, rest) = (millis.div_euclid(1000), millis.rem_euclid(1000));
    if rest == 0 { whole.to_string() } else { format!("{}", millis as f64 / 1000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::http::fake_server::{Answer, FakeServer};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn client(server: &FakeServer) -> Client {
        let settings = Settings { timeout: Duration::from_millis(600), ..Settings::new(server.url()) };
        Client::new(settings).unwrap()
    }

    fn json(body: &str) -> Answer {
        Answer::reply(200, "content-type: application/json\r\n", body.as_bytes())
    }

    const EMPTY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;

    #[tokio::test]
    async fn the_instant_is_sent_as_time() {
        let body = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
        let server = FakeServer::start(vec![json(body)]).await;
        client(&server)
            .instant("up", DateTime::from_timestamp_millis(1_700_000_000_250).unwrap())
            .await
            .unwrap();
        let request = server.requests().remove(0);
        assert!(request.ends_with("query=up&time=1700000000.25&timeout=600ms"), "{request}");
    }

    #[tokio::test]
    async fn a_long_range_is_asked_in_chunks_that_neither_overlap_nor_leave_gaps() {
        let server = FakeServer::start(vec![json(EMPTY)]).await;
        let step = Duration::from_secs(30);
        client(&server).range("up", at(0), at(30 * 22_000), step).await.unwrap();
        let asked: Vec<String> =
            server.requests().iter().map(|r| r.rsplit("start=").next().unwrap().to_string()).collect();
        assert_eq!(
            asked,
            [
                "0&end=329970&step=30&timeout=600ms",
                "330000&end=659970&step=30&timeout=600ms",
                "660000&end=660000&step=30&timeout=600ms"
            ]
        );
    }

    #[tokio::test]
    async fn a_reply_over_the_size_limit_is_asked_again_in_smaller_chunks() {
        let huge = json(&format!("{EMPTY}{}", " ".repeat(2000)));
        let server = FakeServer::start(vec![huge, json(EMPTY)]).await;
        let settings = Settings { max_bytes: 1000, ..Settings::new(server.url()) };
        let client = Client::new(settings).unwrap();
        client.range("up", at(0), at(1000), Duration::from_secs(1)).await.unwrap();
        let requests = server.requests();
        assert!(requests[1].contains("start=0&end=499&"), "{}", requests[1]);
        assert_eq!(requests.len(), 4);
    }

    #[tokio::test]
    async fn a_refusal_says_its_status_and_one_word_only() {
        let body = r#"{"status":"error","errorType":"bad_data","error":"secret in \"query\""}"#;
        for (status, body, said) in [
            (400, body, "status 400 (bad_data)"),
            (422, r#"{"errorType":"<script>"}"#, "status 422"),
            (401, "<html>secret</html>", "status 401"),
        ] {
            let server = FakeServer::start(vec![Answer::reply(status, "", body.as_bytes())]).await;
            let error = client(&server).instant("up", at(0)).await.unwrap_err();
            assert_eq!(error.to_string(), format!("the source refused the query: {said}"));
            assert!(!format!("{error:?}").contains("secret"));
        }
    }

    #[tokio::test]
    async fn what_is_asked_aside_takes_no_turn_from_a_look() {
        let body = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
        let server = FakeServer::start(vec![Answer::Hang, json(body)]).await;
        let settings =
            Settings { concurrency: 1, timeout: Duration::from_secs(5), ..Settings::new(server.url()) };
        let client = Client::new(settings).unwrap();
        let aside = client.aside();
        let hanging = tokio::spawn(async move { aside.instant("up", at(0)).await });
        let asked = async {
            while server.requests().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), asked).await.expect("it is asked");
        client.instant("up", at(0)).await.expect("its turn is free");
        assert!(!hanging.is_finished(), "the other is still waited for");
        hanging.abort();
    }

    #[tokio::test]
    async fn a_question_does_not_wait_for_ever_for_its_turn() {
        let server = FakeServer::start(vec![Answer::Hang]).await;
        let settings =
            Settings { concurrency: 1, timeout: Duration::from_millis(200), ..Settings::new(server.url()) };
        let client = Client::new(settings).unwrap();
        let (one, other) = tokio::join!(client.instant("up", at(0)), async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let waited = tokio::time::timeout(Duration::from_secs(2), client.instant("up", at(0)));
            waited.await.expect("it ends")
        });
        assert!(matches!(one, Err(Error::Http(HttpError::Timeout(_)))), "{one:?}");
        assert!(matches!(other, Err(Error::Busy(_) | Error::Http(HttpError::Timeout(_)))), "{other:?}");
    }

    #[test]
    fn settings_that_cannot_work_are_refused_with_their_field() {
        let problem = Client::new(Settings::new("ftp://prometheus")).unwrap_err();
        assert_eq!(problem.field, "url");
    }
}
