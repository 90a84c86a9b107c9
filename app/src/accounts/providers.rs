//! Coming in by another's word: the buttons before signing in, and the links of an account.

use super::api::UnlinkProvider;
use super::{Account, Entrances, Provider, ProviderLink, use_next};
use crate::backend::{Failure, FormProblem, problem};
use crate::routes::href;
use crate::time::words::day_of;
use crate::ui::{Button, ButtonKind};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// A button for each provider. They are links, so they work without JavaScript; nothing where there is none.
#[component]
pub fn ProviderButtons(
    /// How people come in here.
    entrances: Resource<Result<Entrances, Failure>>,
) -> impl IntoView {
    let next = use_next();
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let providers = entrances.await.map(|found| found.providers).unwrap_or_default();
                (!providers.is_empty()).then(|| view! {
                    <p class="auth__divider">"or"</p>
                    <div class="auth__others">
                        {providers
                            .into_iter()
                            .map(|provider| {
                                let address = href::provider(&provider.id, next.get().as_deref());
                                view! {
                                    <a
                                        class="button"
                                        data-variant="secondary"
                                        data-size="large"
                                        href=address
                                        rel="external"
                                    >
                                        {format!("Continue with {}", provider.name)}
                                    </a>
                                }
                            })
                            .collect_view()}
                    </div>
                })
            })}
        </Transition>
    }
}

/// The providers that somebody comes in by, and those that they could link. Nothing where the server knows none.
#[component]
pub fn ProviderLinks(
    /// Of whom.
    account: Account,
    /// Unlinks one.
    unlink: ServerAction<UnlinkProvider>,
) -> impl IntoView {
    let Account {
        links, providers, ..
    } = account;
    (!links.is_empty() || !providers.is_empty()).then(|| {
        view! {
            <section>
                <h2>"Sign in with"</h2>
                <FormProblem problem=problem(unlink)/>
                {links
                    .into_iter()
                    .map(|link| view! { <Linked link=link unlink=unlink/> })
                    .collect_view()}
                {providers
                    .into_iter()
                    .map(|provider| view! { <Linkable provider=provider/> })
                    .collect_view()}
            </section>
        }
    })
}

#[component]
fn Linked(link: ProviderLink, unlink: ServerAction<UnlinkProvider>) -> impl IntoView {
    let who = link
        .email
        .map_or(String::new(), |email| format!("{email}, "));
    let label = format!("Unlink {}", link.name);
    view! {
        <div class="settings__row">
            <div class="settings__label">
                <b>{link.name}</b>
                {format!("{who}last used {}", day_of(link.used_at))}
            </div>
            <ActionForm action=unlink>
                <input type="hidden" name="issuer" value=link.issuer/>
                <Button kind=ButtonKind::Submit>{label}</Button>
            </ActionForm>
        </div>
    }
}

#[component]
fn Linkable(provider: Provider) -> impl IntoView {
    view! {
        <div class="settings__row">
            <div class="settings__label">
                <b>{provider.name.clone()}</b>
                "Not linked"
            </div>
            <a
                class="button"
                data-variant="secondary"
                data-size="medium"
                href=href::link_provider(&provider.id)
                rel="external"
            >
                {format!("Link {}", provider.name)}
            </a>
        </div>
    }
}
