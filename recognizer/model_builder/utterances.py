"""What the model learns from: sentences of the domain and random syllables, spoken over random lines, with labels."""

import random
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from recognizer.model_builder import units, vocabulary, voice
from recognizer.model_builder.features import LENGTH, RATE, SHIFT, mfcc
from recognizer.model_builder.telephone import Wave, add_bursts, alaw, line, noise, random_band, resample

_VOICES = """m1 m2 m3 m5 m6 m7 m8 f1 f2 f3 f4 Alex Alicia Andy Annie Denis Diogo Gene2 Henrique Hugo Jacky Marco
 Mario Mike antonio aunty belinda benjamin boris caleb david ed edward grandpa john linda max miguel norbert pablo paul
 pedro quincy rob robert sandro shelby steph travis zac Nguyen klatt klatt2 adam anika"""
TRAINING_VOICES = _VOICES.split()
TEST_VOICES = ["m4", "f5", "victor", "Michael", "steph2"]
"""Never heard in training."""
SKIP = -100
"""Label of what must not be learnt from."""
EACH = 3
"""The network says something each third frame."""

Features = NDArray[np.float16]
Labels = NDArray[np.int16]


def _common_characters() -> list[str]:
    found = []
    for high in range(16, 56):
        for low in range(1, 95):
            try:
                found.append(bytes([high + 160, low + 160]).decode("gb2312"))
            except UnicodeDecodeError:
                continue  # a gap in the table
    return found


_CHARACTERS = _common_characters()


def random_text(rng: random.Random) -> str:
    """Nearly half sentences of the domain; the rest random characters, so that every syllable is heard everywhere."""
    if rng.random() < 0.45:
        text = "".join(vocabulary.sentence(rng))
        return text + ("，" + "".join(vocabulary.sentence(rng)) if rng.random() < 0.15 else "")
    return "".join(rng.choice(_CHARACTERS) + ("，" if rng.random() < 0.04 else "") for _ in range(rng.randint(3, 11)))


def make(count: int, seed: int, processes: int) -> tuple[list[Features], list[Labels]]:
    """About `count` utterances: features, and the state that sounds in each third frame. Same seed, same result.

    espeak-ng 1.51 crashes on some texts; the fifty utterances around such a one are left out.
    """
    parts = [list(range(seed + n, seed + min(n + 50, count))) for n in range(0, count, 50)]
    features: list[Features] = []
    labels: list[Labels] = []
    with ThreadPoolExecutor(processes) as threads:
        for some_features, some_labels in threads.map(_in_own_process, parts):
            features += some_features
            labels += some_labels
    if len(features) < 0.8 * count:
        raise RuntimeError(f"espeak-ng crashed on all but {len(features)} of {count} utterances: is it 1.51 or later?")
    return features, labels


def _in_own_process(seeds: list[int]) -> tuple[list[Features], list[Labels]]:
    """A fresh process per part: espeak-ng carries state from one utterance to the next."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        try:
            return process.submit(_part, seeds).result()
        except BrokenProcessPool:
            return [], []


def windows(features: list[Features], labels: list[Labels], context: int, outputs: int = 40) -> tuple[Features, Labels]:
    """Cut into windows of `outputs` labels with `context` frames on either side, edges repeated."""
    rows, targets = [], []
    size = EACH * (outputs - 1) + 1 + 2 * context
    for spoken, said in zip(features, labels, strict=True):
        spoken = np.concatenate(
            [np.repeat(spoken[:1], context, 0), spoken, np.repeat(spoken[-1:], context + EACH * outputs, 0)]
        )
        for at in range(0, len(said), outputs):
            target = np.full(outputs, SKIP, np.int16)
            target[: len(said[at : at + outputs])] = said[at : at + outputs]
            rows.append(spoken[EACH * at : EACH * at + size])
            targets.append(target)
    return np.stack(rows), np.stack(targets)


def _part(seeds: list[int]) -> tuple[list[Features], list[Labels]]:
    features: list[Features] = []
    labels: list[Labels] = []
    babble: Wave | None = None
    for seed in seeds:
        said, label, sound = _utterance(seed, babble)
        if babble is None or seed % 7 == 0:
            backwards: Wave = sound[::-1].astype(np.float64)
            backwards /= np.sqrt(np.mean(backwards**2)) + 1e-9
            if babble is None or len(babble) < RATE:
                babble = backwards
            else:
                babble = np.resize(babble, len(backwards)) * 0.7 + backwards
        features.append(said.astype(np.float16))
        labels.append(label)
    return features, labels


def _utterance(seed: int, babble: Wave | None) -> tuple[NDArray[np.float32], Labels, NDArray[np.int16]]:
    rng = random.Random(seed)
    if rng.random() < 0.10:
        quiet = _no_speech(rng)
        features = mfcc(quiet)
        return features, np.zeros((len(features) + EACH - 1) // EACH, np.int16), quiet
    while True:
        wave, spoken = voice.say(
            random_text(rng), rng.choice(["", *TRAINING_VOICES]), rng.randint(120, 240), rng.randint(20, 85),
            rng.randint(20, 80),
        )  # fmt: skip
        if len(wave) > 4000 and np.abs(wave).max() > 500:
            break
    speed = rng.uniform(0.9, 1.12) if rng.random() < 0.5 else 1.0
    scale = RATE / (voice.RATE * speed)
    sound = resample(wave.astype(np.float64), voice.RATE * speed, RATE, random_band(rng))
    before, after = int(RATE * rng.uniform(0.05, 0.7)), int(RATE * rng.uniform(0.1, 0.8))
    states = np.zeros(before + len(sound) + after + RATE, np.int16)
    for syllable in spoken:
        start, middle, end = (before + int(t * scale) for t in (syllable.start, syllable.final_start, syllable.end))
        if syllable.final is None:
            states[start:end] = SKIP
            continue
        if syllable.initial:
            states[start:middle] = units.FIRST_PDF[units.NUMBER[f"I{syllable.initial}"]]
        first = units.FIRST_PDF[units.NUMBER[f"F{syllable.final}"]]
        states[middle : (middle + end) // 2] = first
        states[(middle + end) // 2 : end] = first + 1
    heard = line(np.concatenate([np.zeros(before), sound, np.zeros(after)]), rng, babble)
    if rng.random() < 0.2:
        # Noises where nobody speaks are silence, however loud.
        whole = heard.astype(np.float64)
        first, last = (0, before) if rng.random() < 0.4 else (before + len(sound), len(whole))
        add_bursts(whole, rng, first, last)
        heard = alaw(whole)
    features = mfcc(heard)
    return features, states[np.arange(0, len(features), EACH) * SHIFT + LENGTH // 2], heard


def _no_speech(rng: random.Random) -> NDArray[np.int16]:
    count = int(RATE * rng.uniform(1, 4))
    chance = rng.random()
    if rng.random() < 0.5:
        sound = noise(count, rng, "white") * rng.choice([0, 1, 10, 50])
        add_bursts(sound, rng, 0, count)
        return alaw(sound)
    if chance < 0.2:
        return np.full(count, rng.choice([0, 8, -8, 0])).astype(np.int16)
    if chance < 0.4:
        hiss = noise(count, rng, "white") * rng.choice([1, 2, 5, 10])
        return alaw(hiss) if rng.random() < 0.6 else np.round(hiss).astype(np.int16)
    return alaw(noise(count, rng) * 32768 * 10 ** (rng.uniform(-60, -12) / 20))
