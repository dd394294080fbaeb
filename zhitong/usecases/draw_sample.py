"""查单: once a month, closed cases of the month before are drawn for supervision to look at again (镇雄)."""

from datetime import datetime, time, timedelta

from sqlalchemy import Engine

from cases.record import RecordKind
from cases.sample import drawn
from routing.calendar import LOCAL
from zhitong.store.case_records import add_record
from zhitong.store.cases import get_cases, struck_off_numbers
from zhitong.store.engine import reading, writing
from zhitong.store.records import has_incident, record_incident
from zhitong.usecases.accounts import SYSTEM
from zhitong.usecases.rules import Rules


def draw_sample(engine: Engine, rules: Rules, *, now: datetime) -> int:
    """Draws last month's sample unless that has been done; returns how many cases. Raises DatabaseGone."""
    this_month = now.astimezone(LOCAL).date().replace(day=1)
    until = datetime.combine(this_month, time(), LOCAL)
    since = datetime.combine((this_month - timedelta(days=1)).replace(day=1), time(), LOCAL)
    month = f"{since:%Y-%m}"
    mark = f"sample:{month}"
    with reading(engine) as connection:
        if has_incident(connection, mark):
            return 0
        there = struck_off_numbers(connection, since=since, until=until)
    found = drawn(there, month, rules.sample)
    if not found:
        return 0  # people are not told of nothing
    with writing(engine) as connection:
        if has_incident(connection, mark):
            return 0
        for number, case in sorted(get_cases(connection, found).items()):
            detail = {"month": month, "unit": case.unit}
            why = f"{month} 查单抽到的，请核实是不是虚假办结"
            add_record(
                connection,
                case_number=number,
                kind=RecordKind.SAMPLE,
                owner="督查",
                text=why,
                at=now,
                by=SYSTEM,
                detail=detail,
            )
        text = f"{month} 销号 {len(there)} 件，抽了 {len(found)} 件查单，请督查查（zhitong case suspected）"
        record_incident(connection, at=now, kind="sample", mark=mark, text=text)
        return len(found)
