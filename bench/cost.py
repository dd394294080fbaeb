"""(c) What a call without speech costs the controller, and which of its parts."""

from collections.abc import Callable

from bench.figures import Figure, at_most, known
from bench.rig import Load, Rig

_PARTS = {
    "agi": "AGI and the call's own thread",
    "agi-accept": "accepting AGI connections",
    "audio": "screening by AudioSocket",
    "audio-accept": "accepting audio connections",
    "Thread": "AMI",
    "ami": "AMI connection",
    "facts": "the case: facts, case row, timeline, clocks",
    "ThreadPoolExecutor": "scheduler: archiving recordings, recovery, what is due",
    "voice": "prompts",
    "decoder": "watching the recognizer",
}


def measure(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (c)."""
    say("  (c) the controller's CPU, as shipped: officials take calls by key")
    shipped, archived = _load(say, quick=quick, voice=False)
    say("  (c) the same with officials who may also take a call by a word")
    voice, _ = _load(say, quick=quick, voice=True)
    how = (
        "controller and its recognizer processes, utime+stime, answer to archived recording, case row included; "
        "nothing is re-armed: each AGI is short (ADR 0061)"
    )
    figures = [
        at_most("c.controller_cpu", shipped.controller_ms, 10.0, "ms/call", how),
        known("c.controller_cpu.voice_screening", voice.controller_ms, "ms/call", "the same, screening by AudioSocket"),
        known("c.asterisk_cpu.voice_screening", voice.asterisk_ms, "ms/call", "Asterisk in that run"),
        known("c.archived", float(archived), "yes/no", "1: archiving of all recordings is in the figure"),
    ]
    for part, seconds in sorted(shipped.parts.items(), key=lambda pair: -pair[1]):
        if part != "total" and seconds * 1000 / shipped.calls >= 0.005:
            told = _PARTS.get(part, "other threads")
            figures.append(known(f"c.part.{part}", seconds * 1000 / shipped.calls, "ms/call", f"{told}; by thread"))
    return figures


def _load(say: Callable[[str], None], *, quick: bool, voice: bool) -> tuple[Load, bool]:
    rate, seconds = (5, 4) if quick else (20, 30)
    with Rig(say=say, voice=voice) as rig:
        rig.load(rig.line, calls=10, rate=5)
        rig.archived(60.0)
        archived: list[bool] = []
        load = rig.undisturbed(
            rig.line,
            calls=rate * seconds,
            rate=rate,
            afterwards=lambda: archived.append(rig.archived(20.0 if quick else 300.0)),
        )
        return load, all(archived)
