//! The channel between pages of one person and workspace.

use shared::ids::{UserId, WorkspaceId};
use shared::sync::TabMessage;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel. Dropped, it is closed.
pub(super) struct Tabs {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Tabs {
    /// Opens the channel; nothing where the browser has none.
    pub(super) fn open(
        user: UserId,
        workspace: WorkspaceId,
        heard: impl Fn(TabMessage) + 'static,
    ) -> Option<Self> {
        let channel = BroadcastChannel::new(&name(user, workspace)).ok()?;
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            // A page of another version may say what this one does not know.
            let text = event.data().as_string().unwrap_or_default();
            if let Ok(message) = serde_json::from_str(&text) {
                heard(message);
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self {
            channel,
            _heard: on_message,
        })
    }

    /// Tells all other pages.
    pub(super) fn tell(&self, message: &TabMessage) {
        if let Ok(text) = serde_json::to_string(message) {
            let _closing = self.channel.post_message(&JsValue::from_str(&text));
        }
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

/// What both the channel and the lock are called.
pub(super) fn name(user: UserId, workspace: WorkspaceId) -> String {
    format!("teamflow:{user}:{workspace}")
}
