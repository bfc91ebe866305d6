//! A fit with a fixed seed, pinned: it tells when `ENGINE_VERSION` must be raised.
//!
//! The initial weights are pinned to the bit. The losses are pinned to a tolerance, since matrix products round
//! differently on different kinds of processors; a change of method, order or randomness moves them far more.

mod common;

use common::{Data, SEED, config, gru, transformer};
use trainer_core::{Architecture, ENGINE_VERSION, fit};

fn check(architecture: Architecture, initial_weights: &str, losses: [f64; 3]) {
    let data = Data::planted(60, 2, 5);
    let config = config(architecture, losses.len());
    let outcome = fit(&config, &data.set(0..50), None, SEED, &mut ()).unwrap();
    let found: Vec<f64> = outcome.history.iter().map(|record| record.train_loss).collect();
    assert_eq!(ENGINE_VERSION, 1, "pin the new engine's fit here");
    assert_eq!(outcome.initial_weights.to_string(), initial_weights, "raise ENGINE_VERSION: {found:?}");
    for (found_loss, loss) in found.iter().zip(losses) {
        assert!((found_loss - loss).abs() < 1e-5 * loss, "raise ENGINE_VERSION: {found:?}");
    }
}

#[test]
fn the_transformers_fit_is_pinned() {
    check(
        transformer(),
        "e6374e09fc5c1ca62d595a3f0a667089dc7d4ab1f3e88197ab8dbc5c99b35dfc",
        [0.8185968989569672, 0.6930665224289854, 0.5776352334538405],
    );
}

#[test]
fn the_grus_fit_is_pinned() {
    check(
        gru(),
        "bcc16dc4a494d5f1272f239296367b714640a77fc408f0c4f2734fd70e909e55",
        [0.47481662235784416, 0.4609858689078613, 0.4400790132099272],
    );
}

#[test]
fn the_linear_fit_is_pinned() {
    check(
        Architecture::Linear,
        "a91a42041355472f93185f55e680b1c32dc7ad75132bcb165adec095a9463003",
        [1.127227657798996, 0.8839925862216247, 0.7459041540448013],
    );
}
