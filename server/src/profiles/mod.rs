//! Profiles: what people are like in every workspace, and how they want to see things. They are the account's and not
//! synced; name and picture are carried into the person's `members` rows, where others see them change at once.

pub mod pictures;
pub(crate) mod routes;
pub(crate) mod store;
mod zones;

use crate::access::Actor;
use crate::app::App;
use crate::http::Error;
use crate::{accounts, workspaces};
use ::app::layout::Theme;
use ::app::profiles::{Channel, Kind, PictureProblem, Profile};
use ::app::time::Zone;
use axum::extract::Multipart;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::members::{Member, Mutation};
use shared::values::{Name, PictureHash};
use std::collections::BTreeSet;

/// The only language that there are texts in.
pub const LANGUAGE: &str = "en";

/// The picture in a form, drawn anew; nothing where there is none. Nothing is asked of a database, so that much can be tried.
pub async fn picture_in(form: Multipart) -> Option<pictures::Picture> {
    pictures::read(routes::file_in(form).await).await.ok()?.ok()
}

/// How somebody wants to see things.
pub async fn find(app: &App, user: UserId) -> Result<Profile, Error> {
    let mut read = app.db.read().await?;
    let mut profile = store::find(read.conn(), user).await?.unwrap_or_default();
    profile.avatar = store::find_avatar(read.conn(), user).await?;
    for (kind, channel, is_on) in store::list_preferences(read.conn(), user).await? {
        let place = (kind, channel);
        if is_on {
            profile.notices.insert(place);
        } else {
            profile.notices.remove(&place);
        }
    }
    Ok(profile)
}

/// What somebody has chosen that every page is drawn by.
pub struct Looks {
    /// The theme, on whichever device.
    pub theme: Theme,
    /// How their clock goes, where they chose a time zone.
    pub zone: Option<Zone>,
}

/// What every page for somebody is drawn by, if they ever chose anything.
pub async fn looks(app: &App, user: UserId) -> Result<Option<Looks>, Error> {
    let found = store::find(app.db.read().await?.conn(), user).await?;
    Ok(found.map(|profile| {
        let name = profile.time_zone;
        Looks {
            theme: profile.theme,
            zone: name.and_then(|name| zones::around(&name, app.clock.now())),
        }
    }))
}

/// Keeps the theme that somebody has chosen.
pub async fn save_theme(app: &App, user: UserId, theme: Theme) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    let known = store::find(tx.conn(), user).await?.unwrap_or_default();
    store::upsert(tx.conn(), user, &Profile { theme, ..known }).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps how somebody wants to see times and days.
pub async fn save(
    app: &App,
    user: UserId,
    time_zone: Option<String>,
    theme: Theme,
) -> Result<(), Error> {
    if time_zone.as_deref().is_some_and(|zone| !is_time_zone(zone)) {
        let text = "Choose a time zone of the list, such as Europe/Berlin.";
        return Err(Rejected::field("time_zone", text).into());
    }
    let profile = Profile {
        time_zone,
        theme,
        ..Profile::default()
    };
    let mut tx = app.db.write().await?;
    store::upsert(tx.conn(), user, &profile).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether a text is formed as the names of time zones are.
fn is_time_zone(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    text.len() <= 64 && text.split('/').count() <= 3 && text.split('/').all(is_word)
}

/// Keeps what somebody wants to hear of, and by which way.
pub async fn save_notices(
    app: &App,
    user: UserId,
    wanted: &BTreeSet<(Kind, Channel)>,
) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    for kind in Kind::ALL {
        for channel in Channel::ALL {
            let place = (*kind, *channel);
            let is_on = wanted.contains(&place);
            store::upsert_preference(tx.conn(), user, place, is_on).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Gives somebody another name, here and in every workspace that they are in.
pub async fn rename(app: &App, user: UserId, name: &Name) -> Result<(), Error> {
    accounts::rename(app, user, name).await?;
    carry(app, user, |member| {
        (member.name != *name).then(|| Mutation::Rename {
            id: user,
            name: name.clone(),
        })
    })
    .await
}

/// Keeps somebody's picture and shows it in every workspace that they are in.
pub async fn set_picture(
    app: &App,
    user: UserId,
    file: Vec<u8>,
) -> Result<Result<(), PictureProblem>, Error> {
    let picture = match pictures::read(file).await? {
        Ok(picture) => picture,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut tx = app.db.write().await?;
    store::upsert_avatar(tx.conn(), user, &picture, app.clock.now()).await?;
    tx.commit().await?;
    show_picture(app, user).await.map(Ok)
}

/// Takes somebody's picture away, everywhere.
pub async fn remove_picture(app: &App, user: UserId) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    store::delete_avatar(tx.conn(), user).await?;
    tx.commit().await?;
    show_picture(app, user).await
}

/// Shows the picture that somebody has in every workspace that they are in: after it changed, or after they joined one.
pub async fn show_picture(app: &App, user: UserId) -> Result<(), Error> {
    let avatar: Option<PictureHash> = store::find_avatar(app.db.read().await?.conn(), user).await?;
    carry(app, user, |member| {
        (member.avatar != avatar).then(|| Mutation::SetAvatar {
            id: user,
            avatar: avatar.clone(),
        })
    })
    .await
}

/// Shows somebody's picture in a workspace that they have just come into. They are in it in any case.
pub async fn joined(app: &App, user: UserId) {
    if let Err(error) = show_picture(app, user).await {
        let error = error.into_rejected();
        tracing::warn!(user.id = %user, %error, "a picture was not carried along");
    }
}

/// Changes somebody's member rows, in each workspace on their own behalf. One that was left or deleted meanwhile is passed
/// over.
async fn carry(
    app: &App,
    user: UserId,
    change: impl Fn(&Member) -> Option<Mutation>,
) -> Result<(), Error> {
    let of_user =
        workspaces::store::list_memberships(app.db.read_as(user).await?.conn(), user).await?;
    for (stored, _) in of_user {
        let workspace = stored.row.id;
        let mut read = app.db.read_in(workspace).await?;
        let member = crate::members::store::find(read.conn(), workspace, user.uuid()).await?;
        drop(read);
        let Some(command) = member.and_then(|member| change(&member.row)) else {
            continue;
        };
        let own = Actor::unlimited(user);
        match app.sync.commit(workspace, own, command).await {
            Err(Error::Refused(rejected)) if rejected.code == Code::NotFound => {}
            other => drop(other?),
        }
    }
    Ok(())
}
