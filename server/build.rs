//! Links the release build smaller: of functions with the same code one is kept, and what is to be relocated is packed.
#![expect(
    clippy::disallowed_methods,
    reason = "how Cargo talks to a build script"
)]

use std::env;

/// The platform on which Rust links with its own linker, which can both.
const TARGET: &str = "x86_64-unknown-linux-gnu";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name, value| env::var(name).is_ok_and(|it| it == value);
    if is("TARGET", TARGET) && is("PROFILE", "release") {
        for argument in ["--icf=all", "-z,pack-relative-relocs"] {
            println!("cargo::rustc-link-arg-bin=teamflow=-Wl,{argument}");
        }
    }
}
