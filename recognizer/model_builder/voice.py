"""espeak-ng (its library) as the speaker: a wave, and which Mandarin syllable stands where in it.

The voice is `cmn-latn-pinyin`, never `cmn`: the latter of espeak-ng 1.51 spells most characters as English letters.
"""

import ctypes as c
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_INITIAL_OF = {
    "p": "b", "ph": "p", "m": "m", "f": "f", "t": "d", "th": "t", "n": "n", "l": "l", "k": "g", "kh": "k", "X": "h",
    "tS;": "j", "tS;h": "q", "S;": "x", "ts.": "zh", "ts.h": "ch", "s.": "sh", "z.": "r", "ts": "z", "tsh": "c",
    "s": "s",
}  # fmt: skip
# final = the ways espeak-ng writes it, parted by |
_SPELLINGS = [
    "a=A|a", "ai=ai", "an=a n|A n", "ang=A N|a N", "ao=Au", "ei=ei", "en=@ n", "eng=@ N", "e=@|o-", "er=@r", "i=i|j i",
    "iz=i[", "ir=i.", "ia=iA|j iA", "ie=iE|j iE", "iao=j Au", "iou=iou|j iou", "ian=iE n|j iE n", "in=i n|j i n",
    "iang=iA N|j iA N", "ing=i N|j i N", "o=o", "uo=uo|w o", "ou=ou", "ong=ong", "u=u|w u", "ua=ua|w A|w a",
    "uai=uai|w ai", "uei=uei|w ei", "uan=ua n|w a n|w A n", "uen=u@ n|w u@ n|w o- n", "uang=w A N|w a N|ua N",
    "ueng=w u@ N|u@ N", "v=y|; y", "ve=yE|; yE", "van=y& n|; y& n", "vn=y@ n|yi n|; y@ n", "iong=y N|u N|yu N",
]  # fmt: skip
_FINAL_OF = {way: name for line in _SPELLINGS for name, ways in [line.split("=")] for way in ways.split("|")}
INITIALS = sorted(set(_INITIAL_OF.values()))
FINALS = sorted(set(_FINAL_OF.values()))

RATE = 22050
"""Hz of espeak-ng's waves."""
_RESPELLED = {"贷款": "代款"}
"""What espeak-ng's own dictionary says wrongly (贷款: three syllables)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """One syllable as it was said; times are samples at RATE."""

    initial: str | None
    final: str | None
    """None when espeak-ng's sounds make no Mandarin syllable."""
    start: int
    final_start: int
    end: int


class _Id(c.Union):
    _fields_ = [("number", c.c_int), ("name", c.c_char_p), ("string", c.c_char * 8)]


class _Event(c.Structure):
    _fields_ = [
        ("type", c.c_int), ("uid", c.c_uint), ("text_position", c.c_int), ("length", c.c_int),
        ("audio_position", c.c_int), ("sample", c.c_int), ("user_data", c.c_void_p), ("id", _Id),
    ]  # fmt: skip


_CALLBACK = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(_Event))
_pcm: list[NDArray[np.int16]] = []
_sounds: list[tuple[int, str]] = []


@_CALLBACK
def _take(wave: Any, count: int, events: Any) -> int:
    if wave and count > 0:
        _pcm.append(np.ctypeslib.as_array(wave, (count,)).copy())
    n = 0
    while events[n].type != 0:
        if events[n].type == 7:  # espeakEVENT_PHONEME
            _sounds.append((events[n].sample, events[n].id.string.decode("utf8", "replace")))
        n += 1
    return 0


@cache
def _espeak() -> Any:
    library = c.CDLL("libespeak-ng.so.1")
    rate = library.espeak_Initialize(2, 0, None, 1)  # synchronous, with phoneme events
    if rate != RATE:
        raise RuntimeError(f"espeak-ng speaks at {rate} Hz, not {RATE}: install espeak-ng and its data")
    library.espeak_SetSynthCallback(_take)
    return library


def say(
    text: str, voice: str = "", rate: int = 170, pitch: int = 50, spread: int = 50
) -> tuple[NDArray[np.int16], list[Spoken]]:
    """The wave at RATE, and its syllables. `voice` is one of espeak-ng's variants; rate in words a minute."""
    library = _espeak()
    _pcm.clear()
    _sounds.clear()
    name = "cmn-latn-pinyin" + (f"+{voice}" if voice else "")
    if library.espeak_SetVoiceByName(name.encode()) != 0:
        raise ValueError(f"voice={voice!r}: espeak-ng has no such variant")
    for key, value in ((1, rate), (2, 100), (3, pitch), (4, spread)):
        library.espeak_SetParameter(key, value, 0)
    for wrong, right in _RESPELLED.items():
        text = text.replace(wrong, right)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
    wave = np.concatenate(_pcm) if _pcm else np.zeros(0, np.int16)
    return wave, _syllables(list(_sounds), len(wave))


def pronounce(word: str) -> list[tuple[str | None, str]]:
    """The syllables of a word. Raises ValueError when espeak-ng does not read it as one syllable a character."""
    _, spoken = say(word)
    found = [(s.initial, s.final) for s in spoken if s.final is not None]
    if len(found) != len(word) or len(spoken) != len(word):
        raise ValueError(f"word={word!r}: espeak-ng reads it as {spoken}")
    return found


def _syllables(sounds: list[tuple[int, str]], samples: int) -> list[Spoken]:
    """Group sounds into syllables; a pause is a gap."""
    sounds = sorted(sounds, key=lambda s: s[0])
    found: list[Spoken] = []
    current: list[tuple[int, str]] = []
    lead: int | None = None
    for at, name in sounds:
        if name.startswith("_"):
            if current:
                found.append(_syllable(current, lead, at))
                current = []
            lead = at if name == "_|" else None  # a closure belongs to the next syllable
        elif name.strip():
            current.append((at, name))
    if current:
        found.append(_syllable(current, lead, samples))
    return found


def _syllable(sounds: list[tuple[int, str]], lead: int | None, end: int) -> Spoken:
    names = [name for _, name in sounds]
    start = final_start = sounds[0][0]
    initial = None
    if names[0] in _INITIAL_OF and len(names) > 1:
        initial, names, final_start = _INITIAL_OF[names[0]], names[1:], sounds[1][0]
        start = lead if lead is not None else start
    return Spoken(initial=initial, final=_FINAL_OF.get(" ".join(names)), start=start, final_start=final_start, end=end)
