"""GET /calendar/{token}.ics: one official's duty, for the calendar of a telephone or computer."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from zhitong.console.ports import ConsolePorts, DutyCalendar, NotThere

AGAIN_SECONDS = 60
_STATUS: dict[NotThere, int] = {"unknown": 404, "ended": 410, "not yet": 503}


def calendar_routes(ports: ConsolePorts) -> APIRouter:
    """The one route of duty calendars."""
    router = APIRouter()

    @router.api_route("/calendar/{token}.ics", methods=["GET", "HEAD"])
    async def calendar(token: str, request: Request) -> Response:
        # Given up when it takes too long, though the thread goes on: they are few.
        found = await anyio.to_thread.run_sync(ports.calendar, token, abandon_on_cancel=True)
        if isinstance(found, str):
            again = {"Retry-After": str(AGAIN_SECONDS)} if found == "not yet" else {}
            return Response(status_code=_STATUS[found], headers={"Cache-Control": "no-store", **again})
        headers = {
            "ETag": f'"{found.tag}"',
            "Last-Modified": format_datetime(found.changed_at.astimezone(UTC), usegmt=True),
            "Cache-Control": "private, no-cache",  # kept by him who reads it alone, asked for again each time
        }
        if _has_it(request, found):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="duty.ics"'
        return Response(found.body, media_type="text/calendar", headers=headers)

    return router


def _has_it(request: Request, found: DutyCalendar) -> bool:
    """Whether the reader has this very calendar (RFC 9110, 13.2.2: a tag counts more than a time)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or f'"{found.tag}"' in [one.strip().removeprefix("W/") for one in tags.split(",")]
    since = _moment(request.headers.get("if-modified-since", ""))
    return since is not None and found.changed_at.replace(microsecond=0) <= since


def _moment(told: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(told)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
