"""What became of a call the system placed: told by Asterisk, kept, and decisive for when the number is rung again."""

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Engine

from cases.tries import Outcome
from dialplans import names
from ivr.ami import Ami
from ivr.inbox import Event
from ivr.softphone_plan import Plan, answer, busy, declines, refuse, ring, wait
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import MORNING, RULES, tell_it, unheard
from tests.integration.dialplans.conftest import Line
from zhitong.outbound import Outbound
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading
from zhitong.store.tries import last_try
from zhitong.trial import wait_until

DUE = MORNING + timedelta(minutes=5)


def test_what_became_of_a_call_is_told_apart(line: Line, engine: Engine) -> None:
    plans: dict[str, tuple[Plan, Outcome]] = {
        "busy": (busy(), Outcome.BUSY),
        "declined after it rang": (declines(after=1.0), Outcome.UNANSWERED),
        "rang, then gave up": ((ring(), wait(1.0), refuse(480)), Outcome.UNANSWERED),
        "switched off": ((refuse(480),), Outcome.NOT_REACHED),
        "no such number": ((refuse(404),), Outcome.NOT_REACHED),
        "the trunk refuses": ((refuse(503),), Outcome.NO_LINE),
        "congestion": ((refuse(500),), Outcome.NO_LINE),
        "answered": ((ring(), answer()), Outcome.UNKNOWN),
    }
    phones = {name: line.phone(plan) for name, (plan, _) in plans.items()}
    for n, phone in enumerate(phones.values()):
        tell_it(engine, RULES, unheard(f"1757553630.{n}", caller=phone.number))
    ami = Ami(
        port=line.asterisk.config.ami_port,
        user=names.AMI_USER,
        secret=line.asterisk.config.ami_secret,
        limit=10.0,  # a lost connection would leave what became of a call unknown
        on_event=lambda headers: placing.on_unreached(Event(kind=headers[names.EVENT_KIND], headers=headers)),
    )
    placing = Outbound(
        engine=engine,
        rules=RULES,
        ami=ami,
        now=lambda: DUE,
        directory=small_directory,
        talking=tuple,
        caller_id="08701234567",
    )
    ami.start()
    try:
        assert ami.wait_up(5)
        with reading(engine) as connection:
            tasks = dict(zip(phones, open_tasks(connection, kind="redial"), strict=True))

        expected = {name: outcome.value for name, (_, outcome) in plans.items()}
        found: dict[str, str | None] = {}

        def all_over() -> bool:
            placing.place_due(DUE)  # four at a time
            with reading(engine) as connection:
                tries = {name: last_try(connection, task.id) for name, task in tasks.items()}
            found.update({name: one and one.outcome for name, one in tries.items()})
            return found == expected

        with suppress(TimeoutError):
            wait_until(all_over, 20, "all calls are over", every=0.2)
        assert found == expected
    finally:
        placing.stop()
        ami.stop()
