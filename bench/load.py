"""(a) The same load on the plain dialplan and on the hotline: failures, Asterisk's CPU per call, the highest rate."""

from collections.abc import Callable, Generator, Iterator
from statistics import fmean

from bench.figures import Figure, at_least, at_most, known, median
from bench.rig import MOST_TAKEN, PLAIN, Load, Rig

RATE, SECONDS = 40, 60
LOWEST, HIGHEST = 30, 72
"""Calls a second that each carries, and that neither does, with Asterisk on a core of its own."""
STEP = 2
"""Calls a second: how finely is searched."""
STEP_SECONDS = 60
"""A call lasts fourteen seconds: in a third of this a line that cannot keep up has not yet fallen behind."""
CHEAPER = 1.2
"""So much less a call costs where the line is at its limit: many waits end together."""

Search = Generator[int, bool, float]


def measure(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (a)."""
    rate, seconds, rounds, step = (8, 3, 1, 3) if quick else (RATE, SECONDS, 3, STEP_SECONDS)
    with Rig(say=say) as rig:
        say(f"  (a) {rate} calls/s for {seconds} s on each")
        for number in (PLAIN, rig.line):  # what is made once is made before anything is counted
            rig.load(number, calls=10, rate=5)
        loads: dict[str, list[Load]] = {PLAIN: [], rig.line: []}
        for number in (PLAIN, rig.line) if quick else (PLAIN, rig.line, rig.line, PLAIN):
            loads[number].append(rig.undisturbed(number, calls=rate * seconds, rate=rate))
        say(f"  (a) the highest failure-free rate, Asterisk on a core of its own, {rounds} times")
        highest: dict[str, list[float]] = {PLAIN: [], rig.line: []}
        low, high = (8, 10) if quick else (LOWEST, HIGHEST)
        # The first searches begin at what the CPU of one core would last for, the others at what was found.
        core = {n: CHEAPER * 1000 / fmean(load.asterisk_ms for load in some) for n, some in loads.items()}
        with rig.apart():
            for _ in range(rounds):
                searches = {
                    n: search(low, high, about=median(found) if found else core[n]) for n, found in highest.items()
                }
                for number, best in in_turn(searches, lambda number, rate: _holds(rig, number, rate, step)):
                    rig.say(f"    highest failure-free rate of {'plain' if number == PLAIN else 'hotline'}: {best:g}/s")
                    highest[number].append(best)
    turns = "twice each (plain, hotline, hotline, plain)"
    how = f"sipp, {rate} calls/s for {seconds} s, {turns}, no caller RTP; again if {MOST_TAKEN:.0%} is stolen"
    failed = f"failed by sipp's exit code or count, or without a talk in the hotline's records; {how}"
    cpu = f"utime+stime of Asterisk; {how}"
    of_its_own = (
        f"median of {rounds} searches in steps of {STEP_SECONDS} s; Asterisk on a core of its own, controller and sipp "
        "on the others (ADR 0068)"
    )
    top_plain, top = median(highest[PLAIN]), median(highest[rig.line])
    plain, hotline = loads[PLAIN], loads[rig.line]
    plain_ms, hotline_ms = (fmean(load.asterisk_ms for load in some) for some in (plain, hotline))
    return [
        at_most("a.failures.plain", sum(map(_failures, plain)), 0, "calls", failed),
        at_most("a.failures.hotline", sum(map(_failures, hotline)), 0, "calls", failed),
        known("a.asterisk_cpu.plain", plain_ms, "ms/call", cpu),
        known("a.asterisk_cpu.hotline", hotline_ms, "ms/call", cpu),
        at_most("a.asterisk_cpu.ratio", hotline_ms / plain_ms, 1.25, "×", how),
        known("a.controller_cpu", fmean(load.controller_ms for load in hotline), "ms/call", f"with children; {how}"),
        known("a.highest_rate.plain", top_plain, "calls/s", of_its_own),
        known("a.highest_rate.hotline", top, "calls/s", of_its_own),
        at_least("a.highest_rate.ratio", top / top_plain if top_plain else 0.0, 0.8, "×", of_its_own),
    ]


def _failures(load: Load) -> float:
    """A talk that broke off counts here: its citizen would be called back."""
    if load.clean:
        return load.short
    return max(
        1, load.calls - min(load.citizens.good, load.officials.talks), load.citizens.failed, load.officials.failed
    )


def search(low: int, high: int, *, about: float) -> Search:
    """Yields rates and is sent whether they are clean; returns the highest clean one from `low` to below `high`, STEP
    calls a second apart, 0 when not even `low` is clean.

    It begins near `about`, and goes on by halves once it has met both a clean rate and a failing one.
    """
    good, bad, stride = low - STEP, high, STEP
    rate = low + int(min(max(about, low), high - STEP) - low) // STEP * STEP
    tried: set[bool] = set()
    while bad - good > STEP:
        holds = yield rate
        tried.add(holds)
        good, bad = (rate, bad) if holds else (good, rate)
        if len(tried) == 2:
            rate = good + (bad - good) // (2 * STEP) * STEP
        else:
            rate, stride = rate + (stride if holds else -stride), 2 * STEP
            rate = max(good + STEP, min(rate, bad - STEP))
    return float(good if good >= low else 0)


def in_turn(searches: dict[str, Search], holds: Callable[[str, int], bool]) -> Iterator[tuple[str, float]]:
    """One step of each search after the other, so that a drift of the machine falls on all. The name and result of each
    one that ends."""
    asked = {name: next(one) for name, one in searches.items()}
    while asked:
        for name, rate in list(asked.items()):
            try:
                asked[name] = searches[name].send(holds(name, rate))
            except StopIteration as ended:
                del asked[name]
                yield name, ended.value


def _holds(rig: Rig, number: str, rate: int, seconds: int) -> bool:
    """Whether a rate is clean. It fails by failing twice, or once, undisturbed, for a twentieth of its calls: one
    hiccup of the machine is none of the hotline's."""
    failed = 0.0
    while failed < 2:
        load = rig.load(number, calls=rate * seconds, rate=rate, hopeless=True)
        if load.clean:
            return True
        if load.machine.taken > MOST_TAKEN:
            failed += 0.5
        else:
            failed += 2 if _failures(load) > load.calls / 20 else 1
    return False
