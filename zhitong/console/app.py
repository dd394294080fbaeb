"""The console as an ASGI application."""

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from zhitong.console.calendars import calendar_routes
from zhitong.console.door import Door
from zhitong.console.gate import API, Gate, Sending, Threads
from zhitong.console.intake import intake_api
from zhitong.console.ports import ConsolePorts


def console_app(
    ports: ConsolePorts, *, per_minute: int, answer_seconds: float = 10.0, sending: Sending | None = None
) -> ASGIApp:
    """Answers what it has a route for; anything else is 404 without a word.

    per_minute: requests of one address. answer_seconds: what takes longer is given up. sending: bounds of the API.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.include_router(calendar_routes(ports))
    app.add_exception_handler(HTTPException, _nothing)
    inside: ASGIApp = app
    if ports.intake is not None:
        sending = sending or Sending()
        threads = Threads()
        api = Gate(intake_api(ports.intake, sending, threads), ports.intake, sending, threads)

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            await (api if scope["path"].startswith(API) else app)(scope, receive, send)

        inside = either
    return Door(inside, per_minute=per_minute, answer_seconds=answer_seconds)


async def _nothing(request: Request, error: Exception) -> Response:
    return Response(status_code=404, headers={"Cache-Control": "no-store"})
