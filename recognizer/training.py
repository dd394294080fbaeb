"""Learning from the labelled examples and the words of the taxonomy. Takes scikit-learn; the same input gives the same.

Every example is learned as written and as it might be misheard (recognizer/noise.py); a word of the taxonomy is learned
as a short example of its matter, so that one added by the county counts. A linear support vector machine a question.
What their sums are worth as probabilities is fitted on examples that were held out, neighbours in their file together:
they were often written by the same hand about the same thing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from recognizer.classifier import QUESTIONS, Array, Classifier, Head, Library, Vocabulary, checksum
from recognizer.errors import ExamplesError
from recognizer.examples import Example
from recognizer.features import pieces
from recognizer.learned import Term
from recognizer.noise import Mishearing

_SHARES = (0.15, 0.3)
"""How much of each example is misheard in the copies that are learned besides."""
_STRICTNESS = 0.1
_FOLDS, _NEIGHBOURS = 3, 10
_JUDGED = 2
"""What the sums are worth is judged on the texts and the first copy: calls are misheard too."""
_SEEN = 2
"""A piece that fewer texts than this have is not learned."""


def learn(examples: Sequence[Example], terms: Sequence[Term], *, version: str = "") -> Classifier:
    """A classifier of these examples and terms. Well under a minute for ten thousand.

    Raises ExamplesError where a question has one answer only.
    """
    mishearing = Mishearing(e.text for e in examples)
    texts = [e.text for e in examples]
    for seed, share in enumerate(_SHARES):
        texts += [mishearing.of(e.text, share, seed) for e in examples]
    texts += [word for word, _ in terms]
    keys = [[[key for key, _, _ in block] for block in pieces(text)] for text in texts]
    vocabulary = _vocabulary(keys)
    rows = _matrix([vocabulary.vector(blocks) for blocks in keys], len(vocabulary))
    n = len(examples)
    heads, weights, first = {}, [], 0
    for question in QUESTIONS:
        asked = [question == "intent" or e.intent == "request" for e in examples]
        answers = np.array([getattr(e, question) if a else "" for e, a in zip(examples, asked, strict=True)])
        also = np.array([e.alt_code if question == "code" else "" for e in examples])
        more = np.array([_of_term(question, code) for _, code in terms], dtype=answers.dtype)
        head, columns = _head(question, rows, answers, also, more, first=first)
        heads[question] = head
        weights.append(columns)
        first += len(head.labels)
    return Classifier(
        version=version,
        vocabulary=vocabulary,
        weights=np.concatenate(weights, axis=1).astype(np.float16),
        heads=heads,
        library=Library(
            texts=tuple(e.text for e in examples),
            codes=tuple(e.code or e.intent for e in examples),
            starts=rows.indptr[:n].astype(np.int32),
            positions=rows.indices[: rows.indptr[n]].astype(np.int32),
            values=rows.data[: rows.indptr[n]].astype(np.float32),
        ),
    )


def _of_term(question: str, code: str) -> str:
    """What a word answers: its matter, and that it is a request; words of thanks are often no more than thanks."""
    return {"code": code, "intent": "" if code == "D4" else "request"}.get(question, "")


def _vocabulary(keys: Iterable[Iterable[Iterable[str]]]) -> Vocabulary:
    seen: Counter[str] = Counter()
    count = 0
    for blocks in keys:
        count += 1
        for block in blocks:
            seen.update(set(block))
    telling = {checksum(key): np.log((1 + count) / (1 + n)) + 1 for key, n in seen.items() if n >= _SEEN}
    ordered = sorted(telling)
    return Vocabulary(
        keys=np.array(ordered, dtype=np.uint32), telling=np.array([telling[k] for k in ordered], dtype=np.float32)
    )


def _matrix(vectors: Sequence[tuple[Array, Array]], width: int) -> csr_matrix:
    starts = np.concatenate([[0], np.cumsum([len(at) for at, _ in vectors])])
    positions = np.concatenate([at for at, _ in vectors])
    values = np.concatenate([value for _, value in vectors])
    return csr_matrix((values, positions, starts), shape=(len(vectors), width))


def _head(
    question: str, rows: csr_matrix, answers: Array, also: Array, more: Array, *, first: int
) -> tuple[Head, Array]:
    """The head of one question with the weights of its answers.

    rows: the examples, their misheard copies, the terms. answers, also: of each example, also the second one that would
    be right; empty: not asked. more: of each term.
    """
    n, copies = len(answers), 1 + len(_SHARES)
    place = np.arange(rows.shape[0])
    judged = (place < _JUDGED * n) | (place >= copies * n)
    every = np.concatenate([np.tile(answers, copies), more])
    fold = np.concatenate([np.tile((np.arange(n) // _NEIGHBOURS) % _FOLDS, copies), np.full(len(more), -1)])
    labels = np.array(sorted(set(every) - {""}))
    if len(labels) < 2:
        raise ExamplesError(f"例句里 {question} 只有 {'、'.join(labels) or '空的'}：至少要有两种才学得到区别")
    sums, right = [], []
    for held in range(_FOLDS):
        machine = _machine(rows, every, (every != "") & (fold != held) & judged)
        asked = np.flatnonzero((every != "") & (fold == held) & judged)
        weights, bias = _weights(machine, labels)
        sums.append(rows[asked] @ weights + bias)
        right.append((labels == every[asked][:, None]) | (labels == also[asked % n][:, None]))
    sharpness, offsets = _calibrated(
        np.concatenate(sums), np.concatenate(right), shifted=question in ("intent", "urgency")
    )
    weights, bias = _weights(_machine(rows, every, every != ""), labels)
    head = Head(
        labels=tuple(str(label) for label in labels),
        first=first,
        bias=bias.astype(np.float32),
        sharpness=sharpness,
        offsets=offsets.astype(np.float32),
    )
    return head, weights


def _machine(rows: csr_matrix, answers: Array, known: Array) -> LinearSVC:
    machine = LinearSVC(C=_STRICTNESS, class_weight="balanced", tol=1e-3, random_state=0)
    return machine.fit(rows[np.flatnonzero(known)], answers[known])


def _weights(machine: LinearSVC, labels: Array) -> tuple[Array, Array]:
    """Weights (pieces, labels) and bias. Of two answers the machine has but one side; one it never saw is ruled out."""
    own, bias = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:
        own, bias = np.concatenate([-own, own]), np.concatenate([-bias, bias])
    at = np.searchsorted(labels, machine.classes_)
    weights, every = np.zeros((own.shape[1], len(labels))), np.full(len(labels), -2.0)
    weights[:, at], every[at] = own.T, bias
    return weights, every


def _calibrated(sums: Array, right: Array, *, shifted: bool) -> tuple[float, Array]:
    """Sharpness and offsets under which the held-out answers were likeliest.

    right: which answers are, for each row. shifted: whether some answers are more usual; matters and types are
    equally so: the examples have as many of each as somebody wrote.
    """
    width = sums.shape[1]

    def unlikely(told: Array) -> float:
        scores = told[0] * sums + (told[1:] if shifted else 0.0)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances = (powers * right).sum(axis=1) / powers.sum(axis=1)
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    found = minimize(unlikely, np.concatenate([[2.0], np.zeros(width if shifted else 0)]), method="L-BFGS-B")
    return float(found.x[0]), np.array(found.x[1:]) if shifted else np.zeros(width)
