"""The decoding graph HCLG, made directly: a bigram of word classes, a prefix tree per class, the sounds' states.

Any syllable that fits no word is `[unk]`, at a price.
"""

import math
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recognizer.model_builder import units, vocabulary, voice
from recognizer.model_builder.units import Syllable

UNKNOWN = "[unk]"
_SENTENCES = 60000
"""So many sampled sentences give the bigram."""
_BACKOFF = 0.2
"""Chance that any class follows any other."""
_SILENCE_COST = 1.0
_UNKNOWN_COSTS = (4.0, 7.0)
"""For going over to unknown syllables, and for each of them."""
_ALSO_SAID: dict[str, list[Syllable]] = {"贷款": [("d", "ai"), ("k", "uan"), ("k", "uan")]}
"""How espeak-ng itself reads a word wrongly; tests speak with it."""


class Fst:
    """A transducer; state 0 is the start."""

    def __init__(self) -> None:
        self.arcs: list[list[tuple[int, int, float, int]]] = []
        self.final: list[float] = []

    def state(self) -> int:
        """A new state."""
        self.arcs.append([])
        self.final.append(math.inf)
        return len(self.arcs) - 1

    def arc(self, source: int, target: int, *, input: int = 0, output: int = 0, cost: float = 0.0) -> None:
        """From one state to another."""
        self.arcs[source].append((input, output, cost, target))

    def states_of(self, source: int, unit: int, position: str, output: int = 0, cost: float = 0.0) -> int:
        """Append a sound's states after `source`, each with its loop; returns the last."""
        for n in range(units.STATES[unit]):
            target = self.state()
            step = units.transition(unit, position, n, loop=False)
            self.arc(source, target, input=step, output=output if n == 0 else 0, cost=cost if n == 0 else 0.0)
            self.arc(target, target, input=units.transition(unit, position, n, loop=True))
            source = target
        return source

    def write(self, path: Path) -> None:
        """In OpenFst's binary form, type const, standard arcs."""
        with open(path, "wb") as file:
            file.write(struct.pack("<i", 2125659606))
            for word in (b"const", b"standard"):
                file.write(struct.pack("<i", len(word)) + word)
            count = sum(map(len, self.arcs))
            file.write(struct.pack("<iiQqqq", 2, 0, 0x1, 0, len(self.arcs), count))
            at = 0
            for arcs, final in zip(self.arcs, self.final, strict=True):
                silent_in, silent_out = sum(a[0] == 0 for a in arcs), sum(a[1] == 0 for a in arcs)
                file.write(struct.pack("<fIIII", final, at, len(arcs), silent_in, silent_out))
                at += len(arcs)
            for arcs in self.arcs:
                for arc in sorted(arcs):
                    file.write(struct.pack("<iifi", *arc))


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """Words, how they sound, and which class may follow which. A plain word of a template is a class of its own."""

    sounds: dict[str, list[list[Syllable]]]
    members: dict[str, list[str]]
    following: dict[str, dict[str, int]]
    share: dict[str, float]


def write_graph(folder: Path) -> tuple[int, int]:
    """graph/: HCLG.fst, words.txt, phones.txt, phones/word_boundary.int. Returns how many words and arcs."""
    language = _language()
    numbers = {word: n for n, word in enumerate(language.sounds, 1)}
    numbers[UNKNOWN] = len(numbers) + 1
    graph = _graph(language, numbers)
    (folder / "graph" / "phones").mkdir(parents=True, exist_ok=True)
    graph.write(folder / "graph" / "HCLG.fst")
    words = "".join(f"{word} {n}\n" for word, n in {"<eps>": 0, **numbers}.items())
    (folder / "graph" / "words.txt").write_text(words, encoding="utf-8")
    kinds = ["begin", "end", "internal", "singleton"]
    phones = range(2, units.PHONES + 1)
    borders = "1 nonword\n" + "".join(f"{p} {kinds[(p - 2) % 4]}\n" for p in phones)
    (folder / "graph" / "phones" / "word_boundary.int").write_text(borders)
    names = "".join(f"{units.NAMES[units.unit_of(p)]}_{units.POSITIONS[(p - 2) % 4]} {p}\n" for p in phones)
    (folder / "graph" / "phones.txt").write_text("<eps> 0\nSIL 1\n" + names)
    return len(numbers), sum(map(len, graph.arcs))


def _language() -> Language:
    sounds = {}
    for word in vocabulary.vocabulary():
        sounds[word] = [voice.pronounce(word)]
        for part, said in _ALSO_SAID.items():
            if part in word:
                at = word.index(part)
                sounds[word].append(sounds[word][0][:at] + said + sounds[word][0][at + len(part) :])
    following: dict[str, dict[str, int]] = {}
    counts: dict[str, int] = {}
    rng = random.Random(5)
    for _ in range(_SENTENCES):
        said_classes = vocabulary.class_sentence(rng)
        for one, next_one in zip(["<s>", *said_classes], [*said_classes, "</s>"], strict=True):
            following.setdefault(one, {}).setdefault(next_one, 0)
            following[one][next_one] += 1
            counts[next_one] = counts.get(next_one, 0) + 1
    members = {f"<{name}>": words for name, words in vocabulary.CLASSES.items()}
    placed = {*counts, *(w for words in members.values() for w in words)}
    members["<REST>"] = [w for w in sounds if w not in placed]
    for name in [*counts, "<REST>"]:
        if name != "</s>":
            members.setdefault(name, [name])
            counts.setdefault(name, 50)
    total = sum(counts.values())
    share = {
        name: 0.5 * count / total + 0.5 * len(members.get(name, [name])) / len(sounds) for name, count in counts.items()
    }
    whole = sum(share.values())
    following["<s>"]["</s>"] = int(0.1 * sum(following["<s>"].values()))  # silence alone is an utterance too
    return Language(sounds=sounds, members=members, following=following, share={n: s / whole for n, s in share.items()})


def _graph(language: Language, numbers: dict[str, int]) -> Fst:
    graph = Fst()
    start = graph.state()
    enter = {name: graph.state() for name in language.members}
    leave = {name: graph.state() for name in language.members}
    unknown_in, unknown_out = graph.state(), graph.state()

    def after_silence(source: int) -> int:
        target = graph.state()
        graph.arc(source, target)
        graph.arc(graph.states_of(source, 0, "S", cost=_SILENCE_COST), target)
        return target

    _class_bigram(graph, language, start, enter, leave, (unknown_in, unknown_out), after_silence)
    for name, words in language.members.items():
        _prefix_tree(graph, enter[name], leave[name], words, language.sounds, numbers)
    _any_syllable(graph, unknown_in, unknown_out, numbers[UNKNOWN])
    return graph


def _class_bigram(
    graph: Fst,
    language: Language,
    start: int,
    enter: dict[str, int],
    leave: dict[str, int],
    unknown: tuple[int, int],
    after_silence: Callable[[int], int],
) -> None:
    """After each class perhaps silence, then the next class, the end, any class at all, or unknown syllables."""
    anything = graph.state()
    for name in language.members:
        graph.arc(anything, enter[name], cost=-math.log(language.share[name]))
    for source, name in [(start, "<s>"), *((leave[n], n) for n in language.members), (unknown[1], UNKNOWN)]:
        here = after_silence(source)
        follows = language.following.get(name, {})
        seen = float(sum(follows.values()))
        backoff = _BACKOFF if seen else 1.0
        graph.final[here] = -math.log(0.02)
        for next_name, count in sorted(follows.items()):
            cost = -math.log((1 - backoff) * count / seen)
            if next_name == "</s>":
                graph.final[here] = cost
            else:
                graph.arc(here, enter[next_name], cost=cost)
        graph.arc(here, anything, cost=-math.log(backoff))
        graph.arc(here, unknown[0], cost=_UNKNOWN_COSTS[0])


def _prefix_tree(
    graph: Fst,
    root: int,
    leave: int,
    words: list[str],
    sounds: dict[str, list[list[Syllable]]],
    numbers: dict[str, int],
) -> None:
    nodes: dict[tuple[tuple[int, str], ...], int] = {(): root}
    choice = math.log(len(words)) if words else 0.0
    for word in sorted(words):
        for syllables in sounds[word]:
            phones = units.word_phones(syllables)
            for n, (unit, position) in enumerate(phones):
                before, here = tuple(phones[:n]), tuple(phones[: n + 1])
                cost = choice if n == 0 else 0.0
                if n == len(phones) - 1:  # the last sound carries the word and leaves the tree
                    graph.arc(graph.states_of(nodes[before], unit, position, numbers[word], cost), leave)
                elif here not in nodes:
                    nodes[here] = graph.states_of(nodes[before], unit, position, 0, cost)


def _any_syllable(graph: Fst, source: int, target: int, label: int) -> None:
    middle, cost = graph.state(), _UNKNOWN_COSTS[1]
    for unit in range(1, len(units.NAMES)):
        if unit <= len(voice.INITIALS):
            graph.arc(graph.states_of(source, unit, "B", 0, cost), middle)
        else:
            graph.arc(graph.states_of(source, unit, "S", label, cost + 0.5), target)
            graph.arc(graph.states_of(middle, unit, "E", label), target)
