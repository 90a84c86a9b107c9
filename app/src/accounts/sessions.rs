use super::api::{EndOtherSessions, EndSession, list_sessions};
use super::device::device;
use super::{AccountLayout, Session};
use crate::backend::{Failure, FormProblem, problem};
use crate::routes::href;
use crate::time::Moment;
use crate::ui::{Badge, Banner, Button, ButtonKind, ButtonVariant, Skeleton, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::limits::KeyScope;

/// Where somebody is signed in, and signing out there.
#[component]
pub fn SessionsPage() -> impl IntoView {
    let end = ServerAction::<EndSession>::new();
    let end_others = ServerAction::<EndOtherSessions>::new();
    let versions = move || (end.version().get(), end_others.version().get());
    let sessions = Resource::new(versions, |_| list_sessions());
    view! {
        <AccountLayout title="Sessions" current=href::SESSIONS>
            <section>
                <h1 class="page__title">"Sessions"</h1>
                <p class="page__lead">
                    "Where you are signed in. If you do not recognise one, sign it out and change your password."
                </p>
                <FormProblem problem=problem(end)/>
                <FormProblem problem=problem(end_others)/>
                <Transition fallback=|| view! { <Skeleton count=2/> }>
                    {move || Suspend::new(async move {
                        view! { <SessionList sessions=sessions.await end=end end_others=end_others/> }
                    })}
                </Transition>
            </section>
        </AccountLayout>
    }
}

#[component]
fn SessionList(
    sessions: Result<Vec<Session>, Failure>,
    end: ServerAction<EndSession>,
    end_others: ServerAction<EndOtherSessions>,
) -> impl IntoView {
    let sessions = match sessions {
        Ok(sessions) => sessions,
        Err(failure) => {
            return view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any();
        }
    };
    let has_others = sessions.iter().any(|session| !session.is_current);
    let rows = sessions
        .into_iter()
        .map(|session| view! { <SessionRow session=session end=end/> });
    view! {
        {rows.collect_view()}
        {has_others.then(|| view! {
            <ActionForm action=end_others attr:class="settings__all">
                <Button
                    variant=ButtonVariant::Danger
                    kind=ButtonKind::Submit
                    busy=end_others.pending()
                >
                    "Sign out everywhere else"
                </Button>
            </ActionForm>
        })}
    }
    .into_any()
}

#[component]
fn SessionRow(session: Session, end: ServerAction<EndSession>) -> impl IntoView {
    let name = match (&session.scopes, &session.user_agent) {
        // A program that was let in is called what its page said.
        (Some(_), Some(name)) => name.clone(),
        _ => device(session.user_agent.as_deref(), session.is_browser),
    };
    let began = match session.scopes {
        Some(scopes) => {
            let names: Vec<_> = scopes.names().map(KeyScope::as_str).collect();
            format!("May {}; let in", names.join(", "))
        }
        None => match &session.means {
            Some(means) => format!("Signed in {means}"),
            None => "Signed in".to_owned(),
        },
    };
    view! {
        <div class="settings__row">
            <div class="settings__label" title=session.user_agent>
                <b>{name}</b>
                <span>
                    {began} " " <Moment at=session.created_at/> ", last seen "
                    <Moment at=session.seen_at/> ", ends " <Moment at=session.expires_at/>
                </span>
            </div>
            {if session.is_current {
                view! { <Badge>"This one"</Badge> }.into_any()
            } else {
                view! {
                    <ActionForm action=end>
                        <input type="hidden" name="id" value=session.id.to_string()/>
                        <Button kind=ButtonKind::Submit>"Sign out"</Button>
                    </ActionForm>
                }
                .into_any()
            }}
        </div>
    }
}
