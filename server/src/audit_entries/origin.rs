//! Where what is being done comes from. The request that is being answered knows; so that not every function has to hand it
//! on, it is the task's. What runs in a task of its own takes it along with [`Origin::current`] and [`Origin::scope`].

use crate::accounts::identity::{SignedIn, Via};
use crate::app::App;
use crate::http::client_address::client_address;
use axum::extract::{Request, State};
use axum::http::header::USER_AGENT;
use axum::middleware::Next;
use axum::response::Response;
use shared::ids::UserId;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

const USER_AGENT_CHARS_MAX: usize = 200;

tokio::task_local! {
    static ORIGIN: Origin;
}

/// A request, as the audit log names it; nothing for what the server does by itself.
#[derive(Clone, Debug, Default)]
pub struct Origin(Option<Arc<Asked>>);

#[derive(Debug)]
struct Asked {
    address: IpAddr,
    user_agent: Option<String>,
    who: OnceLock<(UserId, Via)>,
}

impl Origin {
    fn of(address: IpAddr, user_agent: Option<&str>) -> Self {
        let cut = |text: &str| text.chars().take(USER_AGENT_CHARS_MAX).collect();
        Self(Some(Arc::new(Asked {
            address,
            user_agent: user_agent.map(cut),
            who: OnceLock::new(),
        })))
    }

    /// Where the task that asks this is working for.
    pub fn current() -> Self {
        ORIGIN.try_with(Clone::clone).unwrap_or_default()
    }

    /// Does something on behalf of whoever this is.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        ORIGIN.scope(self, work).await
    }

    /// It is known who asks.
    pub fn is(&self, who: &SignedIn) {
        if let Some(asked) = &self.0 {
            // The first answer stands: a request has one asker.
            let _known = asked.who.set((who.user_id, who.via));
        }
    }

    /// Who asked, where they had signed in.
    pub fn user(&self) -> Option<UserId> {
        Some(self.0.as_ref()?.who.get()?.0)
    }

    pub(super) fn via(&self) -> Option<String> {
        Some(match self.0.as_ref()?.who.get()?.1 {
            Via::Session(id) => format!("session:{id}"),
            Via::Token(id) => format!("token:{id}"),
        })
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        Some(self.0.as_ref()?.address)
    }

    pub(super) fn user_agent(&self) -> Option<&str> {
        self.0.as_ref()?.user_agent.as_deref()
    }
}

/// Notes where each request comes from.
pub(crate) async fn remember(State(app): State<App>, request: Request, next: Next) -> Response {
    let address = client_address(&app, request.extensions(), request.headers());
    let agent = request.headers().get(USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    Origin::of(address, agent).scope(next.run(request)).await
}
