"""`python -m recognizer.model_builder --out DIR`: synthesise, train, export; 5 to 10 minutes on two cores.

Needs numpy, espeak-ng's library, and torch for training; no Kaldi. With --graph-only the sounds of the model in DIR are
kept and only its words are made anew (2 s, no torch): after editing vocabulary.py.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

# The workers are processes of their own; torch sets its own number of threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from recognizer.model_builder import graph, kaldi, units, utterances

PRIOR_SCALE = 0.6
"""How much of the states' frequencies is taken out of the network's answers."""


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="recognizer.model_builder", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--graph-only", action="store_true", help="new words for the model in DIR, same sounds")
    parser.add_argument("--utterances", type=int, default=7000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--width", type=int, default=256, help="size of the network's layers")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    given = parser.parse_args(arguments)
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {text}", flush=True)

    if given.graph_only and not (given.out / "am" / "final.mdl").is_file():
        parser.error(f"--graph-only: {given.out} holds no model; leave the option out to train one")
    if not given.graph_only:
        _train(given, say)
    kaldi.write_configuration(given.out)
    words, arcs = graph.write_graph(given.out)
    size = sum(f.stat().st_size for f in given.out.rglob("*") if f.is_file())
    say(f"{given.out}: {words} words, graph of {arcs} arcs, {size / 1e6:.2f} MB")
    return 0


def _train(given: argparse.Namespace, say: Callable[[str], None]) -> None:
    from recognizer.model_builder import network  # needs torch, which --graph-only does not

    features, labels = utterances.make(given.utterances, 1000, given.processes)
    say(f"{len(features)} utterances, {sum(map(len, features)) / 360000:.2f} h")
    data = utterances.windows(features, labels, network.CONTEXT)
    held_out = utterances.windows(*utterances.make(200, 10**7, given.processes), network.CONTEXT)
    layers = network.train(data, held_out, width=given.width, epochs=given.epochs, threads=given.processes, say=say)
    counts = np.bincount(data[1][data[1] >= 0].astype(int), minlength=units.PDFS).astype(np.float64) + 1
    kaldi.write_model(given.out, layers, (counts / counts.sum()) ** PRIOR_SCALE, network.CONTEXT)


if __name__ == "__main__":
    sys.exit(main())
