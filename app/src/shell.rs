//! The document around the app, made on the server alone.

use crate::App;
use crate::layout::Theme;
use crate::start::{ELEMENT_ID, Start};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The addresses of what a page loads.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The module that exports `default` (which loads the WASM) and `hydrate`.
    pub js: String,
    /// What the browser runs.
    pub wasm: String,
    /// The stylesheet.
    pub css: String,
    /// Fonts; the first is the one of nearly every text.
    pub fonts: Vec<String>,
    /// Modules that `js` imports.
    pub preload: Vec<String>,
}

/// What a document is made from.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What it loads.
    pub assets: Assets,
    /// What it tells the app. Nothing in a document that browsers keep for all pages: there the app draws the page from
    /// what the browser has.
    pub start: Option<Start>,
    /// `light` or `dark` where the person chose; otherwise the system's.
    pub theme: Option<Theme>,
    /// Whether it reloads when the server comes back after a rebuild.
    pub dev_reload: bool,
}

/// The document.
pub fn shell(document: Document) -> impl IntoView {
    let Document {
        assets,
        start,
        theme,
        dev_reload,
    } = document;
    let boot = boot_script(&assets);
    let body = match start {
        Some(start) => {
            let json = start.to_script_json();
            view! {
                <App start=start/>
                <script type="application/json" id=ELEMENT_ID inner_html=json></script>
            }
            .into_any()
        }
        None => ().into_any(),
    };
    let font = assets.fonts.into_iter().next();
    let modules = assets
        .preload
        .into_iter()
        .map(|href| view! { <link rel="modulepreload" href=href/> })
        .collect_view();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.map(Theme::as_str)>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=assets.css/>
                <link rel="modulepreload" href=assets.js/>
                {modules}
                <link
                    rel="preload"
                    href=assets.wasm
                    r#as="fetch"
                    type="application/wasm"
                    crossorigin="anonymous"
                />
                {font.map(|href| view! {
                    <link
                        rel="preload"
                        href=href
                        r#as="font"
                        type="font/woff2"
                        crossorigin="anonymous"
                    />
                })}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <link rel="apple-touch-icon" href="/icons/180.png"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#101113"/>
                <script type="module" async nonce=use_nonce() inner_html=boot></script>
                {dev_reload.then(|| view! {
                    <script nonce=use_nonce() inner_html=DEV_RELOAD></script>
                })}
                <MetaTags/>
            </head>
            <body>
                {body}
            </body>
        </html>
    }
}

/// Loads the WASM while the page is still arriving, and hydrates when all of it is here.
fn boot_script(assets: &Assets) -> String {
    let quoted = |address: &str| serde_json::to_string(address).expect("a text is plain data");
    format!(
        "import load, {{ hydrate }} from {js};\
         const parsed = document.readyState === \"loading\"\
         ? new Promise((done) => document.addEventListener(\"DOMContentLoaded\", done)) : 0;\
         await load({{ module_or_path: {wasm} }});\
         await parsed;\
         hydrate();",
        js = quoted(&assets.js),
        wasm = quoted(&assets.wasm),
    )
}

/// The connection ends when the server stops and opens again when it is back.
const DEV_RELOAD: &str = "let opened = false;\
    new EventSource(\"/__dev/reload\").onopen = () => {\
    if (opened) location.reload();\
    opened = true;\
    };";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_and_the_wasm_are_quoted() {
        let assets = Assets {
            js: "/pkg/a.js".into(),
            wasm: "/pkg/a.wasm".into(),
            ..Assets::default()
        };
        let script = boot_script(&assets);
        assert!(script.contains(r#"from "/pkg/a.js";"#), "{script}");
        assert!(
            script.contains(r#"module_or_path: "/pkg/a.wasm" "#),
            "{script}"
        );
    }
}
