"""话务流程: what the line says, asks, and in which order it rings people; each may be changed in the browser."""

from fastapi import Request
from starlette.responses import Response

from cases.roles import Action
from zhitong.console.room import Room
from zhitong.console.rooms.flow_prompts import add_prompts
from zhitong.console.visitor import go


def flows_room() -> Room:
    """Its pages."""
    room = Room(path="/flows", name="话务流程", right=Action.SEE_PROMPTS)

    @room.get("")
    def first(request: Request) -> Response:
        return go(request, "/flows/prompts")

    add_prompts(room)
    return room
