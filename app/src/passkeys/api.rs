//! The server functions of passkeys.

use super::Passkeys;
use crate::backend::Failure;
use leptos::prelude::*;
use shared::ids::PasskeyId;

/// See [`crate::backend::PasskeysBackend::list_passkeys`].
#[server(prefix = "/sf", endpoint = "list-passkeys")]
pub async fn list_passkeys() -> Result<Passkeys, Failure> {
    crate::backend::backend()?.list_passkeys().await
}

/// See [`crate::backend::PasskeysBackend::begin_passkey`].
#[server(prefix = "/sf", endpoint = "begin-passkey")]
pub async fn begin_passkey(
    name: String,
    #[server(default)] password: String,
) -> Result<String, Failure> {
    crate::backend::backend()?
        .begin_passkey(name, password)
        .await
}

/// See [`crate::backend::PasskeysBackend::add_passkey`].
#[server(prefix = "/sf", endpoint = "add-passkey")]
pub async fn add_passkey(answer: String) -> Result<(), Failure> {
    crate::backend::backend()?.add_passkey(answer).await
}

/// See [`crate::backend::PasskeysBackend::rename_passkey`].
#[server(prefix = "/sf", endpoint = "rename-passkey")]
pub async fn rename_passkey(id: PasskeyId, name: String) -> Result<(), Failure> {
    crate::backend::backend()?.rename_passkey(id, name).await
}

/// See [`crate::backend::PasskeysBackend::remove_passkey`].
#[server(prefix = "/sf", endpoint = "remove-passkey")]
pub async fn remove_passkey(
    id: PasskeyId,
    #[server(default)] password: String,
) -> Result<(), Failure> {
    crate::backend::backend()?
        .remove_passkey(id, password)
        .await
}

/// See [`crate::backend::PasskeysBackend::begin_passkey_sign_in`].
#[server(prefix = "/sf", endpoint = "begin-passkey-sign-in")]
pub async fn begin_passkey_sign_in() -> Result<String, Failure> {
    crate::backend::backend()?.begin_passkey_sign_in().await
}

/// See [`crate::backend::PasskeysBackend::sign_in_with_passkey`].
#[server(prefix = "/sf", endpoint = "sign-in-with-passkey")]
pub async fn sign_in_with_passkey(answer: String, next: Option<String>) -> Result<(), Failure> {
    crate::backend::backend()?
        .sign_in_with_passkey(answer, next)
        .await
}
