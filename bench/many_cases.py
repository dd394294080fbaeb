"""A casework of very many cases, loaded in bulk into a database of its own: a year of them, most of them over."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table

from cases.case import CaseState
from routing.calendar import LOCAL
from zhitong.store.engine import open_engine, writing
from zhitong.store.migrate import migrate
from zhitong.store.tables import calls, cases, chains, clocks, due, timeline, tries

FIRST = datetime(2025, 1, 1, 8, tzinfo=LOCAL)
YEAR = timedelta(days=365)
UNITS = tuple(f"第{n}单位" for n in range(40))
_AT_ONCE = 5000
_STEPS = ("来电", "接听", "交办", "签收", "反馈", "审核", "审签", "办结", "回访", "销号")


def many_cases(folder: Path, n: int, tell: Callable[[str], None]) -> Engine:
    """The database with n cases; one that lies in the folder already is taken, brought to this version."""
    path = folder / f"cases-{n}.sqlite3"
    if path.exists():
        migrate(f"sqlite:///{path}")
        return open_engine(f"sqlite:///{path}")
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    migrate(f"sqlite:///{half}")
    loading = open_engine(f"sqlite:///{half}")
    chance = random.Random(7)
    for start in range(0, n, _AT_ONCE):
        with writing(loading) as connection:
            for table, rows in _rows(chance, start, min(n, start + _AT_ONCE), n):
                connection.execute(table.insert(), rows)
        if start % 100_000 == 0:
            tell(f"  loaded {start} of {n} cases")
    with loading.connect() as connection:
        connection.exec_driver_sql("COMMIT")  # the pragma wants none open
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
    loading.dispose()
    half.rename(path)
    return open_engine(f"sqlite:///{path}")


def _rows(chance: random.Random, start: int, end: int, n: int) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    found: dict[Table, list[dict[str, Any]]] = {
        table: [] for table in (cases, calls, clocks, chains, timeline, due, tries)
    }
    for k in range(start, end):
        at = FIRST + YEAR * (k / n)
        number = f"{at:%Y%m%d-%H%M%S}-{k % 10000:04d}"
        closed = at + timedelta(hours=chance.choice((1, 3, 20, 60, 130))) if chance.random() < 0.95 else None
        unit, caller = UNITS[k % len(UNITS)], f"138{chance.randrange(n * 2 // 3):08d}"
        found[cases].append(_case(number, k, caller, at, closed, unit, chance))
        talked = chance.random() < 0.9
        found[calls].append(
            {
                "call_id": f"{k}.1",
                "case_number": number,
                "kind": "inbound",
                "answered_at": at,
                "talked": talked,
                "rang_ms": chance.randrange(40, 400),
                "human_ms": chance.randrange(8_000, 90_000) if talked else None,
                "ended_at": at + timedelta(minutes=4),
            }
        )
        clock = {"case_number": number, "round": 0, "policy": "135", "started_at": at}
        found[clocks] += [
            clock | {"code": "assign", "name": "交办", "due_at": at + timedelta(days=1), "met_at": at},
            clock | {"code": "close", "name": "办结", "due_at": at + timedelta(days=5), "met_at": closed},
        ]
        steps = _STEPS if closed else _STEPS[:4]
        found[chains].append({"case_number": number, "seq": len(steps), "link": "0" * 64, "anchored": len(steps)})
        found[timeline] += [
            {
                "case_number": number,
                "mark": f"{k}/{step}",
                "at": at + timedelta(minutes=step),
                "what": what,
                "text": f"{what}：{unit}，按规定办",
                "who": "系统",
                "reason": "",
                "seq": step + 1,
                "salt": "0" * 32,
                "digest": "0" * 64,
                "link": "0" * 64,
            }
            for step, what in enumerate(steps)
        ]
        if closed:
            called = closed + timedelta(minutes=10)
            found[due].append(
                {
                    "id": k + 1,
                    "kind": "callback",
                    "mark": f"callback:{number}:0",
                    "case_number": number,
                    "call_id": "",
                    "due_at": called,
                    "attempts": 1,
                    "done_at": called,
                    "outcome": "群众确认解决",
                }
            )
            reached = chance.random() < 0.8
            found[tries].append(
                {
                    "case_number": number,
                    "task_id": k + 1,
                    "kind": "callback",
                    "number": caller,
                    "dialled_at": called,
                    "call_id": f"{k}.2" if reached else "",
                    "answered": reached,
                    "person": "yes" if reached else "",
                    "solved": "yes" if reached else "",
                    "satisfied": chance.choice(("yes", "yes", "yes", "middle", "no")) if reached else "",
                    "why": "",
                    "outcome": "群众确认解决" if reached else "没人接",
                }
            )
    yield from ((table, rows) for table, rows in found.items() if rows)


def _case(
    number: str, k: int, caller: str, at: datetime, closed: datetime | None, unit: str, chance: random.Random
) -> dict[str, Any]:
    said = "家里停水三天了，打了几次电话都说在修，到现在一滴水也没有，老人小孩没法过，请领导帮忙问一问什么时候能来水。"
    return {
        "number": number,
        "call_id": f"{k}.1",
        "caller": caller,
        "dialled": "12345",
        "answered_at": at,
        "state": (CaseState.STRUCK_OFF if closed else CaseState.SIGNED_FOR).value,
        "matter": f"{chance.choice('ABCD')}{chance.randint(1, 4)}",
        "matter_name": "供水饮水",
        "type": chance.choice(("咨询", "求助", "投诉")),
        "urgency": "normal",
        "place": "扎西镇",
        "unit": unit,
        "first_unit": unit,
        "official": "局长王明",
        "transcript": said,
        "result": "水管已经修好，今天恢复供水" if closed else "",
        "disposition": "已解决" if closed else "",
        "closed_by": "副局长李强" if closed else "",
        "closed_at": closed,
        "struck_off_at": closed,
        "rework": 0,
    }
