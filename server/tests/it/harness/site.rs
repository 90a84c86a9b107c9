//! A site as small as one can be.

use std::fs;
use std::path::Path;

/// Writes what `cargo xtask build` would.
pub(crate) fn write_site(dir: &Path) {
    write_build(dir, 1);
}

/// Writes another build in place of the one that is there. All have the same font.
pub(crate) fn write_build(dir: &Path, build: u32) {
    let pkg = dir.join("pkg");
    let _none_there = fs::remove_dir_all(&pkg);
    fs::create_dir_all(&pkg).unwrap();
    let name = |ending: &str| format!("pkg/teamflow-{build}.{ending}");
    let files: [(String, &[u8]); 7] = [
        (name("js"), b"export default 1;"),
        (name("js.br"), b"(brotli of the module)"),
        (name("wasm"), b"\0asm"),
        (name("css"), b"body{}"),
        ("pkg/inter-1.woff2".into(), b"wOF2"),
        (
            "favicon.svg".into(),
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        ("robots.txt".into(), b"User-agent: *\n"),
    ];
    for (name, bytes) in files {
        fs::write(dir.join(name), bytes).unwrap();
    }
    let address = |ending: &str| format!("/{}", name(ending));
    let manifest = serde_json::json!({
        "js": address("js"),
        "wasm": address("wasm"),
        "css": address("css"),
        "fonts": ["/pkg/inter-1.woff2"],
        "preload": [],
        "split_prefetch": {},
        "all": [
            "/pkg/inter-1.woff2",
            address("css"),
            address("js"),
            address("wasm"),
        ],
        "root": ["/favicon.svg", "/robots.txt"],
    });
    fs::write(pkg.join("manifest.json"), manifest.to_string()).unwrap();
}
