"""网页的证书: one of our own authority, or one that was given; the authority's file for the county's computers."""

import re
import socket
from typing import Annotated

from fastapi import File, Form, Request, UploadFile
from starlette.responses import Response

from cases.roles import Action
from routing.faults import BadConfig
from zhitong.certificate import LONGEST, RENEWED, authority_file, certificate_of, make_own, put_given
from zhitong.console.room import Room, page, the_visitor
from zhitong.console.visitor import go
from zhitong.errors import Refused
from zhitong.own_settings import put_own, set_now
from zhitong.restart import is_kept
from zhitong.settings import host_and_port
from zhitong.usecases.set_up import sets_up

PATH = "/certificate"
EVERYWHERE = "0.0.0.0"
_Text = Annotated[str, Form(max_length=2000)]


def certificate_room() -> Room:
    """Its pages; 设置 leads there."""
    room = Room(path=PATH, name="", right=Action.SET_UP)

    @room.get("")
    def now(request: Request, done: str = "") -> Response:
        return _shown(request, done="证书存好了，重新开线以后起作用。" if done else "")

    @room.post("/own", Action.SET_UP)
    def own(request: Request, names: _Text = "", everywhere: _Text = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        sets_up(office.engine, what="发网页的证书", by=visitor.actor, now=office.now())
        try:
            make_own(set_now(office.settings), re.split(r"[,，、;；\s]+", names), now=office.now())
            _open_to(request, everywhere=bool(everywhere))
        except (BadConfig, Refused) as error:
            return _shown(request, told=str(error), names=names)
        return go(request, f"{PATH}?done=1")

    @room.post("/given", Action.SET_UP)
    async def given(
        request: Request,
        certificate: Annotated[UploadFile | None, File()] = None,
        key: Annotated[UploadFile | None, File()] = None,
        everywhere: _Text = "",
    ) -> Response:
        read = [await one.read(LONGEST + 1) if one is not None else b"" for one in (certificate, key)]

        def act() -> Response:
            visitor = the_visitor(request)
            office = visitor.office
            sets_up(office.engine, what="换网页的证书", by=visitor.actor, now=office.now())
            try:
                if not all(read):
                    raise Refused("证书和密钥两个文件都要选")
                put_given(office.settings, *read, now=office.now())
                _open_to(request, everywhere=bool(everywhere))
            except (BadConfig, Refused) as error:
                return _shown(request, told=str(error))
            return go(request, f"{PATH}?done=1")

        answer: Response = await request.app.state.threads.run(act)
        return answer

    @room.get("/ca.crt")
    def authority(request: Request) -> Response:
        path = authority_file(the_visitor(request).office.settings)
        if not path.exists():
            raise Refused("还没有自己发过证书；先在上面发一张。")
        told = {"Content-Disposition": "attachment; filename=zhitong-ca.crt"}
        return Response(path.read_bytes(), media_type="application/x-x509-ca-cert", headers=told)

    return room


def _open_to(request: Request, *, everywhere: bool) -> None:
    """Other computers reach the pages from the next start on; not without a certificate."""
    office = the_visitor(request).office
    settings = set_now(office.settings)
    if everywhere and settings.console.pages:
        _, port = host_and_port(settings.console.pages)
        put_own(office.settings, {"console": {"pages": f"{EVERYWHERE}:{port}"}}, now=office.now())


def _shown(request: Request, *, done: str = "", told: str = "", names: str = "") -> Response:
    office = the_visitor(request).office
    settings = set_now(office.settings)
    try:
        found = certificate_of(office.settings)
    except Refused as error:
        found, told = None, told or str(error)
    host, port = host_and_port(settings.console.pages) if settings.console.pages else ("", 0)
    return page(
        request,
        "certificate.html",
        status=409 if told else 200,
        told=told,
        done=done,
        found=found,
        ends_soon=found is not None and found.ends - RENEWED <= office.now(),
        ended=found is not None and found.ends <= office.now(),
        names=names or "\n".join(found.names if found else _guessed()),
        encrypted=request.url.scheme == "https",
        everywhere=host == EVERYWHERE,
        port=port,
        has_authority=authority_file(office.settings).exists(),
        kept=is_kept(office.settings.folders.data),
        calls=len(office.live.state[1]),
    )


def _guessed() -> list[str]:
    """How others may call this machine."""
    found = [socket.gethostname().lower()]
    try:
        found += [str(one[4][0]) for one in socket.getaddrinfo(found[0], None, socket.AF_INET)]
    except OSError:
        return found
    return [one for one in dict.fromkeys(found) if not one.startswith("127.")]
