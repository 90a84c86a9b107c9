//! The server functions of the settings.

use super::{Administrators, KeyPage, KeyPolicy, ShownExport};
use crate::backend::Failure;
use leptos::prelude::*;
use shared::audit_entries::{AuditFilter, AuditPage, Verdict};
use shared::ids::WorkspaceId;
use shared::settings::flags::Flag;
use shared::settings::{Fact, Facts, Standing};

/// See [`super::Administration::list_audit_entries`].
#[server(prefix = "/sf", endpoint = "list-audit-entries")]
pub async fn list_audit_entries(
    workspace: Option<WorkspaceId>,
    #[server(default)] filter: AuditFilter,
    before: Option<u64>,
) -> Result<AuditPage, Failure> {
    crate::settings::administration()?
        .list_audit_entries(workspace, filter, before)
        .await
}

/// See [`super::Administration::verify_audit_log`].
#[server(prefix = "/sf", endpoint = "verify-audit-log")]
pub async fn verify_audit_log(workspace: Option<WorkspaceId>) -> Result<Verdict, Failure> {
    crate::settings::administration()?
        .verify_audit_log(workspace)
        .await
}

/// See [`super::Administration::list_facts`].
#[server(prefix = "/sf", endpoint = "list-facts")]
pub async fn list_facts(
    about: Facts,
    workspace: Option<WorkspaceId>,
) -> Result<Vec<Fact>, Failure> {
    crate::settings::administration()?
        .list_facts(about, workspace)
        .await
}

/// See [`super::Administration::list_settings`].
#[server(prefix = "/sf", endpoint = "list-settings")]
pub async fn list_settings(#[server(default)] keys: Vec<String>) -> Result<Vec<Standing>, Failure> {
    crate::settings::administration()?.list_settings(keys).await
}

/// See [`super::Administration::save_setting`].
#[server(prefix = "/sf", endpoint = "save-setting")]
pub async fn save_setting(key: String, value: Option<String>) -> Result<(), Failure> {
    crate::settings::administration()?
        .save_setting(key, value)
        .await
}

/// See [`super::Administration::send_test_mail`].
#[server(prefix = "/sf", endpoint = "send-test-mail")]
pub async fn send_test_mail() -> Result<String, Failure> {
    crate::settings::administration()?.send_test_mail().await
}

/// See [`super::Administration::list_flags`].
#[server(prefix = "/sf", endpoint = "list-flags")]
pub async fn list_flags() -> Result<Vec<Flag>, Failure> {
    crate::settings::administration()?.list_flags().await
}

/// See [`super::Administration::save_flag`].
#[server(prefix = "/sf", endpoint = "save-flag")]
pub async fn save_flag(
    name: String,
    rule: String,
    percent: Option<String>,
    people: Option<String>,
) -> Result<(), Failure> {
    crate::settings::administration()?
        .save_flag(name, rule, percent, people)
        .await
}

/// See [`super::Administration::delete_flag`].
#[server(prefix = "/sf", endpoint = "delete-flag")]
pub async fn delete_flag(name: String) -> Result<(), Failure> {
    crate::settings::administration()?.delete_flag(name).await
}

/// See [`super::Administration::run_retention`].
#[server(prefix = "/sf", endpoint = "run-retention")]
pub async fn run_retention() -> Result<u64, Failure> {
    crate::settings::administration()?.run_retention().await
}

/// See [`super::Administration::start_export`].
#[server(prefix = "/sf", endpoint = "start-export")]
pub async fn start_export(workspace: WorkspaceId) -> Result<(), Failure> {
    crate::settings::administration()?
        .start_export(workspace)
        .await
}

/// See [`super::Administration::list_exports`].
#[server(prefix = "/sf", endpoint = "list-exports")]
pub async fn list_exports(workspace: WorkspaceId) -> Result<Vec<ShownExport>, Failure> {
    crate::settings::administration()?
        .list_exports(workspace)
        .await
}

/// See [`super::Administration::delete_export`].
#[server(prefix = "/sf", endpoint = "delete-export")]
pub async fn delete_export(workspace: WorkspaceId, id: String) -> Result<(), Failure> {
    crate::settings::administration()?
        .delete_export(workspace, id)
        .await
}

/// See [`super::Administration::preview_erasure`].
#[server(prefix = "/sf", endpoint = "preview-erasure")]
pub async fn preview_erasure(email: String) -> Result<Vec<Fact>, Failure> {
    crate::settings::administration()?
        .preview_erasure(email)
        .await
}

/// See [`super::Administration::erase_person`].
#[server(prefix = "/sf", endpoint = "erase-person")]
pub async fn erase_person(email: String) -> Result<(), Failure> {
    crate::settings::administration()?.erase_person(email).await
}

/// See [`super::Administration::list_administrators`].
#[server(prefix = "/sf", endpoint = "list-administrators")]
pub async fn list_administrators() -> Result<Administrators, Failure> {
    crate::settings::administration()?
        .list_administrators()
        .await
}

/// See [`super::Administration::add_administrator`].
#[server(prefix = "/sf", endpoint = "add-administrator")]
pub async fn add_administrator(
    email: String,
    #[server(default)] password: String,
) -> Result<(), Failure> {
    crate::settings::administration()?
        .add_administrator(email, password)
        .await
}

/// See [`super::Administration::remove_administrator`].
#[server(prefix = "/sf", endpoint = "remove-administrator")]
pub async fn remove_administrator(
    email: String,
    #[server(default)] password: String,
) -> Result<(), Failure> {
    crate::settings::administration()?
        .remove_administrator(email, password)
        .await
}

/// See [`super::Administration::list_keys`].
#[server(prefix = "/sf", endpoint = "list-keys")]
pub async fn list_keys(workspace: WorkspaceId, from: Option<String>) -> Result<KeyPage, Failure> {
    crate::settings::administration()?
        .list_keys(workspace, from)
        .await
}

/// See [`super::Administration::end_key`].
#[server(prefix = "/sf", endpoint = "end-key")]
pub async fn end_key(workspace: WorkspaceId, id: String) -> Result<(), Failure> {
    crate::settings::administration()?
        .end_key(workspace, id)
        .await
}

/// See [`super::Administration::let_key_in`].
#[server(prefix = "/sf", endpoint = "let-key-in")]
pub async fn let_key_in(workspace: WorkspaceId, id: String) -> Result<(), Failure> {
    crate::settings::administration()?
        .let_key_in(workspace, id)
        .await
}

/// See [`super::Administration::find_key_policy`].
#[server(prefix = "/sf", endpoint = "find-key-policy")]
pub async fn find_key_policy(workspace: WorkspaceId) -> Result<KeyPolicy, Failure> {
    crate::settings::administration()?
        .find_key_policy(workspace)
        .await
}

/// See [`super::Administration::save_key_policy`].
#[server(prefix = "/sf", endpoint = "save-key-policy")]
pub async fn save_key_policy(
    workspace: WorkspaceId,
    // An unticked box is not sent at all, a ticked one as "on".
    personal: Option<String>,
    days: Option<String>,
) -> Result<(), Failure> {
    crate::settings::administration()?
        .save_key_policy(workspace, personal.is_some(), days)
        .await
}
