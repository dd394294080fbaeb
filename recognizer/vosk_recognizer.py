"""Streaming Vosk: sound in, partial text and utterances out. The only module that imports vosk.

Imported by the recognizer's own process alone, never by the controller.
"""

import json
from pathlib import Path
from typing import Any

import vosk

from recognizer.transcript import Partial, Utterance

SAMPLE_RATE = 8000
"""Hz; models made for 16 kHz resample by themselves."""
UNKNOWN = "[unk]"
_QUICKEST = 0.1
"""Seconds a syllable takes at the quickest; a word made of less (mostly 二, of 0.09 s) was a knock or a cough."""

_FADING, _FADES = "按", 0.25
"""What the small model makes of a last vowel that fades away, and seconds that it lasts at most: the word takes more
where it ends a sentence."""


def load(path: Path) -> Any:
    """The Vosk model in folder `path`, shared by all recognizers. Raises what vosk raises: a bare Exception."""
    vosk.SetLogLevel(-1)
    return vosk.Model(str(path))


class VoskRecognizer:
    """One speaker's stream. Times are seconds since its first sample, over all its utterances."""

    def __init__(self, model: Any) -> None:
        self._recognizer = vosk.KaldiRecognizer(model, SAMPLE_RATE)
        self._recognizer.SetWords(True)

    def accept(self, pcm: bytes) -> Utterance | None:
        """Take sound (16 bit, 8 kHz, mono); an Utterance when the model's own endpoint rule says one ended."""
        return utterance_of(json.loads(self._recognizer.Result())) if self._recognizer.AcceptWaveform(pcm) else None

    def partial(self) -> Partial:
        """What stands so far of the utterance being spoken."""
        return partial_of(json.loads(self._recognizer.PartialResult()))

    def finish(self) -> Utterance | None:
        """End the utterance being spoken, and return it; the stream may go on with the next."""
        return utterance_of(json.loads(self._recognizer.FinalResult()))


def partial_of(result: dict[str, Any]) -> Partial:
    """Vosk's partial result without spaces and unknown words."""
    words = result.get("partial", "").split()
    return Partial(text=_text(words), unknown=words.count(UNKNOWN))


def utterance_of(result: dict[str, Any]) -> Utterance | None:
    """Vosk's final result as an Utterance; None when nobody spoke (silence, a knock)."""
    words: list[dict[str, Any]] = result.get("result", [])
    if len(words) > 1 and words[-1]["word"] == _FADING and words[-1]["end"] - words[-1]["start"] < _FADES:
        words = words[:-1]
    if not words:
        return None
    text = _text([w["word"] for w in words])
    unknown = sum(w["word"] == UNKNOWN for w in words)
    if sum(w["end"] - w["start"] for w in words) < _QUICKEST * (unknown + len(text)):
        return None
    return Utterance(
        text=text,
        started_at=float(words[0]["start"]),
        ended_at=max(float(words[0]["start"]), float(words[-1]["end"])),
        unknown_share=unknown / (unknown + len(text)),
    )


def _text(words: list[str]) -> str:
    """Chinese words run together; a space stays between words of Latin letters."""
    text = ""
    for word in words:
        if word == UNKNOWN:
            continue
        both_latin = text[-1:].isascii() and text and word[:1].isascii()
        text += f" {word}" if both_latin else word
    return text
