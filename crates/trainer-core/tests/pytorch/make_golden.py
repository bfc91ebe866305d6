"""Writes the golden tensors for the tests of trainer-core's models, computed by PyTorch's own modules.

    pip install -r requirements.txt
    python make_golden.py

Each file holds, under the names of trainer-core's layout, the parameters, the gradients of the loss, and the parameters
after three steps of AdamW along fixed multiples of those gradients; also the inputs, the labels, the logits and the
loss. The Rust test `tests/pytorch.rs` reads them.
"""

import json
import struct
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

# As in tests/pytorch.rs.
BATCH, SEQ_LENGTH, FEATURES, TICKERS, CLASSES = 6, 9, 5, 3, 3
WIDTH, HEADS, LAYERS, HIDDEN, KERNEL = 16, 4, 2, 24, 3
GAMMA, CLASS_WEIGHTS = 2.0, [0.5, 2.0, 1.5]
LEARNING_RATE, WEIGHT_DECAY, CLIP = 1e-2, 0.1, 0.5
STEPS = [1.0, -0.5, 2.0]


class Transformer(nn.Module):
    """A linear map, sinusoidal positions, post-norm encoder layers, and a linear map from the last position."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, HIDDEN, dropout=0.0, activation="gelu", batch_first=True, norm_first=False
        )
        self.input = nn.Linear(FEATURES, WIDTH)
        self.encoder = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.head = nn.Linear(WIDTH, TICKERS * CLASSES)
        position = torch.arange(SEQ_LENGTH, dtype=torch.float64)[:, None]
        rate = torch.exp(-torch.arange(0, WIDTH, 2) / WIDTH * torch.log(torch.tensor(10_000.0, dtype=torch.float64)))
        table = torch.stack([torch.sin(position * rate), torch.cos(position * rate)], dim=-1).flatten(1)
        self.register_buffer("positions", table.float())

    def forward(self, windows):
        return self.head(self.encoder(self.input(windows) + self.positions)[:, -1])

    def tensors(self, of):
        """The tensors `of(parameter)` in trainer-core's layout: linear maps are (inputs, outputs) there."""
        yield from linear("input", self.input.weight, self.input.bias, of)
        for index, layer in enumerate(self.encoder.layers):
            name = f"blocks.{index}"
            attention = layer.self_attn
            weight, bias = of(attention.in_proj_weight), of(attention.in_proj_bias)
            yield f"{name}.attention.query.weight", weight[:WIDTH].T
            yield f"{name}.attention.query.bias", bias[:WIDTH]
            # Keys and values side by side.
            yield f"{name}.attention.key_value.weight", weight[WIDTH:].T
            yield f"{name}.attention.key_value.bias", bias[WIDTH:]
            out = attention.out_proj
            yield from linear(f"{name}.attention.output", out.weight, out.bias, of)
            yield from norm(f"{name}.attention_norm", layer.norm1, of)
            yield from linear(f"{name}.feed_forward.up", layer.linear1.weight, layer.linear1.bias, of)
            yield from linear(f"{name}.feed_forward.down", layer.linear2.weight, layer.linear2.bias, of)
            yield from norm(f"{name}.feed_forward_norm", layer.norm2, of)
        yield from linear("head", self.head.weight, self.head.bias, of)


class Gru(nn.Module):
    """Stacked gated recurrent units, and a linear map from the last state."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(FEATURES, WIDTH, LAYERS, batch_first=True)
        self.head = nn.Linear(WIDTH, TICKERS * CLASSES)

    def forward(self, windows):
        return self.head(self.gru(windows)[0][:, -1])

    def tensors(self, of):
        # PyTorch's gates have the same order: reset, update, candidate.
        for index in range(LAYERS):
            of_layer = [getattr(self.gru, f"{kind}_l{index}") for kind in ["weight_ih", "bias_ih", "weight_hh", "bias_hh"]]
            yield from linear(f"layers.{index}.input", *of_layer[:2], of)
            yield from linear(f"layers.{index}.recurrent", *of_layer[2:], of)
        yield from linear("head", self.head.weight, self.head.bias, of)


class Lstm(nn.Module):
    """Stacked long short-term memory, and a linear map from the last state."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(FEATURES, WIDTH, LAYERS, batch_first=True)
        self.head = nn.Linear(WIDTH, TICKERS * CLASSES)
        # PyTorch has two biases and adds them; trainer-core has one.
        for index in range(LAYERS):
            bias = getattr(self.lstm, f"bias_hh_l{index}")
            bias.data.zero_()
            bias.requires_grad_(False)

    def forward(self, windows):
        return self.head(self.lstm(windows)[0][:, -1])

    def tensors(self, of):
        # PyTorch's gates have the same order: input, forget, candidate, output.
        for index in range(LAYERS):
            of_layer = [getattr(self.lstm, f"{kind}_l{index}") for kind in ["weight_ih", "bias_ih", "weight_hh"]]
            yield from linear(f"layers.{index}.input", *of_layer[:2], of)
            yield f"layers.{index}.recurrent.weight", of(of_layer[2]).T
        yield from linear("head", self.head.weight, self.head.bias, of)


class TemporalBlock(nn.Module):
    """relu(f(x) + x), where f is twice: dilated causal convolution and ReLU."""

    def __init__(self, inputs, dilation):
        super().__init__()
        self.padding = (KERNEL - 1) * dilation
        self.first = nn.Conv1d(inputs, WIDTH, KERNEL, dilation=dilation)
        self.second = nn.Conv1d(WIDTH, WIDTH, KERNEL, dilation=dilation)
        self.skip = None if inputs == WIDTH else nn.Conv1d(inputs, WIDTH, 1)

    def forward(self, x):
        hidden = functional.relu(self.first(functional.pad(x, (self.padding, 0))))
        branch = functional.relu(self.second(functional.pad(hidden, (self.padding, 0))))
        return functional.relu(branch + (x if self.skip is None else self.skip(x)))


class Tcn(nn.Module):
    """Residual blocks of dilated causal convolutions, and a linear map from the last position."""

    def __init__(self):
        super().__init__()
        blocks = [TemporalBlock(WIDTH if index else FEATURES, 2**index) for index in range(LAYERS)]
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(WIDTH, TICKERS * CLASSES)

    def forward(self, windows):
        return self.head(self.blocks(windows.transpose(1, 2))[:, :, -1])

    def tensors(self, of):
        for index, block in enumerate(self.blocks):
            for name in ["first", "second", "skip"]:
                if convolution := getattr(block, name):
                    # (outputs, inputs, taps) becomes (taps * inputs, outputs).
                    weight = of(convolution.weight).permute(2, 1, 0).flatten(0, 1)
                    yield f"blocks.{index}.{name}.weight", weight
                    yield f"blocks.{index}.{name}.bias", of(convolution.bias)
        yield from linear("head", self.head.weight, self.head.bias, of)


class Linear(nn.Module):
    """Softmax regression on the flattened window."""

    def __init__(self):
        super().__init__()
        self.map = nn.Linear(SEQ_LENGTH * FEATURES, TICKERS * CLASSES)

    def forward(self, windows):
        return self.map(windows.flatten(1))

    def tensors(self, of):
        yield from linear("linear", self.map.weight, self.map.bias, of)


def linear(name, weight, bias, of):
    yield f"{name}.weight", of(weight).T
    yield f"{name}.bias", of(bias)


def norm(name, layer, of):
    yield f"{name}.gain", of(layer.weight)
    yield f"{name}.shift", of(layer.bias)


def focal_loss(logits, labels):
    """The mean of -w_c (1 - p_c)^gamma ln p_c over the unmasked labels."""
    logits, labels = logits.reshape(-1, CLASSES), labels.flatten()
    valid = labels >= 0
    log_p = functional.log_softmax(logits[valid], dim=-1)
    log_p = log_p.gather(1, labels[valid][:, None])[:, 0]
    weights = torch.tensor(CLASS_WEIGHTS)[labels[valid]]
    return (-weights * (1 - log_p.exp()) ** GAMMA * log_p).mean()


def decays(name, parameter):
    """Weight decay applies to weights, not to biases and layer norms."""
    return parameter.dim() > 1


def golden(model):
    torch.manual_seed(7)
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    for parameter in trained.values():
        # Not PyTorch's own initialisation: with its zero biases and unit gains some mistakes would go unnoticed.
        with torch.no_grad():
            parameter.add_(0.2 * torch.randn_like(parameter))
    windows = torch.randn(BATCH, SEQ_LENGTH, FEATURES)
    labels = torch.randint(-1, CLASSES, (BATCH, TICKERS))
    found = {"inputs": windows, "labels": labels.float()}
    logits = model(windows)
    loss = focal_loss(logits, labels)
    loss.backward()
    found |= {"logits": logits, "loss": loss[None]}
    found |= {f"parameter/{name}": value for name, value in model.tensors(lambda p: p.detach().clone())}
    found |= {f"gradient/{name}": value for name, value in model.tensors(lambda p: p.grad.clone())}

    groups = [
        {"params": [p for n, p in trained.items() if decays(n, p)], "weight_decay": WEIGHT_DECAY},
        {"params": [p for n, p in trained.items() if not decays(n, p)], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE)
    gradients = [p.grad.clone() for p in trained.values()]
    for factor in STEPS:
        for parameter, gradient in zip(trained.values(), gradients):
            parameter.grad = factor * gradient
        nn.utils.clip_grad_norm_(trained.values(), CLIP)
        optimizer.step()
    found |= {f"stepped/{name}": value for name, value in model.tensors(lambda p: p.detach().clone())}
    return found


def save(path, tensors):
    """Writes a safetensors file."""
    header, body = {"__metadata__": {"made_with": f"PyTorch {torch.__version__}"}}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().float().contiguous().flatten().tolist()
        data = struct.pack(f"<{len(values)}f", *values)
        offsets = [len(body), len(body) + len(data)]
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def main():
    torch.set_num_threads(1)
    for name, make in [("transformer", Transformer), ("gru", Gru), ("lstm", Lstm), ("tcn", Tcn), ("linear", Linear)]:
        torch.manual_seed(3)
        save(Path(__file__).parent / f"{name}.safetensors", golden(make()))


if __name__ == "__main__":
    main()
