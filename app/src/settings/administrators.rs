use super::api::{AddAdministrator, RemoveAdministrator, list_administrators};
use super::{Administrator, Administrators};
use crate::accounts::PasswordAgain;
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::ui::{Banner, Button, ButtonKind, ButtonVariant, Skeleton, TextField, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Who looks after the server, and making somebody another of them.
#[component]
pub fn AdministratorList() -> impl IntoView {
    let add = ServerAction::<AddAdministrator>::new();
    let remove = ServerAction::<RemoveAdministrator>::new();
    let versions = move || (add.version().get(), remove.version().get());
    let found = Resource::new(versions, |_| list_administrators());
    view! {
        <section>
            <h2>"Administrators"</h2>
            <p class="page__lead">
                "They change the settings of the whole server, read its audit log, and erase people. What is in a workspace they see \
                 only as its members."
            </p>
            <FormProblem problem=problem(remove)/>
            <FormProblem problem=problem(add) fields=&["email", "password"]/>
            <Transition fallback=|| view! { <Skeleton count=2/> }>
                {move || Suspend::new(async move { shown(found.await, add, remove) })}
            </Transition>
        </section>
    }
}

fn shown(
    found: Result<Administrators, Failure>,
    add: ServerAction<AddAdministrator>,
    remove: ServerAction<RemoveAdministrator>,
) -> AnyView {
    let Administrators { asks_password, all } = match found {
        Ok(found) => found,
        Err(failure) => {
            return view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any();
        }
    };
    let is_last = all.len() == 1;
    let row = |one: Administrator| {
        view! { <Row one=one is_last=is_last asked=asks_password remove=remove/> }
    };
    view! {
        {all.into_iter().map(row).collect_view()}
        <NewAdministrator asked=asks_password add=add/>
    }
    .into_any()
}

#[component]
fn Row(
    one: Administrator,
    is_last: bool,
    asked: bool,
    remove: ServerAction<RemoveAdministrator>,
) -> impl IntoView {
    let Administrator { name, email } = one;
    let (label, whose) = (name.clone(), format!(" {name}"));
    let change = (!is_last).then(|| {
        let id = format!("password-of-{email}");
        let value = email.clone();
        view! {
            <details class="passkey__change">
                <summary>"Change"<span class="visually-hidden">{whose}</span></summary>
                <ActionForm action=remove attr:class="form settings__fields">
                    <input type="hidden" name="email" value=value/>
                    <PasswordAgain asked=asked id=id/>
                    <div class="form__actions">
                        <Button
                            variant=ButtonVariant::Danger
                            kind=ButtonKind::Submit
                            busy=remove.pending()
                        >
                            "Remove as administrator"
                        </Button>
                    </div>
                </ActionForm>
            </details>
        }
    });
    view! {
        <article class="passkey" aria-label=label>
            <div class="settings__label">
                <b>{name}</b>
                {email}
            </div>
            {change}
        </article>
    }
}

#[component]
fn NewAdministrator(asked: bool, add: ServerAction<AddAdministrator>) -> impl IntoView {
    let refused = problem(add);
    view! {
        <ActionForm action=add attr:class="form settings__fields">
            <TextField
                label="E-mail of another administrator"
                name="email"
                id="new-administrator"
                kind="email"
                autocomplete="off"
                hint="Of somebody who has an account here. They are told by mail, if mail is set up."
                required=true
                error=field_problem(refused, "email")
            />
            <PasswordAgain
                asked=asked
                id="new-administrator-password"
                error=field_problem(refused, "password")
            />
            <div class="form__actions">
                <Button
                    variant=ButtonVariant::Primary
                    kind=ButtonKind::Submit
                    busy=add.pending()
                >
                    "Make them an administrator"
                </Button>
            </div>
        </ActionForm>
    }
}
