//! What the pages ask of the server that is not synced, on behalf of one request.

mod administration;
mod bots;
pub(crate) mod half_way;
mod invitations;
mod keys;
pub mod new_token;
mod passkeys;
mod profiles;
mod shown;
mod ways_in;
mod workspaces;

use half_way::HalfWay;
use shown::two_step;
use ways_in::go_on;

use crate::access::Visit;
use crate::accounts::identity::{self, SignedIn, Via};
use crate::accounts::{self, Credentials, User, links, sign_up};
use crate::app::App;
use crate::http::Error;
use crate::http::flash::{self, Flash};
use crate::sessions::{self, Entrance, SessionToken};
use crate::{demo, providers, second_steps, tokens};
use ::app::accounts::{
    Account, Entrances, NewAccount, NewToken, Session, Token, TokenWish, TwoStep,
};
use ::app::backend::{Answer, Backend, Failure};
use ::app::routes::href;
use ::app::settings::Administration;
use axum::http::header::{ACCEPT, HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{ResponseOptions, redirect};
use shared::codes::{Code, Rejected};
use shared::ids::{SessionId, TokenId, WorkspaceId};
use shared::values::{Email, Name};
use std::sync::Arc;

/// The server, as one request sees it.
#[derive(Clone)]
pub struct RequestBackend {
    app: App,
    headers: HeaderMap,
    response: ResponseOptions,
}

impl RequestBackend {
    /// The backend of the request that is in the context.
    pub fn of_context(app: App) -> Self {
        Self {
            app,
            headers: use_context::<Parts>()
                .map(|parts| parts.headers)
                .unwrap_or_default(),
            response: use_context().unwrap_or_default(),
        }
    }

    /// Puts it where pages and server functions find it.
    pub fn provide(self) {
        provide_context::<Arc<dyn Administration>>(Arc::new(self.clone()));
        provide_context::<Arc<dyn Backend>>(Arc::new(self));
    }

    /// Does the work; a refusal becomes the answer's status, unless a plain form waits for its redirect.
    fn answer<T, F>(&self, work: impl FnOnce(Self) -> F) -> Answer<T>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let this = self.clone();
        let work = work(self.clone());
        Box::pin(async move {
            work.await.map_err(|error| {
                if let Some(seconds) = error.retry_after() {
                    this.response
                        .insert_header(RETRY_AFTER, HeaderValue::from(seconds));
                }
                let rejected = error.into_rejected();
                if !this.is_plain_form()
                    && let Ok(status) = StatusCode::from_u16(rejected.code.status())
                {
                    this.response.set_status(status);
                }
                Failure(rejected)
            })
        })
    }

    /// Whether the browser itself sent the form, not a script.
    fn is_plain_form(&self) -> bool {
        self.text_of(ACCEPT)
            .is_some_and(|accept| accept.contains("text/html"))
    }

    fn text_of(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn user_agent(&self) -> Option<String> {
        self.text_of(USER_AGENT).map(str::to_owned)
    }

    fn set_cookie(&self, cookie: &str) {
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            self.response.append_header(SET_COOKIE, cookie);
        }
    }

    async fn begin(&self, session: &SessionToken) -> Result<(), Error> {
        sessions::end_former(&self.app, &self.headers).await?;
        for cookie in sessions::cookies(&self.app, session) {
            self.set_cookie(&cookie);
        }
        Ok(())
    }

    async fn who(&self) -> Result<Option<SignedIn>, Error> {
        identity::of_request(&self.app, &self.headers).await
    }

    async fn somebody(&self) -> Result<SignedIn, Error> {
        self.who()
            .await?
            .ok_or_else(|| Code::Unauthenticated.into())
    }

    /// Who asks, in a workspace.
    async fn visit(&self, workspace: WorkspaceId) -> Result<Visit, Error> {
        let who = self.somebody().await?;
        Visit::to(&self.app, &who, workspace).await
    }

    /// The account of who asks.
    async fn user(&self) -> Result<User, Error> {
        let who = self.somebody().await?;
        let found = accounts::find(&self.app, who.user_id).await?;
        found.ok_or_else(|| Code::Unauthenticated.into())
    }

    async fn create_account(
        &self,
        account: NewAccount,
        invitation: Option<&str>,
    ) -> Result<User, Error> {
        let new = accounts::NewAccount {
            name: field("name", Name::parse(&account.name))?,
            email: field("email", Email::parse(&account.email))?,
            password: account.password,
            entrance: Entrance::browser(self.user_agent()),
            invitation: invitation.map(str::to_owned),
        };
        let (user, session) = accounts::sign_up(&self.app, new).await?;
        self.begin(&session).await?;
        Ok(user)
    }

    /// A plain form comes back empty; the address need not be typed again. Never in the page's own address.
    fn keep_typed(&self, email: &str) -> Result<(), Error> {
        if self.is_plain_form() {
            self.set_cookie(&flash::cookie(&self.app, &Flash::email(email))?);
        }
        Ok(())
    }

    async fn require_fresh(&self) -> Result<(), Error> {
        if accounts::count(&self.app).await? == 0 {
            return Ok(());
        }
        let why = "This server is set up already. Sign in, or ask for an account.";
        Err(Rejected::new(Code::NotAllowed, why).into())
    }
}

impl Backend for RequestBackend {
    fn sign_in(
        &self,
        email: String,
        password: String,
        remember: bool,
        next: Option<String>,
    ) -> Answer<()> {
        self.answer(|this| async move {
            let credentials = Credentials {
                email: email.clone(),
                password,
                code: None,
                entrance: Entrance {
                    remember,
                    ..Entrance::browser(this.user_agent())
                },
            };
            match accounts::sign_in(&this.app, credentials).await {
                Ok((_, session)) => {
                    this.begin(&session).await?;
                    go_on(next);
                }
                Err(Error::Refused(rejected)) if rejected.code == Code::CodeRequired => {
                    let email = field("email", Email::parse(&email))?;
                    let half_way = HalfWay { email, remember };
                    this.set_cookie(&half_way.cookie(&this.app)?);
                    redirect(&href::second_step(next.as_deref()));
                }
                Err(error) => {
                    this.keep_typed(&email)?;
                    return Err(error);
                }
            }
            Ok(())
        })
    }

    fn enter_code(&self, code: String, next: Option<String>) -> Answer<()> {
        self.answer(|this| async move {
            let half_way = HalfWay::of(&this.app, &this.headers).ok_or_else(|| {
                let text = "That took too long. Begin again with your password.";
                Rejected::new(Code::SignInFailed, text)
            })?;
            let entrance = Entrance {
                remember: half_way.remember,
                ..Entrance::browser(this.user_agent())
            };
            let entered =
                accounts::sign_in_with_code(&this.app, &half_way.email, &code, entrance).await?;
            this.set_cookie(&half_way::removal_cookie(&this.app));
            this.begin(&entered.1).await?;
            go_on(next);
            Ok(())
        })
    }

    fn find_two_step(&self) -> Answer<TwoStep> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let state = second_steps::state(&this.app, who.user_id, &who.email).await?;
            Ok(two_step(state))
        })
    }

    fn begin_two_step(&self) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            second_steps::begin(&this.app, who.user_id).await
        })
    }

    fn confirm_two_step(&self, code: String) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            second_steps::confirm(&this.app, who.user_id, &who.email, &code).await
        })
    }

    fn note_codes(&self) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            second_steps::noted(&this.app, who.user_id).await
        })
    }

    fn end_two_step(&self, password: String) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            accounts::require_password(&this.app, who.user_id, password).await?;
            second_steps::end(&this.app, who.user_id).await
        })
    }

    fn sign_up(&self, account: NewAccount, next: Option<String>) -> Answer<()> {
        self.answer(|this| async move {
            let secret = next.as_deref().and_then(href::secret_of_invitation);
            let email = account.email.clone();
            ways_in::require_at_once(&this.app, &email, secret).await?;
            if let Err(error) = this.create_account(account, secret).await {
                this.keep_typed(&email)?;
                return Err(error);
            }
            go_on(next);
            Ok(())
        })
    }

    fn ask_sign_up(&self, email: String, next: Option<String>) -> Answer<()> {
        self.answer(|this| async move {
            redirect(&ways_in::ask_sign_up(&this.app, &email, next).await?);
            Ok(())
        })
    }

    fn finish_sign_up(
        &self,
        token: String,
        name: String,
        password: String,
        next: Option<String>,
    ) -> Answer<()> {
        self.answer(|this| async move {
            let chosen = sign_up::Chosen {
                name: field("name", Name::parse(&name))?,
                password,
                next: next.clone(),
                entrance: Entrance::browser(this.user_agent()),
            };
            let session = sign_up::finish(&this.app, &token, chosen).await?;
            this.begin(&session).await?;
            go_on(next);
            Ok(())
        })
    }

    fn set_up(&self, account: NewAccount, workspace: String) -> Answer<()> {
        self.answer(|this| async move {
            this.require_fresh().await?;
            let workspace = field("workspace", Name::parse(&workspace))?;
            let user = this.create_account(account, None).await?;
            let founded =
                crate::workspaces::found(&this.app, user.id, &user.name, &workspace, None);
            let slug = founded.await?;
            redirect(&href::workspace(slug.as_str()));
            Ok(())
        })
    }

    fn try_demo(&self) -> Answer<()> {
        self.answer(|this| async move {
            let person = identity::person_of_request(&this.app, &this.headers).await?;
            let demo = if let Some(who) = person {
                demo::found(&this.app, who.user_id, &who.name, None).await?
            } else {
                this.require_fresh().await?;
                let account = demo::account(&this.app.rng);
                let keys = (account.email.clone(), account.password.clone());
                let user = this.create_account(account, None).await?;
                demo::found(&this.app, user.id, &user.name, Some(keys)).await?
            };
            redirect(&href::board(demo.slug.as_str(), demo.key.as_str()));
            Ok(())
        })
    }

    fn sign_out(&self) -> Answer<()> {
        self.answer(|this| async move {
            if let Some(SignedIn {
                via: Via::Session(id),
                ..
            }) = this.who().await?
            {
                sessions::sign_out(&this.app, id).await?;
            }
            for cookie in sessions::removal_cookies(&this.app) {
                this.set_cookie(&cookie);
            }
            redirect(href::SIGN_IN);
            Ok(())
        })
    }

    fn forgot_password(&self, email: String) -> Answer<()> {
        self.answer(|this| async move {
            if !this.app.mailer.is_there() {
                let text = "This server sends no mail. Ask its administrator for a link to choose another password.";
                return Err(Rejected::new(Code::Unavailable, text).into());
            }
            links::forgot(&this.app, &email);
            redirect(&format!("{}?done=sent", href::FORGOT_PASSWORD));
            Ok(())
        })
    }

    fn reset_password(&self, token: String, password: String) -> Answer<()> {
        self.answer(|this| async move {
            links::reset(&this.app, &token, password).await?;
            redirect(&format!("{}?done=reset", href::SIGN_IN));
            Ok(())
        })
    }

    fn confirm_email(&self, token: String) -> Answer<()> {
        self.answer(|this| async move {
            links::confirm(&this.app, &token).await?;
            redirect(&if this.who().await?.is_some() {
                href::account_done("email")
            } else {
                format!("{}?done=email", href::SIGN_IN)
            });
            Ok(())
        })
    }

    fn find_account(&self) -> Answer<Account> {
        self.answer(|this| async move {
            let user = this.user().await?;
            ways_in::account(&this.app, &user).await
        })
    }

    fn find_entrances(&self) -> Answer<Entrances> {
        self.answer(|this| async move { Ok(ways_in::entrances(&this.app)) })
    }

    fn unlink_provider(&self, issuer: String) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            providers::unlink(&this.app, who.user_id, &issuer).await?;
            redirect(&href::account_done("unlinked"));
            Ok(())
        })
    }

    fn send_confirmation(&self) -> Answer<()> {
        self.answer(|this| async move {
            let user = this.user().await?;
            links::send_confirmation(&this.app, &user).await?;
            redirect(&href::account_done("sent"));
            Ok(())
        })
    }

    fn list_sessions(&self) -> Answer<Vec<Session>> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let sessions = sessions::list(&this.app, who.user_id).await?;
            Ok(sessions
                .into_iter()
                .map(|session| Session {
                    is_current: who.via == Via::Session(session.id),
                    id: session.id,
                    user_agent: session.user_agent,
                    is_browser: session.kind == sessions::Kind::Browser,
                    scopes: session.grant.map(|grant| grant.scopes),
                    means: session.means.map(|means| means.text().to_owned()),
                    created_at: session.created_at,
                    seen_at: session.seen_at,
                    expires_at: session.expires_at,
                })
                .collect())
        })
    }

    fn end_session(&self, id: SessionId) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            sessions::end(&this.app, who.user_id, id).await
        })
    }

    fn end_other_sessions(&self) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let ended = sessions::end_others(&this.app, who.user_id, session_of(&who));
            ended.await.map(drop)
        })
    }

    fn change_password(&self, current: String, password: String) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let this_session = session_of(&who);
            accounts::change_password(&this.app, who.user_id, current, password, this_session)
                .await?;
            redirect(&href::account_done("password"));
            Ok(())
        })
    }

    fn rename_account(&self, name: String) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let name = field("name", Name::parse(&name))?;
            crate::profiles::rename(&this.app, who.user_id, &name).await?;
            // The name is in the access token, which is made anew from the session.
            this.set_cookie(&sessions::access_removal_cookie(&this.app));
            redirect(&href::account_done("name"));
            Ok(())
        })
    }

    fn list_tokens(&self) -> Answer<Vec<Token>> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            keys::list(&this.app, who.user_id).await
        })
    }

    fn create_token(&self, wish: TokenWish) -> Answer<NewToken> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let made = keys::create(&this.app, who.user_id, wish).await?;
            if this.is_plain_form() {
                this.set_cookie(&new_token::cookie(&this.app.public_url, &made.secret));
            }
            Ok(made)
        })
    }

    fn delete_token(&self, id: TokenId) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            tokens::delete(&this.app, who.user_id, id).await
        })
    }
}

/// The session that a request came with.
fn session_of(who: &SignedIn) -> Option<SessionId> {
    match who.via {
        Via::Session(id) => Some(id),
        Via::Token(_) => None,
    }
}

/// A field's value, or what is wrong with it.
fn field<T>(name: &str, parsed: Result<T, String>) -> Result<T, Rejected> {
    parsed.map_err(|message| Rejected::field(name, message))
}
