"""G.711 A-law, the sound of European and Chinese telephone lines: 8 bit at 8 kHz. Pure.

The curve is that of ITU-T G.711: sign, three bits of segment, four of place within it, every other bit inverted.
"""

import numpy as np
from numpy.typing import NDArray


def _decoding() -> NDArray[np.int16]:
    code = np.arange(256) ^ 0x55
    segment, place = (code >> 4) & 7, code & 15
    size = np.where(segment == 0, (place << 4) + 8, ((place << 4) + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


_LINEAR = _decoding()
_ORDER = np.argsort(_LINEAR)
_STEPS = _LINEAR[_ORDER].astype(np.int32)
_CODES = np.arange(256, dtype=np.uint8)[_ORDER]
_BORDERS = (_STEPS[1:] + _STEPS[:-1]) // 2
"""Between two neighbouring values: what lies at or below goes down."""


def encode(pcm: bytes) -> bytes:
    """16 bit linear sound to A-law, each sample to the nearest value."""
    samples = np.frombuffer(pcm, "<i2")
    return _CODES[np.searchsorted(_BORDERS, samples, side="left")].tobytes()


def decode(alaw: bytes) -> bytes:
    """A-law to 16 bit linear sound."""
    return _LINEAR[np.frombuffer(alaw, np.uint8)].astype("<i2").tobytes()
