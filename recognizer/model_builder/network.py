"""The acoustic model: five TDNN layers over MFCC, the first each 10 ms, the others each 30 ms. Needs torch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from recognizer.model_builder import units
from recognizer.model_builder.features import BINS
from recognizer.model_builder.utterances import SKIP, Features, Labels

CONTEXT = 11
"""Frames the network sees on either side."""
LAYERS = 5
BATCH = 64
Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Weights and bias."""


class Tdnn(nn.Module):
    """[batch, frames, BINS] to [batch, outputs, states]; each layer sees the one below at t-1, t, t+1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.affine = nn.ModuleList([nn.Linear(3 * (width if n else BINS), width) for n in range(LAYERS)])
        self.norm = nn.ModuleList([nn.BatchNorm1d(width, affine=False, eps=1e-3) for _ in range(LAYERS)])
        self.out = nn.Linear(width, units.PDFS)

    def forward(self, x: Any) -> Any:
        for n, (affine, norm) in enumerate(zip(self.affine, self.norm, strict=True)):
            if n == 1:
                thirds = x.shape[1] // 3
                x = x[:, : 3 * thirds].reshape(x.shape[0], thirds, -1)
            else:
                x = torch.cat([x[:, :-2], x[:, 1:-1], x[:, 2:]], -1)
            x = torch.relu(affine(x))
            x = norm(x.reshape(-1, x.shape[-1])).reshape(x.shape)
        return self.out(x)


def train(
    data: tuple[Features, Labels],
    held_out: tuple[Features, Labels],
    *,
    width: int,
    epochs: int,
    threads: int,
    say: Callable[[str], None],
) -> list[Layer]:
    """Train, reporting each epoch, and fold all normalising into the layers' weights."""
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    x, y = data
    sample = x[::7].reshape(-1, BINS).astype(np.float32)
    mean, spread = sample.mean(0), sample.std(0)
    net = Tdnn(width)
    steps = epochs * (len(x) // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps + 1, pct_start=0.15)
    loss_of = nn.CrossEntropyLoss(ignore_index=SKIP, label_smoothing=0.03)
    rng = np.random.default_rng(0)

    def tensor(features: Features) -> Any:
        return torch.from_numpy((features.astype(np.float32) - mean) / spread)

    for epoch in range(epochs):
        net.train()
        order, total = rng.permutation(len(x)), 0.0
        for n in range(len(x) // BATCH):
            rows = np.sort(order[n * BATCH : (n + 1) * BATCH])
            with _fast():
                out = net(tensor(x[rows]))
            loss = loss_of(out.float().reshape(-1, units.PDFS), torch.from_numpy(y[rows].astype(np.int64)).reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        net.eval()
        with torch.no_grad(), _fast():
            out = torch.cat([net(tensor(held_out[0][n : n + 256])) for n in range(0, len(held_out[0]), 256)])
        wanted = torch.from_numpy(held_out[1].astype(np.int64))
        right = (out.argmax(2) == wanted)[wanted > 0].float().mean().item()
        say(f"epoch {epoch}: loss {total / (len(x) // BATCH):.3f}, held-out frames of speech right {right:.3f}")
    return _folded(net, mean, spread)


def _fast() -> Any:
    """bfloat16 where the CPU computes with it three times faster."""
    flags = Path("/proc/cpuinfo").read_text()
    return torch.autocast("cpu", torch.bfloat16, enabled="amx_bf16" in flags or "avx512_bf16" in flags)


def _folded(net: Tdnn, mean: NDArray[np.float32], spread: NDArray[np.float32]) -> list[Layer]:
    layers: list[Layer] = []
    scale, shift = 1.0 / spread, -mean / spread
    for n, affine in enumerate([*net.affine, net.out]):
        weights = affine.weight.detach().numpy().astype(np.float64)
        bias = affine.bias.detach().numpy().astype(np.float64)
        taps = weights.shape[1] // len(scale)
        layers.append(
            (
                (weights * np.tile(scale, taps)).astype(np.float32),
                (bias + weights @ np.tile(shift, taps)).astype(np.float32),
            )
        )
        if n < LAYERS:
            norm = net.norm[n]
            scale = 1.0 / np.sqrt(norm.running_var.numpy() + norm.eps)
            shift = -norm.running_mean.numpy() * scale
    return layers
