"""(o) How many live speakers one core hears, what each takes, how soon after the last sound the request is there.

Of the model at the configured path. With the shipped small one the figures are told as demo: a model of real use has
many times its words.
"""

import math
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from bench.figures import Figure, at_most, known, percentile
from bench.latency import speaking
from bench.processes import keep_to, usage
from bench.rig import Rig
from bench.spoken import SPOKEN, called
from bench.understanding import shipped_classifier
from ivr.softphone import wall_clock
from ivr.softphone_audio import BYTES_PER_SECOND, VOICES, silence, speech
from recognizer.decoder import Decoder, DecoderSettings, DecoderStream
from recognizer.errors import DecoderGone
from recognizer.examples import Example, load_labelled
from recognizer.model import ModelInfo
from recognizer.taxonomy import load_taxonomy
from zhitong.settings import Settings, load_settings
from zhitong.speech_model import speech_model
from zhitong.trial import wait_until

MANY = (10, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200)
ROUNDS, QUICK_ROUNDS = {1: 12, 10: 3, 30: 2}, {1: 1, 3: 1}
"""How many speak at once through Asterisk, and how often."""
BEHIND = 250.0
"""Milliseconds that a decoder may be behind a speaker who has ended: what the turn has beside its silence (p95)."""
_TICK = 0.04
_FINISH = 10.0


def measure(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (o)."""
    settings = load_settings()
    model = speech_model(settings)
    if not quick:  # the line begins with what was learned, as one does that runs for more than a minute
        shipped_classifier(settings, load_taxonomy(settings.files.taxonomy), quick=False)
    return [*on_one_core(say, settings, model, quick=quick), *_to_request(say, model, quick=quick)]


# ── the recognizer alone ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """So many speaking at once: how far each decoder was behind at each end of speech (ms), what it took."""

    speakers: int
    behind: Sequence[float]
    gone: int
    core: float
    """Share of the core that was used."""
    rss: int

    @property
    def heard(self) -> bool:
        """Whether the core kept up with them."""
        return not self.gone and percentile(self.behind, 0.95) <= BEHIND


def on_one_core(say: Callable[[str], None], settings: Settings, model: ModelInfo, *, quick: bool) -> list[Figure]:
    """How many speakers a core hears, and what each takes."""
    many, seconds = ((2, 4), 4.0) if quick else (MANY, 12.0)
    say(f"  (o) speakers on one core: {called(model)}")
    sounds = [speech(e.text, voice=voice) for e, voice in zip(load_labelled(SPOKEN)[::15], VOICES, strict=False)]
    # The limit of memory guards calls; here it is asked how much there would be.
    decoder = Decoder(
        DecoderSettings(
            model=model.path, streams=max(many), memory=4 * settings.decoder.memory_mb << 20, ping_limit=30.0
        )
    )
    began = time.monotonic()
    decoder.start()
    try:
        decoder.open(deadline=60.0).close()
        loaded = time.monotonic() - began
        [pid] = decoder.process_ids
        with _apart(pid):
            alone = usage(pid).rss
            factor = _real_time_factor(decoder, pid, sounds, rounds=1 if quick else 8)
            crowds: list[Crowd] = []
            for speakers in many:
                crowds.append(_crowd(decoder, pid, sounds, speakers, seconds))
                last = crowds[-1]
                p95 = percentile(last.behind, 0.95)
                say(
                    f"    {speakers} speakers: {p95:.0f} ms behind (p95), {last.core:.0%} of the core, {last.gone} gone"
                )
                if not last.heard:
                    break
    finally:
        decoder.stop()
    kept = [crowd for crowd in crowds if crowd.heard]
    best = kept[-1] if kept else None
    prefix = f"o.{model.kind}"
    how = (
        f"{called(model)}; one process on a core of its own, fed in real time by another, {seconds:g} s each; steps "
        f"{', '.join(str(crowd.speakers) for crowd in crowds)}"
    )
    behind = percentile(best.behind, 0.95) if best else math.nan
    each = (best.rss - alone) / best.speakers if best else math.nan
    return [
        known(
            f"{prefix}.decoders_per_core",
            best.speakers if best else 0,
            "speakers",
            f"p95 ≤ {BEHIND:g} ms behind; {how}",
        ),
        known(f"{prefix}.behind.p95", behind, "ms", f"from the end of the silence to the last word, so many; {how}"),
        known(f"{prefix}.core_used", 100 * best.core if best else math.nan, "%", f"of the core, so many; {how}"),
        known(f"{prefix}.real_time_factor", factor, "×", f"CPU seconds a second of speech, one speaker; {how}"),
        known(f"{prefix}.memory.process", alone / 2**20, "MiB", f"RSS with the model, nobody speaking; {how}"),
        known(f"{prefix}.memory.decoder", each / 2**20, "MiB", f"RSS that each speaker adds; {how}"),
        known(f"{prefix}.load", loaded, "s", f"from the start of the process until it hears; {called(model)}"),
    ]


@contextmanager
def _apart(pid: int) -> Iterator[None]:
    """The recognizer on one core and this process on the others, while this lasts."""
    cores = os.sched_getaffinity(0)
    keep_to(pid, {min(cores)})
    keep_to(os.getpid(), cores - {min(cores)} or cores)
    try:
        yield
    finally:
        keep_to(os.getpid(), cores)


def _real_time_factor(decoder: Decoder, pid: int, sounds: Sequence[bytes], *, rounds: int) -> float:
    before, seconds = usage(pid).cpu, 0.0
    stream = decoder.open(deadline=_FINISH)
    for sound in [*sounds] * rounds:
        stream.send(sound)
        stream.finish(60.0)
        seconds += len(sound) / BYTES_PER_SECOND
    stream.close()
    return (usage(pid).cpu - before) / seconds


def _crowd(decoder: Decoder, pid: int, sounds: Sequence[bytes], speakers: int, seconds: float) -> Crowd:
    behind: list[float] = []
    gone: list[str] = []
    began = time.monotonic()

    def one(n: int) -> None:
        try:
            stream = decoder.open(deadline=_FINISH)
            try:
                behind.extend(_speak(stream, sounds, n, until=began + seconds))
            finally:
                stream.close()
        except DecoderGone as error:
            gone.append(str(error))

    cpu = usage(pid).cpu
    threads = [threading.Thread(target=one, args=(n,), daemon=True) for n in range(speakers)]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 2)
    rss = usage(pid).rss
    for thread in threads:
        thread.join()
    lasted = time.monotonic() - began
    return Crowd(speakers=speakers, behind=behind, gone=len(gone), core=(usage(pid).cpu - cpu) / lasted, rss=rss)


def _speak(stream: DecoderStream, sounds: Sequence[bytes], n: int, *, until: float) -> Iterator[float]:
    """One speaker in real time, sentence after sentence; of each, the milliseconds until its last word was there."""
    due = time.monotonic() + n * 0.37 % 2.0  # people do not begin at the same moment
    while due < until:
        sound = sounds[n % len(sounds)] + silence(0.7)
        for start in range(0, len(sound), int(_TICK * BYTES_PER_SECOND)):
            due += _TICK
            time.sleep(max(0.0, due - time.monotonic()))
            stream.send(sound[start : start + int(_TICK * BYTES_PER_SECOND)])
            stream.poll()
        asked = time.monotonic()
        stream.finish(_FINISH)
        yield (time.monotonic() - asked) * 1000
        due = max(due, time.monotonic())
        n += 1


# ── through Asterisk ────────────────────────────────────────────────────────────────────────────────────────────────


def _to_request(say: Callable[[str], None], model: ModelInfo, *, quick: bool) -> list[Figure]:
    figures: list[Figure] = []
    sentences = load_labelled(SPOKEN)
    sentences = tuple(random.Random(1).sample(sentences, len(sentences)))
    with Rig(say=say, question=True, phones=True, voice=True, model=model.path) as rig:
        silent = rig.trial.settings.speech.end_silence_ms
        for speakers, rounds in (QUICK_ROUNDS if quick else ROUNDS).items():
            say(f"  (o) {speakers} speaking at once through Asterisk, {rounds} times")
            callers = [caller for n in range(rounds) for caller in _round(rig, speakers, n, sentences)]
            figures += to_request(callers, model=model, speakers=speakers, expected=speakers * rounds, silent=silent)
            delays = ", ".join(f"{caller.delay:.0f}" for caller in callers)
            say(f"    {len(callers)} callers: {delays} ms from the last sound to the request")
    return figures


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """The first request that was understood of a caller. delay: milliseconds after the caller's last sound.

    early: decided before the silence had passed, as the call's facts tell. right: whether the matter is that of the
    sentence.
    """

    delay: float
    early: bool
    right: bool


def to_request(
    callers: Sequence[Understood], *, model: ModelInfo, speakers: int, expected: int, silent: float
) -> list[Figure]:
    """The figures of these callers, of so many expected. silent: the set silence in milliseconds."""
    how = (
        f"{len(callers)} callers on pjsua2 telephones with sentences of spoken.tsv, {speakers} at once; from the last "
        f"20 ms of audible speech that the telephone sent to the fact `understood`; the set silence is {silent:g} ms; "
        f"{called(model)}"
    )
    name = f"o.{model.kind}.to_request.{speakers}"
    every = [caller.delay for caller in callers]
    early = [caller for caller in callers if caller.early]
    later = [caller.delay for caller in callers if not caller.early]
    share = 100 * len(early) / len(callers) if callers else math.nan
    figures = [
        known(f"{name}.p50", percentile(every, 0.5), "ms", how),
        known(f"{name}.p95", percentile(every, 0.95), "ms", how),
        known(f"{name}.early_share", share, "%", f"decided before the silence had passed; {how}"),
        at_most(f"{name}.unheard", expected - len(callers), 0, "calls", f"without a request, of {expected}"),
    ]
    if early:
        wrong = 100 * sum(not caller.right for caller in early) / len(early)
        told = f"of the {len(early)} decided early; {how}"
        figures += [
            at_most(f"{name}.early.p50", percentile([caller.delay for caller in early], 0.5), 300, "ms", told),
            at_most(f"{name}.early.wrong", wrong, 1, "%", f"with another matter than the sentence's, {told}"),
        ]
    if later:
        figures.append(at_most(f"{name}.later.p95", percentile(later, 0.95), silent + 250, "ms", f"all others; {how}"))
    return figures


def _round(rig: Rig, speakers: int, n: int, sentences: Sequence[Example]) -> list[Understood]:
    """So many citizens call and speak at the same time; what was understood of them first."""
    labels = [sentences[(speakers * n + i) % len(sentences)] for i in range(speakers)]
    director = rig.trial.network.phone(rig.director, lines=40)
    director.behaviour("no-answer")
    citizens = speaking(rig, speakers, n, [label.text for label in labels])
    numbers = {citizen.number for citizen in citizens}
    try:
        limit = rig.talk_begins + 31.5
        wait_until(lambda: numbers <= _first(rig).keys(), limit, "every citizen is understood", every=1.0)
    except TimeoutError as error:
        rig.say(f"    {error}")
    for citizen in citizens:
        citizen.hang_up()
    rig.trial.network.wait_all_over(10.0)
    rig.parts()  # all facts are in the database
    first, found = _first(rig), []
    for citizen, label in zip(citizens, labels, strict=True):
        citizen.wait_for("closed", 5.0)
        spans = citizen.said().spans()
        if citizen.number in first and spans:
            at, matter, early = first[citizen.number]
            delay = (at - wall_clock(spans[-1][1])).total_seconds() * 1000
            right = bool(matter) and matter in (label.code, label.alt_code)
            found.append(Understood(delay=delay, early=early, right=right))
    return found


def _first(rig: Rig) -> dict[str, tuple[datetime, str | None, bool]]:
    """By number: when the caller was understood for the first time, as which matter, and whether it was early."""
    found: dict[str, tuple[datetime, str | None, bool]] = {}
    for number, told in rig.told("heard", "understood").values():
        early = False
        for one in told:
            if one.kind == "heard":
                early = bool(one.detail.get("early"))
            else:
                found.setdefault(number, (one.at, one.detail["matter"], early))
    return found
