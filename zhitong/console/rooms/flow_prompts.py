"""提示音: every sentence of the line to read and hear; other words, an own recording, back to what was before."""

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import File, Form, Request, UploadFile
from starlette.responses import Response

from cases.roles import Action
from dialplans.prompt_texts import Text
from dialplans.prompts import PromptBook
from dialplans.sentences import NEEDED
from dialplans.voice import RATE
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.visitor import go
from zhitong.errors import PromptRefused
from zhitong.prompt_book import prompt_constants
from zhitong.prompt_changes import PromptChange, last_change
from zhitong.prompt_studio import EXAMPLES
from zhitong.usecases.change_prompts import (
    Sound,
    earlier_sound,
    newest,
    put_back,
    put_sound,
    put_wording,
    see_prompts,
    sound_of,
    try_own,
    try_wording,
)

LARGEST = 10 << 20
"""Bytes of an uploaded WAV: a minute of studio sound."""
SHOWN = 20
"""Changes of one sentence that a page lists."""
LISTED = 60
"""Sentences of the list, unless all are wanted."""
WHICH = {"": "全部", "core": "常用的", "changed": "改过的", "recorded": "有录音的"}
_Words = Annotated[str, Form(max_length=2000)]
_On = Annotated[Number, Form()]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A sentence in the list."""

    text: Text
    core: bool
    recorded: bool
    changed: bool


def add_prompts(room: Room) -> None:
    """The pages of the room for what the line says."""

    @room.get("/prompts", Action.SEE_PROMPTS)
    def listed(request: Request, q: str = "", which: str = "", all: str = "") -> Response:
        visitor = the_visitor(request)
        book, changes = see_prompts(visitor.office.settings, by=visitor.actor)
        rows = [row for row in _rows(book, changes) if _wanted(row, q.strip(), which)]
        shown = rows if all else rows[:LISTED]
        return page(request, "flow_prompts.html", rows=shown, count=len(rows), q=q, which=which, kinds=WHICH)

    @room.get("/prompts/{key}", Action.SEE_PROMPTS)
    def one(request: Request, key: str, done: str = "") -> Response:
        return _page(request, key, done=bool(done))

    @room.get("/prompts/{key}/now.wav", Action.SEE_PROMPTS)
    def now(request: Request, key: str, local: str = "") -> Response:
        visitor = the_visitor(request)
        return _wav(sound_of(visitor.office.settings, key, local=bool(local), by=visitor.actor))

    @room.get("/prompts/{key}/{number}.wav", Action.SEE_PROMPTS)
    def earlier(request: Request, key: str, number: Number) -> Response:
        visitor = the_visitor(request)
        return _wav(earlier_sound(visitor.office.settings, key, number, by=visitor.actor))

    @room.post("/prompts/{key}/hear", Action.CHANGE_PROMPTS)
    def hear(request: Request, key: str, text: _Words = "") -> Response:
        visitor = the_visitor(request)
        return _wav(try_wording(visitor.office.settings, key, text, by=visitor.actor))

    @room.post("/hear", Action.EDIT_FLOW)
    def hear_own(request: Request, say: _Words = "") -> Response:
        visitor = the_visitor(request)
        return _wav(try_own(visitor.office.settings, say, by=visitor.actor))

    @room.post("/prompts/{key}/text", Action.CHANGE_PROMPTS)
    def word(request: Request, key: str, text: _Words = "", on: _On = -1) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        try:
            put_wording(office.engine, office.settings, key, text, on=on, by=visitor.actor, now=office.now())
        except PromptRefused as error:
            return _page(request, key, told=str(error), typed=text)
        return go(request, f"/flows/prompts/{key}?done=1")

    @room.post("/prompts/{key}/sound", Action.CHANGE_PROMPTS)
    async def sound(
        request: Request,
        key: str,
        file: Annotated[UploadFile | None, File()] = None,
        local: Annotated[str, Form(max_length=5)] = "",
        on: _On = -1,
    ) -> Response:
        content = await file.read(LARGEST + 1) if file is not None else b""
        answer: Response = await request.app.state.threads.run(lambda: _taken(request, key, content, bool(local), on))
        return answer

    @room.post("/prompts/{key}/back", Action.CHANGE_PROMPTS)
    def back(request: Request, key: str, number: Annotated[Number, Form()] = -1, on: _On = -1) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        try:
            put_back(office.engine, office.settings, key, number, on=on, by=visitor.actor, now=office.now())
        except PromptRefused as error:
            return _page(request, key, told=str(error))
        return go(request, f"/flows/prompts/{key}?done=1")


def _taken(request: Request, key: str, content: bytes, local: bool, on: int) -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    try:
        if not content:
            raise PromptRefused("还没有录音，也没有选文件")
        if len(content) > LARGEST:
            raise PromptRefused(f"文件超过 {LARGEST >> 20} MB；只留这一句话")
        put_sound(office.engine, office.settings, key, content, local=local, on=on, by=visitor.actor, now=office.now())
    except PromptRefused as error:
        return _page(request, key, told=str(error))
    return go(request, f"/flows/prompts/{key}?done=1")


def _rows(book: PromptBook, changes: Sequence[PromptChange]) -> list[Row]:
    recorded = {path.stem for kind in ("*.wav", "*.alaw") for path in book.folder().glob(kind)}
    changed = {one.key for one in changes if (last := last_change(changes, one.key)) and (last.text or last.sound)}
    return [
        Row(text=text, core=key in book.core, recorded=key in recorded, changed=key in changed)
        for key, text in book.texts.items()
        if text.tone is None
    ]


def _wanted(row: Row, words: str, which: str) -> bool:
    kinds = {"core": row.core, "changed": row.changed, "recorded": row.recorded}
    return kinds.get(which, True) and (words in row.text.text or words == row.text.key)


def _page(request: Request, key: str, *, told: str = "", typed: str | None = None, done: bool = False) -> Response:
    visitor = the_visitor(request)
    settings = visitor.office.settings
    book, changes = see_prompts(settings, by=visitor.actor)
    text = book.texts.get(key)
    if text is None or text.tone is not None:
        raise PromptRefused(f"没有提示音“{key[:40]}”")
    constants = prompt_constants(settings)
    static = key in book.static_keys()
    own = [one for one in changes if one.key == key]
    locals_ = any(line.local_speech for line in settings.lines)
    fixed = {slot: constants[slot] for slot in sorted(text.slots({}) & constants.keys())}
    can = NEEDED.get(key, frozenset()) if not static else frozenset[str]()
    return page(
        request,
        "flow_prompt.html",
        status=409 if told else 200,
        told=told,
        done=done,
        text=text,
        typed=text.text if typed is None else typed,
        sentence=book.sentence(key) if static else text.fill({**EXAMPLES, **constants}) or text.text,
        local_sentence=book.sentence(key, local=True) if static and locals_ else "",
        recordable=static,
        recorded=_recorded(book, key),
        local_recorded=_recorded(book, key, local=True),
        slots={slot: EXAMPLES.get(slot, "") for slot in sorted(can)},
        fixed=fixed,
        changes=own[::-1][:SHOWN],
        on=newest(changes),
        may_change=visitor.may(Action.CHANGE_PROMPTS),
        largest=LARGEST >> 20,
    )


def _recorded(book: PromptBook, key: str, *, local: bool = False) -> bool:
    return any((book.folder(local=local) / f"{key}.{kind}").is_file() for kind in ("wav", "alaw"))


def _wav(sound: Sound) -> Response:
    file = io.BytesIO()
    with wave.open(file, "wb") as told:
        told.setparams((1, 2, RATE, 0, "NONE", ""))
        told.writeframes(sound.pcm)
    return Response(file.getvalue(), media_type="audio/wav")
