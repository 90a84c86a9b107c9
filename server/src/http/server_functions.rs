//! `/sf/*`: what the pages ask that is not synced.

use super::Error;
use crate::app::App;
use crate::backend::RequestBackend;
use ::app::accounts::api as accounts;
use ::app::backend::Failure;
use ::app::bots::api as bots;
use ::app::invitations::api as invitations;
use ::app::passkeys::api as passkeys;
use ::app::profiles::api as profiles;
use ::app::settings::api as settings;
use ::app::workspaces::api as workspaces;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use leptos::server_fn::axum::register_explicit;
use shared::codes::Code;

/// A refusal is a code and some words.
const REFUSAL_BYTES_MAX: usize = 64 * 1024;

/// Every server function by name: one that the linker drops would only be missed by whoever calls it.
pub(super) fn routes() -> Router<App> {
    register_explicit::<accounts::SignIn>();
    register_explicit::<accounts::EnterCode>();
    register_explicit::<passkeys::BeginPasskeySignIn>();
    register_explicit::<passkeys::SignInWithPasskey>();
    register_explicit::<passkeys::ListPasskeys>();
    register_explicit::<passkeys::BeginPasskey>();
    register_explicit::<passkeys::AddPasskey>();
    register_explicit::<passkeys::RenamePasskey>();
    register_explicit::<passkeys::RemovePasskey>();
    register_explicit::<accounts::FindTwoStep>();
    register_explicit::<accounts::BeginTwoStep>();
    register_explicit::<accounts::ConfirmTwoStep>();
    register_explicit::<accounts::NoteCodes>();
    register_explicit::<accounts::EndTwoStep>();
    register_explicit::<accounts::SignUp>();
    register_explicit::<accounts::AskSignUp>();
    register_explicit::<accounts::FinishSignUp>();
    register_explicit::<accounts::SetUp>();
    register_explicit::<accounts::TryDemo>();
    register_explicit::<accounts::SignOut>();
    register_explicit::<accounts::ForgotPassword>();
    register_explicit::<accounts::ResetPassword>();
    register_explicit::<accounts::ConfirmEmail>();
    register_explicit::<accounts::FindEntrances>();
    register_explicit::<accounts::FindAccount>();
    register_explicit::<accounts::UnlinkProvider>();
    register_explicit::<accounts::SendConfirmation>();
    register_explicit::<invitations::FindInvitation>();
    register_explicit::<invitations::AcceptInvitation>();
    register_explicit::<invitations::ListInvitations>();
    register_explicit::<invitations::CreateInvitation>();
    register_explicit::<invitations::RevokeInvitation>();
    register_explicit::<invitations::ClaimPlaceholder>();
    register_explicit::<accounts::ListSessions>();
    register_explicit::<accounts::EndSession>();
    register_explicit::<accounts::EndOtherSessions>();
    register_explicit::<accounts::ChangePassword>();
    register_explicit::<accounts::RenameAccount>();
    register_explicit::<profiles::FindProfile>();
    register_explicit::<profiles::SaveProfile>();
    register_explicit::<profiles::SaveTheme>();
    register_explicit::<profiles::SaveNotices>();
    register_explicit::<profiles::RemoveAvatar>();
    register_explicit::<accounts::ListTokens>();
    register_explicit::<accounts::CreateToken>();
    register_explicit::<accounts::DeleteToken>();
    register_explicit::<bots::ListBots>();
    register_explicit::<bots::CreateBot>();
    register_explicit::<bots::EndBot>();
    register_explicit::<bots::CreateBotToken>();
    register_explicit::<bots::DeleteBotToken>();
    register_explicit::<bots::ListPrograms>();
    register_explicit::<bots::CreateProgram>();
    register_explicit::<bots::DeleteProgram>();
    register_explicit::<workspaces::ListWorkspaces>();
    register_explicit::<workspaces::CreateWorkspace>();
    register_explicit::<workspaces::ReaddressWorkspace>();
    register_explicit::<workspaces::RequireTwoStep>();
    register_explicit::<workspaces::DeleteWorkspace>();
    register_explicit::<workspaces::RestoreWorkspace>();
    register_explicit::<workspaces::LeaveWorkspace>();
    register_explicit::<workspaces::HandOverWorkspace>();
    register_explicit::<settings::ListAuditEntries>();
    register_explicit::<settings::VerifyAuditLog>();
    register_explicit::<settings::ListFacts>();
    register_explicit::<settings::ListSettings>();
    register_explicit::<settings::SaveSetting>();
    register_explicit::<settings::SendTestMail>();
    register_explicit::<settings::ListFlags>();
    register_explicit::<settings::SaveFlag>();
    register_explicit::<settings::DeleteFlag>();
    register_explicit::<settings::RunRetention>();
    register_explicit::<settings::StartExport>();
    register_explicit::<settings::ListExports>();
    register_explicit::<settings::DeleteExport>();
    register_explicit::<settings::PreviewErasure>();
    register_explicit::<settings::ErasePerson>();
    register_explicit::<settings::ListAdministrators>();
    register_explicit::<settings::AddAdministrator>();
    register_explicit::<settings::RemoveAdministrator>();
    register_explicit::<settings::ListKeys>();
    register_explicit::<settings::EndKey>();
    register_explicit::<settings::LetKeyIn>();
    register_explicit::<settings::FindKeyPolicy>();
    register_explicit::<settings::SaveKeyPolicy>();
    Router::new().route("/sf/{name}", post(call))
}

async fn call(State(app): State<App>, request: Request) -> Response {
    let context = move || {
        RequestBackend::of_context(app.clone()).provide();
    };
    let response = leptos_axum::handle_server_fns_with_context(context, request).await;
    with_status(response.into_response()).await
}

/// The framework refuses arguments that it cannot read before anything of ours runs, and answers all that went wrong with
/// 500: the refusal itself says what it was.
async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, REFUSAL_BYTES_MAX).await else {
        return Error::from(Code::Internal).into_response();
    };
    if let Ok(Failure(rejected)) = serde_json::from_slice(&body)
        && let Ok(status) = StatusCode::from_u16(rejected.code.status())
    {
        parts.status = status;
    }
    Response::from_parts(parts, Body::from(body))
}
