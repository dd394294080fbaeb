"""Listening at a desk: what is heard, and what would happen, without a telephone."""

import sys
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

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
    stop = threading.Event()
    frames: Iterable[bytes] = file_frames(wav) if wav else microphone_frames(stop=stop, device=device)

    def heard(utterance: Utterance) -> None:
        if utterance.text:
            say(f"\r听到：{utterance.text}")
            for line in would_happen(understand(utterance.text, taxonomy=taxonomy), now(), directory):
                say(f"  {line}")
            if wishes_no_recording(utterance.text):
                say("  不录音")

    def partly(partial: Partial) -> None:
        print(f"\r… {partial.text}", end="", file=sys.stderr, flush=True)

    decoder = Decoder(DecoderSettings(model=model.path))
    decoder.start()
    try:
        say("请说话，按 Ctrl-C 结束。" if wav is None else f"听 {wav}：")
        if model.trial:
            say("（试用识别：自带的小模型没听过真人说话）")
        listen(frames, decoder.open(deadline=30.0), on_partial=partly, on_final=heard)
    finally:
        stop.set()
        decoder.stop()


def would_happen(request: Request, now: datetime, directory: Directory) -> list[str]:
    """What the line would do with this request, in Chinese: what was understood, and whom it would ring and why."""
    facts = RequestFacts(
        matter=request.matter,
        urgency=request.urgency,
        intent=request.intent,
        place=request.place,
        text_known=True,
        wish="director" if request.intent == "director" else "",
    )
    planned = route(request=facts, now=now, directory=directory)
    rungs = [f"{i}. {r.post}{r.name} {mask(r.number)}（{r.reason}）" for i, r in enumerate(planned.rungs, 1)]
    return [tell_request(request), f"转给 {planned.unit}：{planned.reason}", *rungs]
