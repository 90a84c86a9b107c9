use super::api::{CreateToken, DeleteToken, list_tokens};
use super::token_form::TokenForm;
use super::{AccountLayout, Token};
use crate::backend::{Failure, FormProblem, problem};
use crate::routes::href;
use crate::start::use_start;
use crate::time::{Moment, day_of};
use crate::ui::{Banner, Button, ButtonKind, ButtonVariant, EmptyState, IconName, Skeleton, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::limits::KeyScope;

/// Personal access tokens: what they are for, a new one, and ending them.
#[component]
pub fn TokensPage() -> impl IntoView {
    let create = ServerAction::<CreateToken>::new();
    let delete = ServerAction::<DeleteToken>::new();
    let versions = move || (create.version().get(), delete.version().get());
    let tokens = Resource::new(versions, |_| list_tokens());
    let start = use_start();
    let email = start.person.map(|person| person.email).unwrap_or_default();
    // A plain form comes back with the secret in the page; the script has it in the form's answer.
    let secret = Signal::derive(move || {
        let made = create.value().with(|value| {
            let made = value.as_ref()?.as_ref().ok()?;
            Some(made.secret.clone())
        });
        made.or_else(|| start.new_token.clone())
    });
    view! {
        <AccountLayout title="Access tokens" current=href::TOKENS>
            <section>
                <h1 class="page__title">"Access tokens"</h1>
                <p class="page__lead">
                    "A token lets a program work through the API as " <b>{email}</b>
                    ". Treat it like a password."
                </p>
                {move || secret.get().map(|secret| view! { <Secret secret=secret/> })}
                <TokenForm action=create/>
            </section>
            <section>
                <h2>"Your tokens"</h2>
                <FormProblem problem=problem(delete)/>
                <Transition fallback=|| view! { <Skeleton count=2/> }>
                    {move || Suspend::new(async move {
                        view! { <TokenList tokens=tokens.await delete=delete/> }
                    })}
                </Transition>
            </section>
        </AccountLayout>
    }
}

/// The secret of a token just made.
#[component]
pub(crate) fn Secret(
    /// The secret.
    secret: String,
) -> impl IntoView {
    view! {
        <Banner tone=Tone::Success title="Copy it now: it is not shown again.">
            <code class="token">{secret}</code>
        </Banner>
    }
}

#[component]
fn TokenList(
    tokens: Result<Vec<Token>, Failure>,
    delete: ServerAction<DeleteToken>,
) -> impl IntoView {
    match tokens {
        Err(failure) => view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any(),
        Ok(tokens) if tokens.is_empty() => view! {
            <EmptyState
                title="No tokens yet"
                text="Make one for each program, so that you can revoke it alone."
                icon=IconName::Key
                compact=true
            />
        }
        .into_any(),
        Ok(tokens) => tokens
            .into_iter()
            .map(|token| view! { <TokenRow token=token delete=delete/> })
            .collect_view()
            .into_any(),
    }
}

/// What a token may do, and where.
fn reach(token: &Token) -> String {
    let scopes: Vec<_> = token.scopes.names().map(KeyScope::as_str).collect();
    let place = match (&token.workspace, token.projects.as_slice()) {
        (None, _) => "everywhere".to_owned(),
        (Some(workspace), []) => format!("in {workspace}"),
        (Some(workspace), projects) => format!("in {} of {workspace}", projects.join(", ")),
    };
    format!("May {} {place}", scopes.join(", "))
}

/// One token with the button that ends it.
#[component]
fn TokenRow(token: Token, delete: ServerAction<DeleteToken>) -> impl IntoView {
    let id = token.id.to_string();
    view! {
        <div class="settings__row">
            <TokenFacts token=token/>
            <ActionForm action=delete>
                <input type="hidden" name="id" value=id/>
                <Button variant=ButtonVariant::Danger kind=ButtonKind::Submit>"Revoke"</Button>
            </ActionForm>
        </div>
    }
}

/// What a token is called, may do, and was used for.
#[component]
pub(crate) fn TokenFacts(
    /// Which.
    token: Token,
) -> impl IntoView {
    let reach = reach(&token);
    let used = match (token.last_used_at, token.last_used_from) {
        (Some(at), Some(from)) => {
            view! { "last used " <Moment at=at/> {format!(" from {from}")} }.into_any()
        }
        (Some(at), None) => format!("last used {}", day_of(at)).into_any(),
        (None, _) => "never used".into_any(),
    };
    let ends = match token.expires_at {
        Some(at) => format!("ends {}", day_of(at)),
        None => "does not end by itself".to_owned(),
    };
    view! {
        <div class="settings__label">
            <b>{token.name}</b>
            {(!token.prefix.is_empty()).then(|| view! {
                <code class="key-prefix">{format!("{}…", token.prefix)}</code>
            })}
            <span>{reach}</span>
            <span>{format!("Made {}, ", day_of(token.created_at))} {used} {format!(", {ends}")}</span>
        </div>
    }
}
