//! What pages ask about passkeys.

use super::ways_in::go_on;
use super::{RequestBackend, field};
use crate::accounts;
use crate::passkeys;
use crate::sessions::Entrance;
use ::app::accounts::device::device;
use ::app::backend::{Answer, PasskeysBackend};
use ::app::passkeys::{Passkey, Passkeys};
use shared::ids::PasskeyId;
use shared::values::Name;

impl PasskeysBackend for RequestBackend {
    fn list_passkeys(&self) -> Answer<Passkeys> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let found = passkeys::list(&this.app, who.user_id).await?;
            Ok(Passkeys {
                obstacle: passkeys::obstacle(&this.app.public_url).map(str::to_owned),
                asks_password: accounts::has_password(&this.app, who.user_id).await?,
                suggestion: device(this.user_agent().as_deref(), true),
                all: found.into_iter().map(shown).collect(),
            })
        })
    }

    fn begin_passkey(&self, name: String, password: String) -> Answer<String> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let name = field("name", Name::parse(&name))?;
            accounts::require_self(&this.app, &who, password).await?;
            let (options, cookie) = passkeys::begin_add(&this.app, who.user_id, name).await?;
            this.set_cookie(&cookie);
            Ok(options.to_string())
        })
    }

    fn add_passkey(&self, answer: String) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            passkeys::add(&this.app, &this.headers, who.user_id, &answer).await
        })
    }

    fn rename_passkey(&self, id: PasskeyId, name: String) -> Answer<()> {
        self.answer(move |this| async move {
            let who = this.somebody().await?;
            let name = field("name", Name::parse(&name))?;
            passkeys::rename(&this.app, who.user_id, id, &name).await
        })
    }

    fn remove_passkey(&self, id: PasskeyId, password: String) -> Answer<()> {
        self.answer(move |this| async move {
            let who = this.somebody().await?;
            accounts::require_self(&this.app, &who, password).await?;
            passkeys::remove(&this.app, who.user_id, id).await
        })
    }

    fn begin_passkey_sign_in(&self) -> Answer<String> {
        self.answer(|this| async move {
            let (options, cookie) = passkeys::begin_sign_in(&this.app).await?;
            this.set_cookie(&cookie);
            Ok(options.to_string())
        })
    }

    fn sign_in_with_passkey(&self, answer: String, next: Option<String>) -> Answer<()> {
        self.answer(|this| async move {
            let entrance = Entrance::browser(this.user_agent());
            let entered = passkeys::sign_in(&this.app, &this.headers, &answer, entrance).await?;
            this.begin(&entered.1).await?;
            go_on(next);
            Ok(())
        })
    }
}

fn shown(passkey: passkeys::Passkey) -> Passkey {
    Passkey {
        id: passkey.id,
        name: passkey.name.to_string(),
        created_at: passkey.created_at,
        last_used_at: passkey.last_used_at,
    }
}
