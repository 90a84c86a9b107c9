use super::api::{RemoveAvatar, SaveProfile, find_profile};
use super::notices::Notices;
use super::{PictureProblem, Profile, picture_address, zones};
use crate::accounts::AccountLayout;
use crate::backend::{FormProblem, field_problem, problem};
use crate::layout::Theme;
use crate::routes::href;
use crate::start::use_start;
use crate::ui::{
    Avatar, AvatarSize, Banner, Button, ButtonKind, ButtonVariant, Select, SelectOption, Skeleton,
    Tone,
};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use shared::values::{Color, PictureHash};

/// Where a form sends a picture.
const PICTURE_FORM: &str = "/settings/avatar";

/// What somebody is like in every workspace, and how they want to see things.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let query = use_query_map();
    let done = move || match query.read().get_str("done")? {
        "picture" => Some("This is your picture now, everywhere."),
        "initials" => Some("Your initials stand for you again."),
        "profile" => Some("Saved. It holds on all your devices."),
        "notices" => Some("Saved what you want to hear of."),
        _ => None,
    };
    let refused = move || {
        let query = query.read();
        PictureProblem::parse(query.get_str("refused")?).map(PictureProblem::text)
    };
    let profile = Resource::new(|| (), |()| find_profile());
    view! {
        <AccountLayout title="Profile" current=href::PROFILE>
            {move || done().map(|done| view! { <Banner tone=Tone::Success>{done}</Banner> })}
            {move || refused().map(|why| view! { <Banner tone=Tone::Danger>{why}</Banner> })}
            <Transition fallback=|| view! { <Skeleton count=4/> }>
                {move || Suspend::new(async move {
                    match profile.await {
                        Ok(profile) => view! { <Sections profile=profile/> }.into_any(),
                        Err(failure) => {
                            view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any()
                        }
                    }
                })}
            </Transition>
        </AccountLayout>
    }
}

#[component]
fn Sections(profile: Profile) -> impl IntoView {
    let notices = profile.notices.clone();
    view! {
        <Picture avatar=profile.avatar.clone()/>
        <Looks profile=profile/>
        <Notices notices=notices/>
    }
}

/// A picture instead of initials. The form is the browser's own, and leads back here.
#[component]
fn Picture(avatar: Option<PictureHash>) -> impl IntoView {
    let remove = ServerAction::<RemoveAvatar>::new();
    let name = use_start().person.map(|it| it.name).unwrap_or_default();
    let color = Color::of(name.as_bytes()).as_str();
    let has_picture = avatar.is_some();
    view! {
        <section>
            <h1 class="page__title">"Profile"</h1>
            <h2>"Picture"</h2>
            <div class="settings__row profile__picture">
                <Avatar
                    name=name
                    color=color
                    picture=avatar.as_ref().map(picture_address)
                    size=AvatarSize::Huge
                    decorative=true
                />
                <form
                    class="form"
                    action=PICTURE_FORM
                    method="post"
                    enctype="multipart/form-data"
                >
                    <label class="text-field">
                        <span class="text-field__label">"PNG, JPEG or WebP, at most 5 MB"</span>
                        <input
                            class="profile__file"
                            type="file"
                            name="picture"
                            accept="image/png,image/jpeg,image/webp"
                            required=true
                        />
                    </label>
                    <div class="form__actions">
                        <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary>"Use this picture"</Button>
                    </div>
                </form>
            </div>
            <FormProblem problem=problem(remove)/>
            {has_picture.then(|| view! {
                <ActionForm action=remove>
                    <Button kind=ButtonKind::Submit busy=remove.pending()>"Remove the picture"</Button>
                </ActionForm>
            })}
        </section>
    }
}

fn option(value: &str, text: &str) -> SelectOption {
    SelectOption {
        value: value.to_owned(),
        text: text.to_owned(),
    }
}

/// Time zone, theme; and the language, of which there is one.
#[component]
fn Looks(profile: Profile) -> impl IntoView {
    let save = ServerAction::<SaveProfile>::new();
    let refused = problem(save);
    let zone = profile.time_zone.unwrap_or_default();
    let mut zones: Vec<SelectOption> = vec![option("", "As the browser has it")];
    // One that is not offered here stays chosen.
    if !zone.is_empty() && !zones::ZONES.contains(&zone.as_str()) {
        zones.push(option(&zone, &zone));
    }
    zones.extend(
        zones::ZONES
            .iter()
            .map(|name| option(name, &name.replace('_', " "))),
    );
    let themes = vec![
        option(Theme::System.as_str(), "As the device has it"),
        option(Theme::Light.as_str(), "Light"),
        option(Theme::Dark.as_str(), "Dark"),
    ];
    view! {
        <section>
            <h2>"How you see things"</h2>
            <FormProblem problem=refused fields=&["time_zone"]/>
            <ActionForm action=save attr:class="form settings__fields">
                <Select label="Time zone" name="time_zone" options=zones initial=zone/>
                {move || field_problem(refused, "time_zone").get().map(|text| view! {
                    <p class="field-error">{text}</p>
                })}
                <Select
                    label="Theme"
                    name="theme"
                    options=themes
                    initial=profile.theme.as_str()
                    hint="On all your devices."
                />
                <div class="form__actions">
                    <Button kind=ButtonKind::Submit busy=save.pending()>"Save"</Button>
                </div>
            </ActionForm>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"Language"</b>
                    "TeamFlow speaks one language so far."
                </div>
                <span class="settings__value">"English"</span>
            </div>
        </section>
    }
}
