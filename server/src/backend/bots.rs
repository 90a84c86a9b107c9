//! Bots and programs, for the pages.

use super::{RequestBackend, field, keys};
use crate::app::App;
use crate::bots;
use crate::grants::clients;
use crate::http::Error;
use ::app::accounts::{Life, NewToken, TokenWish};
use ::app::backend::Answer;
use ::app::bots::{Bot, BotsBackend, KeyWish, Program};
use shared::access::Role;
use shared::ids::{TokenId, UserId, WorkspaceId};
use shared::values::Name;

async fn shown(app: &App, bot: bots::Bot) -> Result<Bot, Error> {
    Ok(Bot {
        id: bot.member.id,
        name: bot.member.name.into(),
        role: bot.member.role,
        active: bot.member.active,
        tokens: keys::shown(app, bot.tokens).await?,
    })
}

fn program(client: clients::Client) -> Program {
    Program {
        id: client.id,
        name: client.name,
        redirects: client.redirects,
    }
}

impl BotsBackend for RequestBackend {
    fn list_bots(&self, workspace: WorkspaceId) -> Answer<Vec<Bot>> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let mut all = Vec::new();
            for bot in bots::list(&this.app, &visit).await? {
                all.push(shown(&this.app, bot).await?);
            }
            Ok(all)
        })
    }

    fn create_bot(&self, workspace: WorkspaceId, name: String, role: Role) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let name = field("name", Name::parse(&name))?;
            bots::create(&this.app, &visit, name, role).await.map(drop)
        })
    }

    fn end_bot(&self, workspace: WorkspaceId, id: UserId) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            bots::end(&this.app, &visit, id).await
        })
    }

    fn create_bot_token(
        &self,
        workspace: WorkspaceId,
        bot: UserId,
        wish: KeyWish,
    ) -> Answer<NewToken> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let wish = TokenWish {
                name: wish.name,
                life: match wish.life {
                    // A bot is nobody who would notice that a key has been lying about.
                    Life::Endless => Life::Days(365),
                    life => life,
                },
                scopes: wish.scopes,
                workspace: None,
                projects: None,
            };
            let wanted = keys::wanted(&this.app, visit.user, wish).await?;
            let made = bots::create_token(&this.app, &visit, bot, wanted).await?;
            keys::made(&this.app, made).await
        })
    }

    fn delete_bot_token(&self, workspace: WorkspaceId, bot: UserId, id: TokenId) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            bots::delete_token(&this.app, &visit, bot, id).await
        })
    }

    fn list_programs(&self, workspace: WorkspaceId) -> Answer<Vec<Program>> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let all = clients::list(&this.app, &visit).await?;
            Ok(all.into_iter().map(program).collect())
        })
    }

    fn create_program(
        &self,
        workspace: WorkspaceId,
        name: String,
        redirects: String,
    ) -> Answer<Program> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let name = field("name", Name::parse(&name))?;
            let lines = redirects.lines().map(str::trim);
            let lines = lines.filter(|line| !line.is_empty()).map(str::to_owned);
            let made = clients::register(&this.app, &visit, name, lines.collect()).await?;
            Ok(program(made))
        })
    }

    fn delete_program(&self, workspace: WorkspaceId, id: String) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            clients::remove(&this.app, &visit, &id).await
        })
    }
}
