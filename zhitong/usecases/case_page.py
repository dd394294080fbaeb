"""A case as a page shows it: all of `show_case`, why it is due when it is, its records, and which steps are offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import TO_TELL, Case, CaseState
from cases.offered import Standing, Step, offered
from cases.record import CaseRecord, RecordKind
from cases.reply import doubts_about
from cases.roles import Action, Actor, may
from cases.shift import granted, suspended_until
from cases.sla import BadPolicy
from routing.phone import dialled_back
from zhitong.store.case_records import merged_into, merged_with, records_of
from zhitong.store.cases import get_case
from zhitong.store.due import DueTask, open_tasks
from zhitong.store.engine import reading
from zhitong.store.facts import facts_of
from zhitong.usecases.ask_time import open_request, running
from zhitong.usecases.await_person import KIND as PERSON
from zhitong.usecases.await_person import stands_outside, took_from_system, why_not_yet
from zhitong.usecases.confirm_case import unconfirmed
from zhitong.usecases.emergency import open_one
from zhitong.usecases.explain_case import explain
from zhitong.usecases.keep_record import may_end, records_shown
from zhitong.usecases.moving import reasoned
from zhitong.usecases.recheck import BY_PERSON as RECHECK
from zhitong.usecases.reply_case import has_heard
from zhitong.usecases.rules import Rules
from zhitong.usecases.same_person import perhaps_himself
from zhitong.usecases.show_case import CaseView, show_case
from zhitong.usecases.spoken_words import Spoken, spoken_words

LONGEST_WHY = 30
"""Characters of why somebody looks at whole numbers: it stands in the record of who has looked at what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CasePage:
    """What a page shows. explained: a sentence for each clock. records, ending: those that he sees, and may end.

    steps: what he may do now. doubts: about the reply that is to be reviewed or signed. waits: why no person may say
    yet what the citizen said; left_to_people: one is to. words: recording → what the caller says in it, by sentences.
    """

    view: CaseView
    explained: tuple[str, ...]
    records: tuple[CaseRecord, ...]
    ending: frozenset[int]
    steps: tuple[Step, ...]
    doubts: tuple[str, ...] = ()
    waits: str = ""
    left_to_people: bool = False
    merged_into: str = ""
    merged: tuple[str, ...] = ()
    words: Mapping[int, Sequence[Sequence[Spoken]]] = field(default_factory=dict)


def case_page(
    engine: Engine, rules: Rules, *, number: str, by: Actor, now: datetime, unmasked: bool = False, why: str = ""
) -> CasePage:
    """The page; that `by` looked is recorded. unmasked: with whole numbers, for which he says why.

    Raises MoveRefused without that, NotPermitted, CaseNotFound, DatabaseGone.
    """
    what = "看网页"
    if unmasked:
        what = f"看号码：{reasoned(why, '看完整号码')[:LONGEST_WHY]}"
    view = show_case(engine, number=number, by=by, now=now, unmasked=unmasked, area_code=rules.area_code, what=what)
    with reading(engine) as connection:
        case = get_case(connection, number)
        tasks = open_tasks(connection, case_number=number)
        asking = case.state in TO_TELL and case.state is not CaseState.CALLBACK
        waits = why_not_yet(connection, rules, case, tasks, now=now) if asking else ""
        standing = _standing(connection, rules, case, tasks, waits, by, now)
        records = records_shown(connection, number, by)
        hears = may(by, Action.HEAR, case)
        facts = facts_of(connection, {row.call_id for row in view.recordings}) if hears else {}
        return CasePage(
            view=view,
            explained=_explained(connection, rules, case),
            records=tuple(records),
            ending=frozenset(one.id for one in records if may_end(connection, one, case, by, rules.whose)),
            steps=offered(by, case, standing),
            doubts=_doubts(case, rules),
            waits=waits,
            left_to_people=any(task.kind == PERSON for task in tasks),
            merged_into=standing.merged_into,
            merged=tuple(one.case_number for one in merged_with(connection, number)),
            words={row.id: spoken_words(facts.get(row.call_id, ()), row) for row in view.recordings},
        )


def _standing(
    connection: Connection, rules: Rules, case: Case, tasks: Sequence[DueTask], waits: str, by: Actor, now: datetime
) -> Standing:
    records = records_of(connection, case.number)
    there = [one for one in records if one.closed_at is None]
    asked = open_request(connection, case.number)
    clocks = _running(connection, rules, case)
    no_contact = next((one for one in there if one.kind is RecordKind.NO_CONTACT), None)
    asking = case.state in TO_TELL and case.state is not CaseState.CALLBACK

    def himself(name: str) -> bool:
        return bool(name) and perhaps_himself(connection, name, by, rules.whose)

    return Standing(
        merged_into=merged_into(connection, case.number),
        main=bool(merged_with(connection, case.number)),
        to_take=frozenset(one.owner for one in there if one.kind is RecordKind.HAND_OVER),
        asked_time=asked is not None,
        asked_himself=asked is not None and himself(asked.opened_by),
        extends=any(can_extend and due > now for can_extend, _, due in clocks),
        stops=any(can_stop and due > now for _, can_stop, due in clocks),
        suspended=suspended_until(granted(records), now) is not None,
        replied=himself(case.replied_by),
        reviewed=himself(case.reviewed_by),
        heard=has_heard(connection, case, by),
        on_the_spot=now <= case.answered_at + rules.settle_within,
        emergency=bool(open_one(connection, case.number)),
        outsider=stands_outside(connection, by, case, rules.whose),
        asks=asking and not waits and not took_from_system(connection, rules, by, case),
        has_number=bool(dialled_back(case.number_to_call, rules.area_code)),
        no_contact=no_contact is not None,
        said_himself=no_contact is not None and himself(no_contact.opened_by),
        to_confirm=bool(unconfirmed(connection, case.number)),
        to_recheck=any(task.kind == RECHECK for task in tasks),
    )


def _running(connection: Connection, rules: Rules, case: Case) -> list[tuple[bool, bool, datetime]]:
    """Of each clock that runs: whether it may be extended, whether it may stop, when it is due."""
    try:
        return [
            (rule.extension is not None, rule.stops, clock.due_at) for clock, rule in running(connection, rules, case)
        ]
    except BadPolicy:
        return []


def _explained(connection: Connection, rules: Rules, case: Case) -> tuple[str, ...]:
    try:
        return tuple(explain(connection, rules, case))
    except BadPolicy as error:
        return (f"这个时限现在说明不了：{error}",)


def _doubts(case: Case, rules: Rules) -> tuple[str, ...]:
    if case.state not in (CaseState.REPLIED, CaseState.REVIEWED):
        return ()
    return tuple(doubts_about(case.reply, case.result, case=case, phrases=rules.empty_phrases))
