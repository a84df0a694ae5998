//! Services of the cluster, asked by way of the API server: for who is outside and may use its proxy.

use super::client::{Kube, MANAGER};
use super::error::KubeError;
use http_body_util::{BodyExt, Limited};
use hyper::http::{Method, Request};
use kube::client::Body;
use std::fmt;

/// Largest answer, in bytes.
const ANSWER_MAX: usize = 64 << 20;

/// A port of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    namespace: String,
    name: String,
    /// A number or a name; None: the service's only one.
    port: Option<String>,
}

impl ServicePort {
    /// Reads `namespace/name` or `namespace/name:port`.
    ///
    /// # Errors
    /// A sentence with the form.
    pub fn read(text: &str) -> Result<Self, String> {
        let form =
            || "write NAMESPACE/NAME or NAMESPACE/NAME:PORT, such as monitoring/prometheus:9090".to_string();
        let (namespace, rest) = text.split_once('/').ok_or_else(form)?;
        let (name, port) = rest.split_once(':').map_or((rest, None), |(name, port)| (name, Some(port)));
        let label = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
        };
        if ![namespace, name].into_iter().chain(port).all(label) {
            return Err(form());
        }
        Ok(Self { namespace: namespace.into(), name: name.into(), port: port.map(str::to_string) })
    }

    /// Its address inside the cluster; without a port Prometheus' usual one.
    pub fn url(&self) -> String {
        let port = self.port.as_deref().filter(|port| port.parse::<u16>().is_ok()).unwrap_or("9090");
        format!("http://{}.{}:{port}", self.name, self.namespace)
    }

    fn path(&self) -> String {
        let port = self.port.as_deref().map(|port| format!(":{port}")).unwrap_or_default();
        format!("/api/v1/namespaces/{}/services/{}{port}/proxy", self.namespace, self.name)
    }
}

impl fmt::Display for ServicePort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port.as_deref().map(|port| format!(":{port}")).unwrap_or_default();
        write!(f, "{}/{}{port}", self.namespace, self.name)
    }
}

impl Kube {
    /// Posts a form to `path` of a service, and returns its answer whatever the status.
    ///
    /// # Errors
    /// There is no answer in time, or it is too large.
    pub async fn post_form(
        &self,
        service: &ServicePort,
        path: &str,
        form: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), KubeError> {
        let object = format!("service {service}");
        let unavailable = |source: Box<dyn std::error::Error + Send + Sync>| KubeError::Unavailable {
            object: object.clone(),
            source,
        };
        let request = Request::builder().method(Method::POST).uri(format!("{}{path}", service.path()));
        let request =
            request.header("user-agent", MANAGER).header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(form)).map_err(|error| unavailable(Box::new(error)))?;
        let answer = async {
            let response = self.client.send(request).await.map_err(|error| unavailable(Box::new(error)))?;
            let status = response.status().as_u16();
            let body =
                Limited::new(response.into_body(), ANSWER_MAX).collect().await.map_err(&unavailable)?;
            Ok((status, body.to_bytes().into()))
        };
        let late = |_| Err(KubeError::Timeout { object: object.clone(), after: self.timeout() });
        tokio::time::timeout(self.timeout(), answer).await.unwrap_or_else(late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_read_with_or_without_its_port_and_leads_nowhere_else() {
        let read = |text: &str| ServicePort::read(text).map(|service| service.path());
        let base = "/api/v1/namespaces/monitoring/services";
        assert_eq!(read("monitoring/prometheus"), Ok(format!("{base}/prometheus/proxy")));
        assert_eq!(read("monitoring/prometheus:9090"), Ok(format!("{base}/prometheus:9090/proxy")));
        for text in ["prometheus", "a/b/c", "a/", "/b", "a/b:", "a/..%2f", "a b/c", "a/b?x"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
