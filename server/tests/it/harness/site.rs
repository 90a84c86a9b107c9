//! A site as small as one can be.

use std::fs;
use std::path::Path;

/// Writes what `cargo xtask build` would.
pub(crate) fn write_site(dir: &Path) {
    let pkg = dir.join("pkg");
    fs::create_dir_all(&pkg).unwrap();
    let files: [(&str, &[u8]); 7] = [
        ("pkg/teamflow-1.js", b"export default 1;"),
        ("pkg/teamflow-1.js.br", b"(brotli of the module)"),
        ("pkg/teamflow-1.wasm", b"\0asm"),
        ("pkg/teamflow-1.css", b"body{}"),
        ("pkg/inter-1.woff2", b"wOF2"),
        (
            "favicon.svg",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        ("robots.txt", b"User-agent: *\n"),
    ];
    for (name, bytes) in files {
        fs::write(dir.join(name), bytes).unwrap();
    }
    let manifest = serde_json::json!({
        "js": "/pkg/teamflow-1.js",
        "wasm": "/pkg/teamflow-1.wasm",
        "css": "/pkg/teamflow-1.css",
        "fonts": ["/pkg/inter-1.woff2"],
        "preload": [],
        "split_prefetch": {},
        "all": [
            "/pkg/inter-1.woff2",
            "/pkg/teamflow-1.css",
            "/pkg/teamflow-1.js",
            "/pkg/teamflow-1.wasm",
        ],
        "root": ["/favicon.svg", "/robots.txt"],
    });
    fs::write(pkg.join("manifest.json"), manifest.to_string()).unwrap();
}
