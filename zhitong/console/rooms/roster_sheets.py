"""值班表 as sheets: reading one in, with a preview before anything counts; and giving it out, to print and to sign."""

import base64
import binascii
from collections.abc import Callable
from io import BytesIO
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import File, Form, Request, UploadFile
from starlette.responses import Response

from cases.roles import Action
from routing.changes import standing
from routing.officials import Unit
from routing.roster import ROLES
from routing.sheets.book import BadBook, book_of
from routing.sheets.write import printed_rows, workbook_of
from zhitong.console.door import PROLONG
from zhitong.console.room import Room, page, the_visitor
from zhitong.console.rooms.roster_chosen import ROLE, chosen_unit, moment_of
from zhitong.console.visitor import Visitor, go
from zhitong.errors import ChangeRefused, Refused
from zhitong.usecases.change_roster import list_changes
from zhitong.usecases.export_roster import DAYS, Printed, roster_to_print
from zhitong.usecases.import_sheet import SheetRead, duties_of, put_sheet_read, read_sheet, unit_of
from zhitong.usecases.see_roster import units_seen

T = TypeVar("T")
LARGEST = 5 << 20
"""Bytes of a file; what is larger is imported by command."""
SECONDS = 90.0
"""A sheet of 20,000 rows is read for ten seconds, on a busy machine longer."""
SHOWN = 200
"""Shifts and issues of a preview."""
MOST_DAYS = 366
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Text = Annotated[str, Form(max_length=300)]


def add_sheets(room: Room) -> None:
    """The pages of the roster's room for sheets."""

    @room.get("/import", Action.CHANGE_ROSTER)
    def ask(request: Request) -> Response:
        return _asking(request)

    @room.post("/import", Action.CHANGE_ROSTER)
    async def preview(
        request: Request,
        file: Annotated[UploadFile | None, File()] = None,
        text: Annotated[str, Form(max_length=500_000)] = "",
    ) -> Response:
        content = await file.read(LARGEST + 1) if file is not None else b""
        name = (file.filename or "") if content and file is not None else "粘贴"
        return await _slowly(request, lambda: _previewed(request, name, content or text.encode(), text=text))

    @room.post("/import/put", Action.CHANGE_ROSTER)
    async def put(
        request: Request,
        content: Annotated[str, Form(max_length=2 * LARGEST)] = "",
        name: _Text = "",
        unit: _Text = "",
        only_sure: _Text = "",
        first: _Text = "",
        reason: _Text = "",
    ) -> Response:
        return await _slowly(request, lambda: _put(request, content, name, unit, only_sure, first, reason))

    @room.get("/print", Action.EXPORT_ROSTER)
    def to_print(request: Request, of: str = "", start: str = "", days: str = "", own: str = "") -> Response:
        visitor = the_visitor(request)
        printed, unit = _given_out(visitor, of, start, days, own)
        tables = [printed_rows(one) for one in printed.pages]
        fields: dict[str, Any] = {"of": of, "start": start, "days": days, "own": own}
        fields |= {"printed": printed, "tables": tables, "unit": unit, "most": DAYS, "query": urlencode(fields)}
        return page(request, "roster_print.html", **fields)

    @room.get("/export", Action.EXPORT_ROSTER)
    def export(request: Request, of: str = "", start: str = "", days: str = "", own: str = "") -> Response:
        visitor = the_visitor(request)
        printed, unit = _given_out(visitor, of, start, days, own)
        body = BytesIO()
        workbook_of(printed.pages).save(body)
        name = quote(f"{unit.name}值班表{printed.first}.xlsx")
        return Response(
            body.getvalue(), media_type=XLSX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        )


async def _slowly(request: Request, act: Callable[[], T]) -> T:
    """In a thread, with more time than a page has."""
    request.scope.get(PROLONG, lambda seconds: None)(SECONDS)
    found: T = await request.app.state.threads.run(act)
    return found


def _asking(request: Request, *, told: str = "", text: str = "") -> Response:
    return page(
        request, "roster_import.html", status=409 if told else 200, told=told, text=text, most=LARGEST >> 20, read=None
    )


def _read(visitor: Visitor, name: str, content: bytes) -> SheetRead:
    """Raises BadBook, Refused."""
    if not content.strip():
        raise Refused("没有选文件，也没有粘贴文字；请选一个值班表文件，或把表粘贴进来")
    if len(content) > LARGEST:
        raise Refused(f"文件超过 {LARGEST >> 20} MB；请只留要导入的表，或用命令导入：zhitong roster import")
    office = visitor.office
    return read_sheet(book_of(content, name), office.directory(), today=office.now().date())


def _previewed(request: Request, name: str, content: bytes, *, text: str = "") -> Response:
    visitor = the_visitor(request)
    try:
        read = _read(visitor, name, content)
    except (BadBook, Refused) as error:
        return _asking(request, told=str(error), text=text)
    return _preview(request, visitor, read, name, content)


def _preview(
    request: Request, visitor: Visitor, read: SheetRead, name: str, content: bytes, *, told: str = "", **typed: str
) -> Response:
    """What was read, and the form to put it in force."""
    office = visitor.office
    directory = office.directory()
    problem = ""
    try:
        duties = duties_of(read.reading.shifts, directory, "")
    except ChangeRefused as error:
        duties, problem = [], str(error)
    unit = typed.get("unit") or unit_of(duties, directory, None)
    county = visitor.may_all(Action.CHANGE_ROSTER)
    both = len({duty.role for duty in duties}) == 2
    ask_first = county and both and standing(list_changes(office.engine)).first is None
    fields: dict[str, Any] = {
        "read": read,
        "name": name,
        "shifts": read.reading.shifts[:SHOWN],
        "issues": read.reading.issues[:SHOWN],
        "roles": ROLE,
        "content": base64.urlsafe_b64encode(content).decode(),
        "units": units_seen(directory, visitor.actor),
        "unit": unit,
        "first_now": ROLE[directory.first],
        "ask_first": ask_first,
        "fit": bool(duties),
        "typed": {"reason": "", "first": "", "only_sure": ""} | typed,
    }
    told = "\n".join(filter(None, (told, problem)))
    return page(request, "roster_preview.html", status=409 if told else 200, told=told, **fields)


def _put(request: Request, content: str, name: str, unit: str, only_sure: str, first: str, reason: str) -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    try:
        sent = base64.urlsafe_b64decode(content.encode())
    except (binascii.Error, ValueError):
        raise Refused("预览过的文件没有传完整；请重新选文件预览") from None
    try:
        read = _read(visitor, name or "粘贴", sent)
    except (BadBook, Refused) as error:
        return _asking(request, told=str(error))
    directory = office.directory()
    typed = {"unit": unit, "first": first, "only_sure": only_sure, "reason": reason}
    try:
        if read.reading.issues and not only_sure:
            raise ChangeRefused(
                f"有 {len(read.reading.issues)} 处要核对，没有导入：请改好表格再来，或者勾上“只导入没有疑问的班次”"
            )
        duties = duties_of(read.reading.shifts, directory, "")
        code = unit_of(duties, directory, unit or None)
        duties = duties_of(read.reading.shifts, directory, code)
        role = next((one for one in ROLES if one == first), None)
        why: dict[str, Any] = {"by": visitor.actor, "reason": reason, "now": office.now()}
        changes = put_sheet_read(office.engine, office.base(), read, duties, code, **why, first=role)
    except Refused as error:
        return _preview(request, visitor, read, name, sent, told=str(error), **typed)
    office.look()
    day = f"{min(duty.start for duty in duties):%Y-%m-%d}"
    return go(request, f"/roster?{urlencode({'of': code, 'day': day, 'done': changes[0].id})}")


def _given_out(visitor: Visitor, of: str, start: str, days: str, own: str) -> tuple[Printed, Unit]:
    office = visitor.office
    directory = office.directory()
    unit = directory.unit(chosen_unit(visitor, directory, of).unit)
    if days and not (days.isdigit() and 0 < int(days) <= MOST_DAYS):
        raise Refused(f"几天：“{days[:20]}”不行；请写 1 到 {MOST_DAYS}")
    printed = roster_to_print(
        office.engine,
        directory,
        unit.code,
        by=visitor.actor,
        now=office.now(),
        start=moment_of("从哪天起", start).date() if start else None,
        days=int(days) if days else None,
        own=bool(own),
    )
    return printed, unit
