"""Times LightGBM, in seconds of the processor, on the problem of ../../examples/gbdt_speed.rs, on one thread.

    python speed.py [rows columns]
"""

import sys
import time

import lightgbm
import numpy as np

rows, columns = map(int, sys.argv[1:] or (20000, 240))
generator = np.random.default_rng(0)
x = generator.random((rows, columns), dtype=np.float32)
score = x[:, 0] * x[:, 1] + 0.5 * x[:, 2] + 0.5 * generator.random(rows)
y = (score > 0.6).astype(int) + (score > 0.9)
for order in ("force_col_wise", "force_row_wise"):
    settings = dict(objective="multiclass", num_class=3, num_leaves=15, num_threads=1, deterministic=True,
                    verbose=-1, **{order: True})
    start = time.process_time()
    data = lightgbm.Dataset(x, y, params=settings).construct()
    read = time.process_time() - start
    start = time.process_time()
    model = lightgbm.train(settings, data, 100)
    trained = time.process_time() - start
    start = time.process_time()
    model.predict(x, num_threads=1)
    print(f"{order}: bins {read:.2f} s, 100 rounds {trained:.2f} s, scores {time.process_time() - start:.2f} s")
