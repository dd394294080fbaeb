"""上线检查: sentences of local people are heard as the line would hear them; whether calls may be routed by words."""

import hashlib
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import File, Form, Request, UploadFile
from starlette.responses import Response

from cases.roles import Action
from recognizer.errors import ModelError, RecognizerError
from recognizer.model import ModelInfo
from zhitong.console.door import PROLONG
from zhitong.console.room import Room, page, the_visitor
from zhitong.console.taxonomy_now import taxonomy_now
from zhitong.console.visitor import go
from zhitong.errors import Refused
from zhitong.going_live import (
    NEEDED,
    Sentence,
    add_sentence,
    checks,
    go_back,
    go_live,
    name_of,
    of_model,
    read_going_live,
    speech_on_trial,
)
from zhitong.own_settings import set_now
from zhitong.restart import is_kept
from zhitong.settings import Settings
from zhitong.speech_model import speech_model
from zhitong.usecases.set_up import sets_up

PATH = "/going-live"
LARGEST = 5 << 20
SECONDS = 120.0
"""A large model takes a while to be loaded."""
KINDS = (".wav", ".mp3", ".amr", ".m4a", ".ogg")
LONGEST_SPEAKER = 40
_Text = Annotated[str, Form(max_length=300)]
_DONE = {
    "sentence": "听过了，结果在下面。",
    "live": "记下了：重新开线以后，按听懂的内容派单。",
    "back": "记下了：重新开线以后，又是试用识别，每个来电都转给真人。",
}


def going_live_room() -> Room:
    """Its pages; 设置 leads there."""
    room = Room(path=PATH, name="", right=Action.SET_UP)

    @room.get("")
    def now(request: Request, done: str = "") -> Response:
        return _shown(request, done=_DONE.get(done, ""))

    @room.post("/sentences", Action.SET_UP)
    async def hear(
        request: Request,
        sound: Annotated[UploadFile | None, File()] = None,
        expected: _Text = "",
        speaker: _Text = "",
    ) -> Response:
        request.scope.get(PROLONG, lambda seconds: None)(SECONDS)
        content = await sound.read(LARGEST + 1) if sound is not None else b""
        kind = Path(sound.filename or "").suffix.lower() if sound is not None else ""

        def act() -> Response:
            try:
                _hear(request, content, kind, expected, " ".join(speaker.split())[:LONGEST_SPEAKER])
            except (Refused, RecognizerError) as error:
                return _shown(request, told=str(error), expected=expected, speaker=speaker)
            return go(request, f"{PATH}?done=sentence")

        answer: Response = await request.app.state.threads.run(act)
        return answer

    @room.post("/open", Action.SET_UP)
    def opened(request: Request) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        settings = set_now(office.settings)
        sets_up(office.engine, what="按听懂的派单", by=visitor.actor, now=office.now())
        try:
            go_live(settings, _model(settings), by=visitor.actor.name, at=office.now())
        except Refused as error:
            return _shown(request, told=str(error))
        return go(request, f"{PATH}?done=live")

    @room.post("/back", Action.SET_UP)
    def back(request: Request) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        sets_up(office.engine, what="改回试用识别", by=visitor.actor, now=office.now())
        go_back(office.settings, by=visitor.actor.name, at=office.now())
        return go(request, f"{PATH}?done=back")

    return room


def _model(settings: Settings) -> ModelInfo:
    """Raises Refused for one that is missing or damaged."""
    try:
        return speech_model(settings)
    except ModelError as error:
        raise Refused(f"语音模型用不了：{error}") from error


def _hear(request: Request, content: bytes, kind: str, expected: str, speaker: str) -> None:
    """Raises Refused, RecognizerError."""
    visitor = the_visitor(request)
    office = visitor.office
    settings = set_now(office.settings)
    names = taxonomy_now(settings).names
    if not content or len(content) > LARGEST:
        raise Refused(f"没有选录音，或者超过 {LARGEST >> 20} MB；请选一个一句话的录音")
    if kind not in KINDS:
        raise Refused(f"录音要是 {'、'.join(KINDS)}；手机录音机里“分享、存为文件”就是其中一种")
    if expected not in names or not speaker:
        raise Refused("还要选这句话应该归哪个事项，写谁说的（哪里人、多大年纪，不写姓名）")
    model = _model(settings)
    sets_up(office.engine, what="试听一句录音", by=visitor.actor, now=office.now())
    with tempfile.TemporaryDirectory(prefix="zhitong-") as folder:
        path = Path(folder) / f"sound{kind}"
        path.write_bytes(content)
        words, understood = office.set_up.hear(path)
    sentence = Sentence(
        digest=hashlib.sha256(content).hexdigest(),
        at=office.now(),
        by=visitor.actor.name,
        speaker=speaker,
        expected=expected,
        expected_name=names[expected],
        heard=words,
        matter=understood.matter,
        matter_name=understood.matter_name,
        unit=understood.unit,
        model=name_of(model),
    )
    add_sentence(settings, sentence)


def _shown(request: Request, *, done: str = "", told: str = "", expected: str = "", speaker: str = "") -> Response:
    office = the_visitor(request).office
    settings = set_now(office.settings)
    model = _model(settings)
    found = checks(settings, model)
    return page(
        request,
        "going_live.html",
        status=409 if told else 200,
        told=told,
        done=done,
        checks=found,
        ready=all(one.true for one in found),
        trial=speech_on_trial(settings, model),
        said=read_going_live(settings),
        sentences=of_model(settings, model)[::-1],
        matters=taxonomy_now(settings).names,
        expected=expected,
        speaker=speaker[:LONGEST_SPEAKER],
        needed=NEEDED,
        kinds=",".join(KINDS),
        kept=is_kept(office.settings.folders.data),
        calls=len(office.live.state[1]),
    )
