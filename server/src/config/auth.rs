//! Who may come in and for how long.

use super::source::{Source, flag, list, whole, word};
use std::time::Duration;

const HOURS_A_DAY: u64 = 24;

/// Accounts and sessions.
#[derive(Clone, Debug)]
pub struct Auth {
    /// `TEAMFLOW_SESSION_DAYS`: how long somebody stays signed in who asked to be remembered, after they were last seen.
    /// Default 30.
    pub session_lifetime: Duration,
    /// `TEAMFLOW_SHORT_SESSION_DAYS`: the same for everybody else. Default 7.
    pub short_session_lifetime: Duration,
    /// `TEAMFLOW_SIGN_UP`: who may create an account: `open` to everybody, `invited` for the first account and
    /// whoever has an invitation to a workspace, `domains` for them and whoever has shown that an address of
    /// `TEAMFLOW_SIGN_UP_DOMAINS` is theirs, `first` for the first account alone, or `closed`. Default `open`.
    pub sign_up: SignUp,
    /// `TEAMFLOW_SIGN_UP_DOMAINS`: what follows the `@`, with commas between several, such as `example.org`. Domains below
    /// them do not count.
    pub sign_up_domains: Vec<String>,
    /// `TEAMFLOW_TWO_STEP_AFTER_PROVIDERS`: whether who comes in through a provider is asked for the code of their second
    /// step here, too, where they have one. Default: no, that is the provider's business.
    pub two_step_after_providers: bool,
}

/// Who may create an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Everybody.
    Open,
    /// Whoever comes first, and whoever was invited.
    Invited,
    /// These, and whoever has an address of certain domains.
    Domains,
    /// Whoever comes first.
    First,
    /// Nobody.
    Closed,
}

impl Auth {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let days = source.value("session_days", 30, |text| whole(text, 1, 3_650));
        let short = source.value("short_session_days", 7, |text| whole(text, 1, 3_650));
        let sign_up = source.value("sign_up", SignUp::Open, |text| {
            word(
                text,
                &[
                    ("open", SignUp::Open),
                    ("invited", SignUp::Invited),
                    ("domains", SignUp::Domains),
                    ("first", SignUp::First),
                    ("closed", SignUp::Closed),
                ],
            )
        });
        let has_domains = source.has("sign_up_domains");
        let domains = source.value("sign_up_domains", Vec::new(), |text| list(text, domain));
        if sign_up == SignUp::Domains && !has_domains {
            source.problem("TEAMFLOW_SIGN_UP_DOMAINS: sign-up by domain needs at least one domain");
        }
        Self {
            short_session_lifetime: Duration::from_hours(short * HOURS_A_DAY),
            session_lifetime: Duration::from_hours(days * HOURS_A_DAY),
            sign_up,
            sign_up_domains: domains,
            two_step_after_providers: source.value("two_step_after_providers", false, flag),
        }
    }
}

/// What can follow the `@` of an address.
fn domain(text: &str) -> Result<String, String> {
    let domain = text.trim_start_matches('@').to_lowercase();
    let is_plain = domain
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if is_plain && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.') {
        Ok(domain)
    } else {
        Err(format!("\"{text}\" is not a domain such as example.org"))
    }
}
