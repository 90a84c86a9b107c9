//! The design system: one component a file, without any type of the domain. `docs/STYLE.md` lists
//! the components with their props; the look is in `style/ui/`.
//!
//! The modules are public because the component macro makes public items in each; use the names
//! below.
//!
//! Components here render the same on the server and in the browser and never touch the document
//! themselves: that is `crate::dom`'s.

pub mod avatar;
pub mod avatar_stack;
pub mod badge;
pub mod banner;
pub mod button;
pub mod checkbox;
pub mod dialog;
pub mod draft;
pub mod editable_text;
pub mod empty_state;
pub mod field;
pub mod icon;
pub mod icon_button;
pub mod kbd;
pub mod label_chip;
pub mod menu;
pub mod menu_item;
pub mod picker;
pub mod picker_field;
pub mod picker_list;
pub mod picker_option;
pub mod picker_row;
pub mod popover;
pub mod priority_glyph;
pub mod progress_bar;
pub mod select;
pub mod skeleton;
pub mod status_glyph;
pub mod swatch;
pub mod tabs;
pub mod text_area;
pub mod text_field;
pub mod toasts;
pub mod tone;

pub(crate) use avatar::initials;
pub use avatar::{Avatar, AvatarSize};
pub use avatar_stack::{AvatarStack, Face};
pub use badge::Badge;
pub use banner::Banner;
pub use button::{Button, ButtonKind, ButtonSize, ButtonVariant};
pub use checkbox::Checkbox;
pub use dialog::{Dialog, DialogSize};
pub use draft::{DateInput, HeldInput, draft_of, follow};
pub use editable_text::EditableText;
pub use empty_state::EmptyState;
pub use icon::{Icon, IconName, IconSize};
pub use icon_button::IconButton;
pub use kbd::Kbd;
pub use label_chip::LabelChip;
pub use menu::{Menu, close_menu};
pub use menu_item::MenuItem;
pub use picker::Picker;
pub use picker_field::PickerField;
pub use picker_option::PickerOption;
pub(crate) use popover::press_to_toggle;
pub use popover::{Anchor, Popover};
pub use priority_glyph::PriorityGlyph;
pub use progress_bar::ProgressBar;
pub use select::{Select, SelectOption};
pub use skeleton::{Skeleton, SkeletonShape};
pub use status_glyph::StatusGlyph;
pub use swatch::{Swatch, color_name};
pub use tabs::{TabLink, Tabs};
pub use text_area::TextArea;
pub use text_field::TextField;
pub use toasts::{Toast, ToastAction, Toasts};
pub use tone::Tone;
