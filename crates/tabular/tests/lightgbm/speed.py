"""Times LightGBM on the problem of ../../examples/gbdt_speed.rs, on one thread.

    python speed.py [threads]
"""

import sys
import time

import lightgbm
import numpy as np

generator = np.random.default_rng(0)
x = generator.random((20000, 240), dtype=np.float32)
score = x[:, 0] * x[:, 1] + 0.5 * x[:, 2] + 0.5 * generator.random(20000)
y = (score > 0.6).astype(int) + (score > 0.9)
for order in ("force_col_wise", "force_row_wise"):
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    settings = dict(objective="multiclass", num_class=3, num_leaves=15, num_threads=threads, deterministic=True,
                    verbose=-1, **{order: True})
    start = time.process_time()
    data = lightgbm.Dataset(x, y, params=settings).construct()
    read = time.process_time() - start
    start = time.process_time()
    model = lightgbm.train(settings, data, 100)
    trained = time.process_time() - start
    start = time.process_time()
    model.predict(x, num_threads=threads)
    print(f"{order}: bins {read:.2f} s, 100 rounds {trained:.2f} s, scores {time.process_time() - start:.2f} s")
