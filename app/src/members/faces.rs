//! Members as lists: of faces, and of choices.

use crate::profiles::picture_address;
use crate::sync::Rows;
use crate::ui::{Avatar, Face, PickerOption};
use leptos::prelude::*;
use shared::access;
use shared::ids::UserId;
use shared::members::Member;
use shared::projects::Project;
use shared::sorted::sorted_by_key;
use std::sync::Arc;

/// The faces of members; who is not known is left out. Tracked.
pub fn faces(rows: Rows, ids: &[UserId]) -> Vec<Face> {
    let members = ids.iter().filter_map(|id| rows.get::<Member>(*id));
    members.map(|member| face(&member)).collect()
}

/// The face of a member.
pub fn face(member: &Member) -> Face {
    Face {
        name: member.name.to_string(),
        color: member.color.to_string(),
        picture: member.avatar.as_ref().map(picture_address),
    }
}

/// Those who can be assigned in a project, with the person who looks first. Tracked.
pub fn choices(rows: Rows, project: &Project) -> Vec<PickerOption> {
    let mut members = rows.all::<Member>();
    members.retain(|member| is_assignable(member, project));
    let me = rows.me();
    let key = |member: &Arc<Member>| (member.id != me, member.name.as_str().to_lowercase());
    let members = sorted_by_key(members, key);
    members.iter().map(|member| choice(member, me)).collect()
}

/// Whether a member sees the project, or stands for somebody who will.
fn is_assignable(member: &Member, project: &Project) -> bool {
    let sees = access::sees(member.role, member.id, project.visibility, &project.members);
    member.active && (member.placeholder || sees)
}

/// A member's face, beside their name.
pub fn glyph(member: &Member) -> impl Fn() -> AnyView + Send + Sync + 'static {
    let face = face(member);
    move || {
        let Face {
            name,
            color,
            picture,
        } = face.clone();
        view! { <Avatar name=name color=color picture=picture decorative=true/> }.into_any()
    }
}

/// A member as a choice.
pub fn choice(member: &Member, me: UserId) -> PickerOption {
    let name = member.name.to_string();
    let glyph = glyph(member);
    let option = PickerOption::new(member.id.to_string(), name).glyph(glyph);
    match &member.handle {
        _ if member.id == me => option.hint("you"),
        Some(handle) => option.hint(handle.to_string()),
        None => option,
    }
}
