//! What an audit checks.

use serde::{Deserialize, Serialize};

/// Lists every claim once, with its written name and its statement.
macro_rules! claims {
    ($($claim:ident $name:literal $statement:literal),+ $(,)?) => {
        /// A claim about a run that an audit checks. The written names are those of `docs/leak-audit.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum Claim {
            $(#[doc = $statement] #[serde(rename = $name)] $claim),+
        }

        impl Claim {
            /// All claims, in order.
            pub const ALL: &[Claim] = &[$(Claim::$claim),+];

            /// The written name.
            pub fn name(self) -> &'static str {
                match self { $(Claim::$claim => $name),+ }
            }

            /// The claim in a sentence.
            pub fn statement(self) -> &'static str {
                match self { $(Claim::$claim => $statement),+ }
            }
        }
    };
}

claims!(
    ObjectsIntact "objects_intact"
        "Every object has the digest that it is named by, is written canonically, and names its parents.",
    SnapshotFingerprint "snapshot_fingerprint"
        "The fingerprints of the frozen bars are those of their rows, and dates ascend.",
    DevelopmentRows "development_rows"
        "Everything before the test was made from exactly the sealed rows before the test rows.",
    DistinctTickers "distinct_tickers"
        "No two tickers have the same bars.",
    NoBackwardFill "no_backward_fill"
        "No ticker's history begins with copies of a later bar, and cells recorded as empty are empty.",
    TickersAndOrder "tickers_and_order"
        "All artifacts have the same tickers and feature columns in the same order.",
    SettingsKept "settings_kept"
        "Splits, labels, features, scalers and folds were made with the run's settings.",
    SplitBoundaries "split_boundaries"
        "The boundaries lie where the ratios put them, at the same rows for every trial.",
    SequenceSets "sequence_sets"
        "Training, validation, development and test hold exactly the sequences that their rows allow.",
    LookBack "look_back"
        "No sequence reads an input row after its decision row or outside the rows that it may read.",
    TestUntouched "test_untouched"
        "No sequence that trains or is scored before the test reads a test row, as input or as label.",
    LabelSeparation "label_separation"
        "No label row of a training sequence lies in an evaluated block.",
    Embargo "embargo"
        "Training after an evaluated block waits for the embargo.",
    StrictSeparation "strict_separation"
        "Under the strict purge no training sequence shares any row with an evaluated one.",
    FoldPartition "fold_partition"
        "The folds cut the development sequences as their method says, each sequence in its place.",
    FoldTraining "fold_training"
        "Every fold trains on all development sequences that purge and embargo leave, and on no other.",
    FeaturesCausal "features_causal"
        "Features of a row are the same to the last bit when all later rows are cut off.",
    ScalerRefit "scaler_refit"
        "Every scaler equals, bit for bit, one refitted on exactly the training rows.",
    ClassWeightsRefit "class_weights_refit"
        "Class counts and weights equal, bit for bit, those of recomputed labels.",
    EvaluatedLabels "evaluated_labels"
        "Every evaluation was made on the true classes of its sequences.",
    FreshWeights "fresh_weights"
        "Every fit started from the weights that its own seed gives.",
    Selection "selection"
        "The configuration was chosen by development figures among the run's own trials.",
    RegeneratedMarks "regenerated_marks"
        "Artifacts that had to be regenerated are marked as such.",
    FinalFit "final_fit"
        "The final model was fitted on exactly the training sequences before the test, for the chosen epochs.",
    TestLedger "test_ledger"
        "The ledger is unbroken, and records that the test rows were opened before they were scored.",
);

/// Whether a claim holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClaimStatus {
    /// It was checked everywhere, and holds.
    Holds,
    /// It does not hold somewhere.
    Violated,
    /// It could not be checked everywhere.
    Unchecked,
    /// The run has nothing that it applies to.
    NotApplicable,
}

impl ClaimStatus {
    /// The written name.
    pub fn name(self) -> &'static str {
        match self {
            ClaimStatus::Holds => "holds",
            ClaimStatus::Violated => "violated",
            ClaimStatus::Unchecked => "unchecked",
            ClaimStatus::NotApplicable => "not_applicable",
        }
    }
}
