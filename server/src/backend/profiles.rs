//! What pages ask about what people are like.

use super::RequestBackend;
use crate::profiles;
use ::app::backend::{Answer, ProfilesBackend};
use ::app::layout::Theme;
use ::app::profiles::{Profile, parse_place};
use ::app::routes::href;
use leptos_axum::redirect;

impl ProfilesBackend for RequestBackend {
    fn find_profile(&self) -> Answer<Profile> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            profiles::find(&this.app, who.user_id).await
        })
    }

    fn save_profile(&self, time_zone: String, theme: String) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let zone = Some(time_zone).filter(|zone| !zone.is_empty());
            let theme = Theme::parse(&theme);
            profiles::save(&this.app, who.user_id, zone, theme).await?;
            redirect(&href::profile_done("profile"));
            Ok(())
        })
    }

    fn save_theme(&self, theme: String) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            profiles::save_theme(&this.app, who.user_id, Theme::parse(&theme)).await
        })
    }

    fn save_notices(&self, on: Vec<String>) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            let on = on.iter().filter_map(|word| parse_place(word)).collect();
            profiles::save_notices(&this.app, who.user_id, &on).await?;
            redirect(&href::profile_done("notices"));
            Ok(())
        })
    }

    fn remove_avatar(&self) -> Answer<()> {
        self.answer(|this| async move {
            let who = this.somebody().await?;
            profiles::remove_picture(&this.app, who.user_id).await?;
            redirect(&href::profile_done("initials"));
            Ok(())
        })
    }
}
