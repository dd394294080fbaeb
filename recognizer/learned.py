"""The classifier, kept in a folder: learned once for the same examples, words and code, then only read."""

import hashlib
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recognizer.classifier import Classifier, Head, Library, Vocabulary
from recognizer.examples import Example

Term = tuple[str, str]
"""A word, and the code of the matter that it tells."""

_KEPT = 4
"""How many classifiers stay in the folder: several checkouts and drafts may share it."""
_CODE = ("classifier", "features", "learned", "noise", "pinyin", "training")
_ARRAYS = ("keys", "telling", "weights", "starts", "positions", "values")


def classifier_of(examples: Sequence[Example], terms: Sequence[Term], *, folder: Path) -> Classifier:
    """What is learned from these, from `folder` if it is there; else learned (half a minute) and put there.

    Raises OSError if the folder cannot be written.
    """
    version = version_of(examples, terms)
    path = folder / f"{version}.npz"
    kept = _read(path, version) if path.exists() else None
    if kept is not None:
        return kept
    from recognizer.training import learn  # here: scikit-learn takes a second to import, and only learning needs it

    classifier = learn(examples, terms, version=version)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{version}.{os.getpid()}.part"
    part.write_bytes(_written(classifier))
    part.replace(path)
    _tidy(folder)
    return classifier


def _tidy(folder: Path) -> None:
    """Keep the newest few: of each change of an example one would be left."""
    kept = sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in kept[_KEPT:]:
        path.unlink(missing_ok=True)


def version_of(examples: Sequence[Example], terms: Sequence[Term]) -> str:
    """Tells what a classifier is learned from: examples, words and this code."""
    told = hashlib.sha256()
    for file in _CODE:
        told.update(Path(__file__).with_name(f"{file}.py").read_bytes())
    told.update(repr((tuple(examples), tuple(terms))).encode())
    return told.hexdigest()[:16]


def _written(classifier: Classifier) -> bytes:
    library, vocabulary = classifier.library, classifier.vocabulary
    told = {
        "texts": library.texts,
        "codes": library.codes,
        "heads": {
            question: {
                "labels": head.labels,
                "first": head.first,
                "sharpness": head.sharpness,
                "bias": head.bias.tolist(),
                "offsets": head.offsets.tolist(),
            }
            for question, head in classifier.heads.items()
        },
    }
    arrays = {
        "keys": vocabulary.keys,
        "telling": vocabulary.telling,
        "weights": classifier.weights,
        "starts": library.starts,
        "positions": library.positions,
        "values": library.values,
    }
    file = io.BytesIO()
    np.savez(file, told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8), **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _read(path: Path, version: str) -> Classifier | None:
    """What was kept; None if the file is damaged: then it is learned again."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            told: dict[str, Any] = json.loads(kept["told"].tobytes())
            arrays = {name: kept[name] for name in _ARRAYS}
    except (ValueError, KeyError, EOFError, OSError):
        return None
    return Classifier(
        version=version,
        vocabulary=Vocabulary(keys=arrays["keys"], telling=arrays["telling"]),
        weights=arrays["weights"],
        heads={
            question: Head(
                labels=tuple(head["labels"]),
                first=head["first"],
                bias=np.array(head["bias"], dtype=np.float32),
                sharpness=head["sharpness"],
                offsets=np.array(head["offsets"], dtype=np.float32),
            )
            for question, head in told["heads"].items()
        },
        library=Library(
            texts=tuple(told["texts"]),
            codes=tuple(told["codes"]),
            starts=arrays["starts"],
            positions=arrays["positions"],
            values=arrays["values"],
        ),
    )
