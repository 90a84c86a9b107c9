//! Whoever talks to the server.

use reqwest::cookie::Jar;
use reqwest::header::{HeaderMap, ORIGIN};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;

/// A browser or a program, with what it is known by.
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    /// A browser says where its requests come from.
    is_browser: bool,
    token: Option<String>,
}

impl Client {
    pub(super) fn new(address: SocketAddr, token: Option<&str>) -> Self {
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none());
        Self {
            http: builder.build().unwrap(),
            base: format!("http://{address}"),
            is_browser: false,
            token: token.map(str::to_owned),
        }
    }

    pub(super) fn browser(address: SocketAddr, cookies: &[String]) -> Self {
        let base = format!("http://{address}");
        let jar = Arc::new(Jar::default());
        for cookie in cookies {
            jar.add_cookie_str(cookie, &base.parse().unwrap());
        }
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none());
        let http = builder.cookie_provider(jar).build().unwrap();
        Self {
            http,
            base,
            is_browser: true,
            token: None,
        }
    }

    /// A request to send with [`Client::send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None if self.is_browser => request.header(ORIGIN, &self.base),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a request as it was built.
    pub(crate) async fn execute(&self, request: reqwest::Request) -> Answer {
        Answer::read(self.http.execute(request).await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    /// A request without a body.
    pub(crate) async fn call(&self, method: Method, path: &str) -> Answer {
        self.send(self.request(method, path)).await
    }

    /// A request under an `Idempotency-Key`.
    pub(crate) async fn once(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let request = self.request(method, path).header("idempotency-key", key);
        self.send(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            status,
            headers,
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The header, or nothing.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().unwrap())
    }

    /// The status, and of an error the code and the field: `400 invalid_value name`.
    pub(crate) fn summary(&self) -> String {
        let mut summary = self.status.to_string();
        if self.status >= 400 {
            let body = self.json();
            let details = &body["error"]["details"];
            for word in [&body["error"]["code"], &details["field"]] {
                if let Some(word) = word.as_str() {
                    summary = format!("{summary} {word}");
                }
            }
        }
        summary
    }
}
