"""What a call's process and the recognizer's process say to each other about one stream. Pure.

One packet is one message. To the recognizer: b"S" + sound, b"F" (finish). From it, one JSON object each:
{"open": true}, {"partial": …, "unknown": n}, {"utterance": {…}}, {"done": true}.
"""

import json
from dataclasses import asdict
from typing import Any, Literal

from recognizer.transcript import Partial, Utterance

PACKET = 65536
"""Bytes of the largest packet either side sends."""
SOUND, FINISH = b"S", b"F"
Said = Partial | Utterance | Literal["open", "done"]


def packed(said: Said) -> bytes:
    """A packet from the recognizer."""
    match said:
        case Partial():
            return _json(partial=said.text, unknown=said.unknown)
        case Utterance():
            return _json(utterance=asdict(said))
        case _:
            return _json(**{said: True})


def unpacked(packet: bytes) -> Said:
    """The inverse of `packed`. Raises ValueError or KeyError for anything else."""
    said: dict[str, Any] = json.loads(packet)
    if "partial" in said:
        return Partial(text=said["partial"], unknown=said["unknown"])
    if "utterance" in said:
        return Utterance(**said["utterance"])
    return "open" if said.get("open") else "done"


def _json(**said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()
