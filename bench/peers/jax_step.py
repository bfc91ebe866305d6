"""Training steps per second of the same transformer in JAX, the whole step under one jit."""

import sizes

args = sizes.arguments()
sizes.limit_threads(args.threads)

import jax
import jax.numpy as jnp

RATE, DROPOUT = 1e-3, 0.1
d, heads, width = args.d_model, args.heads, args.d_model // args.heads


def dense(key, inputs, outputs):
    limit = (6 / (inputs + outputs)) ** 0.5
    return {"w": jax.random.uniform(key, (inputs, outputs), minval=-limit, maxval=limit), "b": jnp.zeros(outputs)}


def norm():
    return {"gain": jnp.ones(d), "shift": jnp.zeros(d)}


def start(key):
    def block(key):
        keys = jax.random.split(key, 4)
        return {
            "qkv": dense(keys[0], d, 3 * d),
            "out": dense(keys[1], d, d),
            "up": dense(keys[2], d, args.d_ff),
            "down": dense(keys[3], args.d_ff, d),
            "norms": [norm(), norm()],
        }

    keys = jax.random.split(key, args.layers + 2)
    blocks = [block(key) for key in keys[2:]]
    return {"input": dense(keys[0], args.features, d), "blocks": blocks, "head": dense(keys[1], d, args.tickers * 3)}


def apply(layer, x):
    return x @ layer["w"] + layer["b"]


def drop(key, x):
    return jnp.where(jax.random.bernoulli(key, 1 - DROPOUT, x.shape), x / (1 - DROPOUT), 0)


def normalise(layer, x):
    x = x - x.mean(-1, keepdims=True)
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * layer["gain"] + layer["shift"]


def attend(block, key, x):
    q, k, v = jnp.split(apply(block["qkv"], x).reshape(*x.shape[:2], 3 * heads, width).swapaxes(1, 2), 3, axis=1)
    weights = jax.nn.softmax(q @ k.swapaxes(-1, -2) / width**0.5)
    return apply(block["out"], (drop(key, weights) @ v).swapaxes(1, 2).reshape(x.shape))


def forward(parameters, key, windows, positions):
    x = apply(parameters["input"], windows) + positions
    for block, key in zip(parameters["blocks"], jax.random.split(key, args.layers)):
        keys = jax.random.split(key, 4)
        x = normalise(block["norms"][0], x + drop(keys[0], attend(block, keys[1], x)))
        hidden = drop(keys[2], jax.nn.gelu(apply(block["up"], x), approximate=False))
        x = normalise(block["norms"][1], x + drop(keys[3], apply(block["down"], hidden)))
    return apply(parameters["head"], x[:, -1])


def loss(parameters, key, windows, positions, labels):
    log_p = jax.nn.log_softmax(forward(parameters, key, windows, positions).reshape(-1, 3))
    log_p = jnp.take_along_axis(log_p, labels.reshape(-1, 1), axis=1)
    return (-((1 - jnp.exp(log_p)) ** 2) * log_p).mean()


@jax.jit
def step(state, windows, positions, labels):
    parameters, mean, square, count, key = state
    key, dropout = jax.random.split(key)
    gradient = jax.grad(loss)(parameters, dropout, windows, positions, labels)
    size = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1, 1 / size), gradient)
    count = count + 1
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    square = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradient)

    def move(p, m, v):
        m, v = m / (1 - 0.9**count), v / (1 - 0.999**count)
        return p * (1 - RATE * 0.01) - RATE * m / (jnp.sqrt(v) + 1e-8)

    return jax.tree.map(move, parameters, mean, square), mean, square, count, key


key = jax.random.key(0, impl="rbg")
parameters = start(jax.random.key(1))
zeros = jax.tree.map(jnp.zeros_like, parameters)
state = (parameters, zeros, zeros, jnp.float32(0), key)
windows = jax.random.normal(jax.random.key(2), (args.batch, args.seq_length, args.features))
positions = jax.random.normal(jax.random.key(3), (args.seq_length, d))
labels = jax.random.randint(jax.random.key(4), (args.batch, args.tickers), 0, 3)


def once():
    global state
    state = jax.block_until_ready(step(state, windows, positions, labels))


sizes.result(steps_per_second=sizes.rate(once))
