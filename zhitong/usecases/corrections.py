"""识别改正: where people made something else of a case than the machine, and what is to be learned from it.

What is taken becomes a line of the examples folder: a draft until somebody publishes it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row

from cases.case import Case
from cases.correction import CHANGES, Told, changed, town_in
from cases.nameless import nameless
from cases.roles import Action, Actor, may, permit
from recognizer.errors import ExamplesError
from recognizer.examples import COLUMNS, Example, as_line, load_examples
from recognizer.taxonomy import MATTER_CODES
from zhitong.errors import DatabaseGone, MoveRefused
from zhitong.store.corrections import BY_TELEPHONE, MACHINE, MARKED, TAKEN, Details, touched, with_details, words_kept
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.store.sight import seen_by
from zhitong.store.timeline import add_to_timeline, timeline_of, timelines_of
from zhitong.usecases.call_record import told_by
from zhitong.usecases.looking import looked
from zhitong.usecases.moving import to_move
from zhitong.whole_files import write_whole

FILE = "corrections.tsv"
"""Of the examples folder: what was taken from cases."""
LOOK = "识别改正的话"
"""As which a look at a caller's words is recorded; nobody takes what he has not looked at."""
MOST_LISTED = 200
_HEADING = "\t".join(COLUMNS) + "\n"
_REASON = "机器理解的和人定的不一样"


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What somebody did with the case, as its timeline tells it."""

    at: datetime
    who: str
    what: str
    text: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A case of which people made something else. now: the example that it would be, in the caller's words without
    numbers and names. fields: what differs (cases.correction.changed); acts: who did what that may be why."""

    number: str
    at: datetime
    told: Told
    now: Example
    place: str
    unit: str
    fields: tuple[str, ...]
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the county knows: names of people, which are taken out of words, its towns, and codes of its matters."""

    names: frozenset[str]
    towns: frozenset[str]
    codes: Collection[str] = MATTER_CODES


def list_corrections(
    engine: Engine,
    *,
    by: Actor,
    since: datetime,
    until: datetime,
    now: datetime,
    known: Known,
    limit: int = 50,
) -> list[Correction]:
    """The first `limit` corrections of calls in [since, until), oldest first, that were not taken yet.

    Only of cases that he may see and hear, none that is secret or whose words have expired. Each case shown is
    recorded as looked at. Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.CORRECTIONS)
    if not 1 <= limit <= MOST_LISTED:
        raise MoveRefused(f"一次最多列 {MOST_LISTED} 个，至少 1 个；写的是 {limit}")
    with reading(engine) as connection:
        sight = seen_by(by, Action.CORRECTIONS)
        some = touched(connection, since=since, until=until, now=now, sight=sight)
        found = list(islice(filter(None, (_correction(case, told, by, known) for case, told in some)), limit))
        acts = timelines_of(connection, [one.number for one in found])
    with writing(engine) as connection:
        looked(connection, by, None, what="识别改正", now=now)
        for one in found:
            looked(connection, by, one.number, what=LOOK, now=now)
    return [replace(one, acts=_acts(acts[one.number])) for one in found]


def take_corrections(
    engine: Engine,
    *,
    numbers: Sequence[str],
    by: Actor,
    now: datetime,
    known: Known,
    folder: Path,
    text: str = "",
    matter: str = "",
) -> list[Example]:
    """Makes these cases examples in `folder`, all or none, each once for ever; returns them as they were written.

    text, matter: in place of the caller's words, and of the matter that the case has; for one case alone. He must have
    looked at the words. That he took them stands on the timelines. Raises MoveRefused naming every fault, NotPermitted,
    CaseNotFound, ExamplesError for a folder that has faults, OSError, DatabaseGone.
    """
    permit(by, Action.TAKE_EXAMPLES)
    numbers = list(dict.fromkeys(numbers))
    if not numbers or (len(numbers) > 1 and (text or matter)):
        raise MoveRefused("请写要收的工单编号；换句子、换事项的，一次只收一个")
    path, before = folder / FILE, None
    try:
        with writing(engine) as connection:
            there = {one.text: one for one in load_examples(folder, known.codes)}
            taken = _examples(connection, numbers, by, now, known, there, text, matter)
            add_to_timeline(connection, [_entry(number, one, by, now) for number, one in taken.items()])
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            new = {one.text: one for one in taken.values() if one.text not in there}
            ends = "" if before.endswith("\n") or not before else "\n"  # an editor may have left the last one open
            lines = "".join(as_line(one, known.codes) for one in new.values())
            write_whole(path, (before or _HEADING) + ends + lines)
    except DatabaseGone:
        if before is not None:  # written, and not told on the timelines
            write_whole(path, before or _HEADING)
        raise
    return list(taken.values())


def _examples(
    connection: Connection,
    numbers: Sequence[str],
    by: Actor,
    now: datetime,
    known: Known,
    there: Mapping[str, Example],
    text: str,
    matter: str,
) -> dict[str, Example]:
    """What each becomes. there: the examples that there are, by text. Raises MoveRefused naming every fault."""
    faults, taken, every = list[str](), dict[str, Example](), dict(there)
    for number in numbers:
        case = to_move(connection, number, by, Action.TAKE_EXAMPLES, merged=True)
        try:
            taken[number] = one = _example(connection, case, by, now, known, text, matter)
            as_line(one, known.codes)
            same = every.setdefault(one.text, one)
            if (same.intent, same.code) != (one.intent, one.code):
                label = same.code or same.intent
                raise MoveRefused(f"“{one.text}”在例句里标的是 {label}；请先改那一句，或者用 --text 换个说法")
        except (MoveRefused, ExamplesError) as error:
            faults.append(f"{number}：{error}")
    if faults:
        raise MoveRefused("一个也没有收：\n" + "\n".join(faults))
    return taken


def _example(
    connection: Connection, case: Case, by: Actor, now: datetime, known: Known, text: str, matter: str
) -> Example:
    permit(by, Action.HEAR, case)
    if any(row.mark == TAKEN for row in timeline_of(connection, case.number)):
        raise MoveRefused("已经收过了，一个工单只收一次")
    ((_, details),) = with_details(connection, [case.number])
    if case.secret or not words_kept(connection, case.number, now):
        raise MoveRefused("举报的、要保密的、原话到期删了的，不收")
    found = _correction(case, details, by, known)
    if found is None:
        raise MoveRefused("机器理解的和现在工单上的一样，或者不是来电，没有什么可学的")
    if not any(row.who == by.name and row.what == LOOK for row in accesses_to(connection, case.number)):
        raise MoveRefused(f"{by.name}还没有看过原话；先看 zhitong corrections list，句子里有没有姓名、住址要人看")
    if found.fields == ("unit",) and not matter:
        raise MoveRefused("只是改派了单位，事项没有改；事项是什么请用 --matter 写明")
    return replace(found.now, text=text or found.now.text, code=matter or found.now.code)


def _correction(case: Case, details: Details, by: Actor, known: Known) -> Correction | None:
    told = told_by(details)
    if told is None or case.channel != BY_TELEPHONE or not may(by, Action.HEAR, case):
        return None
    fields = changed(told, case)
    rung = {str(one.get("name") or "") for kind, detail in details if kind == "planned" for one in detail["rungs"]}
    said = nameless(told.text or case.transcript, known.names | rung | {case.name})
    if not fields or not said or not case.matter:
        return None
    town = town_in(case.place, known.towns)
    now = Example(
        text=said,
        intent="request",
        code=case.matter,
        alt_code="",
        type=case.type,  # type: ignore[arg-type]
        urgency=case.urgency,  # type: ignore[arg-type]
        place=town if town_in(said, known.towns) == town else "",
    )
    return Correction(
        number=case.number, at=case.answered_at, told=told, now=now, place=case.place, unit=case.unit, fields=fields
    )


def _acts(rows: Sequence[Row[Any]]) -> tuple[Act, ...]:
    """What people did that may be why; what officials marked in the talk the system has written down."""
    return tuple(
        Act(at=row.at, who=row.who, what=row.what, text=row.text, reason=row.reason)
        for row in rows
        if row.what in CHANGES and (row.who != MACHINE or row.what == MARKED)
    )


def _entry(number: str, one: Example, by: Actor, now: datetime) -> dict[str, Any]:
    row = {"case_number": number, "mark": TAKEN, "at": now, "what": "收例句", "who": by.name, "reason": _REASON}
    return row | {"text": f"群众的话去掉个人信息，收作 {one.code} 的例句"}
