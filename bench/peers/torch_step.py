"""Training steps per second of the same transformer in PyTorch, eager or compiled."""

import sizes

args = sizes.arguments(mode="eager")
sizes.limit_threads(args.threads)

import torch
from torch import nn
from torch.nn import functional

torch.set_num_threads(args.threads)
torch.manual_seed(0)


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            args.d_model, args.heads, args.d_ff, dropout=0.1, activation="gelu", batch_first=True
        )
        self.input = nn.Linear(args.features, args.d_model)
        self.positions = nn.Parameter(torch.randn(args.seq_length, args.d_model), requires_grad=False)
        self.encoder = nn.TransformerEncoder(layer, args.layers, enable_nested_tensor=False)
        self.head = nn.Linear(args.d_model, args.tickers * 3)

    def forward(self, windows):
        return self.head(self.encoder(self.input(windows) + self.positions)[:, -1])


def focal_loss(logits, labels):
    log_p = functional.log_softmax(logits.view(-1, 3), dim=-1).gather(1, labels.view(-1, 1))
    return (-((1 - log_p.exp()) ** 2) * log_p).mean()


model = Transformer().train()
forward = torch.compile(model) if args.mode == "compiled" else model
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
windows = torch.randn(args.batch, args.seq_length, args.features)
labels = torch.randint(0, 3, (args.batch, args.tickers))


def step():
    optimizer.zero_grad(set_to_none=True)
    focal_loss(forward(windows), labels).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


sizes.result(steps_per_second=sizes.rate(step))
