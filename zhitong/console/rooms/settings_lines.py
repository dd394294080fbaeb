"""设置 → 线路和时间: what config/zhitong.toml and the environment say, as it counts; to be looked at."""

from fastapi import Request
from starlette.responses import Response

from zhitong.console.room import Room, page, the_visitor
from zhitong.console.rooms.settings_frame import frame
from zhitong.setting_overview import overview
from zhitong.usecases.see_settings import see_settings


def add_lines(room: Room) -> None:
    """Adds its page."""

    @room.get("/lines")
    def lines(request: Request) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        see_settings(office.engine, "线路和时间", by=visitor.actor, now=office.now())
        return page(request, "settings_lines.html", **frame(visitor, "/lines"), told=overview(office.settings))
