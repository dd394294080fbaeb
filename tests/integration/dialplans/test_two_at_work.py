"""Two controllers at work on one Asterisk and one database, though one should stand by: each telephone rings once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from dialplans import names
from ivr.ami import Ami
from ivr.inbox import Event
from ivr.softphone_plan import declines
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import MORNING, RULES, tell_it, unheard
from tests.integration.dialplans.conftest import Line
from zhitong.outbound import Outbound
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading
from zhitong.trial import wait_until

DUE = MORNING + timedelta(minutes=5)


@pytest.fixture
def controllers(line: Line, engine: Engine) -> Iterator[list[Outbound]]:
    """What places calls in two controllers, each with a manager connection of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(_controller(line, engine)) for _ in range(2)]


def test_each_telephone_rings_once(line: Line, engine: Engine, controllers: list[Outbound]) -> None:
    phones = [line.phone(declines(after=0.5)) for _ in range(6)]
    for n, phone in enumerate(phones):
        tell_it(engine, RULES, unheard(f"1757553630.{n}", caller=phone.number))

    def all_over() -> bool:
        for one in controllers:
            one.place_due(DUE)
            one.settle(DUE)  # each looks at the other's calls, too
        with reading(engine) as connection:
            return all(task.due_at > DUE for task in open_tasks(connection, kind="redial"))

    wait_until(all_over, 30, "all calls are over", every=0.1)
    assert [len(phone.incoming) for phone in phones] == [1] * len(phones)


@contextmanager
def _controller(line: Line, engine: Engine) -> Iterator[Outbound]:
    ami = Ami(
        port=line.asterisk.config.ami_port,
        user=names.AMI_USER,
        secret=line.asterisk.config.ami_secret,
        limit=10.0,
        on_event=lambda headers: placing.on_unreached(Event(kind=headers["Kind"], headers=headers)),
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
        yield placing
    finally:
        placing.stop()
        ami.stop()
