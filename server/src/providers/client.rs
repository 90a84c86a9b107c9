//! Talking with one provider: what it says of itself, and whom it vouches for.
//!
//! What comes from there is believed only as far as it can be checked: the signature by the provider's published keys
//! (never by a shared secret, never without), the issuer, the audience, the time, and the nonce of this one attempt.
//! Answers are limited in size and time, and nothing that the provider says leads anywhere without TLS.

use crate::app::App;
use crate::clock::millis;
use crate::config;
use crate::http::Error;
use crate::http::outgoing::{Guard, Outgoing};
use anyhow::{Context as _, anyhow};
use chrono::DateTime;
use futures::future::BoxFuture;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdToken,
    CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm as Alg, CoreProviderMetadata,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthType, AuthorizationCode, ClaimsVerificationError,
    ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse,
    TokenResponse as _,
};
use reqwest::redirect::Policy;
use shared::codes::{Code, Rejected};
use shared::values::Time;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How long it is believed what a provider said of itself.
const KEPT: Duration = Duration::from_hours(1);
/// How often it is asked again, because it could not be reached or has new keys.
const ASKED_EVERY: Duration = Duration::from_secs(10);
const SUBJECT_BYTES_MAX: usize = 255;

/// Signed by a key of which only the provider has the private half.
const ALGS: [Alg; 10] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EcdsaP521Sha512,
    Alg::EdDsa,
];

/// Somebody, as a provider knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vouched {
    /// Who vouches.
    pub(super) issuer: String,
    /// Whom they call so, for ever.
    pub(super) subject: String,
    /// Their address, which they may change.
    pub(super) email: Option<String>,
    /// Whether the provider has seen that the address is theirs.
    pub(super) is_verified: bool,
    /// What they are called.
    pub(super) name: Option<String>,
}

/// What fits one attempt.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Keys {
    /// Comes back with the browser.
    pub(super) state: String,
    /// Comes back in the signed token.
    pub(super) nonce: String,
    /// Shows the provider that it is we who come for the token.
    pub(super) verifier: String,
}

/// A provider, and what it last said of itself.
pub(super) struct Client {
    pub(super) settings: config::Provider,
    http: reqwest::Client,
    guard: Guard,
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    asked_at: Time,
    /// Nothing where it could not be reached.
    metadata: Option<Arc<CoreProviderMetadata>>,
}

type Configured = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Client {
    pub(super) fn new(settings: config::Provider, outgoing: &Outgoing) -> anyhow::Result<Self> {
        // The operator named the provider's host; wherever else the provider sends us it has to be public.
        let guard = outgoing.guard(settings.host());
        let http = reqwest::Client::builder()
            .user_agent("TeamFlow")
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // Whoever could redirect us could let us ask anybody anything.
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(guard.clone()))
            .https_only(!settings.is_here());
        Ok(Self {
            settings,
            http: http.build().context("preparing to ask providers")?,
            guard,
            known: Mutex::new(None),
        })
    }

    /// Where a browser goes to show the provider who is there.
    pub(super) async fn address(&self, app: &App, keys: &Keys) -> Result<String, Error> {
        let client = self.configured(app, &*self.metadata(app, None).await?)?;
        let (state, nonce) = (keys.state.clone(), keys.nonce.clone());
        let verifier = PkceCodeVerifier::new(keys.verifier.clone());
        let (address, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        self.require_tls(&address)?;
        Ok(address.to_string())
    }

    /// Exchanges a code for whom the provider vouches.
    pub(super) async fn vouched(
        &self,
        app: &App,
        code: String,
        keys: Keys,
    ) -> Result<Vouched, Error> {
        let metadata = self.metadata(app, None).await?;
        let client = self.configured(app, &metadata)?;
        let answer = self.tokens(&client, code, keys.verifier).await?;
        let token = answer.id_token();
        let token = token.ok_or_else(|| self.distrusted("it sent no ID token"))?;
        let nonce = Nonce::new(keys.nonce);
        let verifier = self.verifier(app, &metadata);
        let claims = match token.claims(&verifier, &nonce) {
            // It may have new keys.
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let newer = self.metadata(app, Some(&metadata)).await?;
                let verifier = self.verifier(app, &newer);
                let claims = token.claims(&verifier, &nonce);
                let claims = claims.map_err(|why| self.distrusted(why))?;
                self.check(token, claims, &verifier, &answer)?;
                claims
            }
            Err(why) => return Err(self.distrusted(why)),
            Ok(claims) => {
                self.check(token, claims, &verifier, &answer)?;
                claims
            }
        };
        let more = match (claims.email(), claims.email_verified()) {
            (Some(_), Some(_)) => None,
            _ => self.user_info(&client, &answer, claims).await?,
        };
        Ok(vouched_of(claims, more.as_ref()))
    }

    async fn tokens(
        &self,
        client: &Configured,
        code: String,
        verifier: String,
    ) -> Result<CoreTokenResponse, Error> {
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| self.distrusted("it has no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let answered = request.request_async(self).await;
        // What it answered may hold tokens, so it is never logged as it is.
        answered.map_err(|error| match error {
            RequestTokenError::Request(error) => self.unreachable(&error),
            RequestTokenError::ServerResponse(refusal) => self.refused_exchange(&refusal),
            RequestTokenError::Parse(..) => self.distrusted("its answer cannot be read"),
            RequestTokenError::Other(why) => self.distrusted(why),
        })
    }

    fn refused_exchange(&self, refusal: &StandardErrorResponse<CoreErrorResponseType>) -> Error {
        let (id, why) = (&self.settings.id, refusal.error().to_string());
        tracing::warn!(provider = id, error = why, "a provider refused a code");
        let name = &self.settings.name;
        let text =
            format!("{name} did not accept what it had given out itself ({why}). Try again.");
        Rejected::new(Code::SignInFailed, text).into()
    }

    /// What the library leaves to us.
    fn check(
        &self,
        token: &CoreIdToken,
        claims: &CoreIdTokenClaims,
        verifier: &CoreIdTokenVerifier<'_>,
        answer: &CoreTokenResponse,
    ) -> Result<(), Error> {
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX {
            return Err(self.distrusted("its name for the person is empty or too long"));
        }
        let party = claims.authorized_party();
        if party.is_some_and(|party| party.as_str() != self.settings.client_id) {
            return Err(self.distrusted("its token is for another program"));
        }
        let Some(expected) = claims.access_token_hash() else {
            return Ok(());
        };
        let alg = token.signing_alg().map_err(|why| self.distrusted(why))?;
        let key = token
            .signing_key(verifier)
            .map_err(|why| self.distrusted(why))?;
        let found = AccessTokenHash::from_token(answer.access_token(), alg, key);
        if found.map_err(|why| self.distrusted(why))? != *expected {
            return Err(self.distrusted("its two tokens do not belong together"));
        }
        Ok(())
    }

    async fn user_info(
        &self,
        client: &Configured,
        answer: &CoreTokenResponse,
        claims: &CoreIdTokenClaims,
    ) -> Result<Option<CoreUserInfoClaims>, Error> {
        let subject = Some(claims.subject().clone());
        let Ok(request) = client.user_info(answer.access_token().clone(), subject) else {
            return Ok(None);
        };
        let found = request.request_async(self).await;
        found.map(Some).map_err(|why| self.distrusted(why))
    }

    fn verifier(&self, app: &App, metadata: &CoreProviderMetadata) -> CoreIdTokenVerifier<'static> {
        let now = app.clock.now();
        CoreIdTokenVerifier::new_public_client(
            ClientId::new(self.settings.client_id.clone()),
            metadata.issuer().clone(),
            metadata.jwks().clone(),
        )
        .set_allowed_algs(ALGS)
        .set_time_fn(move || DateTime::from_timestamp_millis(now.0).unwrap_or_default())
    }

    fn configured(&self, app: &App, metadata: &CoreProviderMetadata) -> Result<Configured, Error> {
        let settings = &self.settings;
        let back = super::back_address(app, &settings.id);
        let back = RedirectUrl::new(back).context("writing the address to come back to")?;
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(settings.client_id.clone()),
            settings.client_secret.clone().map(ClientSecret::new),
        );
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_none_or(|methods| methods.contains(&method));
        let in_header = takes(CoreClientAuthMethod::ClientSecretBasic);
        let kind = if in_header {
            AuthType::BasicAuth
        } else {
            AuthType::RequestBody
        };
        Ok(client.set_redirect_uri(back).set_auth_type(kind))
    }

    /// What the provider says of itself: from memory, unless that is old, or what the caller has found to be too old.
    async fn metadata(
        &self,
        app: &App,
        outdated: Option<&Arc<CoreProviderMetadata>>,
    ) -> Result<Arc<CoreProviderMetadata>, Error> {
        let now = app.clock.now();
        // Of those who need it at once, one asks.
        let mut known = self.known.lock().await;
        if let Some(Known { asked_at, metadata }) = &*known {
            let age = now.0.saturating_sub(asked_at.0);
            let is_wanted = match (metadata, outdated) {
                (Some(metadata), Some(outdated)) => !Arc::ptr_eq(metadata, outdated),
                (Some(_), None) => age < millis(KEPT),
                (None, _) => false,
            };
            match metadata {
                Some(metadata) if is_wanted || age < millis(ASKED_EVERY) => {
                    return Ok(Arc::clone(metadata));
                }
                None if age < millis(ASKED_EVERY) => return Err(self.away()),
                _ => {}
            }
        }
        let asked = self.discover().await;
        let metadata = asked.as_ref().ok().cloned();
        *known = Some(Known {
            asked_at: now,
            metadata,
        });
        asked
    }

    async fn discover(&self) -> Result<Arc<CoreProviderMetadata>, Error> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).context("reading an issuer")?;
        let found = CoreProviderMetadata::discover_async(issuer, self).await;
        found
            .map(Arc::new)
            .map_err(|error| self.unreachable(&error))
    }

    /// One request to the provider.
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let told =
            |error: reqwest::Error| Unreachable(format!("{:#}", anyhow!(error.without_url())));
        let request = reqwest::Request::try_from(request).map_err(told)?;
        let refused = self.guard.check(request.url());
        refused.map_err(|why| Unreachable(why.to_string()))?;
        let mut answer = self.http.execute(request).await.map_err(told)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(told)? {
            if body.len() + part.len() > ANSWER_BYTES_MAX {
                return Err(Unreachable(format!(
                    "it answered more than {ANSWER_BYTES_MAX} bytes"
                )));
            }
            body.extend_from_slice(&part);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    fn require_tls(&self, address: &reqwest::Url) -> Result<(), Error> {
        if address.scheme() == "https" || self.settings.is_here() {
            Ok(())
        } else {
            Err(self.distrusted("it would show who people are without TLS"))
        }
    }

    fn away(&self) -> Error {
        let text = format!(
            "{} cannot be reached at the moment. Try again in a while, or sign in another way.",
            self.settings.name
        );
        Rejected::new(Code::Unavailable, text).into()
    }

    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> Error {
        let mut why = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            why = format!("{why}: {inner}");
            cause = inner.source();
        }
        tracing::warn!(
            provider = self.settings.id,
            error = why,
            "a provider cannot be asked"
        );
        self.away()
    }

    fn distrusted(&self, why: impl fmt::Display) -> Error {
        let id = &self.settings.id;
        tracing::warn!(provider = id, error = %why, "a provider's word cannot be trusted");
        let text = format!(
            "What {} said of you cannot be trusted, so you were not signed in. Try again; if it happens again, tell the \
             administrator of this server.",
            self.settings.name
        );
        Rejected::new(Code::SignInFailed, text).into()
    }
}

impl<'c> AsyncHttpClient<'c> for Client {
    type Error = Unreachable;
    type Future = BoxFuture<'c, Result<HttpResponse, Unreachable>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

fn vouched_of(claims: &CoreIdTokenClaims, more: Option<&CoreUserInfoClaims>) -> Vouched {
    // An address and whether it is verified come from the same place.
    let (email, is_verified) = match more {
        Some(more) => (more.email(), more.email_verified()),
        None => (claims.email(), claims.email_verified()),
    };
    let name = claims
        .name()
        .or_else(|| more?.name())
        .and_then(|name| name.get(None));
    let name = name.map(|name| name.as_str().to_owned());
    let handle = claims
        .preferred_username()
        .or_else(|| more?.preferred_username());
    Vouched {
        issuer: claims.issuer().as_str().to_owned(),
        subject: claims.subject().as_str().to_owned(),
        email: email.map(|email| email.as_str().to_owned()),
        is_verified: is_verified == Some(true),
        name: name.or_else(|| handle.map(|handle| handle.as_str().to_owned())),
    }
}

/// Why a provider could not be asked; nothing secret is in it.
#[derive(Debug)]
pub(super) struct Unreachable(String);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreachable {}
