"""A small fictional county in which every name, word and file name tries to do harm to whoever looks at it."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, String, select

from cases.record import RecordKind
from cases.roles import Role
from recognizer.taxonomy import load_taxonomy
from routing.directory import Directory
from tests.fakes.pages import Clock, cookie_for
from zhitong.case_desk import case_rules
from zhitong.console.office import Office
from zhitong.demo_county.seed import seed_county
from zhitong.roster_in_force import RosterInForce
from zhitong.roster_now import directory_now
from zhitong.settings import load_settings
from zhitong.store.accounts import all_actors
from zhitong.store.case_records import add_record
from zhitong.store.cases import find_cases
from zhitong.store.engine import reading, writing
from zhitong.store.record_cases import link_cases
from zhitong.store.tables import metadata
from zhitong.understanding import Understanding

HARM = (
    "</script></title></textarea><script>window.hit=1</script>\"'><img src=x onerror=window.hit=1>"
    "{{7*7}}${7*7}javascript:window.hit=1//\u202e\u2066"
)
"""Ends whatever it stands in, runs if it is let, counts if it is a template's, turns round what stands behind it."""
_FREE = {
    "cases": "matter_name place unit official transcript result closed_by address name demand first_unit reply"
    " replied_by reviewed_by approved_by contact_how call_when concluded_by",
    "timeline": "text who reason",
    "incidents": "text outcome done_by",
    "attachments": "name transcript by",
    "case_records": "owner text opened_by closed_by outcome subject",
    "case_tags": "by out_by",
    "tries": "person why",
    "roster_changes": "author reason undone_by undone_reason",
    "roster_editions": "author reason changed",
    "accounts": "name by ended_by",
    "credentials": "account by",
    "api_tokens": "name account by ended_by",
    "surges": "town matter_name announced_by ended_by result",
    "accesses": "who what login",
    "clocks": "name",
    "recordings": "path",
    "caller_flags": "name reason by",
    "caller_marks": "reason by",
}
"""What people write, by table."""
_FILLED = frozenset({"demand", "transcript", "place", "name", "address", "result", "reply", "why", "outcome"})
"""Of these also what is empty."""


def hostile_county(folder: Path, *, at: datetime, cases: int) -> tuple[Office, dict[Role, str]]:
    """Its office, and a cookie for each role: of somebody whose name does harm, too."""
    settings = load_settings(environ={}, overrides={"folders": {"data": str(folder)}})
    _, directory, engine = directory_now(settings, at)
    seed_county(engine, settings, directory, seed=1, until=at, now=at, login="desk", cases=cases)
    with reading(engine) as connection:
        named = {role: one.name for one in all_actors(connection) for role in one.roles}
    cookies = {role: cookie_for(engine, name, now=at) for role, name in named.items()}
    RosterInForce(settings, engine, at).look(at)  # publishes the first edition
    _open_cluster(engine, at)
    _harm(engine)
    worse = _worse(directory)
    words = Understanding(taxonomy=load_taxonomy(settings.files.taxonomy))
    office = Office(
        settings=settings,
        engine=engine,
        now=Clock(at).now,
        directory=lambda: worse,
        rules=lambda: case_rules(settings, worse, engine),
        base=lambda: worse,
        look=lambda: None,
        understanding=lambda: words,
    )
    return office, cookies


def _open_cluster(engine: Engine, at: datetime) -> None:
    with writing(engine) as connection:
        case = find_cases(connection, limit=1)[0].number
        told = {"kind": RecordKind.GOVERN, "owner": "", "text": "三起", "at": at, "by": "系统", "subject": "A1|扎西镇"}
        detail = {"since": at.isoformat(), "town": HARM, "matter": HARM}
        id = add_record(connection, case_number=case, detail=detail, **told)  # type: ignore[arg-type]
        link_cases(connection, id, [case], at=at, by="系统")


def _harm(engine: Engine) -> None:
    with writing(engine) as connection:
        for table, names in _FREE.items():
            there = metadata.tables[table]
            for name in names.split():
                column = there.c[name]
                assert isinstance(column.type, String), f"{table}.{name} is no text"
                some = column.is_not(None) if name in _FILLED else column != ""
                connection.execute(there.update().where(some).values({name: column + HARM}))
        accounts = metadata.tables["accounts"]
        for id, units in connection.execute(select(accounts.c.id, accounts.c.units)).all():
            connection.execute(accounts.update().where(accounts.c.id == id).values(units=[one + HARM for one in units]))
        connection.execute(
            metadata.tables["sign_ins"].update().values(account=metadata.tables["sign_ins"].c.account + HARM)
        )
        due = metadata.tables["due"]
        for id, detail in connection.execute(select(due.c.id, due.c.detail)).all():
            told = {key: f"{value}{HARM}" for key, value in (detail or {}).items() if key in ("why", "text")}
            connection.execute(due.update().where(due.c.id == id).values(detail=(detail or {}) | told))


def _worse(directory: Directory) -> Directory:
    roster = directory.roster
    people = tuple(replace(one, name=one.name + HARM, post=one.post + HARM) for one in roster.officials)
    return replace(
        directory,
        units=tuple(replace(one, name=one.name + HARM) for one in directory.units),
        roster=replace(roster, officials=people),
        duty_room=replace(directory.duty_room, name=directory.duty_room.name + HARM),
        supervision=replace(directory.supervision, name=directory.supervision.name + HARM),
    )
