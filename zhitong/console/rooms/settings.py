"""设置: units and people, matters and their words, rules, notices, lines; who may do what stands in 账号."""

from fastapi import Request
from starlette.responses import Response

from cases.roles import Action
from zhitong.console.room import Room, page, the_visitor
from zhitong.console.rooms.settings_frame import PATH, frame
from zhitong.console.rooms.settings_lines import add_lines
from zhitong.console.rooms.settings_matters import add_matters
from zhitong.console.rooms.settings_people import add_people
from zhitong.console.rooms.settings_texts import add_texts


def settings_room() -> Room:
    """Its pages."""
    room = Room(path=PATH, name="设置", right=Action.SEE_SETTINGS)

    @room.get("")
    def every(request: Request) -> Response:
        return page(request, "settings.html", **frame(the_visitor(request)))

    add_people(room)
    add_matters(room)
    add_texts(room)
    add_lines(room)
    return room
