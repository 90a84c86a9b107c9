use super::ShownInvitation;
use super::api::{AcceptInvitation, find_invitation};
use crate::accounts::AuthPage;
use crate::backend::{FormProblem, problem};
use crate::members::role;
use crate::routes::href;
use crate::start::use_start;
use crate::ui::{Banner, Button, ButtonKind, ButtonSize, ButtonVariant, Skeleton, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// What an invitation's address leads to.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let params = use_params_map();
    let token = params.get_untracked().get("token").unwrap_or_default();
    let asked = token.clone();
    let shown = Resource::new(move || asked.clone(), find_invitation);
    view! {
        <AuthPage title="You are invited">
            <Transition fallback=|| view! { <Skeleton count=2/> }>
                {
                    let token = token.clone();
                    move || {
                        let token = token.clone();
                        Suspend::new(async move {
                            match shown.await {
                                Ok(shown) => view! { <Offer shown=shown token=token/> }.into_any(),
                                Err(failure) => view! {
                                    <Banner tone=Tone::Danger>{failure.0.message}</Banner>
                                    <p class="auth__alt"><a href=href::ROOT rel="external">"Go on without"</a></p>
                                }
                                .into_any(),
                            }
                        })
                    }
                }
            </Transition>
        </AuthPage>
    }
}

/// What is offered, and how to take it.
#[component]
fn Offer(shown: ShownInvitation, token: String) -> impl IntoView {
    let accept = ServerAction::<AcceptInvitation>::new();
    let ShownInvitation {
        workspace,
        inviter,
        role,
        projects,
        placeholder,
        email,
    } = shown;
    let here = href::invitation(&token);
    let join = format!("Join {workspace}");
    let how = match use_start().person {
        Some(person) => view! {
            <FormProblem problem=problem(accept)/>
            <ActionForm action=accept attr:class="auth__form">
                <input type="hidden" name="token" value=token/>
                <Button
                    variant=ButtonVariant::Primary
                    size=ButtonSize::Large
                    kind=ButtonKind::Submit
                    busy=accept.pending()
                >
                    {join}
                </Button>
            </ActionForm>
            <p class="auth__alt">{format!("You are signed in as {}.", person.email)}</p>
        }
        .into_any(),
        None => view! {
            <p class="auth__alt">
                <a class="button" data-variant="primary" data-size="large" href=href::sign_up(&here)>
                    "Create an account"
                </a>
            </p>
            <p class="auth__alt">"You have one? " <a href=href::sign_in(&here)>"Sign in"</a></p>
        }
        .into_any(),
    };
    view! {
        <p>
            {inviter} " invites you to work in " <b>{workspace}</b> " as "
            {role::name(role).to_lowercase()}
            {(!projects.is_empty()).then(|| view! { " on " <b>{projects.join(", ")}</b> })} "."
            {placeholder.map(|name| view! { " You take over what was imported for " <b>{name}</b> "." })}
            {email.map(|email| view! { " The invitation is for " <b>{email}</b> "." })}
        </p>
        {how}
    }
}
