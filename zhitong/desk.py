"""Listening at a desk: what is heard, and what would happen, without a telephone."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from dialplans.prompt_texts import Text
from ivr.doubt import as_known, doubted, settled
from ivr.script import (
    COMPLAINTS,
    Ask,
    Done,
    Heard,
    Progress,
    Rules,
    Step,
    asked_of_router,
    next_step,
    on_trial,
    understood,
)
from recognizer.answers import wishes_no_recording
from recognizer.decoder import Decoder, DecoderSettings
from recognizer.microphone import listen, microphone_frames
from recognizer.model import ModelInfo
from recognizer.request import Request
from recognizer.transcript import Partial, Utterance
from recognizer.voice_file import frames_of
from routing.accused import names_of
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.phone import mask
from routing.route import Route
from routing.router import DIRECT, Timing, Wish, route
from zhitong.going_live import speech_on_trial
from zhitong.live_words import HIDDEN, LiveWords
from zhitong.people_heard import accused, named
from zhitong.prompt_book import prompt_constants, prompt_texts
from zhitong.roster_now import base_now
from zhitong.settings import Settings, ladder_timing
from zhitong.store.engine import open_engine
from zhitong.understanding import Understanding, UnderstandingInForce
from zhitong.usecases.tell import tell_mentions, tell_request

LEFT_OUT, SAID = "不打", "对群众说："
"""How lines begin that tell who is not rung, also because of the words, and what is said, with place and matter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskLine:
    """What the line says and whom it may ring, with the seconds of its ladder."""

    directory: Directory
    timing: Timing
    texts: Mapping[str, Text]
    constants: Mapping[str, str]

    def sentence(self, key: str, **slots: str) -> str:
        """What is said for this prompt; for one whose words are missing, what is said instead."""
        text = self.texts[key]
        return text.fill({**slots, **self.constants}) or self.texts[text.fallback].fill(self.constants) or ""


def understood_by(text: str, *, by: Understanding, directory: Directory) -> Request:
    """What a sentence asks for, with those complained of by the names that the roster has of them."""
    request = by.of(text)
    found = accused(text, directory, complains=request.type in COMPLAINTS)
    request = replace(request, complained_of=names_of(found, directory) or request.complained_of)
    return request if found else replace(request, named=named(text, directory))


def heard_by(
    progress: Progress, text: str, *, by: Understanding, directory: Directory, rules: Rules, unknown_share: float = 0.0
) -> Heard:
    """What the next sentence of a conversation tells."""
    refuses = wishes_no_recording(text)

    def understand(words: str) -> Request:
        return understood_by(words, by=by, directory=directory)

    if progress.doubt:
        answer, request = settled(progress.doubt, text, understand, rules, unknown_share=unknown_share)
        return Heard(request=request, refuses_recording=refuses, answer=answer)
    earlier = [progress.known.text] if progress.known else []
    request = as_known(understood(text, earlier, understand), unknown_share)
    return Heard(request=request, refuses_recording=refuses, unknown_share=unknown_share)


def next_at_desk(
    progress: Progress, heard: Heard, *, rules: Rules, now: datetime, line: DeskLine, **call: Any
) -> tuple[Progress, Step]:
    """What a call would do next. call: what else `plan` asks of it."""
    said = "，".join([*([progress.known.text] if progress.known else []), heard.request.text])

    def ladder(request: Request) -> Route:
        about = replace(progress, request=request, known=replace(request, text=said))
        return plan(about, "", now=now, line=line, **call)

    heard = doubted(heard, progress, rules, said=said, route=ladder, has=line.texts.__contains__)
    return next_step(progress, heard, rules)


def script_rules(settings: Settings, *, question: bool = True, trial: bool) -> Rules:
    """What the script of a call goes by."""
    speech = settings.speech
    return Rules(
        question=question,
        trial=trial,
        sure=speech.sure_confidence,
        reasks=speech.reasks,
        misunderstandings=speech.misunderstandings,
    )


def desk_line(settings: Settings, directory: Directory) -> DeskLine:
    """The line of these settings. Raises BadConfig for a faulty prompts file."""
    return DeskLine(
        directory=directory,
        timing=ladder_timing(settings),
        texts=prompt_texts(settings).texts,
        constants=prompt_constants(settings),
    )


def listen_at_desk(
    settings: Settings,
    model: ModelInfo,
    *,
    now: Callable[[], datetime],
    wav: Path | None = None,
    device: str | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Recognize from the microphone, or from a sound file, until Ctrl-C or its end, and say what the line would do.

    Raises SoundError without a sound card, ModelError, DecoderGone, BadConfig, TaxonomyError.
    """
    understanding = UnderstandingInForce(settings).now
    line = desk_line(settings, base_now(settings, open_engine(settings.store.database_url), now()))
    rules = script_rules(settings, trial=speech_on_trial(settings, model))
    stop = threading.Event()
    partly, heard = desk_talk(line, rules, understanding, now=now, say=say)
    words = 0

    def final(utterance: Utterance) -> None:
        nonlocal words
        words += len(utterance.text)
        heard(utterance)

    def frames() -> Iterator[bytes]:
        sound = frames_of(wav) if wav else microphone_frames(stop=stop, device=device)
        for n, frame in enumerate(sound):
            if n == 0:  # there is sound: only now ask for it
                say(f"听 {wav}：" if wav else "请说话，按 Ctrl-C 结束。")
                if understanding.why:
                    say(f"（只按词理解：{understanding.why}）")
                if model.trial:
                    say("（试用识别：自带的小模型没听过真人说话）")
            yield frame

    decoder = Decoder(DecoderSettings(model=model.path, memory=settings.decoder.memory_mb << 20))
    decoder.start()
    try:
        listen(frames(), decoder.open(deadline=30.0), on_partial=partly, on_final=final)
        if not words:
            say("没有听出一个字。")
    finally:
        stop.set()
        decoder.stop()


def desk_talk(
    line: DeskLine,
    rules: Rules,
    by: Understanding,
    *,
    now: Callable[[], datetime],
    say: Callable[[str], None],
    show: Callable[[str], None] = lambda text: print(f"\r… {text}", end="", file=sys.stderr, flush=True),
) -> tuple[Callable[[Partial], None], Callable[[Utterance], None]]:
    """What is done with partial texts and with sentences. show: what is heard while it is being said.

    As of any call, nothing is shown of what is secret or against somebody, but whom it would ring.
    """
    progress = Progress()
    words = LiveWords(lambda text, type: accused(text, line.directory, complains=type in COMPLAINTS))

    def heard(utterance: Utterance) -> None:
        nonlocal progress
        if utterance.text:
            found = heard_by(
                progress,
                utterance.text,
                by=by,
                directory=line.directory,
                rules=rules,
                unknown_share=utterance.unknown_share,
            )
            barred = words.bars("", utterance.text, found.request.type)
            say(f"\r听到：{HIDDEN if barred else utterance.text}")
            progress, lines = would_happen(progress, found, rules=rules, now=now(), line=line)
            for told in lines[1:] if barred else lines:
                if not (barred and told.startswith((LEFT_OUT, SAID))):
                    say(f"  {told}")
            if progress == Progress():  # the caller would be put through: the next words are another's
                words.over("")

    def partly(partial: Partial) -> None:
        barred = words.bars("", partial.text, final=False)
        show(HIDDEN if barred else partial.text)

    return partly, heard


def would_happen(
    progress: Progress, heard: Heard, *, rules: Rules, now: datetime, line: DeskLine
) -> tuple[Progress, list[str]]:
    """What the line would do now, in Chinese: what was understood, what comes next, and whom it would ring and why.

    On 试用识别 what it is about is told here, but nothing is done by it.

    Returns what has been reached in this conversation; nothing, once the caller would be put through.
    """
    request = heard.request
    if rules.trial:
        heard = replace(heard, request=on_trial(request))
    progress, step = next_at_desk(progress, heard, rules=rules, now=now, line=line)
    named = tell_mentions(request.text, now.astimezone(LOCAL).date())
    told = [f"{tell_request(request)}，说到 {named}" if named else tell_request(request)]
    if isinstance(step, Done):
        return Progress(), [*told, f"对群众说：“{line.sentence(step.prompt)}”，挂机（{step.why}）"]
    if step.stop_recording:
        told.append("不再录音：群众不要录音")
    if isinstance(step, Ask):
        asked = line.sentence(step.prompt, matter=request.matter_name)
        return progress, [*told, f"接着问群众：“{asked}”（{step.why}）"]
    planned = plan(progress, step.wish, now=now, line=line)
    unit = next((unit.name for unit in line.directory.units if unit.code == planned.unit), "")
    told.append(f"{SAID}“{line.sentence(step.prompt, place=request.place, matter=request.matter_name, unit=unit)}”")
    brief = {"sure": "接的人先听简报", "clip": "接的人先听群众的原话"}.get(step.brief, "接的人先听介绍")
    told.append(f"打电话找人：{step.why}（{planned.reason}）。{brief}，按 1 接听")
    return Progress(), [*told, *tell_ladder(planned, line.timing)]


def plan(
    progress: Progress,
    wish: Wish,
    *,
    now: datetime,
    line: DeskLine,
    dialled: str = "",
    profile: str = DIRECT,
    language: str = "",
    caller: str = "",
    handler: str = "",
    marked: bool = False,
) -> Route:
    """Whom a call would ring: the very questions that a live call asks. marked: a person has marked the caller."""
    asked = asked_of_router(
        progress.request or progress.known,
        wish,
        said=progress.known.text if progress.known else "",
        dialled=dialled,
        profile=profile,
        language=language,
        caller=caller,
        handler=handler,
    )
    complained_of = accused(asked.text, line.directory, complains=asked.complains)
    asked = replace(asked, complained_of=complained_of, marked=marked)
    return route(request=asked, now=now, directory=line.directory, timing=line.timing)


def tell_ladder(planned: Route, timing: Timing) -> list[str]:
    """A line for each rung, when it begins and why it is rung, and for whom is left out; numbers masked."""
    told, seconds = [], 0.0
    for i, rung in enumerate(planned.rungs):
        when = "马上打" if i == 0 else f"{seconds:g} 秒后还没人接，再打" if seconds else "同时打"
        told.append(f"{i + 1}. {when}{rung.post}{rung.name} {mask(rung.number)}（{rung.reason}）")
        seconds += timing.next if rung.next is None else rung.next
    told += [f"{LEFT_OUT}{who}：{why}" for who, why in planned.left_out]
    if planned.door:
        told.append(f"同时告诉群众：也可以打{planned.door[0]} {planned.door[1]}")
    return told
