"""Batches of windows per second: NumPy's fancy indexing, or a PyTorch DataLoader."""

import sizes

args = sizes.arguments(rows=2500, mode="numpy")
sizes.limit_threads(args.threads)

import numpy

matrix = numpy.random.default_rng(0).standard_normal((args.rows, args.features), dtype=numpy.float32)
labels = numpy.random.default_rng(1).integers(0, 3, (args.rows, args.tickers), dtype=numpy.int8)
count = args.rows - args.seq_length + 1


def by_numpy():
    random, offsets = numpy.random.default_rng(2), numpy.arange(args.seq_length)

    def batch():
        starts = random.integers(0, count, args.batch)
        return matrix[starts[:, None] + offsets], labels[starts + args.seq_length - 1]

    return batch


def by_data_loader():
    import torch
    from torch.utils.data import DataLoader, Dataset

    torch.set_num_threads(args.threads)
    rows, classes = torch.from_numpy(matrix), torch.from_numpy(labels)

    class Windows(Dataset):
        def __len__(self):
            return count

        def __getitem__(self, index):
            end = index + args.seq_length
            return rows[index:end], classes[end - 1]

    loader = DataLoader(Windows(), batch_size=args.batch, shuffle=True, drop_last=True)

    def endless():
        while True:
            yield from loader

    batches = endless()
    return lambda: next(batches)


call = by_numpy() if args.mode == "numpy" else by_data_loader()
sizes.result(batches_per_second=sizes.rate(call, seconds=0.5))
