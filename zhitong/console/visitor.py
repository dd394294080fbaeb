"""Who looks at a page, and what every page asks before it is shown."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from cases.roles import Action, Actor, may, permit, units_of
from zhitong.console.office import Office
from zhitong.errors import NotSignedIn
from zhitong.usecases.sign_in import Stage, signed_in

COOKIE = "zhitong"
CSRF = "csrf"
"""The field of a form, and (X-CSRF) the header of a script's request, that no other site can know."""
WAITS: dict[Stage, str] = {"change": "/sign-in/password", "enroll": "/sign-in/second", "code": "/sign-in/code"}
"""Where one goes who is not done with signing in."""
_SAFE = ("GET", "HEAD")


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """Somebody who is signed in. token: of his cookie, never shown."""

    actor: Actor
    token: str
    office: Office

    @property
    def csrf(self) -> str:
        """What his forms must bear."""
        return csrf_of(self.token)

    def may(self, action: Action) -> bool:
        """Whether he may do this with any case at all."""
        return may(self.actor, action)

    def may_all(self, action: Action) -> bool:
        """Whether he may do this whatever the unit is."""
        return self.may(action) and units_of(self.actor, action) is None


class GoThere(Exception):
    """The page cannot be shown; another one is to be."""

    def __init__(self, where: str) -> None:
        self.where = where


class NotOurForm(Exception):
    """A form that did not come from our own page."""


def csrf_of(token: str) -> str:
    """The same for the whole of a sign-in; says nothing of the token."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()[:32]


def needs(action: Action | None, *, stage: Stage = "in", touch: bool = True) -> Callable[..., Any]:
    """The dependency of a page for those who may do this; None: for whoever is signed in. touch: it counts as being
    there. Raises GoThere, NotPermitted, NotOurForm, DatabaseGone."""

    async def visitor(request: Request) -> Visitor:
        if request.method not in _SAFE:
            await _ours(request)
        return await request.app.state.threads.run(lambda: _known(request))

    def _known(request: Request) -> Visitor:
        office: Office = request.app.state.office
        token = request.cookies.get(COOKIE, "")
        try:
            who = signed_in(office.engine, token, now=office.now(), touch=touch)
        except NotSignedIn:
            raise GoThere("/sign-in") from None
        if who.stage != stage:
            raise GoThere(WAITS.get(who.stage, "/"))
        if action is not None:
            permit(who.actor, action)
        return Visitor(actor=who.actor, token=token, office=office)

    return visitor


async def _ours(request: Request) -> None:
    """Raises NotOurForm for what another site has made the browser send."""
    same_site(request)
    told = request.headers.get("x-csrf", "")
    if not told:
        told = str((await request.form()).get(CSRF, ""))
    if not hmac.compare_digest(told.encode(), csrf_of(request.cookies.get(COOKIE, "")).encode()):
        raise NotOurForm


def same_site(request: Request) -> None:
    """Raises NotOurForm where the browser says that another site sends it."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "")
    if site not in ("same-origin", "none") or (origin and origin.partition("://")[2] != request.headers.get("host")):
        raise NotOurForm


def go(request: Request, where: str) -> Response:
    """To another page, also where a script asked."""
    if request.headers.get("hx-request"):
        return Response(headers={"HX-Redirect": where})
    return RedirectResponse(where, status_code=303)
