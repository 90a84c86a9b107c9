//! The gallery: every part of the design system on one page, by `trunk serve`, without a server.

use app::ui::{
    AvatarStack, Badge, Banner, Button, ButtonSize, ButtonVariant, Checkbox, Dialog, EditableText,
    EmptyState, Face, Icon, IconButton, IconName, IconSize, Kbd, LabelChip, Menu, MenuItem,
    PickerField, PickerOption, PriorityGlyph, ProgressBar, Select, SelectOption, Skeleton,
    SkeletonShape, StatusGlyph, Swatch, TextArea, TextField, Toast, Toasts, Tone,
};
use leptos::prelude::*;

const COLORS: [&str; 14] = [
    "gray", "red", "orange", "amber", "yellow", "lime", "green", "teal", "cyan", "blue", "indigo",
    "violet", "pink", "brown",
];

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(Gallery);
}

#[component]
fn Gallery() -> impl IntoView {
    view! {
        <main class="page">
            <div class="page__narrow">
                <h1 class="page__title">"Gallery"</h1>
                <p class="page__lead">"Every part of the design system. Dark follows the system."</p>
                <Buttons/>
                <Fields/>
                <Marks/>
                <Overlays/>
                <States/>
            </div>
        </main>
    }
}

#[component]
fn Section(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="page__section">
            <h2>{title}</h2>
            <div class="flex flex-wrap gap-3 items-center">{children()}</div>
        </section>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let variants = [
        ("Primary", ButtonVariant::Primary),
        ("Secondary", ButtonVariant::Secondary),
        ("Ghost", ButtonVariant::Ghost),
        ("Danger", ButtonVariant::Danger),
    ];
    let buttons = variants.map(|(name, variant)| {
        view! {
            <Button variant=variant size=ButtonSize::Small>{name}</Button>
            <Button variant=variant>{name}</Button>
            <Button variant=variant size=ButtonSize::Large icon=IconName::Plus>{name}</Button>
            <Button variant=variant disabled=true>"Disabled"</Button>
            <Button variant=variant busy=true>"Busy"</Button>
        }
    });
    view! {
        <Section title="Buttons">
            {buttons.into_iter().collect_view()}
            <IconButton icon=IconName::More label="More"/>
            <IconButton icon=IconName::Close label="Close" kbd="Esc"/>
            <Kbd keys="Ctrl K"/>
        </Section>
    }
}

#[component]
fn Fields() -> impl IntoView {
    let title = RwSignal::new("Draw the outline once".to_owned());
    let checked = RwSignal::new(true);
    let sizes = ["Small", "Medium"]
        .map(|text| SelectOption {
            value: text.to_lowercase(),
            text: text.to_owned(),
        })
        .to_vec();
    view! {
        <Section title="Fields">
            <TextField label="Name" name="name" placeholder="Ada Lovelace" hint="As others see it."/>
            <TextField label="E-mail" name="email" error=Some("That is no e-mail address.".to_owned())/>
            <TextArea label="Description" name="description"/>
            <Select label="Size" name="size" options=sizes/>
            <Checkbox
                label="Remember me"
                checked=checked
                on_change=move |is_checked| checked.set(is_checked)
            />
            <h3><EditableText value=title label="Title" on_commit=move |text| title.set(text)/></h3>
        </Section>
    }
}

#[component]
fn Marks() -> impl IntoView {
    let faces = [
        "Ada Lovelace",
        "Grace Hopper",
        "Alan Turing",
        "Annie Easley",
    ]
    .into_iter()
    .zip(["violet", "teal", "amber", "pink"])
    .map(|(name, color)| Face {
        name: name.to_owned(),
        color: color.to_owned(),
        picture: None,
    })
    .collect::<Vec<_>>();
    let tones = [
        ("Neutral", Tone::Neutral),
        ("Accent", Tone::Accent),
        ("Success", Tone::Success),
        ("Warning", Tone::Warning),
        ("Danger", Tone::Danger),
    ];
    view! {
        <Section title="Colours">
            {COLORS.map(|color| view! { <Swatch color=color/> <LabelChip color=color>{color}</LabelChip> })
                .into_iter()
                .collect_view()}
        </Section>
        <Section title="Status, priority, people, badges">
            {["backlog", "todo", "started", "done", "cancelled"]
                .map(|category| view! { <StatusGlyph category=category label=category/> })
                .into_iter()
                .collect_view()}
            {["none", "low", "medium", "high", "urgent"]
                .map(|priority| view! { <PriorityGlyph priority=priority label=priority/> })
                .into_iter()
                .collect_view()}
            <AvatarStack faces=Signal::stored(faces)/>
            <AvatarStack faces=Vec::new() empty_label="Nobody"/>
            {tones.map(|(name, tone)| view! { <Badge tone=tone>{name}</Badge> }).into_iter().collect_view()}
            {IconName::ALL.iter().map(|name| view! { <Icon name=*name size=IconSize::Large/> }).collect_view()}
        </Section>
    }
}

#[component]
fn Overlays() -> impl IntoView {
    let open = RwSignal::new(false);
    let picked = RwSignal::new(vec!["teal".to_owned()]);
    let options = COLORS
        .map(|color| PickerOption::new(color, color).glyph(move || view! { <Swatch color=color/> }))
        .to_vec();
    let toggle = move |color: String| {
        picked.update(|picked| match picked.iter().position(|it| *it == color) {
            Some(place) => drop(picked.remove(place)),
            None => picked.push(color),
        });
    };
    view! {
        <Section title="Menus, pickers, dialogs">
            <Menu label="More">
                <MenuItem icon=IconName::Pencil kbd="E">"Rename"</MenuItem>
                <MenuItem checked=Some(true)>"Show archived"</MenuItem>
                <hr/>
                <MenuItem danger=true>"Delete"</MenuItem>
            </Menu>
            <PickerField
                id="gallery-colors"
                label="Colours"
                options=options
                selected=picked
                multiple=true
                on_pick=toggle
            >
                {move || picked.get().join(", ")}
            </PickerField>
            <Button on_click=move |_| open.set(true)>"Open a dialog"</Button>
            <Dialog open=open title="Delete this column?">
                <p>"Its cards stay, in the archive."</p>
            </Dialog>
        </Section>
    }
}

#[component]
fn States() -> impl IntoView {
    let next = StoredValue::new(0);
    let toasts = RwSignal::new(Vec::new());
    let add = move |_| {
        let id = next.get_value();
        next.set_value(id + 1);
        toasts.update(|toasts| {
            toasts.push(Toast {
                id,
                kind: Tone::Danger,
                text: "This was not saved.".to_owned(),
                detail: Some("Somebody deleted the column meanwhile.".to_owned()),
                action: None,
            });
        });
    };
    let dismiss = move |id| toasts.update(|toasts| toasts.retain(|toast: &Toast| toast.id != id));
    view! {
        <Section title="Waiting, empty, told">
            <ProgressBar label="Importing" value=Some(0.4)/>
            <Skeleton shape=SkeletonShape::Line count=2/>
            <Skeleton shape=SkeletonShape::Card/>
            <Banner tone=Tone::Success title="The board is here.">"220 cards were imported."</Banner>
            <Banner tone=Tone::Danger title="Nothing was imported.">"The file ends in the middle."</Banner>
            <EmptyState title="No cards here" text="Drag one in, or create one." compact=true/>
            <Button on_click=add>"Show a toast"</Button>
        </Section>
        <Toasts toasts=toasts on_dismiss=dismiss/>
    }
}
