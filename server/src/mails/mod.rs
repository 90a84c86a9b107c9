//! Mail that the server sends: over SMTP, or into a folder, or not at all.
//!
//! Nobody waits for it: [`post`] answers at once, so that an answer's time tells nothing of who has an account.

mod guarded;

use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::config;
use crate::http::Error;
use crate::http::outgoing::{Guard, Unanswered};
use crate::rng::Rng;
use anyhow::Context as _;
use lettre::message::{Mailbox, header};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::values::Email;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// How long a mail server may take for each of its answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// What mail servers answer where a sign-in is missing, wrong or not possible now (RFC 4954).
const SIGN_IN_REFUSED: [u16; 5] = [454, 530, 534, 535, 538];
/// What is told where there is nothing to talk to.
const NO_SERVER: &str = "no mail server could be connected to";

/// What is sent to somebody.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom.
    pub to: Email,
    /// In one line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// How mail is sent.
pub struct Mailer {
    post: RwLock<Arc<Post>>,
    /// What looks at where a mail server is that was set in the application.
    guard: Option<Guard>,
    behind: TaskTracker,
}

/// Where mail goes, and whom it is from.
struct Post {
    way: Way,
    from: Mailbox,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// To an address that somebody typed: looked at anew for each mail.
    Guarded(String, Guard),
    Folder(PathBuf),
    Nowhere,
}

impl Post {
    fn of(settings: &config::Mail, host: &str, guard: Option<&Guard>) -> anyhow::Result<Self> {
        let way = match (&settings.url, guard) {
            (None, _) => Way::Nowhere,
            (Some(config::MailUrl::Folder(folder)), _) => Way::Folder(folder.clone()),
            (Some(config::MailUrl::Smtp(url)), Some(guard)) => {
                Way::Guarded(url.clone(), guard.clone())
            }
            (Some(config::MailUrl::Smtp(url)), None) => {
                let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
                Way::Smtp(
                    smtp.context("reading TEAMFLOW_MAIL_URL")?
                        .timeout(Some(PATIENCE))
                        .build(),
                )
            }
        };
        let from = match &settings.from {
            Some(from) => from.clone(),
            // An address needs a domain; where people reach the server by a number, nothing better is known.
            None => format!("TeamFlow <teamflow@{host}>")
                .parse()
                .or_else(|_| "TeamFlow <teamflow@localhost>".parse())
                .context("making a sender's address")?,
        };
        Ok(Self { way, from })
    }
}

impl Mailer {
    /// The way of these settings; with a guard, where a mail server was not set by the operator.
    pub(crate) fn open(
        settings: &config::Mail,
        host: &str,
        guard: Option<Guard>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            post: RwLock::new(Arc::new(Post::of(settings, host, guard.as_ref())?)),
            guard,
            behind: TaskTracker::new(),
        })
    }

    /// Takes another way from now on.
    pub fn change(&self, settings: &config::Mail, host: &str) -> anyhow::Result<()> {
        let post = Arc::new(Post::of(settings, host, self.guard.as_ref())?);
        *self.post.write().unwrap_or_else(PoisonError::into_inner) = post;
        Ok(())
    }

    fn post(&self) -> Arc<Post> {
        // Nothing in here can stop half-way.
        let post = self.post.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&post)
    }

    /// Whether mail goes anywhere.
    pub fn is_there(&self) -> bool {
        !matches!(self.post().way, Way::Nowhere)
    }

    /// Waits until everything is sent that was begun.
    pub async fn settle(&self) {
        self.behind.close();
        self.behind.wait().await;
        self.behind.reopen();
    }

    /// Sends a mail; where there is no way, it is dropped.
    pub async fn send(&self, rng: &Rng, mail: &Mail) -> anyhow::Result<()> {
        let post = self.post();
        let to: Mailbox = mail.to.as_str().parse().context("reading an address")?;
        let message = Message::builder()
            .from(post.from.clone())
            .to(to)
            .subject(&mail.subject)
            .header(header::ContentType::TEXT_PLAIN)
            // No answering machine should answer a machine.
            .raw_header(header::HeaderValue::new(
                header::HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .body(mail.text.clone())
            .context("writing a mail")?;
        match &post.way {
            Way::Smtp(smtp) => drop(smtp.send(message).await.context("sending a mail")?),
            Way::Guarded(url, guard) => {
                let smtp = guarded::transport(url, guard).await?;
                drop(smtp.send(message).await.context("sending a mail")?);
            }
            Way::Folder(folder) => {
                tokio::fs::create_dir_all(folder).await?;
                let name = u64::from_be_bytes(rng.bytes());
                let file = folder.join(format!("{name:016x}.eml"));
                tokio::fs::write(&file, message.formatted())
                    .await
                    .with_context(|| format!("writing {}", file.display()))?;
            }
            Way::Nowhere => {}
        }
        Ok(())
    }
}

/// Does what ends in a mail behind the scenes. A server that stops waits for it.
pub fn behind(app: &App, work: impl Future<Output = ()> + Send + 'static) {
    app.tasks.spawn(app.mailer.behind.track_future(work));
}

/// Sends a mail behind the scenes. What goes wrong is in the log.
pub fn post(app: &App, mail: Mail) {
    let inner = app.clone();
    behind(app, async move {
        if let Err(error) = inner.mailer.send(&inner.rng, &mail).await {
            tracing::error!(error = format!("{error:#}"), "a mail could not be sent");
        }
    });
}

/// Sends somebody a mail and waits for it; which step goes wrong is told. The rest is in the log: whoever may set a mail
/// server need not be the operator, and is not to learn what answers in the operator's network.
pub async fn send_test(app: &App, to: &Email) -> Result<(), Error> {
    if !app.mailer.is_there() {
        let why = "No mail server is set. Set one first.";
        return Err(Rejected::new(Code::Unavailable, why).into());
    }
    let mail = Mail {
        to: to.clone(),
        subject: "Mail from TeamFlow works".to_owned(),
        text: format!(
            "Hello,\n\nyou, or another administrator of {}, asked for this mail. It has arrived: nothing is left to do.\n",
            app.public_url.origin()
        ),
    };
    let sent = app.mailer.send(&app.rng, &mail).await;
    let result = if sent.is_ok() { "sent" } else { "failed" };
    let note = Note::of_server(Act::MailTested).saying(result);
    audit_entries::note_alone(app, note).await?;
    sent.map_err(|error| {
        tracing::warn!(
            error = format!("{error:#}"),
            "a test mail could not be sent"
        );
        let why = format!(
            "The mail could not be sent: {}. The log of this server says more.",
            failed_step(&error)
        );
        Rejected::new(Code::Unavailable, why).into()
    })
}

/// Which step of sending went wrong. What is no mail server cannot be told from nothing at all.
fn failed_step(error: &anyhow::Error) -> &'static str {
    match error.downcast_ref::<Unanswered>() {
        Some(Unanswered::Refused(_)) => {
            return "the mail server is not on the public network, and whoever runs this server has not allowed it with \
                    TEAMFLOW_OUTGOING_ALLOWED";
        }
        Some(_) => return NO_SERVER,
        None => {}
    }
    let Some(error) = error.downcast_ref::<smtp::Error>() else {
        return "something went wrong on this server";
    };
    match error.status().map(u16::from) {
        None => NO_SERVER,
        Some(code) if SIGN_IN_REFUSED.contains(&code) => "the mail server refused the sign-in",
        Some(_) => "the mail server refused the mail",
    }
}
