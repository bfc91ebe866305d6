//! Networks that read the leading features of a row, through all phases and the audit, with the real binaries.

use artifact_core::schema::{BestConfiguration, ModelBundle};
use artifact_core::{Id, ObjectStore as _, Phase, load};
use tests::Sandbox;
use trainer_core::Weights;

const SETTINGS: &str = "
[data]
source = 'synthetic'
[features]
set = ['ohlcv', 'trend']
ticker_embedding = EMBEDDING
[training]
model = 'gru'
[tuner]
parallelism = 2
stages = [{ sampler = 'random', trials = 3, epochs = 2 }]
[tuner.search_space]
seq_length = 6
gru.d_model = 8
gru.num_layers = 1
gru.leading_features = { choices = [2, 0] }
[extended]
top_n = 3
epochs = 2
folds = 3
";

#[test]
fn a_study_searches_how_many_features_a_network_reads() {
    for embedding in ["false", "true"] {
        let sandbox = Sandbox::new(&SETTINGS.replace("EMBEDDING", embedding));
        sandbox.run_phases(4);
        // The audit recomputes where every fit began, and with it how wide its input was.
        sandbox.audited();
        let (store, record) = (sandbox.workspace().store(), sandbox.record());
        let bundle: ModelBundle =
            load(&store, Id::new(record.output(Phase::Final, "model_bundle").unwrap())).unwrap();
        let best: BestConfiguration = load(&store, bundle.best_configuration).unwrap();
        let leading = best.params.model.size("leading_features").unwrap();
        assert!([0, 2].contains(&leading), "{leading}");
        let weights = Weights::from_safetensors(&store.get(&bundle.weights).unwrap()).unwrap();
        let input = weights.tensors.iter().find(|tensor| tensor.name == "layers.0.input.weight").unwrap();
        // Four columns of ohlcv, twelve of trend, and one per ticker.
        let told = if embedding == "true" { 4 } else { 0 };
        assert_eq!(input.shape[0], if leading == 0 { 16 } else { 2 } + told);
    }
}
