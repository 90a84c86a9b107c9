use super::api::{BeginTwoStep, ConfirmTwoStep, EndTwoStep, NoteCodes, find_two_step};
use super::{AccountLayout, TwoStep};
use crate::backend::{FormProblem, field_problem, problem};
use crate::routes::href;
use crate::ui::{Badge, Banner, Button, ButtonKind, ButtonVariant, Skeleton, TextField, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The second step of signing in: turning it on and off.
#[component]
pub fn TwoStepPage() -> impl IntoView {
    let begin = ServerAction::<BeginTwoStep>::new();
    let confirm = ServerAction::<ConfirmTwoStep>::new();
    let note = ServerAction::<NoteCodes>::new();
    let end = ServerAction::<EndTwoStep>::new();
    let versions = move || {
        (
            begin.version().get(),
            confirm.version().get(),
            note.version().get(),
            end.version().get(),
        )
    };
    let state = Resource::new(versions, |_| find_two_step());
    view! {
        <AccountLayout title="Two-step sign-in" current=href::TWO_STEP>
            <section>
                <h1 class="page__title">"Two-step sign-in"</h1>
                <p class="page__lead">
                    "After your password you type a code that an app on your phone shows. Then a stolen password is not enough. \
                     A workspace that asks for it asks for this code: beside a passkey, the password alone would still let somebody in. \
                     Who has no password needs no code: there a passkey is enough."
                </p>
                <FormProblem problem=problem(begin)/>
                <FormProblem problem=problem(confirm) fields=&["code"]/>
                <FormProblem problem=problem(end) fields=&["password"]/>
                <Transition fallback=|| view! { <Skeleton count=2/> }>
                    {move || Suspend::new(async move {
                        match state.await {
                            Ok(TwoStep::Off) => view! { <Off begin=begin/> }.into_any(),
                            Ok(TwoStep::Pending { seed, picture }) => view! {
                                <Pending seed=seed picture=picture confirm=confirm/>
                            }
                            .into_any(),
                            Ok(TwoStep::On { codes, left }) => view! {
                                <On codes=codes left=left note=note end=end/>
                            }
                            .into_any(),
                            Err(failure) => view! {
                                <Banner tone=Tone::Danger>{failure.0.message}</Banner>
                            }
                            .into_any(),
                        }
                    })}
                </Transition>
            </section>
        </AccountLayout>
    }
}

#[component]
fn Off(begin: ServerAction<BeginTwoStep>) -> impl IntoView {
    view! {
        <ActionForm action=begin attr:class="settings__all">
            <Button
                variant=ButtonVariant::Primary
                kind=ButtonKind::Submit
                busy=begin.pending()
            >
                "Set it up"
            </Button>
        </ActionForm>
    }
}

/// The seed, and the first code that shows that an app has it.
#[component]
fn Pending(seed: String, picture: String, confirm: ServerAction<ConfirmTwoStep>) -> impl IntoView {
    let refused = problem(confirm);
    view! {
        <p>"Scan this with an authenticator app, or type the key into it. Then type the code that it shows."</p>
        <img
            class="two-step__picture"
            src=format!("data:image/png;base64,{picture}")
            alt="The key as a picture to scan"
            width="200"
            height="200"
        />
        <code class="token">{seed}</code>
        <ActionForm action=confirm attr:class="form settings__fields">
            <TextField
                label="Code"
                name="code"
                autocomplete="one-time-code"
                required=true
                maxlength=20_u32
                error=field_problem(refused, "code")
            />
            <div class="form__actions">
                <Button
                    variant=ButtonVariant::Primary
                    kind=ButtonKind::Submit
                    busy=confirm.pending()
                >
                    "Turn it on"
                </Button>
            </div>
        </ActionForm>
    }
}

#[component]
fn On(
    codes: Option<Vec<String>>,
    left: u64,
    note: ServerAction<NoteCodes>,
    end: ServerAction<EndTwoStep>,
) -> impl IntoView {
    let refused = problem(end);
    view! {
        {codes.map(|codes| view! {
            <Banner tone=Tone::Success title="Note your recovery codes now: they are not shown again.">
                <p>"Without your phone, each of them lets you in once."</p>
                <code class="token two-step__codes">{codes.join("\n")}</code>
                <ActionForm action=note>
                    <Button kind=ButtonKind::Submit>"I have noted them"</Button>
                </ActionForm>
            </Banner>
        })}
        <div class="settings__row">
            <div class="settings__label">
                <b>"Two-step sign-in"</b>
                {format!("{left} recovery codes are left.")}
            </div>
            <Badge tone=Tone::Success>"On"</Badge>
        </div>
        <ActionForm action=end attr:class="form settings__fields">
            <TextField
                label="Your password"
                name="password"
                kind="password"
                autocomplete="current-password"
                required=true
                error=field_problem(refused, "password")
            />
            <div class="form__actions">
                <Button variant=ButtonVariant::Danger kind=ButtonKind::Submit busy=end.pending()>
                    "Turn it off"
                </Button>
            </div>
        </ActionForm>
    }
}
