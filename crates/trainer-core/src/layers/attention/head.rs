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

    /// The head's number among all heads of all sequences.
    fn number(self) -> usize {
        self.sequence * self.shape.heads + self.head
    }

    /// The head's rows among all rows of attention weights.
    pub(super) fn first_row(self) -> usize {
        self.number() * self.shape.positions
    }

    /// The head's part of the attention weights, `(positions, stride)`.
    pub(super) fn weights(self) -> Range<usize> {
        let size = self.shape.positions * self.shape.weight_stride();
        self.number() * size..(self.number() + 1) * size
    }

    /// Where the head's queries lie, and its context.
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

    /// Where the head's values lie, behind its keys.
    fn value_rows(self) -> Rows {
        let keys = self.key_rows();
        Rows { start: keys.start + self.shape.width, ..keys }
    }

    /// The head's queries in `buffer`, `(positions, head width)`; equally its context.
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

    /// As [`Head::queries`], to write.
    pub(super) fn queries_mut<R>(self, buffer: &mut [R]) -> MatrixMut<'_, R> {
        self.write(buffer, self.query_rows())
    }

    /// As [`Head::keys`], to write.
    pub(super) fn keys_mut<R>(self, buffer: &mut [R]) -> MatrixMut<'_, R> {
        self.write(buffer, self.key_rows())
    }

    /// As [`Head::values`], to write.
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

/// Copies dense rows of `width` values to rows elsewhere in `buffer`.
pub(super) fn copy_rows<R: Real>(source: &[R], width: usize, rows: Rows, buffer: &mut [R]) {
    let targets = buffer[rows.start..].chunks_mut(rows.stride);
    for (target, source) in targets.zip(source.chunks_exact(width)) {
        target[..width].copy_from_slice(source);
    }
}
