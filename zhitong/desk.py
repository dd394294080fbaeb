"""Listening at a desk: what is heard, and what would happen, without a telephone."""

import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from ivr.script import Ask, Heard, Progress, Rules, next_step
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
from routing.router import RequestFacts, route
from zhitong.settings import Settings
from zhitong.usecases.tell import tell_request


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
    directory = load_directory(
        settings.files.roster,
        now=now(),
        area_code=settings.hotline.area_code,
        service_numbers=settings.dialling.service_numbers,
    )
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
                directory=directory,
            )
            for line in lines:
                say(f"  {line}")

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
    progress: Progress, request: Request, refuses_recording: bool, *, rules: Rules, now: datetime, directory: Directory
) -> tuple[Progress, list[str]]:
    """What the line would do now, in Chinese: what was understood, what comes next, and whom it would ring and why.

    Returns what has been reached in this conversation; nothing, once the caller would be put through.
    """
    progress, step = next_step(progress, Heard(request=request, refuses_recording=refuses_recording), rules)
    told = [tell_request(request)]
    if step.stop_recording:
        told.append("停止录音")
    why = step.why.replace(",", "，")
    if isinstance(step, Ask):
        return progress, [*told, f"接着问群众：{why}"]
    # On 试用识别 it is the person who finds out what it is about.
    facts = (
        RequestFacts(wish=step.wish)
        if rules.trial
        else RequestFacts(
            matter=request.matter,
            urgency=request.urgency,
            intent=request.intent,
            place=request.place,
            text_known=True,
            wish=step.wish,
        )
    )
    planned = route(request=facts, now=now, directory=directory)
    brief = {"sure": "接的人先听简报", "clip": "接的人先听群众的原话"}.get(step.brief, "")
    rungs = [f"{i}. {r.post}{r.name} {mask(r.number)}（{r.reason}）" for i, r in enumerate(planned.rungs, 1)]
    return Progress(), [*told, "，".join(part for part in (f"找人：{why}", planned.reason, brief) if part), *rungs]
