"""Listening at a desk: what is heard, and what would happen, without a telephone."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dialplans.prompt_texts import Text, load_texts
from ivr.script import Ask, Heard, Progress, Rules, asked_of_router, next_step
from recognizer.answers import wishes_no_recording
from recognizer.decoder import Decoder, DecoderSettings
from recognizer.microphone import file_frames, listen, microphone_frames
from recognizer.model import ModelInfo
from recognizer.request import Request
from recognizer.taxonomy import load_taxonomy
from recognizer.transcript import Partial, Utterance
from recognizer.understanding import understand
from routing.directory import Directory
from routing.phone import mask
from routing.roster_file import load_directory
from routing.router import route
from zhitong.prompt_book import prompt_constants
from zhitong.settings import Settings
from zhitong.usecases.tell import tell_request


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskLine:
    """What the line says and whom it may ring. next_seconds: so long one rung rings before the next begins."""

    directory: Directory
    next_seconds: float
    texts: Mapping[str, Text]
    constants: Mapping[str, str]

    def sentence(self, key: str, **slots: str) -> str:
        """What is said for this prompt; for one whose words are missing, what is said instead."""
        text = self.texts[key]
        return text.fill({**slots, **self.constants}) or self.texts[text.fallback].fill(self.constants) or ""


def desk_line(settings: Settings, now: datetime) -> DeskLine:
    """The line of these settings. Raises BadConfig for a faulty roster or prompts file."""
    constants = prompt_constants(settings)
    directory = load_directory(
        settings.files.roster,
        now=now,
        area_code=settings.hotline.area_code,
        service_numbers=settings.dialling.service_numbers,
    )
    return DeskLine(
        directory=directory,
        next_seconds=settings.ladder.next_seconds,
        texts=load_texts(settings.files.prompts, constants).texts,
        constants=constants,
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
    """Recognize from the microphone, or from a WAV file, until Ctrl-C or its end, and say what the line would do.

    Raises SoundError without a sound card, ModelError, DecoderGone, BadConfig.
    """
    taxonomy = load_taxonomy(settings.files.taxonomy)
    line = desk_line(settings, now())
    rules = Rules(trial=model.trial, sure=settings.speech.sure_confidence)
    stop = threading.Event()
    progress = Progress()

    def heard(utterance: Utterance) -> None:
        nonlocal progress
        if utterance.text:
            say(f"\r听到：{utterance.text}")
            progress, lines = would_happen(
                progress,
                understand(utterance.text, taxonomy=taxonomy),
                wishes_no_recording(utterance.text),
                rules=rules,
                now=now(),
                line=line,
            )
            for told in lines:
                say(f"  {told}")

    def partly(partial: Partial) -> None:
        print(f"\r… {partial.text}", end="", file=sys.stderr, flush=True)

    def frames() -> Iterator[bytes]:
        sound = file_frames(wav) if wav else microphone_frames(stop=stop, device=device)
        for n, frame in enumerate(sound):
            if n == 0:  # there is sound: only now ask for it
                say(f"听 {wav}：" if wav else "请说话，按 Ctrl-C 结束。")
                if model.trial:
                    say("（试用识别：自带的小模型没听过真人说话）")
            yield frame

    decoder = Decoder(DecoderSettings(model=model.path, memory=settings.decoder.memory_mb << 20))
    decoder.start()
    try:
        listen(frames(), decoder.open(deadline=30.0), on_partial=partly, on_final=heard)
    finally:
        stop.set()
        decoder.stop()


def would_happen(
    progress: Progress, request: Request, refuses_recording: bool, *, rules: Rules, now: datetime, line: DeskLine
) -> tuple[Progress, list[str]]:
    """What the line would do now, in Chinese: what was understood, what comes next, and whom it would ring and why.

    Returns what has been reached in this conversation; nothing, once the caller would be put through.
    """
    progress, step = next_step(progress, Heard(request=request, refuses_recording=refuses_recording), rules)
    told = [tell_request(request)]
    if step.stop_recording:
        told.append("不再录音：群众不要录音")
    if isinstance(step, Ask):
        return progress, [*told, f"接着问群众：“{line.sentence(step.prompt)}”（{step.why}）"]
    planned = route(request=asked_of_router(progress.request, step.wish), now=now, directory=line.directory)
    unit = next((unit.name for unit in line.directory.units if unit.code == planned.unit), "")
    told.append(f"对群众说：“{line.sentence(step.prompt, place=request.place, matter=request.matter_name, unit=unit)}”")
    brief = {"sure": "接的人先听简报", "clip": "接的人先听群众的原话"}.get(step.brief, "接的人先听介绍")
    told.append(f"打电话找人：{step.why}（{planned.reason}）。{brief}，按 1 接听")
    for i, rung in enumerate(planned.rungs):
        when = f"{i * line.next_seconds:g} 秒后还没人接，再打" if i else "马上打"
        told.append(f"{i + 1}. {when}{rung.post}{rung.name} {mask(rung.number)}（{rung.reason}）")
    return Progress(), told
