"""(m) How often texts are understood right, as written and misheard, and how long it takes.

Asked of the examples themselves, each by a classifier that learned from none of its neighbours, and of a file of
labelled texts that nobody learned from. The tables go into accuracy.md beside the results, the confusions into a
picture.
"""

import math
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from zhitong.settings import Settings, cache_folder, load_settings

MISHEARD = {"clean": 0.0, "15": 0.15, "30": 0.3}
"""Share of the characters that are misheard."""
FOLDS, NEIGHBOURS = 3, 10
"""Neighbours in their file were often written by one hand about one thing: they are held out together."""
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
    """Figures of part (m). labelled: a file of labelled texts. into: the folder for the tables and pictures."""
    settings = load_settings()
    taxonomy = load_taxonomy(settings.files.taxonomy)
    examples = _examples(settings, quick=quick)
    say(f"  (m) learning {FOLDS} times from {len(examples)} examples, each time without a part of them")
    folder = cache_folder(os.environ) / "bench" / "understanding"
    fold_of = {e.text: (i // NEIGHBOURS) % FOLDS for i, e in enumerate(examples)}
    held_out = [
        classifier_of([e for e in examples if fold_of[e.text] != fold], taxonomy.terms, folder=folder)
        for fold in range(FOLDS)
    ]
    spent: list[float] = []

    def by_others(example: Example, text: str) -> Request:
        began = time.perf_counter()
        request = understand(text, taxonomy=taxonomy, classifier=held_out[fold_of[example.text]])
        spent.append(time.perf_counter() - began)
        return request

    how = f"config/examples by classifiers that learned from none of their neighbours, {FOLDS} parts; same hands"
    sets = {"held_out": (examples, by_others, how)}
    if labelled is not None:
        classifier = shipped_classifier(settings, taxonomy, quick=quick)
        fresh = unlearned(load_labelled(labelled), settings)
        how = f"{len(fresh)} labelled texts that are in no example, by the classifier in force"
        sets["labelled"] = (
            fresh,
            lambda example, text: understand(text, taxonomy=taxonomy, classifier=classifier),
            how,
        )
    figures: list[Figure] = []
    pages: list[str] = []
    for name, (texts, asked, how) in sets.items():
        say(f"  (m) {name}: {len(texts)} texts, as written and misheard")
        verdicts = _verdicts(texts, asked)
        for noise, verdict in verdicts.items():
            say(f"    {name}.{noise}: " + "; ".join(str(one) for one in verdict.shares[:4]))
            figures += [_figure(f"m.{name}.{noise}", one, noise, how) for one in verdict.shares]
        pages.append(table(name, how, {noise: verdict.shares for noise, verdict in verdicts.items()}))
        if not quick:
            draw(confusions(texts, verdicts["clean"]), into / f"confusion-{name}.png")
    if not quick:
        (into / "accuracy.md").write_text("\n".join(["# How often texts are understood right", *pages]) + "\n")
    how = f"{len(spent)} decisions on the examples, one after the other, warm; without its evidence being shown"
    return [
        *figures,
        known("m.decision.p50", percentile(spent, 0.5) * 1000, "ms", how),
        at_most("m.decision.p99", percentile(spent, 0.99) * 1000, 20, "ms", how),
    ]


def shipped_classifier(settings: Settings, taxonomy: Taxonomy, *, quick: bool) -> Classifier:
    """What is learned from all examples, from the cache or now; in a quick run from a few of them."""
    folder = cache_folder(os.environ) / ("bench" if quick else "") / "understanding"
    return classifier_of(_examples(settings, quick=quick), taxonomy.terms, folder=folder)


def unlearned(examples: Sequence[Example], settings: Settings) -> tuple[Example, ...]:
    """Those that the classifier did not learn word for word."""
    learned = {e.text for e in load_examples(settings.files.examples)}
    return tuple(e for e in examples if e.text not in learned)


def _examples(settings: Settings, *, quick: bool) -> tuple[Example, ...]:
    return load_examples(settings.files.examples)[:: QUICKLY if quick else 1]


def _verdicts(texts: Sequence[Example], understood: Callable[[Example, str], Request]) -> dict[str, Verdict]:
    mishearing = Mishearing(e.text for e in texts)
    return {
        noise: judge(
            texts,
            lambda e, share=share: understood(e, mishearing.of(e.text, share, 7)),  # type: ignore[misc]
        )
        for noise, share in MISHEARD.items()
    }


def _figure(prefix: str, share: Share, noise: str, how: str) -> Figure:
    name = _NAMES.get(share.name, share.name)
    value, told = percent(share), f"{counted(share)}; {how}"
    if noise in _AT_LEAST.get(name, {}) and share.of:
        return at_least(f"{prefix}.{name}", value, _AT_LEAST[name][noise], "%", told)
    if noise in _AT_MOST.get(name, {}) and share.of:
        return at_most(f"{prefix}.{name}", value, _AT_MOST[name][noise], "%", told)
    return known(f"{prefix}.{name}", value, "%", told)


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
    lines = [f"\n## {name}\n", f"{how[0].upper()}{how[1:]}. In brackets right/asked and the 95 % interval (Wilson).\n"]
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
    picture.savefig(path, dpi=100)
