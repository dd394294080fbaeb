"""What can be heard and fetched of a case: recordings, attachments, and the sentence for the citizen."""

import io
import wave
from functools import partial
from pathlib import Path

from fastapi import Request
from starlette.responses import FileResponse, Response

from cases.roles import Action
from recordings.archive import RATE
from zhitong.console.door import PROLONG
from zhitong.console.room import Number, Room, the_visitor
from zhitong.prompt_book import open_prompt_book
from zhitong.settings import attachments_folder
from zhitong.spoken_result import spoken_result
from zhitong.usecases.attachments import Opened, open_attachment
from zhitong.usecases.open_recording import open_recording
from zhitong.usecases.reply_case import result_of

SECONDS = 300.0
"""So long a file may take to be sent: a talk of half an hour is 58 MB."""


def add_files(room: Room) -> None:
    """The routes. Files are sent in ranges, so that a player can jump."""

    @room.get("/{number}/recordings/{id}", Action.HEAR)
    async def recording(request: Request, number: str, id: Number) -> Response:
        path: Path = await request.app.state.threads.run(partial(_recording, request, number, id))
        _prolong(request)
        return FileResponse(path, media_type="audio/wav", headers={"Content-Disposition": "inline"})

    @room.get("/{number}/attachments/{id}", Action.HEAR)
    async def attachment(request: Request, number: str, id: Number) -> Response:
        found: Opened = await request.app.state.threads.run(partial(_attachment, request, number, id))
        _prolong(request)
        # Never shown in place: what strangers send is looked at outside of our pages.
        return FileResponse(found.path, media_type=found.row.media_type, filename=found.row.name)

    @room.get("/{number}/result.wav", Action.APPROVE)
    async def result(request: Request, number: str) -> Response:
        """What is to be said to the citizen, as the telephone says it."""
        _prolong(request)
        sound: bytes = await request.app.state.threads.run(partial(_result, request, number))
        return Response(sound, media_type="audio/wav")


def _prolong(request: Request) -> None:
    if (prolong := request.scope.get(PROLONG)) is not None:
        prolong(SECONDS)


def _recording(request: Request, number: str, id: Number) -> Path:
    visitor = the_visitor(request)
    office, root = visitor.office, visitor.office.settings.folders.recordings
    return open_recording(office.engine, number=number, id=id, root=root, by=visitor.actor, now=office.now())


def _attachment(request: Request, number: str, id: Number) -> Opened:
    visitor = the_visitor(request)
    office, folder = visitor.office, attachments_folder(visitor.office.settings)
    return open_attachment(office.engine, number=number, id=id, folder=folder, by=visitor.actor, now=office.now())


def _result(request: Request, number: str) -> bytes:
    visitor = the_visitor(request)
    office = visitor.office
    case = result_of(office.engine, number=number, by=visitor.actor, now=office.now())
    book = open_prompt_book(office.settings)
    book.prepare()
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(spoken_result(book, case).pcm())
    return file.getvalue()
