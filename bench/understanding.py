"""(m) How often texts are understood right, as written and misheard, and how long it takes.

Asked of a file of labelled texts that nobody learned from, and of the examples themselves, each by a classifier that
learned from none of its neighbours. The tables go into accuracy.md beside the results, the confusions into a picture.
"""

import math
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, at_least, at_most, known, percentile
from recognizer.classifier import Classifier
from recognizer.examples import Example, load_examples, load_labelled
from recognizer.judging import Share, Verdict, judge
from recognizer.learned import classifier_of
from recognizer.noise import Mishearing
from recognizer.request import Request
from recognizer.taxonomy import MATTER_CODES, Taxonomy, load_taxonomy
from recognizer.understanding import understand
from zhitong.settings import CHECKOUT, Settings, cache_folder, load_settings
from zhitong.understanding import learned_folder

REQUESTS = CHECKOUT / "tests" / "recorded" / "requests.tsv"
"""Requests as people put them, where no file of more is given."""
MISHEARD = {"clean": 0.0, "15": 0.15, "30": 0.3}
"""Share of the characters that are misheard."""
FOLDS, NEIGHBOURS = 3, 10
"""Neighbours in their file were often written by one hand about one thing: they are held out together. So that whole
things were never learned, which is harder than a call: no target is set to it."""
QUICKLY = 12
"""Of so many examples one counts in a quick run."""

_NAMES = {
    "事项": "matter",
    "事项在前两个里": "matter_top2",
    "类型": "type",
    "地点": "place",
    "红找到的": "red_recall",
    "说红说对的": "red_precision",
    "橙找到的": "orange_recall",
    "说橙说对的": "orange_precision",
    "黄找到的": "yellow_recall",
    "说黄说对的": "yellow_precision",
    "不是诉求的，听出来": "no_request",
    "诉求没听出来": "lost",
    "很有把握": "sure",
    "很有把握而且对": "sure_right",
}
_AT_LEAST = {
    "matter": {"clean": 85, "15": 80, "30": 70},
    "matter_top2": {"clean": 93},
    "type": {"clean": 85},
    "place": {"clean": 95, "15": 80},
    "red_recall": {"clean": 95},
    "red_precision": {"clean": 60},
    "orange_recall": {"clean": 80},
    "orange_precision": {"clean": 60},
    "no_request": {"clean": 90},
    "sure": {"clean": 40},
    "sure_right": {"clean": 90},
}
_AT_MOST = {"lost": {"clean": 5}}

Shares = Mapping[str, Sequence[Share]]
"""By MISHEARD."""


def measure(say: Callable[[str], None], *, quick: bool, labelled: Path | None, into: Path) -> list[Figure]:
    """Figures of part (m). labelled: a file of labelled texts; None: those of the project. into: the folder for the
    tables and pictures.
    """
    settings = load_settings()
    taxonomy = load_taxonomy(settings.files.taxonomy)
    figures: list[Figure] = []
    pages = ["# How often texts are understood right"]
    spent: list[tuple[float, float]] = []
    for asked in (
        _labelled(labelled or REQUESTS, settings, taxonomy, quick=quick),
        _held_out(say, settings, taxonomy, quick=quick),
    ):
        say(f"  (m) {asked.name}: {len(asked.texts)} texts, as written and misheard")
        verdicts = _verdicts(asked, taxonomy, spent)
        for noise, verdict in verdicts.items():
            say(f"    {asked.name}.{noise}: " + "; ".join(str(one) for one in verdict.shares[:4]))
            figures += [_figure(asked, noise, one) for one in verdict.shares]
        pages.append(table(asked.name, asked.how, {noise: verdict.shares for noise, verdict in verdicts.items()}))
        if not quick:
            draw(confusions(asked.texts, verdicts["clean"]), into / f"confusion-{asked.name}.png")
    if not quick:
        (into / "accuracy.md").write_text("\n".join(pages) + "\n", encoding="utf-8")
    how = f"{len(spent)} decisions with their evidence, one after the other"
    return [
        *figures,
        known("m.decision.p50", percentile((whole for whole, _ in spent), 0.5), "ms", how),
        at_most("m.decision.p99", percentile((whole for whole, _ in spent), 0.99), 20, "ms", how),
        known("m.decision.cpu.p99", percentile((own for _, own in spent), 0.99), "ms", f"{how}; CPU alone"),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """Texts, and which classifier is asked about each."""

    name: str
    texts: Sequence[Example]
    classifier: Callable[[Example], Classifier]
    how: str


def _labelled(path: Path, settings: Settings, taxonomy: Taxonomy, *, quick: bool) -> _Asked:
    texts = unlearned(load_labelled(path), settings)
    classifier = shipped_classifier(settings, taxonomy, quick=quick)
    how = f"{len(texts)} labelled texts that are in no example, by the classifier of all examples"
    return _Asked(name="labelled", texts=texts, classifier=lambda example: classifier, how=how)


def _held_out(say: Callable[[str], None], settings: Settings, taxonomy: Taxonomy, *, quick: bool) -> _Asked:
    texts = _examples(settings, quick=quick)
    say(f"  (m) learning {FOLDS} times from {len(texts)} examples, each time without a part of them")
    fold_of = {e.text: (i // NEIGHBOURS) % FOLDS for i, e in enumerate(texts)}
    classifiers = [
        classifier_of([e for e in texts if fold_of[e.text] != fold], taxonomy.terms, folder=_bench_folder())
        for fold in range(FOLDS)
    ]
    how = (
        f"{len(texts)} examples in {FOLDS} parts, each by a classifier that learned from none of its neighbours: "
        "harder than a call, for whole things were never learned"
    )
    return _Asked(name="held_out", texts=texts, classifier=lambda e: classifiers[fold_of[e.text]], how=how)


def shipped_classifier(settings: Settings, taxonomy: Taxonomy, *, quick: bool) -> Classifier:
    """What is learned from all examples, from the cache or now; in a quick run from a few of them."""
    folder = _bench_folder() if quick else learned_folder()
    return classifier_of(_examples(settings, quick=quick), taxonomy.terms, folder=folder)


def _bench_folder() -> Path:
    return cache_folder(os.environ) / "bench" / "understanding"


def unlearned(examples: Sequence[Example], settings: Settings) -> tuple[Example, ...]:
    """Those that the classifier did not learn word for word."""
    learned = {e.text for e in load_examples(settings.files.examples)}
    return tuple(e for e in examples if e.text not in learned)


def _examples(settings: Settings, *, quick: bool) -> tuple[Example, ...]:
    return load_examples(settings.files.examples)[:: QUICKLY if quick else 1]


def _verdicts(asked: _Asked, taxonomy: Taxonomy, spent: list[tuple[float, float]]) -> dict[str, Verdict]:
    """The verdict on each of MISHEARD. spent gets milliseconds of each decision: all of it, and of CPU."""
    mishearing = Mishearing(e.text for e in asked.texts)

    def understood(example: Example, share: float) -> Request:
        text, classifier = mishearing.of(example.text, share, 7), asked.classifier(example)
        began, used = time.perf_counter(), time.thread_time()
        request = understand(text, taxonomy=taxonomy, classifier=classifier)
        spent.append(((time.perf_counter() - began) * 1000, (time.thread_time() - used) * 1000))
        return request

    return {noise: judge(asked.texts, partial(understood, share=share)) for noise, share in MISHEARD.items()}


def _figure(asked: _Asked, noise: str, share: Share) -> Figure:
    question = _NAMES.get(share.name, share.name)
    name, value, told = f"m.{asked.name}.{noise}.{question}", percent(share), f"{counted(share)}; {asked.how}"
    if asked.name == "labelled" and share.of:
        if noise in _AT_LEAST.get(question, {}):
            return at_least(name, value, _AT_LEAST[question][noise], "%", told)
        if noise in _AT_MOST.get(question, {}):
            return at_most(name, value, _AT_MOST[question][noise], "%", told)
    return known(name, value, "%", told)


def percent(share: Share) -> float:
    """Of nothing: NaN."""
    return 100 * share.right / share.of if share.of else math.nan


def counted(share: Share) -> str:
    """Its counts and its interval in words."""
    low, high = share.interval
    return f"{share.right}/{share.of}, 95 % interval {low:.1%} to {high:.1%}"


def table(name: str, how: str, shares: Shares) -> str:
    """The shares of one set as a table of Markdown: a row a question, a column a noise."""
    heads = ["as written" if noise == "clean" else f"{noise} % misheard" for noise in shares]
    lines = [f"\n## {name}\n", f"{how}. In brackets right/asked and the 95 % interval (Wilson).\n"]
    lines += [f"| | {' | '.join(heads)} |", "|--" * (len(heads) + 1) + "|"]
    for row in zip(*shares.values(), strict=True):
        cells = [_NAMES.get(row[0].name, row[0].name), *map(_cell, row)]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append(f"\n![what was taken for what, as written](confusion-{name}.png)")
    return "\n".join(lines)


def _cell(share: Share) -> str:
    if not share.of:
        return "none"
    low, high = (100 * end for end in share.interval)
    return f"{share.right / share.of:.1%} ({share.right}/{share.of}; {low:.1f} to {high:.1f})"


def confusions(examples: Sequence[Example], verdict: Verdict) -> NDArray[np.int_]:
    """How often each matter (row) was taken for each (column; the last: for none), by the order of MATTER_CODES."""
    place = {code: i for i, code in enumerate(MATTER_CODES)}
    found = np.zeros((len(place), len(place) + 1), dtype=np.int_)
    labelled = Counter(e.code for e in examples if e.intent == "request")
    for code, i in place.items():
        found[i, i] = labelled[code]
    for code, taken_for, many in verdict.confusions:
        found[place[code], place[code]] -= many
        found[place[code], place.get(taken_for, -1)] += many
    return found


def draw(found: NDArray[np.int_], path: Path) -> None:
    """The confusions as a picture (.png or .svg): each row in percent of its matter's texts."""
    from matplotlib.figure import Figure as Picture  # here: it takes half a second, and other parts need it not

    shares = 100 * found / np.maximum(found.sum(axis=1, keepdims=True), 1)
    picture = Picture(figsize=(8, 7.6), layout="constrained")
    axes = cast(Any, picture.subplots())
    axes.imshow(np.sqrt(shares), cmap="Blues")  # the root: what is wrong is little, and it is what is looked for
    axes.set_xticks(range(found.shape[1]), [*MATTER_CODES, "none"])
    axes.set_yticks(range(found.shape[0]), [f"{c} ({n})" for c, n in zip(MATTER_CODES, found.sum(axis=1), strict=True)])
    axes.set(xlabel="understood as", ylabel="labelled (texts)", title="percent of each matter's texts")
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.5:
            axes.text(column, row, f"{share:.0f}", ha="center", va="center", color="w" if share > 40 else "k", size=8)
    picture.savefig(path, dpi=80)
