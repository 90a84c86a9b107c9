use leptos::prelude::*;

/// How large an avatar is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    /// 20 px: on cards and in rows.
    #[default]
    Small,
    /// 24 px: in bars and beside comments.
    Medium,
    /// 32 px: beside a person's full name.
    Large,
    /// 64 px: on their own page.
    Huge,
}

impl AvatarSize {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::Huge => "huge",
        }
    }
}

/// A person: their picture, or their initials in their colour.
#[component]
pub fn Avatar(
    /// The full name; it is also the tooltip.
    #[prop(into)]
    name: Signal<String>,
    /// The person's colour of the palette.
    #[prop(into)]
    color: Signal<String>,
    /// The address of their picture, if they have one.
    #[prop(optional, into)]
    picture: Signal<Option<String>>,
    /// How large it is.
    #[prop(optional)]
    size: AvatarSize,
    /// Whether it is a program, which has corners.
    #[prop(optional, into)]
    bot: Signal<bool>,
    /// Whether the name stands beside it, so that screen readers need not say it twice.
    #[prop(optional)]
    decorative: bool,
) -> impl IntoView {
    let image = move || {
        let address = picture.get()?;
        Some(view! { <img class="avatar__picture" src=address alt="" loading="lazy"/> })
    };
    let letters = move || picture.read().is_none().then(|| initials(&name.read()));
    let said = move || (!decorative).then(|| name.get());
    view! {
        <span
            class="avatar"
            data-size=size.as_str()
            data-color=color
            data-kind=move || bot.get().then_some("bot")
            title=name
            role=(!decorative).then_some("img")
            aria-label=said
            aria-hidden=decorative.then_some("true")
        >
            {image}
            {letters}
        </span>
    }
}

/// One or two letters that stand for a name: of its first and its last word.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name
        .split(|c: char| c.is_whitespace() || c == '-')
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = words.next();
    first
        .into_iter()
        .chain(words.next_back())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        assert_eq!(initials("Ama Osei"), "AO");
        assert_eq!(initials("jonas van der thiel"), "JT");
        assert_eq!(initials("Lena"), "L");
    }

    #[test]
    fn initials_skip_what_is_no_letter() {
        assert_eq!(initials("  @mira (ops) "), "MO");
        assert_eq!(initials("…"), "");
        assert_eq!(initials("Đorđe Šimić"), "ĐŠ");
    }
}
