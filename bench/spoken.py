"""(n) From the citizen's voice to the matter: spoken, through G.711 with noise, recognized, understood.

Told apart: sentences of the shipped small model's words (spoken.tsv), and requests as people put them, most words of
which that model does not know.
"""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from bench.figures import Figure, known
from bench.understanding import REQUESTS, counted, percent, shipped_classifier, unlearned
from ivr.softphone_audio import VOICES, speech
from recognizer.decoder import Decoder, DecoderSettings
from recognizer.examples import Example, load_labelled
from recognizer.judging import Share
from recognizer.microphone import FRAME_BYTES, listen
from recognizer.model import ModelInfo
from recognizer.model_builder.features import RATE
from recognizer.model_builder.telephone import alaw, noise, ulaw
from recognizer.request import Request
from recognizer.taxonomy import load_taxonomy
from recognizer.transcript import Utterance
from recognizer.understanding import understand
from zhitong.settings import load_settings
from zhitong.speech_model import speech_model

SPOKEN = Path(__file__).parent / "spoken.tsv"
"""Labelled sentences that hold no word but the shipped small model's."""
CODECS = {"alaw": alaw, "ulaw": ulaw}
NOISES = {"alaw": ("hum", "white", "babble"), "ulaw": ("white",)}
"""Mains and its overtones, hiss, five other voices. The second codec is to show whether it differs from the first."""
LEVELS = (20, 10, 5)
"""How many dB the noise is below the voice."""
LOUDNESS = -22.0
"""Of the voice, dBFS."""
LONGEST = 900.0
"""Seconds after which no further condition is begun: large models take long."""

Sound = NDArray[np.float64]
Noisy = tuple[str, float]
"""A kind of noise, and how many dB it is below the voice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What became of one sentence. unknown_share: of its syllables that no known word matches; None: nothing heard."""

    text: str
    unknown_share: float | None


def measure(say: Callable[[str], None], *, quick: bool, labelled: Path | None) -> list[Figure]:
    """Figures of part (n). labelled: requests as people put them."""
    settings = load_settings()
    taxonomy = load_taxonomy(settings.files.taxonomy)
    classifier = shipped_classifier(settings, taxonomy, quick=quick)
    read = partial(understand, taxonomy=taxonomy, classifier=classifier)
    model = speech_model(settings)
    sets = {"vocabulary": load_labelled(SPOKEN), "requests": load_labelled(labelled or REQUESTS)}
    figures: list[Figure] = []
    decoder = Decoder(DecoderSettings(model=model.path, streams=2, memory=settings.decoder.memory_mb << 20))
    decoder.start()
    until = time.monotonic() + LONGEST
    try:
        for name, labels in sets.items():
            asked = [e for e in unlearned(labels, settings) if e.intent == "request"][:: 25 if quick else 1]
            say(f"  (n) {len(asked)} sentences ({name}) spoken, and heard by {called(model)}")
            voices = [np.frombuffer(speech(e.text, voice=VOICES[i % len(VOICES)]), "<i2") for i, e in enumerate(asked)]
            how = f"{len(asked)} sentences by espeak-ng, {len(VOICES)} voices; {called(model)}"
            prefix = f"n.{model.kind}.{name}"
            figures.append(_matter(f"{prefix}.written", asked, [e.text for e in asked], read, how))
            for codec, noisy in _conditions():
                if time.monotonic() > until:
                    say(f"    {codec} {noisy} and what follows: left out, time is up")
                    break
                heard = _heard(decoder, [CODECS[codec](sound) for sound in lines(voices, noisy)])
                condition = f"{codec}.{noisy[0]}.{noisy[1]}dB" if noisy else f"{codec}.quiet"
                told = _told(f"{prefix}.{condition}", asked, heard, read, how)
                say(f"    {condition}: " + ", ".join(f"{f.name.split('.')[-1]} {f.value:g} %" for f in told))
                figures += told
    finally:
        decoder.stop()
    return figures


def _conditions() -> Iterator[tuple[str, Noisy | None]]:
    """Codecs, and with each first no noise, then each of its noises at each level."""
    for codec in CODECS:
        yield codec, None
        for noisy in product(NOISES[codec], LEVELS):
            yield codec, noisy


def _told(
    prefix: str, asked: Sequence[Example], heard: Sequence[Heard], read: Callable[[str], Request], how: str
) -> list[Figure]:
    shares = [one.unknown_share for one in heard if one.unknown_share is not None]
    unknown = sum(shares) / len(shares) if shares else math.nan
    edits = "1 less edits by characters said"
    return [
        _matter(prefix, asked, [one.text for one in heard], read, how),
        known(f"{prefix}.characters", 100 * characters_right(asked, heard), "%", f"{edits}; {how}"),
        known(f"{prefix}.unknown", 100 * unknown, "%", f"[unk] of the syllables heard; {how}"),
    ]


def _matter(
    prefix: str, asked: Sequence[Example], texts: Sequence[str], read: Callable[[str], Request], how: str
) -> Figure:
    matters = [read(text).matter for text in texts]
    right = sum(bool(m) and m in (e.code, e.alt_code) for m, e in zip(matters, asked, strict=True))
    share = Share(name="", right=right, of=len(asked))
    return known(f"{prefix}.matter", percent(share), "%", f"{counted(share)}; {how}")


def called(model: ModelInfo) -> str:
    """What a model is called in figures; never where it lies."""
    return "the shipped 556-word model: demo model, not capacity" if model.trial else f"model {model.path.name}"


def lines(voices: Sequence[NDArray[np.int16]], noisy: Noisy | None) -> Iterator[Sound]:
    """Each voice as it stands on the line before the codec, with this noise."""
    clean = [_levelled(voice) for voice in voices]
    for i, sound in enumerate(clean):
        if noisy is not None:
            kind, below = noisy
            hiss = _babble(clean, i, len(sound)) if kind == "babble" else noise(len(sound), random.Random(i), kind)
            sound = sound + hiss * 32768 * 10 ** ((LOUDNESS - below) / 20)
        yield np.clip(sound, -32768, 32767)


def _levelled(voice: NDArray[np.int16]) -> Sound:
    """At the usual loudness, by where it is audible; a moment of silence before and after."""
    sound = voice.astype(np.float64)
    audible = np.abs(sound) > 0.02 * np.abs(sound).max(initial=1.0)
    sound *= 32768 * 10 ** (LOUDNESS / 20) / (np.sqrt(np.mean(sound[audible] ** 2)) + 1e-9)
    return np.concatenate([np.zeros(int(0.3 * RATE)), sound, np.zeros(int(0.6 * RATE))])


def _babble(sounds: Sequence[Sound], i: int, count: int) -> Sound:
    """Five others, speaking on and on, at an RMS of 1."""
    others = [np.resize(sounds[(i + k) % len(sounds)], count) for k in (1, 2, 3, 5, 7)]
    mixed: Sound = np.sum(others, axis=0)
    return mixed / (np.sqrt(np.mean(mixed**2)) + 1e-9)


def _heard(decoder: Decoder, sounds: Sequence[NDArray[np.int16]]) -> list[Heard]:
    def hear(sound: NDArray[np.int16]) -> Heard:
        pcm = sound.astype("<i2").tobytes()
        frames = (pcm[n : n + FRAME_BYTES].ljust(FRAME_BYTES, b"\0") for n in range(0, len(pcm), FRAME_BYTES))
        found: list[Utterance] = []
        stream = decoder.open(deadline=60.0)
        try:
            listen(frames, stream, on_partial=lambda partial: None, on_final=found.append, last_word=60.0)
        finally:
            stream.close()
        sizes = [max(1, len(u.text)) for u in found]
        unknown = sum(u.unknown_share * size for u, size in zip(found, sizes, strict=True))
        return Heard(
            text="，".join(u.text for u in found if u.text), unknown_share=unknown / sum(sizes) if found else None
        )

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(hear, sounds))


def characters_right(said: Sequence[Example], heard: Sequence[Heard]) -> float:
    """1 less the edits from what was said to what was heard, by the characters said; never below 0."""
    pairs = [(e.text, one.text.replace("，", "")) for e, one in zip(said, heard, strict=True)]
    return max(0.0, 1 - sum(Levenshtein.distance(a, b) for a, b in pairs) / max(1, sum(len(a) for a, _ in pairs)))
