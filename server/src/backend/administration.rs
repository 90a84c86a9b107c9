//! What only who looks after a workspace or the server may ask.

use super::{RequestBackend, field};
use crate::accounts::administrators;
use crate::accounts::identity::SignedIn;
use crate::app::App;
use crate::http::Error;
use crate::{accounts, audit_entries, erasures, exports, facts, keys, mails, retention, settings};
use ::app::backend::Answer;
use ::app::settings::{
    Administration, Administrator, Administrators, KeyPage, KeyPolicy, ShownExport,
};
use shared::access::Action;
use shared::audit_entries::{AuditFilter, AuditPage, Verdict};
use shared::codes::{Code, Rejected};
use shared::ids::{UserId, WorkspaceId};
use shared::settings::flags::{Flag, Rule};
use shared::settings::{Fact, Facts, Setting, Standing, find};
use shared::values::Email;

impl Administration for RequestBackend {
    fn list_audit_entries(
        &self,
        workspace: Option<WorkspaceId>,
        filter: AuditFilter,
        before: Option<u64>,
    ) -> Answer<AuditPage> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let chain = audit_entries::routes::readable(&this.app, &who, workspace).await?;
            audit_entries::list(&this.app, chain, &filter, before, audit_entries::PAGE).await
        })
    }

    fn verify_audit_log(&self, workspace: Option<WorkspaceId>) -> Answer<Verdict> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let chain = audit_entries::routes::readable(&this.app, &who, workspace).await?;
            audit_entries::verify(&this.app, chain).await
        })
    }

    fn list_facts(&self, about: Facts, workspace: Option<WorkspaceId>) -> Answer<Vec<Fact>> {
        self.answer(|this| async move {
            if let (Facts::Usage, Some(workspace)) = (about, workspace) {
                let visit = this.visit(workspace).await?;
                visit.require(Action::EditWorkspace)?;
                return facts::usage(&this.app, workspace).await;
            }
            this.site_admin().await?;
            match about {
                Facts::Usage => Err(Code::InvalidRequest.into()),
                Facts::Storage => facts::storage(&this.app).await,
                Facts::Limits => Ok(facts::limits(&this.app)),
                Facts::Health => facts::health(&this.app).await,
                Facts::Retention => Ok(retention::preview(&this.app).await?),
            }
        })
    }

    fn list_settings(&self, keys: Vec<String>) -> Answer<Vec<Standing>> {
        self.answer(|this| async move {
            this.site_admin().await?;
            let found = keys.iter().map(|key| find(key).copied()).collect();
            let found: Option<Vec<Setting>> = found;
            Ok(settings::standings(
                &this.app,
                &found.ok_or(Code::NotFound)?,
            ))
        })
    }

    fn save_setting(&self, key: String, value: Option<String>) -> Answer<()> {
        self.answer(|this| async move {
            let by = this.site_admin().await?;
            settings::save(&this.app, by.user_id, &key, value).await
        })
    }

    fn send_test_mail(&self) -> Answer<String> {
        self.answer(|this| async move {
            let by = this.site_admin().await?;
            mails::send_test(&this.app, &by.email).await?;
            Ok(by.email.to_string())
        })
    }

    fn list_flags(&self) -> Answer<Vec<Flag>> {
        self.answer(|this| async move {
            this.site_admin().await?;
            Ok(this.app.flags.all().to_vec())
        })
    }

    fn save_flag(
        &self,
        name: String,
        rule: String,
        percent: Option<String>,
        people: Option<String>,
    ) -> Answer<()> {
        self.answer(|this| async move {
            let by = this.site_admin().await?;
            let name = field("name", Flag::parse_name(&name))?;
            let rule = match rule.as_str() {
                "off" => Rule::Off,
                "on" => Rule::On,
                "percent" => Rule::Percent(field("percent", share(percent.as_deref()))?),
                "people" => Rule::People(people_of(&this.app, people.as_deref()).await?),
                _ => return Err(Code::InvalidRequest.into()),
            };
            settings::save_flag(&this.app, by.user_id, Flag { name, rule }).await
        })
    }

    fn delete_flag(&self, name: String) -> Answer<()> {
        self.answer(|this| async move {
            let by = this.site_admin().await?;
            let name = field("name", Flag::parse_name(&name))?;
            settings::delete_flag(&this.app, by.user_id, &name).await
        })
    }

    fn run_retention(&self) -> Answer<u64> {
        self.answer(|this| async move {
            this.site_admin().await?;
            Ok(retention::run_now(&this.app).await?)
        })
    }

    fn start_export(&self, workspace: WorkspaceId) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            exports::start(&this.app, &visit).await.map(drop)
        })
    }

    fn list_exports(&self, workspace: WorkspaceId) -> Answer<Vec<ShownExport>> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let found = exports::list(&this.app, &visit).await?;
            let shown = |export: exports::Export| ShownExport {
                id: export.id.to_string(),
                created_at: export.created_at,
                expires_at: export.expires_at,
                is_done: export.finished_at.is_some(),
                rows: export.rows,
                bytes: export.bytes,
                problem: export.problem,
            };
            Ok(found.into_iter().map(shown).collect())
        })
    }

    fn delete_export(&self, workspace: WorkspaceId, id: String) -> Answer<()> {
        self.answer(|this| async move {
            let visit = this.visit(workspace).await?;
            let id = id.parse().map_err(|_| Code::NotFound)?;
            exports::delete(&this.app, &visit, id).await
        })
    }

    fn preview_erasure(&self, email: String) -> Answer<Vec<Fact>> {
        self.answer(|this| async move {
            let by = this.site_admin().await?;
            erasures::preview(&this.app, by.user_id, &email).await
        })
    }

    fn erase_person(&self, email: String) -> Answer<()> {
        self.answer(|this| async move {
            let by = this.site_admin().await?;
            erasures::erase(&this.app, by.user_id, &email).await
        })
    }

    fn list_administrators(&self) -> Answer<Administrators> {
        self.answer(|this| async move {
            let by = this.site_admin().await?;
            let all = administrators::list(&this.app).await?.into_iter();
            let shown = |user: accounts::User| Administrator {
                name: user.name.into(),
                email: user.email.to_string(),
            };
            Ok(Administrators {
                asks_password: accounts::has_password(&this.app, by.user_id).await?,
                all: all.map(shown).collect(),
            })
        })
    }

    fn add_administrator(&self, email: String, password: String) -> Answer<()> {
        self.answer(|this| async move {
            let by = this.site_admin().await?;
            let email = field("email", Email::parse(&email))?;
            accounts::require_self(&this.app, &by, password).await?;
            administrators::add(&this.app, Some(by.user_id), &email).await
        })
    }

    fn remove_administrator(&self, email: String, password: String) -> Answer<()> {
        self.answer(|this| async move {
            let by = this.site_admin().await?;
            let email = field("email", Email::parse(&email))?;
            accounts::require_self(&this.app, &by, password).await?;
            administrators::remove(&this.app, Some(by.user_id), &email).await
        })
    }

    fn list_keys(&self, workspace: WorkspaceId, from: Option<String>) -> Answer<KeyPage> {
        self.answer(move |this| async move {
            let visit = this.visit(workspace).await?;
            let from = from.map(|id| id.parse()).transpose();
            let from = from.map_err(|_| Code::NotFound)?;
            keys::list(&this.app, &visit, from).await
        })
    }

    fn end_key(&self, workspace: WorkspaceId, id: String) -> Answer<()> {
        self.answer(move |this| async move {
            let visit = this.visit(workspace).await?;
            keys::end(&this.app, &visit, &id).await
        })
    }

    fn let_key_in(&self, workspace: WorkspaceId, id: String) -> Answer<()> {
        self.answer(move |this| async move {
            let visit = this.visit(workspace).await?;
            keys::let_in(&this.app, &visit, &id).await
        })
    }

    fn find_key_policy(&self, workspace: WorkspaceId) -> Answer<KeyPolicy> {
        self.answer(move |this| async move {
            let visit = this.visit(workspace).await?;
            visit.require(Action::EditWorkspace)?;
            keys::policy(&this.app, workspace).await
        })
    }

    fn save_key_policy(
        &self,
        workspace: WorkspaceId,
        takes_personal: bool,
        days: Option<String>,
    ) -> Answer<()> {
        self.answer(move |this| async move {
            let visit = this.visit(workspace).await?;
            let days = days.filter(|days| !days.trim().is_empty());
            let days = days.map(|days| days.trim().parse::<u32>());
            let why = |_| "Take a whole number of days, or nothing.".to_owned();
            let policy = KeyPolicy {
                takes_personal,
                days_max: field("days", days.transpose().map_err(why))?,
            };
            keys::save_policy(&this.app, &visit, policy).await
        })
    }
}

impl RequestBackend {
    /// Who asks, if they look after the server.
    async fn site_admin(&self) -> Result<SignedIn, Error> {
        let who = self.somebody().await?;
        accounts::require_site_admin(&self.app, &who).await?;
        Ok(who)
    }
}

/// A share of a hundred.
fn share(text: Option<&str>) -> Result<u8, String> {
    let number = text.and_then(|text| text.trim().parse().ok());
    number
        .filter(|share| *share <= 100)
        .ok_or_else(|| "Take a whole number from 0 to 100.".to_owned())
}

/// The accounts with these addresses, between which commas stand.
async fn people_of(app: &App, text: Option<&str>) -> Result<Vec<UserId>, Error> {
    let addresses = text.unwrap_or_default().split(',').map(str::trim);
    let addresses: Vec<&str> = addresses.filter(|address| !address.is_empty()).collect();
    if addresses.is_empty() || addresses.len() > Flag::PEOPLE_MAX {
        let why = format!("Name 1 to {} people.", Flag::PEOPLE_MAX);
        return Err(Rejected::field("people", why).into());
    }
    let mut people = Vec::new();
    for address in addresses {
        let email = field("people", Email::parse(address))?;
        let user = accounts::find_by_email(app, &email).await?;
        let user = user.ok_or_else(|| {
            Rejected::field("people", format!("Nobody has an account with {email}."))
        })?;
        people.push(user.id);
    }
    Ok(people)
}
