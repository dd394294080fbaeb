"""/api/v1: what other channels send becomes a case; how a case stands, for whoever has its code."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.security import HTTPBearer
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from cases.intake import CHANNELS, LONGEST, SECRECIES
from cases.lead import ABOVE_TAGS
from cases.roles import NotPermitted
from zhitong.console.gate import (
    API,
    BEARER,
    FORMS,
    Sending,
    Threads,
    TooMuch,
    TooSlow,
    faults,
    refusal,
    too_much,
    unavailable,
)
from zhitong.console.intake_answers import Added, Case, Heeded, Refusal, Status, Taken
from zhitong.console.ports import IntakePorts, SentFile
from zhitong.errors import CaseNotFound, IntakeRefused, NoRoom, StatusRefused, StoreError, TooManyTries

ATTACHMENTS = "attachments"
_LONGEST_FIELD = 64 << 10
_NUMBER = "^[0-9A-Za-z-]{1,40}$"
Number = Annotated[str, Path(pattern=_NUMBER, description="工单编号")]
_AGAIN = "请过一会儿再发，带同样的 Idempotency-Key。"


def intake_api(ports: IntakePorts, sending: Sending, threads: Threads) -> FastAPI:
    """The API behind its gate. Its document is for who holds a token."""
    app = FastAPI(
        title="直通来件接口",
        version="1",
        description="网站、微信、信件等渠道的来件：和来电一样的工单、一样的时限。令牌：zhitong token add。",
        openapi_url=f"{API}openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(_routes(ports, sending, threads))
    _tell_faults(app, sending)
    return app


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    told = {
        400: "请求读不懂",
        401: "没有令牌，或者令牌停用、过期了",
        403: "这个账号或者令牌不能",
        404: "没有",
        408: "传得太慢",
        413: "太大",
        415: "不是表单",
        422: "有要改的地方",
        429: "太快，或者错得太多",
        503: "数据库暂时用不了",
        507: "磁盘存不下，什么都没有收",
    }
    return {status: {"model": Refusal, "description": told[status]} for status in (*statuses, 429, 503)}


def _form(fields: dict[str, Any], required: list[str]) -> dict[str, Any]:
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, "description": "附件，可以有几个"}
    schema = {"type": "object", "properties": fields | {ATTACHMENTS: files}, "required": required}
    return {"requestBody": {"required": True, "content": {FORMS[0]: {"schema": schema}}}}


_CASE_FIELDS: dict[str, Any] = {
    "channel": {"type": "string", "enum": list(CHANNELS), "description": "渠道"},
    "received_at": {"type": "string", "format": "date-time", "description": "渠道几时收到，要写时区；时限从它算起"},
    "text": {"type": "string", "maxLength": LONGEST["text"], "description": "群众写的；有附件时可以没有"},
    "caller": {"type": "string", "maxLength": LONGEST["caller"], "description": "群众的电话"},
    "name": {"type": "string", "maxLength": LONGEST["name"], "description": "姓名"},
    "address": {"type": "string", "maxLength": LONGEST["address"], "description": "地址"},
    "place": {"type": "string", "maxLength": LONGEST["place"], "description": "事情在哪里；不写：从文字里听"},
    "type": {"type": "string", "description": "咨询、求助、投诉、举报、建议、表扬；不写：从文字里听"},
    "secrecy": {"type": "string", "enum": list(SECRECIES), "description": "群众要求保密或匿名"},
    "above": {"type": "string", "enum": list(ABOVE_TAGS), "description": "上级交办的写；由主要领导领办"},
    "meeting_place": {"type": "string", "maxLength": 100, "description": "板凳会：在哪里开的"},
    "meeting_date": {"type": "string", "format": "date", "description": "板凳会：哪天开的"},
    "held_by": {"type": "string", "maxLength": 100, "description": "板凳会：谁主持的"},
}


def _routes(ports: IntakePorts, sending: Sending, threads: Threads) -> APIRouter:
    bearer = Depends(HTTPBearer(auto_error=False, description="zhitong token add 给的令牌"))
    router = APIRouter(prefix=API.rstrip("/"), tags=["来件"])

    @router.post(
        "/cases",
        status_code=201,
        response_model=Taken,
        dependencies=[bearer],
        responses=_refusals(400, 401, 403, 408, 413, 415, 422, 507)
        | {200: {"model": Taken, "description": "这个 Idempotency-Key 已经来过，是同一个工单"}}
        | {202: {"model": Heeded, "description": "短信只说了退订或者恢复：照办了，没有立单"}},
        openapi_extra=_form(_CASE_FIELDS, ["channel", "received_at"]),
        summary="来件（令牌范围：来件）",
    )
    async def take(
        request: Request,
        key: Annotated[
            str,
            Header(alias="Idempotency-Key", description="来件自己的编号；同样的只有一个工单（有号码的短信可以不写）"),
        ] = "",
    ) -> JSONResponse:
        told, files, form = await _read(request, sending)
        try:
            new, answer = await threads.run(partial(ports.take, request.scope[BEARER], told, key, files))
        finally:
            await form.close()
        model, status = (Heeded, 202) if "heeded" in answer else (Taken, 201 if new else 200)
        return JSONResponse(_checked(model, answer), status, {"Cache-Control": "no-store"})

    @router.post(
        "/cases/{number}/attachments",
        response_model=Added,
        dependencies=[bearer],
        responses=_refusals(400, 401, 403, 404, 408, 413, 415, 422, 507),
        openapi_extra=_form({}, [ATTACHMENTS]),
        summary="补附件：收这个件的账号，或者能改工单的（令牌范围：来件）",
    )
    async def add(request: Request, number: Number) -> JSONResponse:
        told, files, form = await _read(request, sending)
        try:
            if told:
                mend = f"这里只收附件（{ATTACHMENTS}）。"
                return faults(422, [{"field": name, "value": "", "mend": mend} for name in told])
            answer = await threads.run(partial(ports.add, request.scope[BEARER], number, files))
        finally:
            await form.close()
        return JSONResponse(_checked(Added, answer), headers={"Cache-Control": "no-store"})

    @router.get(
        "/cases/{number}",
        response_model=Case,
        dependencies=[bearer],
        responses=_refusals(401, 403, 404, 422),
        summary="看一个工单，会留痕（令牌范围：查看）",
    )
    async def see(request: Request, number: Number) -> JSONResponse:
        answer = await threads.run(partial(ports.see, request.scope[BEARER], number))
        return JSONResponse(_checked(Case, answer), headers={"Cache-Control": "no-store"})

    @router.get(
        "/cases/{number}/attachments/{id}",
        response_class=FileResponse,
        dependencies=[bearer],
        responses=_refusals(401, 403, 404, 422)
        | {200: {"content": {"application/octet-stream": {}}, "description": "附件"}},
        summary="取一个附件，会留痕（令牌范围：查看）",
    )
    async def file(request: Request, number: Number, id: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> Response:
        found = await threads.run(partial(ports.file, request.scope[BEARER], number, id))
        name = f"{id}.{found.suffix}"
        return FileResponse(
            found.path, media_type=found.media_type, filename=name, headers={"Cache-Control": "no-store"}
        )

    @router.get(
        "/status",
        response_model=Status,
        dependencies=[bearer],
        responses=_refusals(401, 403, 404, 422),
        summary="凭编号和提取码查办理情况；不用令牌也行（令牌范围：查看状态）",
    )
    async def status(
        request: Request,
        number: Annotated[str, Query(pattern=_NUMBER, description="口头编号或者完整的编号")],
        code: Annotated[str, Query(pattern="^[0-9]{1,20}$", description="来件时给的提取码")],
    ) -> JSONResponse:
        address = request.client.host if request.client else ""
        answer = await threads.run(partial(ports.status, request.scope[BEARER], number, code, address))
        return JSONResponse(_checked(Status, answer), headers={"Cache-Control": "no-store"})

    return router


def _checked(model: Any, answer: dict[str, Any]) -> Any:
    return model(**answer).model_dump(mode="json")


async def _read(request: Request, sending: Sending) -> tuple[dict[str, str], list[SentFile], Any]:
    """The fields and files of a form; several of a field, or a file that is none of ATTACHMENTS, are faults."""
    form = await request.form(max_files=sending.files + 1, max_fields=50, max_part_size=_LONGEST_FIELD)
    told: dict[str, str] = {}
    files: list[SentFile] = []
    wrong: list[dict[str, str]] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name == ATTACHMENTS:
                files.append(SentFile(name=value.filename or "", source=value.file))
            else:
                wrong.append({"field": name[:100], "value": "", "mend": f"文件请放在 {ATTACHMENTS} 里。"})
        elif name == ATTACHMENTS or name in told:
            mend = "要发文件，不是文字。" if name == ATTACHMENTS else "写了几次，只能写一次。"
            wrong.append({"field": name[:100], "value": "", "mend": mend})
        else:
            told[name] = value
    if wrong:
        await form.close()
        raise _Wrong(wrong)
    return told, files, form


class _Wrong(Exception):
    """A form with faults of its own."""

    def __init__(self, found: list[dict[str, str]]) -> None:
        self.found = found


def _tell_faults(app: FastAPI, sending: Sending) -> None:
    """Each error of the application as an answer."""

    def on(kind: type[Exception], answer: Any) -> None:
        async def handle(request: Request, error: Exception) -> Response:
            found: Response = answer(error)
            return found

        app.add_exception_handler(kind, handle)

    on(_Wrong, lambda error: faults(422, error.found))
    on(IntakeRefused, lambda error: faults(422, [_told(fault) for fault in error.faults]))
    on(RequestValidationError, lambda error: faults(422, [_invalid(one) for one in error.errors()]))
    on(NotPermitted, lambda error: refusal(403, "Authorization", "", str(error)))
    on(CaseNotFound, lambda error: refusal(404, "number", "", str(error)))
    on(StatusRefused, lambda error: refusal(404, "code", "", str(error)))
    on(TooManyTries, lambda error: refusal(429, "code", "", str(error), headers={"Retry-After": "3600"}))
    on(TooMuch, lambda error: too_much(sending))
    on(TooSlow, lambda error: refusal(408, "", "", f"传得太慢，断开了；{_AGAIN}", headers={"Connection": "close"}))
    on(ClientDisconnect, lambda error: refusal(400, "", "", f"没有传完；{_AGAIN}"))
    on(NoRoom, lambda error: refusal(507, ATTACHMENTS, "", str(error)))
    on(OSError, lambda error: refusal(507, ATTACHMENTS, "", f"磁盘存不下，什么都没有收；{_AGAIN}"))
    on(StoreError, lambda error: unavailable(f"数据库暂时用不了，{_AGAIN}"))
    on(HTTPException, lambda error: refusal(error.status_code, "", "", _HTTP.get(error.status_code, "请求读不懂。")))


_HTTP = {404: "没有这个地址。", 405: "这个地址不能这样用。"}


def _told(fault: Any) -> dict[str, str]:
    return {"field": fault.field, "value": str(fault.value), "mend": fault.mend}


def _invalid(error: Any) -> dict[str, str]:
    return {"field": str(error["loc"][-1]), "value": "", "mend": "没有写，或者写得不对。"}
