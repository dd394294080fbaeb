"""(a) The same load on the plain dialplan and on the hotline: failures, Asterisk's CPU per call, the highest rate."""

from collections.abc import Callable

from bench.figures import Figure, at_least, at_most, known, median
from bench.rig import PLAIN, Load, Rig

RATE, SECONDS = 40, 60
CLIMB = (20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 90, 100, 110, 120, 140, 160, 180, 200, 240)
CLIMB_SECONDS = 10


def measure(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (a)."""
    rate, seconds, rounds = (8, 3, 1) if quick else (RATE, SECONDS, 3)
    with Rig(say=say) as rig:
        say(f"  (a) {rate} calls/s for {seconds} s on each")
        for number in (PLAIN, rig.line):  # what is made once is made before anything is counted
            rig.load(number, calls=10, rate=5)
        plain = rig.load(PLAIN, calls=rate * seconds, rate=rate)
        hotline = rig.load(rig.line, calls=rate * seconds, rate=rate)
        say(f"  (a) the highest failure-free rate, {rounds} × {CLIMB_SECONDS} s a step")
        highest: dict[str, list[float]] = {PLAIN: [], rig.line: []}
        for _ in range(rounds):
            for number, found in highest.items():
                found.append(_highest(rig, number, quick=quick, start=median(found) if found else 0))
                say(f"    highest failure-free rate of {'plain' if number == PLAIN else 'hotline'}: {found[-1]:g}/s")
    how = f"sipp, {rate} calls/s for {seconds} s, no caller RTP, both on one Asterisk one after the other"
    failed = f"failed by sipp's exit code or count, or without a talk in the hotline's records; {how}"
    cpu = f"utime+stime of Asterisk; {how}"
    climbs = f"median of {rounds} climbs in steps of {CLIMB_SECONDS} s"
    top_plain, top = median(highest[PLAIN]), median(highest[rig.line])
    return [
        at_most("a.failures.plain", _failures(plain), 0, "calls", failed),
        at_most("a.failures.hotline", _failures(hotline), 0, "calls", failed),
        known("a.asterisk_cpu.plain", plain.asterisk_ms, "ms/call", cpu),
        known("a.asterisk_cpu.hotline", hotline.asterisk_ms, "ms/call", cpu),
        at_most("a.asterisk_cpu.ratio", hotline.asterisk_ms / plain.asterisk_ms, 1.25, "×", how),
        known("a.controller_cpu", hotline.controller_ms, "ms/call", f"controller with its children; {how}"),
        known("a.highest_rate.plain", top_plain, "calls/s", climbs),
        known("a.highest_rate.hotline", top, "calls/s", climbs),
        at_least("a.highest_rate.ratio", top / top_plain, 0.8, "×", f"{climbs}; controller and sipp on the same cores"),
    ]


def _failures(load: Load) -> float:
    if load.clean:
        return 0
    return max(1, load.calls - load.citizens.good, load.citizens.failed, load.officials.failed)


def _highest(rig: Rig, number: str, *, quick: bool, start: float) -> float:
    """Climb until a step fails (twice: one hiccup of the machine is none of the hotline's); the last clean rate."""
    if quick:
        return 8.0 if rig.load(number, calls=16, rate=8).clean else 0.0
    steps = [rate for rate in CLIMB if rate >= 0.8 * start]
    best = 0.0
    for rate in steps:
        calls = rate * CLIMB_SECONDS
        if not (rig.load(number, calls=calls, rate=rate).clean or rig.load(number, calls=calls, rate=rate).clean):
            break
        best = float(rate)
    return best
