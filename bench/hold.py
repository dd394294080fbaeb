"""(d) Many calls held: memory per call, what stays behind, and whether recordings are whole."""

import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, at_most, known, percentile
from bench.processes import Usage
from bench.rig import Rig
from ivr.softphone_audio import tone
from recognizer.g711 import encode

RATE = 8000
WARM_UPS = 3
WINDOW = 160
"""Samples of one look at a recording: 20 ms."""
CITIZEN_HZ, OFFICIAL_HZ = 450.0, 700.0
"""Whole periods in 20 ms, so a look sees the same wherever it begins."""


def measure(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (d)."""
    return [*_held(say, quick=quick), *_recorded(say, quick=quick)]


def _held(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    calls, rate, hold, rounds = (10, 5, 5, 2) if quick else (300, 10, 60, 3)
    up: list[tuple[Usage, Usage]] = []
    left: list[tuple[Usage, Usage]] = []
    failures = 0
    with Rig(say=say) as rig:
        say(f"  (d) {calls} calls held {hold} s without caller RTP, {rounds} rounds")
        rig.load(rig.line, calls=5, rate=5)
        before = rig.asterisk(), rig.controller()
        # As many calls at once as later: what keeps its size (pools, caches, the arenas of malloc, which fill up over
        # several loads, a plain dialplan's more than ours) has it before growth is looked for.
        for _ in range(WARM_UPS):
            rig.load(rig.line, calls=calls, rate=rate, talk=calls / rate + 2.0)
            time.sleep(3.0)
        warm = rig.asterisk(), rig.controller()

        def look() -> None:
            time.sleep(rig.talk_begins + hold / 2)  # the last call is in its talk by now
            up.append((rig.asterisk(), rig.controller()))

        for _ in range(rounds):
            load = rig.load(rig.line, calls=calls, rate=rate, talk=calls / rate + hold, while_up=look)
            failures += 0 if load.clean else max(1, calls - load.citizens.good)
            time.sleep(3.0)
            left.append((rig.asterisk(), rig.controller()))
    how = f"{calls} calls in talks of at least {hold} s, begun {rate} a second, {rounds} rounds"
    figures = [at_most("d.held.failures", failures, 0, "calls", f"sipp exit codes and the hotline's records; {how}")]
    for n, name in enumerate(("asterisk", "controller")):
        per_call = (up[0][n].rss - before[n].rss) / calls / 1024
        growth = left[-1][n].rss / left[0][n].rss - 1
        figures += [
            known(f"d.memory.{name}", per_call, "KiB/call", f"RSS while {calls} are up less RSS before, first round"),
            known(f"d.rss.{name}.idle", before[n].rss / 2**20, "MiB", "RSS after five calls"),
            known(f"d.rss.{name}.warm", warm[n].rss / 2**20, "MiB", f"RSS after {WARM_UPS} times {calls} short calls"),
            known(f"d.rss.{name}", left[0][n].rss / 2**20, "MiB", "RSS after the first round"),
            at_most(f"d.rss_growth.{name}", growth * 100, 5.0, "%", f"RSS after round {rounds} against round 1; {how}"),
        ]
    return figures


def _recorded(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    calls, rate, hold = (5, 5, 8) if quick else (60, 10, 60)
    with Rig(say=say) as rig:
        say(f"  (d) {calls} calls held {hold} s with RTP both ways, recorded on two channels")
        sounds = []
        for name, hertz in (("citizen", CITIZEN_HZ), ("official", OFFICIAL_HZ)):
            sounds.append(rig.folder / f"{name}.alaw")
            sounds[-1].write_bytes(encode(tone(hertz, 2.0)))
        load = rig.load(rig.line, calls=calls, rate=rate, talk=calls / rate + hold, sound=(sounds[0], sounds[1]))
        rig.archived(120.0)
        files = sorted((rig.folder / "data" / "recordings").glob("*.wav"))
        sample = files[:: max(1, len(files) // 10)][:10]
        gaps = [longest_gap(_channels(path)) for path in sample]
        say(f"    longest gaps of {len(sample)} recordings: {', '.join(f'{gap * 1000:.0f}' for gap, _ in gaps)} ms")
    how = f"{calls} calls, {hold} s of tone both ways (sipp rtp_stream), ten recordings looked at in steps of 20 ms"
    seconds = min((talk for _, talk in gaps), default=0.0)
    return [
        at_most("d.rtp.failures", 0 if load.clean else max(1, calls - load.citizens.good), 0, "calls", how),
        at_most("d.rtp.longest_gap", max((gap * 1000 for gap, _ in gaps), default=1e6), 60, "ms", how),
        known("d.rtp.median_gap", percentile((gap * 1000 for gap, _ in gaps), 0.5), "ms", how),
        known("d.rtp.shortest_talk", seconds, "s", "the talk in the recordings that were looked at, the shortest one"),
        known("d.rtp.asterisk_cpu", load.asterisk_ms, "ms/call", how),
    ]  # fmt: skip


def _channels(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)


def longest_gap(sound: NDArray[np.int16], tones: Sequence[float] = (CITIZEN_HZ, OFFICIAL_HZ)) -> tuple[float, float]:
    """The longest stretch without its tone in either channel during the talk, and the length of the talk, in seconds.

    The talk lasts from the first to the last moment at which the official's tone (second channel) is there. Nothing
    at all found: a gap without end.
    """
    there = [_has_tone(sound[:, channel], hertz) for channel, hertz in enumerate(tones)]
    talk = np.flatnonzero(there[1])
    if len(talk) == 0:
        return float("inf"), 0.0
    longest = 0
    for channel in there:
        run = 0
        for present in channel[talk[0] : talk[-1] + 1]:
            run = 0 if present else run + 1
            longest = max(longest, run)
    return longest * WINDOW / RATE, (talk[-1] - talk[0] + 1) * WINDOW / RATE


def _has_tone(samples: NDArray[np.int16], hertz: float) -> NDArray[np.bool_]:
    looks = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(np.float64)
    turning = np.exp(-2j * np.pi * hertz / RATE * np.arange(WINDOW))
    strength = np.sqrt(2) * np.abs(looks @ turning) / WINDOW
    loudness = np.sqrt((looks**2).mean(axis=1))
    return (loudness > 200) & (strength > 0.8 * loudness)  # a voice has some of every tone, but is never one tone
