//! A pinned fit with a fixed seed: its failure means that `ENGINE_VERSION` must be raised.
//!
//! Initial weights and losses are pinned to the bit: they are the same on every machine, with any number of threads.

mod common;

use common::{Data, SEED, config, gru, linear, lstm, tcn, transformer};
use trainer_core::{ChosenModel, ENGINE_VERSION, fit};

fn check(model: ChosenModel, initial_weights: &str, losses: [f64; 3]) {
    let data = Data::planted(60, 2, 5);
    let config = config(model, losses.len());
    let outcome = fit(&config, &data.set(0..50), None, SEED, &mut ()).unwrap();
    let found: Vec<f64> = outcome.history.iter().map(|record| record.train_loss).collect();
    assert_eq!(ENGINE_VERSION, 2, "pin the new engine's fit here");
    assert_eq!(outcome.initial_weights.to_string(), initial_weights, "raise ENGINE_VERSION: {found:?}");
    assert_eq!(found, losses, "raise ENGINE_VERSION");
}

#[test]
fn the_transformers_fit_is_pinned() {
    check(
        transformer(),
        "e6374e09fc5c1ca62d595a3f0a667089dc7d4ab1f3e88197ab8dbc5c99b35dfc",
        [0.8079086505452754, 0.6451214071736888, 0.5205176481238072],
    );
}

#[test]
fn the_grus_fit_is_pinned() {
    check(
        gru(),
        "bcc16dc4a494d5f1272f239296367b714640a77fc408f0c4f2734fd70e909e55",
        [0.4828979519074533, 0.4523248783053433, 0.4453523278791656],
    );
}

#[test]
fn the_lstms_fit_is_pinned() {
    check(
        lstm(),
        "efd4440941df4d89be2d50bd0ac8bc8868855eec9067b551458045924c2e65c0",
        [0.5247276000369151, 0.47298570848043425, 0.4899880871928537],
    );
}

#[test]
fn the_tcns_fit_is_pinned() {
    check(
        tcn(),
        "be4c15f34de334b740b56ce683bb08140cdbb45264173cb0589c456234367c18",
        [0.656464049936402, 0.4793496398133248, 0.4755523970265455],
    );
}

#[test]
fn the_linear_fit_is_pinned() {
    check(
        linear(),
        "a91a42041355472f93185f55e680b1c32dc7ad75132bcb165adec095a9463003",
        [1.1272276359566087, 0.8839925813349712, 0.7459041553386992],
    );
}
