"""A room of the console: its pages, each with the right that it needs, so that rights can be read off and tested."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from jinja2 import Environment
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from cases.roles import Action, NotPermitted
from zhitong.console.feed import Feed, Stream
from zhitong.console.visitor import GoThere, Visitor, needs
from zhitong.errors import Refused, StoreError

Number = Annotated[int, Field(ge=-1, le=2**31 - 1)]
"""A number in an address or a form: what every database can hold."""
_Kind = TypeVar("_Kind", bound=StrEnum)
RIGHT = "x-right"
"""In the description of a route: the Action that it needs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """path: begins with /. name: in the menu; empty: another room leads there. right: who may not do this is not shown
    the room in the menu.

    A page's function takes `request` and `visitor: Visitor = room.visitor`… and returns what `page` or `go` make.
    """

    path: str
    name: str
    right: Action
    router: APIRouter = field(default_factory=APIRouter)

    def get(self, path: str, right: Action | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """A page of the room; right: the room's, unless said otherwise. Its `visitor` is handed in."""
        return self._route("GET", path, right or self.right)

    def stream(self, path: str, right: Action | None = None, *, touch: bool = False) -> Callable[..., Any]:
        """A live part of a page: an async function that returns what `stream` makes. touch: who looks at it counts as
        being there; for a screen at which nobody clicks."""
        return self._route("GET", path, right or self.right, touch=touch)

    def post(self, path: str, right: Action) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """What a form of the room sends."""
        return self._route("POST", path, right)

    def _route(
        self, method: str, path: str, right: Action, *, touch: bool = True
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self.router.api_route(
            self.path + path,
            methods=[method],
            response_class=HTMLResponse,
            openapi_extra={RIGHT: right.value},
            dependencies=[Depends(visitor_for(right, touch=touch))],
        )


def visitor_for(right: Action | None, *, touch: bool = True) -> Callable[..., Any]:
    """The dependency that lets in who may, and keeps him for the page."""
    known = needs(right, touch=touch)

    async def let_in(request: Request) -> None:
        request.state.visitor = await known(request)

    return let_in


def the_visitor(request: Request) -> Visitor:
    """Whom the page's right has let in."""
    visitor: Visitor = request.state.visitor
    return visitor


def stream(request: Request, feed: Feed, right: Action, *, touch: bool = False) -> Response:
    """The feed, while its viewer is signed in and may look, as far as that is known. touch: as of the route."""
    known = needs(right, touch=touch)

    async def still() -> bool:
        try:
            await known(request)
        except (GoThere, NotPermitted):
            return False
        except StoreError:
            return True  # a database that is away takes the calls from nobody's sight
        return True

    return Stream(feed, still)


def one_of(field: str, value: str, kinds: type[_Kind]) -> _Kind | None:
    """What was chosen in a list of a page; None: nothing. Raises Refused for what is not in it."""
    try:
        return kinds(value) if value else None
    except ValueError:
        raise Refused(f"{field}：“{value[:60]}”不行；请用 {'、'.join(kinds)}") from None


def page(request: Request, template: str, *, status: int = 200, **told: Any) -> Response:
    """A page made of a template: with the menu, who looks, when, and `told`."""
    environment: Environment = request.app.state.templates
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    rooms = [room for room in request.app.state.rooms if visitor is not None and visitor.may(room.right)]
    body = environment.get_template(template).render(
        request=request,
        visitor=visitor,
        rooms=[room for room in rooms if room.name],
        here=max((room.path for room in rooms if request.url.path.startswith(room.path)), key=len, default=""),
        nonce=request.state.nonce,
        now=request.app.state.office.now(),
        **told,
    )
    return HTMLResponse(body, status)
