//! A site as small as one can be.

use std::fs;
use std::path::Path;

/// The program's module.
pub(crate) const MODULE: &str = "export default 'a program that is worth compressing';";

/// A text as the build packs it.
pub(crate) fn packed(text: &str) -> Vec<u8> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut text.as_bytes(), &mut packed, &params).unwrap();
    packed
}

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
    let module = packed(MODULE);
    let files: [(String, &[u8]); 6] = [
        (name("js.br"), &module),
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
