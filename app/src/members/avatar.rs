use crate::profiles::picture_address;
use crate::sync::use_rows;
use crate::ui::{Avatar, AvatarSize};
use leptos::prelude::*;
use shared::ids::UserId;
use shared::members::Member;

/// A member: their picture, or their initials in their colour.
#[component]
pub fn MemberAvatar(
    /// Whom.
    id: UserId,
    /// How large.
    #[prop(optional)]
    size: AvatarSize,
    /// Whether the name stands beside it.
    #[prop(optional)]
    decorative: bool,
) -> impl IntoView {
    let rows = use_rows();
    let picture = rows.map::<Member, _>(id, |it| it?.avatar.as_ref().map(picture_address));
    let is_bot = rows.map::<Member, _>(id, |member| member.is_some_and(|it| it.bot));
    let name = |member: &Member| {
        if member.bot {
            format!("{} (bot)", member.name)
        } else {
            member.name.to_string()
        }
    };
    view! {
        <Avatar
            name=rows.text(id, name)
            bot=is_bot
            color=rows.text(id, |member: &Member| member.color.to_string())
            picture=picture
            size=size
            decorative=decorative
        />
    }
}
