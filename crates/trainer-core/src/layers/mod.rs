//! The layers, one per file. The forward pass of a layer saves what its backward pass needs.
//!
//! Values are flat and row-major. A *row* is one position of one sequence; `rows` is batch size times positions. Layers
//! own their saved values, allocated by `reserve` for the largest batch; a smaller batch uses a prefix. A backward pass
//! may run only once after each forward pass: to save memory traffic it overwrites what the forward pass saved. It adds
//! to the gradient of the parameters.
//!
//! In names, `d_x` is the gradient of the loss with respect to `x`.

mod attention;
mod block;
mod convolution;
mod dense;
mod feed_forward;
mod gru;
mod lstm;
mod positional;
mod receptive_field;
mod recurrent_layer;
mod residual_norm;
mod temporal_block;

pub(crate) use attention::{AttentionShape, LastAttention, SelfAttention};
pub(crate) use block::{Block, BlockShape};
pub(crate) use convolution::Convolution;
pub(crate) use dense::Dense;
pub(crate) use feed_forward::FeedForward;
pub(crate) use gru::Gru;
pub(crate) use lstm::Lstm;
pub(crate) use positional::sinusoidal;
pub(crate) use receptive_field::{Rows, Span, spans};
pub(crate) use recurrent_layer::RecurrentLayer;
pub(crate) use residual_norm::ResidualNorm;
pub(crate) use temporal_block::{TemporalBlock, TemporalShape};
