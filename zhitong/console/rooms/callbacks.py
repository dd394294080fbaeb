"""回访: the calls to citizens after their cases, and the forms of those that people make."""

from fastapi import Request
from starlette.responses import Response

from cases.callback import Reply
from cases.roles import Action
from zhitong.case_text import TASK
from zhitong.console.room import Number, Room, one_of, page, the_visitor
from zhitong.console.rooms.case_steps import DONE
from zhitong.usecases.called_back import OUTCOMES as CALLED
from zhitong.usecases.called_back import SATISFIED
from zhitong.usecases.confirm_case import OUTCOMES as CONFIRMED
from zhitong.usecases.list_callbacks import Which, list_callbacks
from zhitong.usecases.moving import LONGEST_REASON
from zhitong.usecases.recheck_by_person import OUTCOMES as RECHECKED
from zhitong.usecases.tell import tell_answer

MADE_BY = {"callback": "系统回访", "person": "人工回访", "recheck": "回头看"}


def callbacks_room() -> Room:
    """Its pages."""
    room = Room(path="/callbacks", name="回访", right=Action.SEE)

    @room.get("")
    def listed(request: Request, which: str = "", unhappy: str = "", more: Number = 0, done: str = "") -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        wanted = one_of("哪一类", which, Which) or Which.PEOPLE
        found = list_callbacks(
            office.engine,
            office.rules(),
            by=visitor.actor,
            now=now,
            which=wanted,
            unhappy=unhappy != "",
            more=max(0, more),
        )
        return page(
            request,
            "callbacks.html",
            found=found,
            which=wanted,
            lists=list(Which),
            unhappy=unhappy != "",
            begun=more,
            done=DONE.get(done, ""),
            answer=tell_answer,
            no=Reply.NO.value,
            task_names=TASK,
            made_by=MADE_BY,
            called=list(CALLED),
            satisfied=list(SATISFIED),
            confirmed=CONFIRMED,
            rechecked=list(RECHECKED),
            longest_reason=LONGEST_REASON,
        )

    return room
