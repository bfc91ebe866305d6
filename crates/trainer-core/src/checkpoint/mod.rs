//! The state of a fit between two epochs, and its file format.

mod directory;
mod identity;

pub use directory::{Checkpoints, SavedFitError};
pub(crate) use identity::fit_identity;

use crate::error::CheckpointError;
use crate::evaluation::SegmentScores;
use crate::model::Layout;
use crate::optimizer::AdamW;
use crate::weights::{Tensor, Weights};
use artifact_core::Digest;
use artifact_core::schema::{EpochRecord, Evaluation};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the file format.
const FORMAT: u32 = 3;
/// The metadata key of [`Header`].
const STATE: &str = "holdfast.checkpoint";
/// The metadata key of the digest of the header's text, which itself has the digest of the tensors: it covers every bit
/// that a fit resumes from.
const DIGEST: &str = "holdfast.checkpoint.sha256";

/// Everything that a fit needs to resume after an epoch and end with the same bits, see [`crate::resume`].
///
/// It holds no generator state: every random stream of an epoch is derived from the seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The identity of the fit it belongs to.
    pub(crate) fit: Digest,
    pub(crate) initial_weights: Digest,
    pub(crate) state: FitState,
    pub(crate) history: Vec<EpochRecord>,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) alternatives: Vec<Vec<Evaluation>>,
    pub(crate) segments: Vec<Vec<SegmentScores>>,
}

/// What a fit by gradient steps carries from one epoch to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct FitState {
    /// The parameters after the last epoch.
    pub(crate) parameters: Weights,
    /// The optimizer's running means of gradients and of squared gradients, laid out like the parameters.
    pub(crate) moments: [Weights; 2],
    /// The powers of the optimizer's decay rates, for its bias correction; of every member of an ensemble, since a step
    /// without a label counts for none.
    pub(crate) powers: Vec<[f64; 2]>,
    /// The weights of the best epoch, where there is a validation set.
    pub(crate) best: Option<Weights>,
}

/// The version of a file, whose other fields another version may not have.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// The part of a checkpoint that is stored in the file's metadata.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    fit: Digest,
    initial_weights: Digest,
    /// The digest of all tensors, since safetensors files have no checksum of their own.
    tensors: Digest,
    powers: [f64; 2],
    /// Those of the other members of an ensemble.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    more_powers: Vec<[f64; 2]>,
    history: Vec<EpochRecord>,
    evaluations: Vec<Evaluation>,
    /// By the other decisions of the settings.
    alternatives: Vec<Vec<Evaluation>>,
    /// By the segments of the settings.
    segments: Vec<Vec<SegmentScores>>,
}

impl Checkpoint {
    /// The number of epochs done.
    pub fn epoch(&self) -> usize {
        self.history.len()
    }

    /// Writes a safetensors file: `parameters/..`, `optimizer.mean/..`, `optimizer.square/..` and, with a validation
    /// set, `best/..`, each with all tensors of the layout. The metadata holds the history, the optimizer's powers and
    /// the digests.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Malformed`] when the metadata has no JSON form.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, CheckpointError> {
        let FitState { parameters, moments: [mean, square], powers, best } = &self.state;
        let parts = [
            (PARAMETERS, Some(parameters)),
            (MEAN, Some(mean)),
            (SQUARE, Some(square)),
            (BEST, best.as_ref()),
        ];
        let named = |(part, weights): (&str, Option<&Weights>)| {
            let tensors = weights.map(|weights| weights.tensors.as_slice()).unwrap_or_default();
            let part = part.to_owned();
            tensors
                .iter()
                .map(move |tensor| Tensor { name: format!("{part}/{}", tensor.name), ..tensor.clone() })
                .collect::<Vec<_>>()
        };
        let all = Weights { tensors: parts.into_iter().flat_map(named).collect() };
        let (&powers, more_powers) =
            powers.split_first().ok_or_else(|| malformed("no powers of the optimizer"))?;
        let header = Header {
            format: FORMAT,
            fit: self.fit,
            initial_weights: self.initial_weights,
            tensors: all.digest(),
            powers,
            more_powers: more_powers.to_vec(),
            history: self.history.clone(),
            evaluations: self.evaluations.clone(),
            alternatives: self.alternatives.clone(),
            segments: self.segments.clone(),
        };
        let header = serde_json::to_string(&header).map_err(malformed)?;
        let digest = Digest::of(header.as_bytes()).to_string();
        Ok(all.to_safetensors(&BTreeMap::from([(STATE.to_owned(), header), (DIGEST.to_owned(), digest)])))
    }

    /// Reads what [`Checkpoint::to_safetensors`] wrote.
    ///
    /// # Errors
    ///
    /// When the bytes are not a checkpoint, are damaged, or have another format.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let all = Weights::from_safetensors(bytes)?;
        let metadata = Weights::metadata(bytes)?;
        let text = metadata.get(STATE).ok_or_else(|| malformed(format!("no {STATE} in the metadata")))?;
        let format = serde_json::from_str::<Format>(text).map_err(malformed)?.format;
        if format != FORMAT {
            return Err(malformed(format!("format {format}, expected {FORMAT}")));
        }
        let expected = metadata.get(DIGEST).and_then(|digest| digest.parse().ok());
        let expected = expected.ok_or_else(|| malformed(format!("no digest in {DIGEST} of the metadata")))?;
        intact("state", Digest::of(text.as_bytes()), expected)?;
        let header: Header = serde_json::from_str(text).map_err(malformed)?;
        intact("tensors", all.digest(), header.tensors)?;
        let part = |name: &str| {
            let named = |tensor: &Tensor| {
                let own = tensor.name.strip_prefix(name)?.strip_prefix('/')?.to_owned();
                Some(Tensor { name: own, ..tensor.clone() })
            };
            Weights { tensors: all.tensors.iter().filter_map(named).collect() }
        };
        let best = part(BEST);
        Ok(Self {
            fit: header.fit,
            initial_weights: header.initial_weights,
            state: FitState {
                parameters: part(PARAMETERS),
                moments: [part(MEAN), part(SQUARE)],
                powers: std::iter::once(header.powers).chain(header.more_powers).collect(),
                best: (!best.tensors.is_empty()).then_some(best),
            },
            history: header.history,
            evaluations: header.evaluations,
            alternatives: header.alternatives,
            segments: header.segments,
        })
    }
}

impl FitState {
    /// Restores the optimizer.
    pub(crate) fn optimizer(&self, layout: &Layout, weight_decay: f64) -> Result<AdamW, CheckpointError> {
        let [mean, square] = &self.moments;
        let moments = [mean.to_parameters(layout)?, square.to_parameters(layout)?];
        let &[powers] = &self.powers[..] else {
            return Err(malformed(format!("the powers of {} optimizers, expected one", self.powers.len())));
        };
        Ok(AdamW::with_state(weight_decay, moments, powers))
    }
}

/// Checks that a part of a checkpoint is what was written.
fn intact(part: &'static str, found: Digest, expected: Digest) -> Result<(), CheckpointError> {
    if found == expected { Ok(()) } else { Err(CheckpointError::Damaged { part, found, expected }) }
}

const PARAMETERS: &str = "parameters";
const MEAN: &str = "optimizer.mean";
const SQUARE: &str = "optimizer.square";
const BEST: &str = "best";

fn malformed(reason: impl ToString) -> CheckpointError {
    CheckpointError::Malformed { reason: reason.to_string() }
}
