use super::api::ForgotPassword;
use super::{AuthPage, AuthSubmit};
use crate::backend::{FormProblem, problem};
use crate::routes::href;
use crate::ui::{Banner, TextField, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Asking for a link to choose another password.
#[component]
pub fn ForgotPage() -> impl IntoView {
    let action = ServerAction::<ForgotPassword>::new();
    let query = use_query_map();
    let is_sent = move || query.read().get_str("done") == Some("sent");
    view! {
        <AuthPage
            title="Forgot your password?"
            lead="Type the address that you sign in with. You get a link to choose another password."
        >
            {move || is_sent().then(|| view! {
                <Banner tone=Tone::Success>
                    "If somebody has an account with that address, a mail is on its way. The link in it is good for an hour."
                </Banner>
            })}
            <FormProblem problem=problem(action)/>
            <ActionForm action=action attr:class="auth__form">
                <TextField
                    label="E-mail"
                    name="email"
                    kind="email"
                    autocomplete="username"
                    required=true
                    autofocus=true
                />
                <AuthSubmit busy=action.pending() text="Send the link"/>
            </ActionForm>
            <p class="auth__alt"><a href=href::SIGN_IN>"Back to signing in"</a></p>
        </AuthPage>
    }
}
