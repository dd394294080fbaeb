"""(b) How soon a mobile is called: from the decision, and from the last sound of the citizen's voice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from bench.figures import Figure, at_most, percentile
from bench.rig import Rig
from dialplans import names
from ivr.ami import Ami, AmiRefused
from ivr.softphone import PhoneCall, wall_clock
from ivr.softphone_audio import VOICES, speech
from ivr.softphone_plan import say as say_step
from ivr.softphone_plan import wait
from zhitong.switch import ami_secret
from zhitong.trial import wait_until

SENTENCE = "住在扎西镇河边今天又停水没人管"


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """One caller, in milliseconds."""

    from_decision: float
    from_speech: float


def measure(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (b)."""
    one, many, crowd = (2, 1, 3) if quick else (15, 4, 20)
    figures: list[Figure] = []
    with Rig(say=say, question=True, phones=True) as rig:
        silence = rig.trial.settings.speech.end_silence_ms
        with _Legs(rig) as legs:
            for speakers, rounds in ((1, one), (crowd, many)):
                say(f"  (b) {speakers} speaking at once, {rounds} times")
                timings = [timing for n in range(rounds) for timing in _round(rig, legs, speakers, n)]
                figures += _figures(timings, speakers=speakers, expected=speakers * rounds, silence=silence)
                p50, p95 = figures[-4].value, figures[-2].value
                say(f"    {len(timings)} callers: p50 {p50:g} ms after the decision, p95 {p95:g} ms after the speech")
    return figures


def _figures(timings: list[Timing], *, speakers: int, expected: int, silence: int) -> list[Figure]:
    how = (
        f"{len(timings)} callers on pjsua2 telephones that speak, {speakers} at once, real recognizer; decision: time "
        "of the fact `decided`; INVITE: when the mobile's telephone got it"
    )
    name = f"b.{speakers}"
    decision, spoken = [one.from_decision for one in timings], [one.from_speech for one in timings]
    return [
        at_most(f"{name}.decision_to_invite.p50", percentile(decision, 0.5), 50, "ms", how),
        at_most(f"{name}.decision_to_invite.p95", percentile(decision, 0.95), 150, "ms", how),
        at_most(
            f"{name}.speech_to_invite.p95",
            percentile(spoken, 0.95),
            silence + 250,
            "ms",
            f"from the last 20 ms of audible speech the telephone sent; the set silence is {silence} ms; {how}",
        ),
        at_most(f"{name}.unrung", expected - len(timings), 0, "calls", f"whose mobile never rang, of {expected}"),
    ]


def _round(rig: Rig, legs: "_Legs", speakers: int, n: int) -> list[Timing]:
    """So many citizens say the sentence over the question at the same time; all hang up once their mobile rings."""
    trial = rig.trial
    director = trial.network.phone(rig.director, lines=40)
    director.behaviour("no-answer")
    rung = len(director.calls)
    citizens = speaking(rig, speakers, n, [SENTENCE])
    try:
        limit = rig.talk_begins + 31.5
        wait_until(lambda: len(director.calls) >= rung + speakers, limit, "every citizen's mobile rings")
    except TimeoutError as error:
        rig.say(f"    {error}")
    whose = legs.calls()
    for citizen in citizens:
        citizen.hang_up()
    trial.network.wait_all_over(10.0)
    rig.parts()  # all facts are in the database
    callers = _callers(rig)
    timings: list[Timing] = []
    for leg in director.calls[rung:]:
        call_id = whose.get(leg.header("Call-ID"))
        caller = callers.get(call_id or "")
        mine = [one for one in citizens if caller and one.number == caller[0]]
        if caller is None or not mine:
            continue
        [citizen] = mine
        citizen.wait_for("closed", 5.0)
        spans = citizen.said().spans()
        invited = leg.invited_at
        timings.append(
            Timing(
                from_decision=(wall_clock(invited) - caller[1]).total_seconds() * 1000,
                from_speech=(invited - spans[-1][1]) * 1000,
            )
        )
    return timings


def speaking(rig: Rig, speakers: int, n: int, sentences: Sequence[str]) -> list[PhoneCall]:
    """So many citizens who call at the same time and say these sentences over the question. n: the round."""
    begin = rig.talk_begins + 1.5  # the question has begun, and is interrupted
    sounds = [speech(sentences[i % len(sentences)], voice=VOICES[i % len(VOICES)]) for i in range(speakers)]
    citizens: list[PhoneCall] = []
    for i, words in enumerate(sounds):
        phone = rig.trial.phone(f"1390{speakers:02d}{n:02d}{i:03d}")
        phone.behaviour("busy")  # nobody talked to them, so they are called back while others are measured
        citizens.append(phone.dial(rig.line, via=rig.trial.address, plan=(wait(begin), say_step(words))))
    return citizens


def _callers(rig: Rig) -> dict[str, tuple[str, datetime]]:
    """Of each call so far, by its id: the caller's number and when it was decided to ring."""
    found: dict[str, tuple[str, datetime]] = {}
    for call_id, (number, told) in rig.told("decided", "planned").items():
        planned = next((i for i, one in enumerate(told) if one.kind == "planned"), 0)
        if planned:
            found[call_id] = number, told[planned - 1].at
    return found


class _Legs:
    """Tells which caller a ringing mobile belongs to: an INVITE does not say, Asterisk does."""

    def __init__(self, rig: Rig) -> None:
        self._ami = Ami(
            port=rig.trial.settings.asterisk.ami_port,
            user=names.AMI_USER,
            secret=ami_secret(rig.trial.settings),
            on_event=lambda event: None,
            on_resync=lambda: None,
        )

    def __enter__(self) -> Self:
        self._ami.start()
        self._ami.wait_up(5.0)
        return self

    def __exit__(self, *error: object) -> None:
        self._ami.stop()

    def calls(self) -> dict[str, str]:
        """SIP Call-ID of each leg that is up → id of the caller's call."""
        found: dict[str, str] = {}
        for channel in self._ami.channels():
            if channel.name.startswith("PJSIP/"):
                try:
                    sip = self._value(channel.name, "CHANNEL(pjsip,call-id)")
                    found[sip] = self._value(channel.name, names.CALL)
                except AmiRefused:  # it has gone meanwhile
                    continue
        return found

    def _value(self, channel: str, name: str) -> str:
        return self._ami.act("Getvar", Channel=channel, Variable=name).get("Value", "")
