"""值班表的版次: what was published by whom, when and why; publishing what stands in the files; restoring what was."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from cases.roles import Action
from routing.faults import BadConfig
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.visitor import Visitor, go
from zhitong.edition_in_force import edition_in_force, is_published, without_values
from zhitong.errors import ChangeRefused, Refused
from zhitong.roster_editions import Comparison, compare_draft, compare_edition, restore
from zhitong.usecases.change_roster import list_changes
from zhitong.usecases.publish_roster import list_editions, publish_roster

LISTED = 50
MOST = 300
"""Differences that a page lists."""
_Text = Annotated[str, Form(max_length=300)]


def add_editions(room: Room) -> None:
    """The pages of the roster's room for editions."""

    @room.get("/editions")
    def editions(request: Request) -> Response:
        return _listed(request)

    @room.get("/editions/draft", Action.PUBLISH_ROSTER)
    def draft(request: Request) -> Response:
        return _shown(request, lambda: _draft(the_visitor(request)), "/roster/editions/publish")

    @room.post("/editions/publish", Action.PUBLISH_ROSTER)
    def publish(request: Request, on: Annotated[Number, Form()] = -1, reason: _Text = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        where = "/roster/editions/publish"
        try:
            compared = _draft(visitor)
        except (BadConfig, Refused) as error:
            return _listed(request, told=str(error))
        try:
            # As it was shown: who published meanwhile is not overwritten.
            wanted = replace(compared.draft, on=on)
            publish_roster(office.engine, wanted, by=visitor.actor, reason=reason, now=office.now())
        except (BadConfig, Refused) as error:
            return _shown(request, lambda: compared, where, told=str(error), reason=reason)
        office.look()
        return go(request, "/roster/editions")

    @room.get("/editions/{id}", Action.PUBLISH_ROSTER)
    def edition(request: Request, id: Number) -> Response:
        return _shown(request, lambda: _edition(the_visitor(request), id), f"/roster/editions/{id}/restore")

    @room.post("/editions/{id}/restore", Action.PUBLISH_ROSTER)
    def restored(request: Request, id: Number, on: Annotated[Number, Form()] = -1, reason: _Text = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        try:
            compared = _edition(visitor, id)
        except (BadConfig, Refused) as error:
            return _listed(request, told=str(error))
        compared = replace(compared, draft=replace(compared.draft, on=on))
        try:
            if not reason.strip():
                raise ChangeRefused("没有写为什么改；每次改动都要写明")
            restore(office.settings, office.engine, compared, by=visitor.actor, reason=reason, now=office.now())
        except (BadConfig, Refused) as error:
            where = f"/roster/editions/{id}/restore"
            return _shown(request, lambda: compared, where, told=str(error), reason=reason)
        except OSError as error:
            office.look()
            return _listed(request, told=f"第 {id} 版生效了，但是写不进文件（{error.strerror}）；请管理员写回")
        office.look()
        return go(request, "/roster/editions")


def _draft(visitor: Visitor) -> Comparison:
    office = visitor.office
    return compare_draft(office.settings, office.engine, list_changes(office.engine), now=office.now())


def _edition(visitor: Visitor, id: Number) -> Comparison:
    office = visitor.office
    return compare_edition(office.settings, office.engine, id, list_changes(office.engine), now=office.now())


def _listed(request: Request, *, told: str = "") -> Response:
    visitor = the_visitor(request)
    office, now = visitor.office, visitor.office.now()
    found = list_editions(office.engine, by=visitor.actor, now=now)
    in_use, trouble = None, ""
    try:
        force = edition_in_force(office.settings, office.engine, now)
        in_use, trouble = force.edition.key, force.trouble
        unpublished = not is_published(office.settings, force.edition)
    except BadConfig as error:
        unpublished, trouble = True, without_values(error)
    return page(
        request,
        "roster_editions.html",
        status=409 if told else 200,
        told=told,
        editions=found[:LISTED],
        in_use=in_use,
        trouble=trouble,
        unpublished=unpublished,
        may_publish=visitor.may(Action.PUBLISH_ROSTER),
    )


def _shown(
    request: Request, compare: Callable[[], Comparison], where: str, *, told: str = "", reason: str = ""
) -> Response:
    """What it would change, with a form to do it. where: what the form sends to."""
    try:
        compared = compare()
    except (BadConfig, Refused) as error:
        return _listed(request, told=str(error))
    return page(
        request,
        "roster_edition.html",
        status=409 if told else 200,
        told=told,
        compared=compared,
        most=MOST,
        where=where,
        reason=reason,
    )
