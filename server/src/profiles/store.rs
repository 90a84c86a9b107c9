//! All SQL of profiles.

use super::LANGUAGE;
use super::pictures::Picture;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::text;
use ::app::layout::Theme;
use ::app::profiles::{Channel, Kind, Profile};
use shared::ids::UserId;
use shared::values::{PictureHash, Time};
use sqlx::{query, query_as, query_scalar};

const FIND: &str = "select time_zone, theme from profiles where user_id = $1";

/// Nothing asks for the first day of the week any more; a node of an earlier version still reads the column.
const UPSERT: &str = "
    insert into profiles (user_id, time_zone, language, theme, week_start)
    values ($1, $2, $3, $4, 'monday')
    on conflict (user_id) do update
    set time_zone = excluded.time_zone, language = excluded.language, theme = excluded.theme";

const FIND_AVATAR: &str = "select hash from avatars where user_id = $1";

/// Served by `avatars_hash_idx`.
const FIND_PICTURE: &str = "select content_type, bytes from avatars where hash = $1 limit 1";

const UPSERT_AVATAR: &str = "
    insert into avatars (user_id, hash, content_type, bytes, created_at)
    values ($1, $2, $3, $4, $5)
    on conflict (user_id) do update
    set hash = excluded.hash, content_type = excluded.content_type, bytes = excluded.bytes,
        created_at = excluded.created_at";

const DELETE_AVATAR: &str = "delete from avatars where user_id = $1";

const LIST_PREFERENCES: &str = "
    select kind, channel, is_on from notification_preferences where user_id = $1";

const UPSERT_PREFERENCE: &str = "
    insert into notification_preferences (user_id, kind, channel, is_on)
    values ($1, $2, $3, $4)
    on conflict (user_id, kind, channel) do update
    set is_on = excluded.is_on";

/// How somebody wants to see things, without picture and notices; nothing where they never said.
pub(super) async fn find(conn: Conn<'_>, user: UserId) -> anyhow::Result<Option<Profile>> {
    let found: Option<(Option<String>, String)> = on_engine!(conn, |c| {
        query_as(FIND).bind(user.uuid()).fetch_optional(c).await?
    });
    let Some((time_zone, theme)) = found else {
        return Ok(None);
    };
    Ok(Some(Profile {
        time_zone,
        theme: Theme::parse(&theme),
        ..Profile::default()
    }))
}

/// Keeps how somebody wants to see things.
pub(super) async fn upsert(conn: Conn<'_>, user: UserId, profile: &Profile) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(user.uuid())
            .bind(profile.time_zone.as_deref())
            .bind(LANGUAGE)
            .bind(profile.theme.as_str())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// The address of somebody's picture.
pub(super) async fn find_avatar(
    conn: Conn<'_>,
    user: UserId,
) -> anyhow::Result<Option<PictureHash>> {
    let found: Option<String> = on_engine!(conn, |c| {
        query_scalar(FIND_AVATAR)
            .bind(user.uuid())
            .fetch_optional(c)
            .await?
    });
    found.map(text).transpose()
}

/// A picture, and what it is.
pub(super) async fn find_picture(
    conn: Conn<'_>,
    hash: &PictureHash,
) -> sqlx::Result<Option<(String, Vec<u8>)>> {
    on_engine!(conn, |c| query_as(FIND_PICTURE)
        .bind(hash.as_str())
        .fetch_optional(c)
        .await)
}

/// Keeps somebody's picture, instead of the one before.
pub(super) async fn upsert_avatar(
    conn: Conn<'_>,
    user: UserId,
    picture: &Picture,
    now: Time,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT_AVATAR)
            .bind(user.uuid())
            .bind(picture.hash.as_str())
            .bind(picture.content_type)
            .bind(picture.bytes.as_slice())
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes somebody's picture.
pub(super) async fn delete_avatar(conn: Conn<'_>, user: UserId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_AVATAR).bind(user.uuid()).execute(c).await?;
    });
    Ok(())
}

/// What somebody has said about ways to hear of things; what is not known any more is passed over.
pub(super) async fn list_preferences(
    conn: Conn<'_>,
    user: UserId,
) -> sqlx::Result<Vec<(Kind, Channel, bool)>> {
    let found: Vec<(String, String, bool)> = on_engine!(conn, |c| {
        query_as(LIST_PREFERENCES)
            .bind(user.uuid())
            .fetch_all(c)
            .await?
    });
    let known = |(kind, channel, is_on): (String, String, bool)| {
        Some((Kind::parse(&kind)?, Channel::parse(&channel)?, is_on))
    };
    Ok(found.into_iter().filter_map(known).collect())
}

/// Keeps what somebody has said about one way to hear of one kind of thing.
pub(super) async fn upsert_preference(
    conn: Conn<'_>,
    user: UserId,
    (kind, channel): (Kind, Channel),
    is_on: bool,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT_PREFERENCE)
            .bind(user.uuid())
            .bind(kind.as_str())
            .bind(channel.as_str())
            .bind(is_on)
            .execute(c)
            .await?;
    });
    Ok(())
}
