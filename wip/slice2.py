import shutil,os,re
def sub(p,*pairs):
    s=open(p).read()
    for a,b in pairs:
        assert a in s,(p,a[:80])
        s=s.replace(a,b,1)
    open(p,'w').write(s)

sub('server/src/accounts/sign_up.rs',
('''//! **[`may_sign_up`] alone says who may**''','''//! Where mail is sent, an address is confirmed before there is an account: [`ask`] sends a link to it, whose owner chooses a
//! name and a password ([`finish`]). Whether the address has an account already is told by that mail alone.
//!
//! **[`may_sign_up`] alone says who may**'''),
('''/// Creates an account with a password and signs it in, at once''','''/// Sends an address a link that makes an account; where it has one, a mail that says so. The answer is the same, and comes
/// after the same work.
pub(crate) async fn ask(app: &App, email: Email, next: Option<String>) -> Result<(), Error> {
    let is_invited = is_invited(app, next.as_deref(), &email).await?;
    let others = super::count(app).await?;
    // Nobody gets by this what they would be refused later.
    may_sign_up(&app.config.auth, others, &email, true, is_invited)?;
    let inner = app.clone();
    mails::behind(app, async move {
        if let Err(error) = send_link(&inner, email, next).await {
            drop(error.into_rejected());
        }
    });
    Ok(())
}

async fn is_invited(app: &App, next: Option<&str>, email: &Email) -> Result<bool, Error> {
    match next.and_then(href::secret_of_invitation) {
        Some(secret) => invitations::invites(app, secret, email).await,
        None => Ok(false),
    }
}

async fn send_link(app: &App, email: Email, next: Option<String>) -> Result<(), Error> {
    let now = app.clock.now();
    let secret = BASE64_URL_SAFE_NO_PAD.encode(app.rng.bytes::<32>());
    let (hash, expires_at) = (hash(&secret), later(now, CONFIRM_LIFETIME));
    let mut tx = app.db.write().await?;
    store::delete_sign_ups_before(tx.conn(), now).await?;
    // Nobody is flooded, whether they have an account or not.
    let since = Time(now.0 - millis(SENT_EVERY));
    if store::count_sign_ups_since(tx.conn(), &email, since).await? > 0 {
        return Ok(());
    }
    store::insert_sign_up(tx.conn(), &hash, &email, next.as_deref(), now, expires_at).await?;
    tx.commit().await?;
    let origin = app.public_url.origin();
    let is_taken = super::find_by_email(app, &email).await?.is_some();
    let (subject, text) = if is_taken {
        let text = format!(
            "Hello,\\n\\nsomebody, probably you, wanted to create an account at TeamFlow with this address. It has one already: \\
             sign in, or choose another password:\\n\\n{origin}{}\\n{origin}{}\\n\\nIf it was not you, do nothing.\\n",
            href::SIGN_IN,
            href::FORGOT_PASSWORD
        );
        ("You have an account already", text)
    } else {
        let text = format!(
            "Hello,\\n\\nsomebody, probably you, wants to create an account at TeamFlow with this address. Go on here, within \\
             three days:\\n\\n{origin}{}?token={secret}\\n\\nIf it was not you, do nothing: there is no account.\\n",
            href::FINISH_SIGN_UP
        );
        ("Finish your account", text)
    };
    let subject = subject.to_owned();
    mails::post(app, Mail { to: email, subject, text });
    Ok(())
}

/// Makes the account of who has the link that was sent to an address, and signs it in; answers where to go on.
pub(crate) async fn finish(
    app: &App,
    secret: &str,
    name: Name,
    password: String,
    entrance: Entrance,
) -> Result<(SessionToken, Option<String>), Error> {
    let (hash, now) = (hash(secret), app.clock.now());
    let found = store::find_sign_up(app.db.read().await?.conn(), &hash, now).await?;
    let (email, next) = found.ok_or_else(links::stale)?;
    password::check(&password, &email, &name)?;
    let applicant = Applicant {
        is_invited: is_invited(app, next.as_deref(), &email).await?,
        password_hash: Some(app.passwords.hash(&app.rng, password).await?),
        name,
        email: email.clone(),
        is_confirmed: true,
        vouched: None,
    };
    let (_, session) = create(app, applicant, entrance).await?;
    let mut tx = app.db.write().await?;
    store::delete_sign_ups(tx.conn(), &email).await?;
    tx.commit().await?;
    Ok((session, next))
}

/// Creates an account with a password and signs it in, at once'''),
('''use super::{User, links, password, store};
use crate::app::App;
''','''use super::identity::hash;
use super::links::{CONFIRM_LIFETIME, SENT_EVERY};
use super::{User, links, password, store};
use crate::app::App;
use crate::clock::{later, millis};
'''),
('''use crate::invitations;
use crate::providers''','''use crate::invitations;
use crate::mails::{self, Mail};
use crate::providers'''),
('''use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::values::{Email, Name};
''','''use ::app::routes::href;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::values::{Email, Name, Time};
'''),
)
sub('server/src/accounts/links.rs',('fn stale() -> Error','pub(super) fn stale() -> Error'))
sub('server/src/http/doors.rs',('''    POST "/sf/set-up" Public;''','''    POST "/sf/ask-sign-up" Public;
    POST "/sf/finish-sign-up" Public;
    POST "/sf/set-up" Public;'''))
sub('server/src/http/rates.rs',('const SIGN_IN: [&str; 10] = [','const SIGN_IN: [&str; 12] = ['),('''            "/sf/forgot-password",''','''            "/sf/ask-sign-up",
            "/sf/finish-sign-up",
            "/sf/forgot-password",'''))
sub('server/src/http/server_functions.rs',('''    register_explicit::<accounts::SetUp>();''','''    register_explicit::<accounts::AskSignUp>();
    register_explicit::<accounts::FinishSignUp>();
    register_explicit::<accounts::SetUp>();'''))
sub('server/src/http/ssr.rs',('''        | Page::Forgot
        | Page::Reset''','''        | Page::FinishSignUp
        | Page::Forgot
        | Page::Reset'''))
sub('server/src/backend/ways_in.rs',('''        has_sign_up: is_offered(&app.config.auth),
''','''        has_sign_up: is_offered(&app.config.auth),
        confirms_first: app.mailer.is_there(),
'''))
sub('server/src/backend/mod.rs',('''            let secret = next.as_deref().and_then(href::secret_of_invitation);
            let email''','''            if this.app.mailer.is_there() {
                // Else it would tell who has an account.
                let text = "Addresses are confirmed first here. Open the page anew.";
                return Err(Rejected::new(Code::NotAllowed, text).into());
            }
            let secret = next.as_deref().and_then(href::secret_of_invitation);
            let email'''),
('''    fn set_up(&self''','''    fn ask_sign_up(&self, email: String, next: Option<String>) -> Answer<()> {
        self.answer(|this| async move {
            let email = field("email", Email::parse(&email))?;
            let next = next.filter(|next| is_local(next));
            ways_in::ask_sign_up(&this.app, email, next).await?;
            redirect(&format!("{}?done=sent", href::SIGN_UP));
            Ok(())
        })
    }

    fn finish_sign_up(&self, token: String, name: String, password: String) -> Answer<()> {
        self.answer(|this| async move {
            let name = field("name", Name::parse(&name))?;
            let entrance = Entrance::browser(this.user_agent());
            let finished = sign_up::finish(&this.app, &token, name, password, entrance);
            let (session, next) = finished.await?;
            this.begin(&session);
            go_on(next);
            Ok(())
        })
    }

    fn set_up(&self'''),
('use crate::accounts::{self, Credentials, User, links};','use crate::accounts::{self, Credentials, User, links, sign_up};'),
)
sub('server/src/backend/ways_in.rs',('''/// How somebody comes in, and could.''','''/// Sends an address a link that makes an account.
pub(super) async fn ask_sign_up(
    app: &App,
    email: Email,
    next: Option<String>,
) -> Result<(), Error> {
    if !app.mailer.is_there() {
        let text = "This server sends no mail. Open the page anew.";
        return Err(Rejected::new(Code::Unavailable, text).into());
    }
    sign_up::ask(app, email, next).await
}

/// How somebody comes in, and could.'''),
('use crate::accounts::sign_up::is_offered;','use crate::accounts::sign_up::{self, is_offered};'),
('use ::app::accounts::{Account,','use ::app::accounts::{Account,'),
('ProviderLink};\n','ProviderLink};\nuse shared::codes::{Code, Rejected};\nuse shared::values::Email;\n'))
# app
sub('app/src/accounts/mod.rs',('''    pub has_sign_up: bool,
}''','''    pub has_sign_up: bool,
    /// Whether an address is confirmed by mail before there is an account.
    pub confirms_first: bool,
}'''),
('pub use sign_up::SignUpPage;','pub use sign_up::{FinishSignUpPage, SignUpPage};'))
sub('app/src/accounts/api.rs',('''/// See [`crate::backend::Backend::set_up`].''','''/// See [`crate::backend::Backend::ask_sign_up`].
#[server(prefix = "/sf", endpoint = "ask-sign-up")]
pub async fn ask_sign_up(email: String, next: Option<String>) -> Result<(), Failure> {
    crate::backend::backend()?.ask_sign_up(email, next).await
}

/// See [`crate::backend::Backend::finish_sign_up`].
#[server(prefix = "/sf", endpoint = "finish-sign-up")]
pub async fn finish_sign_up(
    token: String,
    name: String,
    password: String,
) -> Result<(), Failure> {
    crate::backend::backend()?
        .finish_sign_up(token, name, password)
        .await
}

/// See [`crate::backend::Backend::set_up`].'''))
sub('app/src/backend/mod.rs',('''    /// Makes the first account of the server and''','''    /// Sends an address a link that makes an account; whether it has one is told by that mail alone.
    fn ask_sign_up(&self, email: String, next: Option<String>) -> Answer<()>;
    /// Makes the account of who has such a link, and begins a session.
    fn finish_sign_up(&self, token: String, name: String, password: String) -> Answer<()>;
    /// Makes the first account of the server and'''))
sub('app/src/routes.rs',
('''    /// Signing up.
    SignUp,''','''    /// Signing up.
    SignUp,
    /// The account of who has confirmed their address.
    FinishSignUp,'''),
('''            ["sign-up"] => Self::SignUp,''','''            ["sign-up"] => Self::SignUp,
            ["finish-sign-up"] => Self::FinishSignUp,'''),
('''            Self::SignUp => Part::Account(AccountPage::SignUp),''','''            Self::SignUp => Part::Account(AccountPage::SignUp),
            Self::FinishSignUp => Part::Account(AccountPage::FinishSignUp),'''),
('''    /// Signing up.
    pub const SIGN_UP: &str = "/sign-up";''','''    /// Signing up.
    pub const SIGN_UP: &str = "/sign-up";
    /// The account of who has confirmed their address.
    pub const FINISH_SIGN_UP: &str = "/finish-sign-up";'''),
('''            (href::SIGN_UP.to_owned(), Page::SignUp),''','''            (href::SIGN_UP.to_owned(), Page::SignUp),
            (href::FINISH_SIGN_UP.to_owned(), Page::FinishSignUp),'''))
sub('app/src/app.rs',('''            <Route path=path!("/new-workspace")''','''            <Route path=path!("/finish-sign-up") view=part(Part::Account(AccountPage::FinishSignUp))/>
            <Route path=path!("/new-workspace")'''))
sub('app/src/chunks.rs',('''    /// Signing up.
    SignUp,''','''    /// Signing up.
    SignUp,
    /// The account of who has confirmed their address.
    FinishSignUp,'''),('''        AccountPage::NewWorkspace =>''','''        AccountPage::FinishSignUp => view! { <FinishSignUpPage/> }.into_any(),
        AccountPage::NewWorkspace =>'''),
('self, ConfirmPage, ForgotPage,','self, ConfirmPage, FinishSignUpPage, ForgotPage,'))
s=open('app/src/accounts/by_link.rs').read()
s=s.replace("#[component]\nfn Secret()","#[component]\npub(super) fn Secret()")
open('app/src/accounts/by_link.rs','w').write(s)
p='app/src/accounts/sign_up.rs'; s=open(p).read()
a=s.index("/// Signing up.\n#[component]"); b=s.index("/// The fields that an account is made from.")
s=s[:a]+'''/// Signing up.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let (action, ask) = (ServerAction::<SignUp>::new(), ServerAction::<AskSignUp>::new());
    let (next, query) = (use_next(), use_query_map());
    let is_sent = move || query.read().get_str("done") == Some("sent");
    let sign_in = move || {
        next.get()
            .map_or(href::SIGN_IN.to_owned(), |next| href::sign_in(&next))
    };
    let entrances = Resource::new(|| (), |()| find_entrances());
    view! {
        <AuthPage title="Create an account">
            {move || is_sent().then(|| view! {
                <Banner tone=Tone::Success>
                    "A mail is on its way to you. Open the link in it within three days to go on."
                </Banner>
            })}
            <Transition>
                {move || Suspend::new(async move {
                    if entrances.await.is_ok_and(|entrances| entrances.confirms_first) {
                        view! { <AskForm action=ask/> }.into_any()
                    } else {
                        view! { <SignUpForm action=action/> }.into_any()
                    }
                })}
            </Transition>
            <ProviderButtons entrances=entrances/>
            <p class="auth__alt">"You have one? " <a href=sign_in>"Sign in"</a></p>
        </AuthPage>
    }
}

/// Where the address is confirmed first.
#[component]
fn AskForm(action: ServerAction<AskSignUp>) -> impl IntoView {
    let (refused, next) = (problem(action), use_next());
    view! {
        <FormProblem problem=refused fields=&["email"]/>
        <ActionForm action=action attr:class="auth__form">
            <input type="hidden" name="next" value=move || next.get().unwrap_or_default()/>
            <TextField
                label="E-mail"
                name="email"
                kind="email"
                autocomplete="username"
                required=true
                autofocus=true
                hint="You get a link there to go on."
                error=field_problem(refused, "email")
            />
            <AuthSubmit busy=action.pending() text="Send the link"/>
        </ActionForm>
    }
}

/// Where no mail is sent.
#[component]
fn SignUpForm(action: ServerAction<SignUp>) -> impl IntoView {
    let (refused, next) = (problem(action), use_next());
    view! {
        <FormProblem problem=refused fields=&["name", "email", "password"]/>
        <ActionForm action=action attr:class="auth__form">
            <input type="hidden" name="next" value=move || next.get().unwrap_or_default()/>
            <AccountFields problem=refused/>
            <AuthSubmit busy=action.pending() text="Create account"/>
        </ActionForm>
    }
}

/// What the link in the mail leads to: it does nothing by being opened.
#[component]
pub fn FinishSignUpPage() -> impl IntoView {
    let action = ServerAction::<FinishSignUp>::new();
    let refused = problem(action);
    view! {
        <AuthPage
            title="Finish your account"
            lead="Your address is confirmed by this. Choose what you are called, and a password."
        >
            <FormProblem problem=refused fields=&["name", "password"]/>
            <ActionForm action=action attr:class="auth__form">
                <Secret/>
                <NameField problem=refused/>
                <PasswordField problem=refused/>
                <AuthSubmit busy=action.pending() text="Create account"/>
            </ActionForm>
        </AuthPage>
    }
}

'''+s[b:]
a=s.index("    view! {\n        <TextField\n            label=\"Your name\"")
s=s[:a]+'''    view! {
        <NameField problem=problem/>
        <TextField
            label="E-mail"
            name="email"
            kind="email"
            autocomplete="username"
            initial=typed
            required=true
            error=field_problem(problem, "email")
        />
        <PasswordField problem=problem/>
    }
}

#[component]
fn NameField(problem: Signal<Option<Failure>>) -> impl IntoView {
    view! {
        <TextField
            label="Your name"
            name="name"
            autocomplete="name"
            required=true
            autofocus=true
            maxlength=80_u32
            error=field_problem(problem, "name")
        />
    }
}

#[component]
fn PasswordField(problem: Signal<Option<Failure>>) -> impl IntoView {
    view! {
        <TextField
            label="Password"
            name="password"
            kind="password"
            autocomplete="new-password"
            required=true
            hint=format!("At least {PASSWORD_CHARS_MIN} characters.")
            error=field_problem(problem, "password")
        />
    }
}
'''
s=s.replace("use super::api::{SignUp, find_entrances};","use super::api::{AskSignUp, FinishSignUp, SignUp, find_entrances};\nuse super::by_link::Secret;")
s=s.replace("use crate::ui::TextField;","use crate::ui::{Banner, TextField, Tone};").replace("use leptos::prelude::*;","use leptos::prelude::*;\nuse leptos_router::hooks::use_query_map;")
open(p,'w').write(s)
# tests
p='server/tests/it/links.rs'; s=open(p).read()
s=s.replace('''    async fn without_a_way_to_send_mail_people''','''    async fn signing_up_tells_nobody_whether_an_address_has_an_account(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        post.t.sign_up("ada@example.org").await;
        post.mails().await;
        let nobody = post.t.anonymous();
        let mut answers = Vec::new();
        for email in ["Ada@example.org", "grace@example.org"] {
            answers.push(form(&nobody, "ask-sign-up", &[("email", email), ("next", "")]).await);
        }
        assert_eq!(answers[0], answers[1]);
        let mut mails = post.mails().await;
        mails.sort_by_key(|mail| mail.contains("To: grace@example.org"));
        assert_eq!(mails.len(), 2);
        assert!(mails[0].contains("Subject: You have an account already"), "{}", mails[0]);
        assert!(!mails[0].contains("token="), "{}", mails[0]);
        // The form that would tell is shut.
        let fields = [("name", "X"), ("email", "ada@example.org"), ("password", NEW)];
        assert_eq!(form(&nobody, "sign-up", &fields).await.0, 403);
        // Nobody is flooded.
        form(&nobody, "ask-sign-up", &[("email", "grace@example.org")]).await;
        assert!(post.mails().await.is_empty());
        let token = secret(&mails[1], "/finish-sign-up?token=");
        let page = nobody.get(&format!("/finish-sign-up?token={token}")).await;
        assert_eq!(page.status, 200);
        let grace = post.t.stranger();
        let finish = async |token: &str, name: &str, password: &str| {
            let fields = [("token", token), ("name", name), ("password", password)];
            let (status, refused) = form(&grace, "finish-sign-up", &fields).await;
            (status, refused["field"].clone())
        };
        assert_eq!(finish("guessed", "Grace", NEW).await.0, 404);
        assert_eq!(finish(&token, "", NEW).await, (400, json!("name")));
        assert_eq!(finish(&token, "Grace", "password1").await, (400, json!("password")));
        assert_eq!(finish(&token, "Grace", NEW).await, (200, Value::Null));
        assert_eq!(form(&grace, "find-account", &[]).await.1["is_confirmed"], true);
        assert_eq!(finish(&token, "Grace", NEW).await.0, 404, "once");
        assert!(post.mails().await.is_empty(), "there is nothing left to confirm");
    }

    async fn a_link_that_makes_an_account_ends_and_makes_one_alone(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        let nobody = post.t.anonymous();
        let ask = async || {
            form(&nobody, "ask-sign-up", &[("email", "ada@example.org"), ("next", "/w/team")]).await;
            secret(&post.mail().await, "/finish-sign-up?token=")
        };
        let finish = async |token: &str| {
            let fields = [("token", token), ("name", "Ada"), ("password", NEW)];
            form(&post.t.stranger(), "finish-sign-up", &fields).await.0
        };
        let late = ask().await;
        post.t.advance(CONFIRM_LIFETIME);
        assert_eq!(finish(&late).await, 404);
        let first = ask().await;
        post.t.advance(SENT_EVERY);
        let second = ask().await;
        assert_eq!(finish(&second).await, 200);
        assert_eq!(finish(&first).await, 404);
    }

    async fn where_domains_count_an_address_is_confirmed_before_it_lets_in(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_SIGN_UP", "domains");
        let post = Post::start(setup.var("TEAMFLOW_SIGN_UP_DOMAINS", "example.org")).await;
        post.t.sign_up("first@example.org").await;
        post.mails().await;
        let nobody = post.t.anonymous();
        let ask = async |email: &str| form(&nobody, "ask-sign-up", &[("email", email)]).await.0;
        assert_eq!(ask("eve@elsewhere.example").await, 403);
        assert_eq!(ask("eve@sub.example.org").await, 403);
        assert!(post.mails().await.is_empty());
        assert_eq!(ask("ada@example.org").await, 200);
        let token = secret(&post.mail().await, "/finish-sign-up?token=");
        let fields = [("token", token.as_str()), ("name", "Ada"), ("password", NEW)];
        assert_eq!(form(&nobody, "finish-sign-up", &fields).await.0, 200);
    }

    async fn without_mail_no_domain_lets_anybody_in_unconfirmed(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_SIGN_UP", "domains");
        let t = setup.var("TEAMFLOW_SIGN_UP_DOMAINS", "example.org").start().await;
        t.sign_up("first@example.org").await;
        let fields = [("name", "Ada"), ("email", "ada@example.org"), ("password", NEW)];
        let (status, refused) = form(&t.anonymous(), "sign-up", &fields).await;
        assert_eq!(status, 403);
        assert!(refused["message"].as_str().unwrap().contains("sends no mail"));
        let asked = form(&t.anonymous(), "ask-sign-up", &[("email", "ada@example.org")]).await;
        assert_eq!(asked.0, 503);
    }

    async fn without_a_way_to_send_mail_people''')
open(p,'w').write(s)
