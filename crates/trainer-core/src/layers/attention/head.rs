//! Where the matrices of one attention head lie in the layer's buffers.

use super::AttentionShape;
use crate::kernels::gemm::{MatrixMut, MatrixRef};
use crate::kernels::real::Real;
use std::ops::Range;

/// One head of one sequence.
#[derive(Clone, Copy)]
pub(super) struct Head {
    shape: AttentionShape,
    sequence: usize,
    head: usize,
}

/// Where rows lie in a buffer: the start of the first one, and the distance between the starts of two rows.
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

    /// The index of this head among all heads of all sequences.
    fn number(self) -> usize {
        self.sequence * self.shape.heads + self.head
    }

    /// The index of the head's first row among all rows of attention weights.
    pub(super) fn first_row(self) -> usize {
        self.number() * self.shape.positions
    }

    /// The head's part of the attention weights, `(positions, weight stride)`.
    pub(super) fn weights(self) -> Range<usize> {
        let size = self.shape.positions * self.shape.weight_stride();
        self.number() * size..(self.number() + 1) * size
    }

    /// Where the head's queries lie; its context lies at the same place in its own buffer.
    pub(super) fn query_rows(self) -> Rows {
        let AttentionShape { width, positions, .. } = self.shape;
        Rows { start: self.sequence * positions * width + self.head * self.shape.head_width(), stride: width }
    }

    fn key_rows(self) -> Rows {
        let AttentionShape { width, positions, .. } = self.shape;
        Rows {
            start: self.sequence * positions * 2 * width + self.head * self.shape.head_width(),
            stride: 2 * width,
        }
    }

    /// Where the head's values lie: in the same rows as its keys, `width` columns further on.
    fn value_rows(self) -> Rows {
        let keys = self.key_rows();
        Rows { start: keys.start + self.shape.width, ..keys }
    }

    /// The head's queries in `buffer`, `(positions, head width)`; also its context.
    pub(super) fn queries<R>(self, buffer: &[R]) -> MatrixRef<'_, R> {
        self.read(buffer, self.query_rows())
    }

    /// The head's keys in `buffer`, `(positions, head width)`.
    pub(super) fn keys<R>(self, buffer: &[R]) -> MatrixRef<'_, R> {
        self.read(buffer, self.key_rows())
    }

    /// The head's values in `buffer`, `(positions, head width)`.
    pub(super) fn values<R>(self, buffer: &[R]) -> MatrixRef<'_, R> {
        self.read(buffer, self.value_rows())
    }

    /// Like [`Head::queries`], but mutable.
    pub(super) fn queries_mut<R>(self, buffer: &mut [R]) -> MatrixMut<'_, R> {
        self.write(buffer, self.query_rows())
    }

    /// Like [`Head::keys`], but mutable.
    pub(super) fn keys_mut<R>(self, buffer: &mut [R]) -> MatrixMut<'_, R> {
        self.write(buffer, self.key_rows())
    }

    /// Like [`Head::values`], but mutable.
    pub(super) fn values_mut<R>(self, buffer: &mut [R]) -> MatrixMut<'_, R> {
        self.write(buffer, self.value_rows())
    }

    fn read<R>(self, buffer: &[R], rows: Rows) -> MatrixRef<'_, R> {
        let AttentionShape { positions, .. } = self.shape;
        MatrixRef::strided(&buffer[rows.start..], positions, self.shape.head_width(), rows.stride)
    }

    fn write<R>(self, buffer: &mut [R], rows: Rows) -> MatrixMut<'_, R> {
        let AttentionShape { positions, .. } = self.shape;
        MatrixMut::strided(&mut buffer[rows.start..], positions, self.shape.head_width(), rows.stride)
    }
}

/// Copies dense rows of `width` values to `rows` of `buffer`.
pub(super) fn copy_rows<R: Real>(source: &[R], width: usize, rows: Rows, buffer: &mut [R]) {
    let targets = buffer[rows.start..].chunks_mut(rows.stride);
    for (target, source) in targets.zip(source.chunks_exact(width)) {
        target[..width].copy_from_slice(source);
    }
}
