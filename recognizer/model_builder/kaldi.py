"""The files Vosk reads: Kaldi's binary nnet3 model and its configuration."""

import math
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recognizer.model_builder import features, units

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]

_MFCC_CONF = f"""--use-energy=false
--sample-frequency={features.RATE}
--num-mel-bins={features.BINS}
--num-ceps={features.BINS}
--low-freq={features.LOW:g}
--high-freq={features.HIGH:g}
--dither=0
--allow-upsample=true
--allow-downsample=true
"""
# An utterance ends after 0.5 s of silence if it can end there (rule 2), 1 s if it rather cannot, 2 s in any case.
_MODEL_CONF = """--min-active=200
--max-active=2000
--beam=12
--lattice-beam=4
--acoustic-scale=0.8
--frame-subsampling-factor=3
--frames-per-chunk=21
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=1.0
--endpoint.rule4.min-trailing-silence=2.0
"""


class _Out:
    """Kaldi's binary notation."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        file.write(b"\0B")

    def token(self, *tokens: str) -> None:
        for token in tokens:
            self.file.write(token.encode() + b" ")

    def integers(self, *values: int) -> None:
        for value in values:
            self.file.write(b"\x04" + struct.pack("<i", value))

    def single(self, value: float) -> None:
        self.file.write(b"\x04" + struct.pack("<f", value))

    def double(self, value: float) -> None:
        self.file.write(b"\x08" + struct.pack("<d", value))

    def integer_vector(self, values: ArrayLike) -> None:
        array = np.asarray(values, "<i4")
        self.file.write(b"\x04" + struct.pack("<i", len(array)) + array.tobytes())

    def vector(self, values: ArrayLike) -> None:
        array = np.asarray(values, "<f4")
        self.token("FV")
        self.integers(len(array))
        self.file.write(array.tobytes())

    def matrix(self, values: NDArray[np.float32]) -> None:
        """Two bytes a weight ("CM2"); Kaldi reads it as any matrix."""
        low, span = float(values.min()), float(values.max() - values.min())
        self.token("CM2")
        self.file.write(struct.pack("<ffii", low, span, *values.shape))
        self.file.write(np.round((values - low) / span * 65535).astype("<u2").tobytes())


def write_configuration(folder: Path) -> None:
    """conf/mfcc.conf and conf/model.conf."""
    (folder / "conf").mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "mfcc.conf").write_text(_MFCC_CONF)
    (folder / "conf" / "model.conf").write_text(_MODEL_CONF)


def write_model(folder: Path, layers: list[Layer], priors: NDArray[np.float64], context: int) -> None:
    """am/final.mdl: the transition model and the network."""
    (folder / "am").mkdir(parents=True, exist_ok=True)
    with open(folder / "am" / "final.mdl", "wb") as file:
        out = _Out(file)
        _transitions(out)
        _network(out, layers)
        out.token("<LeftContext>")
        out.integers(context)
        out.token("<RightContext>")
        out.integers(context)
        out.token("<Priors>")
        out.vector(priors)


def _transitions(out: _Out) -> None:
    phones = range(1, units.PHONES + 1)
    out.token("<TransitionModel>", "<Topology>")
    out.integer_vector(list(phones))
    out.integer_vector([-1] + [units.STATES[units.unit_of(p)] - 1 for p in phones])
    out.integers(2)  # two shapes: one state, and two from left to right
    for count in (1, 2):
        out.integers(count + 1)
        for state in range(count):
            out.integers(state, 2, state)
            out.single(0.5)
            out.integers(state + 1)
            out.single(0.5)
        out.integers(-1, 0)
    out.token("</Topology>", "<Triples>")
    out.integers(len(units.TRANSITION_STATES))
    for phone, state in units.TRANSITION_STATES:
        out.integers(phone, state, units.FIRST_PDF[units.unit_of(phone)] + state)
    out.token("</Triples>", "<LogProbs>")
    out.vector([0.0] + [math.log(0.5)] * (2 * len(units.TRANSITION_STATES)))
    out.token("</LogProbs>", "</TransitionModel>")


def _network(out: _Out, layers: list[Layer]) -> None:
    lines = [f"input-node name=input dim={features.BINS}"]
    below = "input"
    for n in range(len(layers) - 1):
        reach, name = 1 if n < 2 else 3, f"tdnn{n}"
        lines += [
            f"component-node name={name}.affine component={name}.affine "
            f"input=Append(Offset({below}, -{reach}), {below}, Offset({below}, {reach}))",
            f"component-node name={name}.relu component={name}.relu input={name}.affine",
        ]
        below = f"{name}.relu"
    lines += [
        f"component-node name=output.affine component=output.affine input={below}",
        "component-node name=output.log-softmax component=output.log-softmax input=output.affine",
        "output-node name=output input=output.log-softmax objective=linear",
    ]
    out.token("<Nnet3>")
    out.file.write(("\n" + "\n".join(lines) + "\n\n").encode())
    out.token("<NumComponents>")
    out.integers(2 * len(layers))
    for n, (weights, bias) in enumerate(layers):
        last = n == len(layers) - 1
        out.token("<ComponentName>", "output.affine" if last else f"tdnn{n}.affine")
        out.token("<FixedAffineComponent>", "<LinearParams>")
        out.matrix(weights)
        out.token("<BiasParams>")
        out.vector(bias)
        out.token("</FixedAffineComponent>")
        kind = "LogSoftmaxComponent" if last else "RectifiedLinearComponent"
        out.token("<ComponentName>", "output.log-softmax" if last else f"tdnn{n}.relu")
        out.token(f"<{kind}>", "<Dim>")
        out.integers(len(bias))
        for empty in ("<ValueAvg>", "<DerivAvg>"):
            out.token(empty)
            out.vector([])
        out.token("<Count>")
        out.double(0.0)
        out.token(f"</{kind}>")
    out.token("</Nnet3>")
