//! A provider of OpenID Connect that says whatever a test wants it to say.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;

pub(crate) const CLIENT_ID: &str = "teamflow";
pub(crate) const CLIENT_SECRET: &str = "between the two of us";

/// A code that was given out.
struct Given {
    challenge: String,
    token: String,
}

struct Inner {
    base: String,
    /// What tokens are signed with.
    seed: u8,
    given: HashMap<String, Given>,
    /// How many there were.
    count: u32,
    user_info: Option<Value>,
    /// Where it says that its keys are, if not with it.
    keys_at: Option<String>,
    /// What is added to every answer.
    padding: usize,
}

/// The provider.
#[derive(Clone)]
pub(crate) struct Provider(Arc<Mutex<Inner>>);

/// What a browser was sent to the provider with.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) query: HashMap<String, String>,
}

impl Asked {
    pub(crate) fn of(address: &str) -> Self {
        let address: reqwest::Url = address.parse().unwrap();
        let pairs = address.query_pairs().into_owned();
        Self {
            query: pairs.collect(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The path on which the browser comes back with this.
    pub(crate) fn back(&self, query: &[(&str, &str)]) -> String {
        let mut address: reqwest::Url = self.get("redirect_uri").parse().unwrap();
        address.query_pairs_mut().extend_pairs(query);
        format!("{}?{}", address.path(), address.query().unwrap())
    }
}

pub(crate) fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token's claims below another header, which wait for a signature.
pub(crate) fn with_header(header: &str, token: &str) -> String {
    let claims = token.split('.').nth(1).unwrap();
    format!("{}.{claims}", BASE64_URL_SAFE_NO_PAD.encode(header))
}

/// What waited, signed with this key.
pub(crate) fn sign(seed: u8, text: &str) -> String {
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key(seed).sign(text.as_bytes()));
    format!("{text}.{signature}")
}

/// Header and claims, which wait for a signature.
pub(crate) fn unsigned(alg: &str, claims: &Value) -> String {
    let header = json!({ "alg": alg, "typ": "JWT", "kid": "one" });
    format!("{}.{}", part(&header), part(claims))
}

/// A token that is signed with this key.
pub(crate) fn signed(seed: u8, claims: &Value) -> String {
    sign(seed, &unsigned("EdDSA", claims))
}

/// A token that is sealed with a secret that both sides know.
pub(crate) fn mac(secret: &[u8], claims: &Value) -> String {
    let text = unsigned("HS256", claims);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
    let tag = ring::hmac::sign(&key, text.as_bytes());
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self(Arc::new(Mutex::new(Inner {
            base: format!("http://{}", listener.local_addr().unwrap()),
            seed: 1,
            given: HashMap::new(),
            count: 0,
            user_info: None,
            keys_at: None,
            padding: 0,
        })));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    pub(crate) fn base(&self) -> String {
        self.inner().base.clone()
    }

    /// Signs with another key from now on.
    pub(crate) fn change_key(&self, seed: u8) {
        self.inner().seed = seed;
    }

    /// Says that its keys are there from now on.
    pub(crate) fn keep_keys_at(&self, address: &str) {
        self.inner().keys_at = Some(address.to_owned());
    }

    /// Makes every answer so much longer.
    pub(crate) fn pad(&self, bytes: usize) {
        self.inner().padding = bytes;
    }

    /// What is told to who has an access token.
    pub(crate) fn tell(&self, user_info: Value) {
        self.inner().user_info = Some(user_info);
    }

    /// A code for this token.
    pub(crate) fn code_for(&self, asked: &Asked, token: String) -> String {
        let mut inner = self.inner();
        inner.count += 1;
        let code = format!("code-{}", inner.count);
        let challenge = asked.get("code_challenge").to_owned();
        inner.given.insert(code.clone(), Given { challenge, token });
        code
    }

    /// A code for a token with these claims, signed as it should be.
    pub(crate) fn code(&self, asked: &Asked, claims: &Value) -> String {
        let seed = self.inner().seed;
        self.code_for(asked, signed(seed, claims))
    }
}

async fn configuration(State(provider): State<Provider>) -> Json<Value> {
    let inner = provider.inner();
    let base = &inner.base;
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "jwks_uri": inner.keys_at.clone().unwrap_or_else(|| format!("{base}/jwks")),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // It claims to do everything; it is not asked.
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
        "padding": "x".repeat(inner.padding),
    }))
}

async fn jwks(State(provider): State<Provider>) -> Json<Value> {
    let seed = provider.inner().seed;
    let public = BASE64_URL_SAFE_NO_PAD.encode(key(seed).public_key());
    let kid = if seed == 1 { "one" } else { "two" };
    Json(json!({ "keys": [
        { "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": public },
    ] }))
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error })));
    let encoded: String = CLIENT_SECRET.replace(' ', "+");
    let basic = BASE64_STANDARD.encode(format!("{CLIENT_ID}:{encoded}"));
    let sent = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    if sent != Some(&format!("Basic {basic}")) {
        return refuse("invalid_client");
    }
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    // A code is good once.
    let Some(given) = provider.inner().given.remove(&field("code")) else {
        return refuse("invalid_grant");
    };
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
    if challenge != given.challenge || field("grant_type") != "authorization_code" {
        return refuse("invalid_grant");
    }
    let answer = json!({
        "access_token": "for the person's facts",
        "token_type": "Bearer",
        "expires_in": 60,
        "id_token": given.token,
    });
    (StatusCode::OK, Json(answer))
}

async fn user_info(State(provider): State<Provider>) -> Result<Json<Value>, StatusCode> {
    let told = provider.inner().user_info.clone();
    told.map(Json).ok_or(StatusCode::NOT_FOUND)
}
