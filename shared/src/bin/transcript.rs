//! Writes down what seeds come to: natively on standard output, in a browser as a function of the module. Both have to say
//! the same.

#![expect(
    clippy::print_stdout,
    reason = "a command line program talks to its terminal"
)]

use shared::sync::sim::transcript;
use wasm_bindgen::prelude::wasm_bindgen;

const DEEDS: usize = 200;

/// What a seed comes to.
#[wasm_bindgen]
pub fn of(seed: u32) -> String {
    transcript(seed.into(), DEEDS)
}

fn main() {
    let seeds = std::env::args().skip(1);
    for seed in seeds.filter_map(|seed| seed.parse().ok()) {
        print!("{}", of(seed));
    }
}
