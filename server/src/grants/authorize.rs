//! What a program asks for, read and judged: before a person is asked, and again when they have answered.

use super::clients::{self, Client};
use super::codes::{self, CHALLENGE_CHARS, Code};
use super::params::Params;
use super::redirects::with_query;
use super::refusal::Refusal;
use crate::access::{Actor, Visit};
use crate::app::App;
use crate::http::Error;
use axum::extract::Query;
use shared::codes::Code as Reason;
use shared::ids::{UserId, WorkspaceId};
use shared::limits::{KeyScope, KeyScopes};

const STATE_CHARS_MAX: usize = 2_000;

/// What a program asks for.
pub(super) struct Wish {
    pub(super) client: Client,
    /// Where the answer goes.
    pub(super) redirect: String,
    pub(super) state: Option<String>,
    pub(super) challenge: String,
    pub(super) scopes: KeyScopes,
    /// The address of the workspace that it would like.
    pub(super) workspace: Option<String>,
    scope: String,
}

/// Why nobody is asked.
pub(super) enum Bad {
    /// It is not known who asks, or where the answer would go: the person is told, and nobody else.
    Unknown(String),
    /// It is known where the program may be told. Nobody is sent there unasked: whoever registers programs could send
    /// people anywhere (RFC 9700, section 4.11).
    Told {
        client: String,
        redirect: String,
        state: Option<String>,
        error: &'static str,
        why: String,
    },
    /// Something broke.
    Failed(Error),
}

impl From<Error> for Bad {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Reads what a program asks for.
pub(super) async fn read(app: &App, params: &Params) -> Result<Wish, Bad> {
    // Until it is known where the program's answers may go, none goes anywhere.
    let unknown = |refusal: Refusal| match refusal {
        Refusal::Told(_, why) => Bad::Unknown(why),
        Refusal::Other(error) => Bad::Failed(error),
    };
    let id = params.get("client_id").map_err(unknown)?;
    let client = clients::find(app, id).await?;
    let client = client.ok_or_else(|| Bad::Unknown("Nobody knows this program.".to_owned()))?;
    let redirect = params.get("redirect_uri").map_err(unknown)?.to_owned();
    if !client.takes(&redirect) {
        let why = "It wants you sent to an address that it did not register.";
        return Err(Bad::Unknown(why.to_owned()));
    }
    let state = params.find("state").map_err(unknown)?.map(str::to_owned);
    if state
        .as_ref()
        .is_some_and(|state| state.len() > STATE_CHARS_MAX)
    {
        return Err(Bad::Unknown("Its state is too long.".to_owned()));
    }
    match rest(params) {
        Ok((challenge, scopes, scope, workspace)) => Ok(Wish {
            client,
            redirect,
            state,
            challenge,
            scopes,
            workspace,
            scope,
        }),
        Err(Refusal::Told(error, why)) => Err(Bad::Told {
            client: client.name,
            redirect,
            state,
            error,
            why,
        }),
        Err(Refusal::Other(error)) => Err(Bad::Failed(error)),
    }
}

fn rest(params: &Params) -> Result<(String, KeyScopes, String, Option<String>), Refusal> {
    if params.get("response_type")? != "code" {
        let why = "Only response_type=code is given.";
        return Err(Refusal::new("unsupported_response_type", why));
    }
    let challenge = params.get("code_challenge")?;
    // Left out it would be plain.
    if params.find("code_challenge_method")? != Some("S256") {
        return Err(Refusal::invalid("code_challenge_method has to be S256."));
    }
    let is_hash = challenge.len() == CHALLENGE_CHARS
        && challenge
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !is_hash {
        let why = "code_challenge is the SHA-256 of the verifier, in base64url without padding.";
        return Err(Refusal::invalid(why));
    }
    let scope = params.find("scope")?.unwrap_or("read").to_owned();
    let scopes = KeyScopes::parse(&scope).map_err(|why| Refusal::new("invalid_scope", why))?;
    let workspace = params.find("workspace")?.map(str::to_owned);
    Ok((challenge.to_owned(), scopes, scope, workspace))
}

/// The redirect address of what one of everybody's programs asks for, with an answer in it, if it asks in the right way.
/// Nothing is asked of a database, so that much can be tried.
pub fn redirect_of(query: &str) -> Option<String> {
    let Query(pairs) = Query::try_from_uri(&format!("/?{query}").parse().ok()?).ok()?;
    let params = Params(pairs);
    let client = clients::built_in(params.get("client_id").ok()?)?;
    let redirect = params.get("redirect_uri").ok()?;
    let state = params.find("state").ok()?;
    let (challenge, ..) = rest(&params).ok()?;
    let pairs = [
        ("code", challenge.as_str()),
        ("state", state.unwrap_or_default()),
    ];
    client.takes(redirect).then(|| with_query(redirect, &pairs))
}

impl Wish {
    /// The request once more, for the form that answers it.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", &self.client.id),
            ("redirect_uri", &self.redirect),
            ("code_challenge", &self.challenge),
            ("code_challenge_method", "S256"),
            ("scope", &self.scope),
        ];
        fields.extend(self.state.as_deref().map(|state| ("state", state)));
        fields.extend(self.workspace.as_deref().map(|slug| ("workspace", slug)));
        fields
    }

    /// The workspace that a person chose, or that the program is of: nothing for all of theirs.
    pub(super) async fn place(
        &self,
        app: &App,
        user: UserId,
        chosen: Option<&str>,
    ) -> Result<Option<WorkspaceId>, Bad> {
        let visit = match (self.client.workspace, chosen) {
            (Some(only), _) => Visit::to(app, Actor::unlimited(user), only).await,
            (None, Some(slug)) => Visit::to_slug(app, Actor::unlimited(user), slug).await,
            (None, None) => return Ok(None),
        };
        match visit {
            Ok(visit) => Ok(Some(visit.workspace)),
            Err(Error::Refused(rejected)) if rejected.code == Reason::NotFound => {
                let why = "It is for a workspace that you are not in.";
                Err(Bad::Unknown(why.to_owned()))
            }
            Err(error) => Err(Bad::Failed(error)),
        }
    }

    /// Those of the scopes that the person has ticked. Reading is always among them.
    pub(super) fn ticked(&self, params: &Params) -> Result<KeyScopes, Refusal> {
        let mut ticked = Vec::new();
        for scope in self.scopes.names() {
            if params.find(&tick(scope))?.is_some() {
                ticked.push(scope);
            }
        }
        Ok(KeyScopes::of(ticked))
    }

    /// Where the person is sent once they have consented.
    pub(super) async fn allow(
        &self,
        app: &App,
        user: UserId,
        workspace: Option<WorkspaceId>,
        scopes: KeyScopes,
    ) -> Result<String, Error> {
        let code = Code {
            client: self.client.id.clone(),
            user,
            redirect: self.redirect.clone(),
            challenge: self.challenge.clone(),
            scopes,
            workspace,
            expires_at: codes::ends(app),
        };
        let secret = codes::issue(app, &code).await?;
        Ok(answer(
            app,
            &self.redirect,
            self.state.as_deref(),
            &[("code", &secret)],
        ))
    }

    /// Where the person is sent who does not consent.
    pub(super) fn deny(&self, app: &App) -> String {
        let told = [
            ("error", "access_denied"),
            ("error_description", "The person said no."),
        ];
        answer(app, &self.redirect, self.state.as_deref(), &told)
    }
}

/// What the box of a scope is called in the form.
pub(super) fn tick(scope: KeyScope) -> String {
    format!("scope_{}", scope.as_str())
}

/// The address of an answer. It says whose it is, so that a program is not told one server's answer as another's (RFC 9207).
pub(super) fn answer(
    app: &App,
    redirect: &str,
    state: Option<&str>,
    pairs: &[(&str, &str)],
) -> String {
    let issuer = app.public_url.origin();
    let mut all = pairs.to_vec();
    all.extend(state.map(|state| ("state", state)));
    all.push(("iss", &issuer));
    with_query(redirect, &all)
}
