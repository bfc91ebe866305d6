//! Which positions the last output of stacked dilated convolutions depends on.

/// How the positions of sequences are stored: `per_sequence` rows each, of which the first `first` are zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rows {
    /// The rows of one sequence.
    pub(crate) per_sequence: usize,
    /// The row of the first position.
    pub(crate) first: usize,
}

/// The rows that one block of two convolutions with the same dilation has to compute.
///
/// Only positions that the last one of the topmost block depends on are stored: in the block with dilation `d`, every
/// `d`-th position, counted back from the last. Stored like that, a dilated convolution is one of adjacent rows. The
/// next block has dilation `2 d`, so of this block's outputs only every second one is needed, and its second
/// convolution has stride 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The taps of each convolution.
    pub(crate) kernel: usize,
    /// The positions of the input that lie in the window; at least 1.
    pub(crate) inputs: usize,
    /// The positions that the block outputs; at least 1.
    pub(crate) outputs: usize,
}

impl Span {
    /// The rows that the outputs depend on, including those before the window.
    fn reach(self) -> usize {
        2 * (self.outputs - 1) + 2 * (self.kernel - 1) + 1
    }

    /// How the input is stored. With several outputs there is an unused row at the end of each sequence: the number
    /// becomes even, so that a stride of 2 has the same phase in every sequence.
    pub(crate) fn input(self) -> Rows {
        let reach = self.reach();
        let per_sequence = if self.outputs > 1 { reach + 1 } else { reach };
        Rows { per_sequence, first: reach - self.inputs }
    }

    /// The values between the convolutions: their number, and how many of them lie before the window. They are stored
    /// in as many rows as the input.
    pub(crate) fn hidden(self) -> (usize, usize) {
        let before = self.kernel - 1;
        (self.reach() - before, self.input().first.saturating_sub(before))
    }

    /// The stride of the second convolution.
    pub(crate) fn stride(self) -> usize {
        if self.outputs > 1 { 2 } else { self.input().per_sequence }
    }

    /// The rows of one sequence that the second convolution computes, the first [`Span::outputs`] of which are needed.
    pub(crate) fn output_rows(self) -> usize {
        self.input().per_sequence / self.stride()
    }
}

/// The spans of `blocks` blocks with dilations 1, 2, 4, and so on, of which only the last position is needed. They read
/// the last `inputs` positions of the window, of the first span.
pub(crate) fn spans(seq_length: usize, kernel: usize, blocks: usize) -> Vec<Span> {
    let mut outputs = 1;
    let mut spans: Vec<_> = (0..blocks)
        .rev()
        .map(|block| {
            // Without a bound, the dilation of a high block would overflow.
            let dilation = u32::try_from(block).ok().and_then(|block| 1usize.checked_shl(block));
            let in_window = dilation.map_or(0, |dilation| (seq_length - 1) / dilation) + 1;
            let unbounded = Span { kernel, inputs: 1, outputs };
            let span = Span { inputs: unbounded.reach().min(in_window), ..unbounded };
            outputs = span.inputs;
            span
        })
        .collect();
    spans.reverse();
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The positions, counted back from the last, of every block's input that the last output depends on.
    fn needed(seq_length: usize, kernel: usize, blocks: usize) -> Vec<BTreeSet<usize>> {
        let mut needed = vec![BTreeSet::from([0])];
        for block in (0..blocks).rev() {
            let taps = |position: usize| (0..kernel).map(move |tap| position + tap * (1 << block));
            let inside = |&position: &usize| position < seq_length;
            let hidden: BTreeSet<_> = needed[0].iter().flat_map(|&p| taps(p)).filter(inside).collect();
            needed.insert(0, hidden.iter().flat_map(|&p| taps(p)).filter(inside).collect());
        }
        needed
    }

    #[test]
    fn exactly_the_positions_that_are_needed_are_stored() {
        for kernel in 2..=5 {
            for blocks in 1..=5 {
                for seq_length in [1, 2, 3, 7, 16, 31, 32, 33, 120, 400] {
                    let needed = needed(seq_length, kernel, blocks);
                    for (block, span) in spans(seq_length, kernel, blocks).into_iter().enumerate() {
                        let stored: BTreeSet<_> = (0..span.inputs).map(|row| row << block).collect();
                        assert_eq!(stored, needed[block], "{kernel} {blocks} {seq_length} {block}");
                        assert_eq!(span.outputs, needed[block + 1].len());
                    }
                }
            }
        }
    }

    #[test]
    fn a_dilation_beyond_the_window_reads_one_position() {
        let spans = spans(60, 3, 100);
        assert!(spans[6..].iter().all(|span| (span.inputs, span.outputs) == (1, 1)));
        assert_eq!(spans[0].inputs, 60);
    }

    #[test]
    fn a_kernel_of_one_reads_one_position() {
        let span = spans(60, 1, 3)[0];
        assert_eq!(span.input(), Rows { per_sequence: 1, first: 0 });
        assert_eq!((span.hidden(), span.stride(), span.output_rows()), ((1, 0), 1, 1));
    }
}
