//! Some seeds with every run of the tests; `cargo xtask sim` runs thousands.

use super::{prove, run};

#[test]
fn every_seed_holds() {
    for seed in 0..12 {
        if let Err(failure) = prove(seed, None) {
            panic!(
                "seed {seed}: {}: {}\n{}",
                failure.property,
                failure.what,
                failure.trace.join("\n")
            );
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let hash = |seed| run(seed, None).map(|passed| passed.hash).unwrap();
    assert_eq!(hash(7), hash(7));
    assert_ne!(hash(7), hash(8));
}
