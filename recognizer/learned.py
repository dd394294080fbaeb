"""The classifier, kept in a folder: learned once for the same examples, words and code, then only read."""

import fcntl
import hashlib
import io
import json
import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

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

    Raises ExamplesError, and OSError if the folder cannot be written.
    """
    version = version_of(examples, terms)
    if (kept := kept_classifier(version, folder)) is not None:
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one learns; who wants the same meanwhile waits for it
        return kept_classifier(version, folder) or _learned(examples, terms, version=version, folder=folder)


def _learned(examples: Sequence[Example], terms: Sequence[Term], *, version: str, folder: Path) -> Classifier:
    from recognizer.training import learn  # here: scikit-learn takes a second to import, and only learning needs it

    classifier = learn(examples, terms, version=version)
    part = folder / f"{version}.{os.getpid()}.part"
    try:
        part.write_bytes(_written(classifier))
        part.replace(kept_path(version, folder))
    finally:
        part.unlink(missing_ok=True)
    _tidy(folder)
    return classifier


def kept_path(version: str, folder: Path) -> Path:
    """Where what was learned of this version lies, if it does."""
    return folder / f"{version}.npz"


def kept_classifier(version: str, *folders: Path) -> Classifier | None:
    """What was learned of this version, from the first of the folders that has it whole."""
    for folder in folders:
        path = kept_path(version, folder)
        if path.exists() and (kept := _read(path, version)) is not None:
            with suppress(OSError):
                os.utime(path)  # what is used stays longest
            return kept
    return None


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
        return _classifier(path, version)
    except (ValueError, KeyError, TypeError, EOFError, OSError, BadZipFile, zlib.error):
        return None


def _classifier(path: Path, version: str) -> Classifier:
    with np.load(path, allow_pickle=False) as kept:
        told: dict[str, Any] = json.loads(kept["told"].tobytes())
        arrays = {name: kept[name] for name in _ARRAYS}
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
