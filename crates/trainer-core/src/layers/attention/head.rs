//! Where the matrices of one attention head lie in the layer's buffers.

use crate::kernels::gemm::{MatrixMut, MatrixRef};
use crate::kernels::real::Real;

/// The sizes of an attention layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttentionShape {
    /// The values per position; a multiple of `heads`.
    pub(crate) width: usize,
    /// The number of heads.
    pub(crate) heads: usize,
    /// The positions per sequence that ask.
    pub(crate) queries: usize,
    /// The positions per sequence that answer.
    pub(crate) keys: usize,
}

impl AttentionShape {
    /// The values per position of one head.
    pub(super) fn head_width(self) -> usize {
        self.width / self.heads
    }

    /// The number of attention weights of one head in one sequence.
    fn weights(self) -> usize {
        self.queries * self.keys
    }
}

/// One head of one sequence: where its matrices lie in the layer's buffers.
#[derive(Clone, Copy)]
pub(super) struct Head {
    shape: AttentionShape,
    sequence: usize,
    head: usize,
}

/// The first row's start and the distance between rows.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    start: usize,
    stride: usize,
}

impl Head {
    /// Every head of every sequence, in the order of the attention weights.
    pub(super) fn all(shape: AttentionShape, batch: usize) -> impl Iterator<Item = Head> {
        (0..batch).flat_map(move |sequence| (0..shape.heads).map(move |head| Head { shape, sequence, head }))
    }

    /// `1 / sqrt(head width)`, which keeps the logits' variance at that of one product.
    pub(super) fn scale<R: Real>(self) -> R {
        R::ONE / R::from_f64(self.shape.head_width() as f64).sqrt()
    }

    /// The head's part of the attention weights.
    pub(super) fn weights(self) -> std::ops::Range<usize> {
        let start = (self.sequence * self.shape.heads + self.head) * self.shape.weights();
        start..start + self.shape.weights()
    }

    /// Where the head's queries lie, and its context.
    pub(super) fn query_rows(self) -> Rows {
        let AttentionShape { width, queries, .. } = self.shape;
        Rows { start: self.sequence * queries * width + self.head * self.shape.head_width(), stride: width }
    }

    fn key_rows(self) -> Rows {
        let AttentionShape { width, keys, .. } = self.shape;
        Rows {
            start: self.sequence * keys * 2 * width + self.head * self.shape.head_width(),
            stride: 2 * width,
        }
    }

    /// Where the head's values lie, behind its keys.
    pub(super) fn value_rows(self) -> Rows {
        let keys = self.key_rows();
        Rows { start: keys.start + self.shape.width, ..keys }
    }

    /// The head's queries in `buffer`, `(queries, head width)`; equally its context.
    pub(super) fn queries<R>(self, buffer: &[R]) -> MatrixRef<'_, R> {
        self.read(buffer, self.query_rows(), self.shape.queries)
    }

    /// The head's keys in `buffer`, `(keys, head width)`.
    pub(super) fn keys<R>(self, buffer: &[R]) -> MatrixRef<'_, R> {
        self.read(buffer, self.key_rows(), self.shape.keys)
    }

    /// The head's values in `buffer`, `(keys, head width)`.
    pub(super) fn values<R>(self, buffer: &[R]) -> MatrixRef<'_, R> {
        self.read(buffer, self.value_rows(), self.shape.keys)
    }

    /// As [`Head::queries`], to write.
    pub(super) fn queries_mut<R>(self, buffer: &mut [R]) -> MatrixMut<'_, R> {
        self.write(buffer, self.query_rows(), self.shape.queries)
    }

    /// As [`Head::keys`], to write.
    pub(super) fn keys_mut<R>(self, buffer: &mut [R]) -> MatrixMut<'_, R> {
        self.write(buffer, self.key_rows(), self.shape.keys)
    }

    fn read<R>(self, buffer: &[R], rows: Rows, count: usize) -> MatrixRef<'_, R> {
        MatrixRef::strided(&buffer[rows.start..], count, self.shape.head_width(), rows.stride)
    }

    fn write<R>(self, buffer: &mut [R], rows: Rows, count: usize) -> MatrixMut<'_, R> {
        MatrixMut::strided(&mut buffer[rows.start..], count, self.shape.head_width(), rows.stride)
    }
}

/// Copies dense rows of `width` values to rows elsewhere in `buffer`.
pub(super) fn copy_rows<R: Real>(source: &[R], width: usize, rows: Rows, buffer: &mut [R]) {
    let targets = buffer[rows.start..].chunks_mut(rows.stride);
    for (target, source) in targets.zip(source.chunks_exact(width)) {
        target[..width].copy_from_slice(source);
    }
}
