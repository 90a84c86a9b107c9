//! The five tones a message or badge may have.

/// What a message means to the person reading it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// A plain fact.
    #[default]
    Neutral,
    /// Something to notice.
    Accent,
    /// Something worked.
    Success,
    /// Something needs a look.
    Warning,
    /// Something failed or was refused.
    Danger,
}

impl Tone {
    /// The value of `data-tone` or `data-kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Accent => "accent",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Danger => "danger",
        }
    }
}
