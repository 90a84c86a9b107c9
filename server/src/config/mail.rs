//! How mail is sent.

use super::source::Source;
use lettre::message::Mailbox;
use std::fmt;
use std::path::PathBuf;

/// Outgoing mail.
#[derive(Clone)]
pub struct Mail {
    /// `TEAMFLOW_MAIL_URL`: `smtps://USER:PASSWORD@HOST` (TLS from the start), `smtp://USER:PASSWORD@HOST:587?tls=required`
    /// (STARTTLS), or `folder:PATH` to write mails into files. Without it no mail is sent.
    pub url: Option<MailUrl>,
    /// `TEAMFLOW_MAIL_FROM`: the sender, such as `TeamFlow <tasks@example.org>`. Default: `teamflow` at the public address's
    /// host.
    pub from: Option<Mailbox>,
}

/// Where mail goes.
#[derive(Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// To a server.
    Smtp(String),
    /// Into files.
    Folder(PathBuf),
}

impl Mail {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        Self {
            url: source.optional("mail_url", |text| {
                if let Some(folder) = text.strip_prefix("folder:") {
                    return Ok(MailUrl::Folder(PathBuf::from(folder)));
                }
                let smtp = ["smtp://", "smtps://"];
                let is_smtp = smtp.iter().any(|scheme| text.starts_with(scheme));
                let parsed = lettre::AsyncSmtpTransport::<lettre::Tokio1Executor>::from_url(text);
                if is_smtp && parsed.is_ok() {
                    Ok(MailUrl::Smtp(text.to_owned()))
                } else {
                    // The text may hold a password, so it is not repeated.
                    Err("it is neither folder:PATH nor an address such as \
                         smtps://USER:PASSWORD@mail.example.org"
                        .to_owned())
                }
            }),
            from: source.optional("mail_from", |text| {
                text.parse().map_err(|_| {
                    format!("\"{text}\" is not a sender such as TeamFlow <tasks@example.org>")
                })
            }),
        }
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        f.debug_struct("Mail")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}
