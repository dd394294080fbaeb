"""Every use case takes an actor and asks before it does anything; who is none, or is complained of, gets nowhere.

New use cases are found by themselves: one that takes the database and no actor must be on the list below, with why.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_type_hints

import pytest
from sqlalchemy import Engine

import zhitong.usecases
from cases.accused import kept_with, official_keys
from cases.mail import read_mail
from cases.record import RecordKind
from cases.roles import Actor, NotPermitted, Role
from cases.triage import Way
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, talked, tell_it
from zhitong.errors import CaseNotFound, ZhitongError
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import writing

MACHINE = "done by the hotline itself, or for the call that is up; shows nobody anything"
ROSTER = "about the roster, whose authors are recorded; no case in it"
ACCOUNTS = "finds out who acts: nobody is known before"
SURGES = "no case; for an official on the telephone, too: the command asks KNOW_SURGE first"
COUNTS = "counts of units, made by the hotline itself, too: the command asks REPORT or FIGURES first"
PHONE = (
    "an official on the telephone, known by it or by his code; what complains of him, and what is secret, is left out"
)
NO_ACTOR = {
    **dict.fromkeys(
        [
            "anchor_chains.anchor_chains",
            "anchor_chains.anchor_daily",
            "anchor_chains.verify_chains",
            "archive_recordings.archive_calls",
            "alarm_roster.alarm_roster",
            "earlier_calls.earlier_calls",
            "end_surge.close_members",
            "end_surge.lapse_surges",
            "expire_recordings.expire_recordings",
            "handler.handler_of",
            "keep_record.report_late",
            "lapse_call_backs.lapse_call_backs",
            "lead_cases.lead_due",
            "place_call.place_call",
            "place_call.call_failed",
            "place_call.callback_brief",
            "place_call.missed_callback",
            "place_call.redial_brief",
            "recover_calls.recover_calls",
            "remind_shifts.remind_shifts",
            "resume_case.end_suspensions",
            "send_notices.send_due",
            "staff_calls.place_staff_call",
            "staff_calls.staff_call_over",
            "staff_codes.whose_code",
            "take_due.take_due",
            "take_due.next_due_at",
            "warn_of_clocks.warn_of_clocks",
            "accused_people.account_people",
            "mark_caller.marked_numbers",
            "anchor_chains.report_unanchored",
            "attachments.expire_attachments",
            "draw_sample.draw_sample",
            "earlier_calls.open_short",
            "person_history.care_for",
            "reports.remind_units",
            "send_texts.send_texts",
            "settle_attempts.forget_old",
            "settle_attempts.known_calls",
            "settle_attempts.left_open",
            "settle_attempts.picked_up",
            "sort_clusters.sort_cases",
            "take_due.give_back",
            "transcribe.transcribe_due",
        ],
        MACHINE,
    ),
    **dict.fromkeys(
        [
            "answering.answering",
            "calendar_feeds.new_feed",
            "calendar_feeds.revoke_feed",
            "calendar_feeds.list_feeds",
            "calendar_feeds.look_at_feeds",
            "calendar_feeds.keep_reads",
            "change_roster.put_override",
            "change_roster.put_leave",
            "change_roster.put_sheet",
            "change_roster.put_first",
            "change_roster.undo_change",
            "change_roster.list_changes",
            "export_roster.sheet_to_export",
            "publish_roster.publish_roster",
            "publish_roster.publish_as_found",
            "publish_roster.list_editions",
            "publish_roster.edition_numbered",
            "publish_roster.is_kept",
        ],
        ROSTER,
    ),
    **dict.fromkeys(
        [
            "accounts.actor_named",
            "tokens.holder_of",
            "tokens.keep_used",
        ],
        ACCOUNTS,
    ),
    **dict.fromkeys(
        ["know_surge.acknowledge", "know_surge.set_announcement"],
        SURGES,
    ),
    **dict.fromkeys(["know_surge.open_surges_for", "open_matters.waiting_for", "open_matters.waits"], PHONE),
    **dict.fromkeys(["reports.daily", "reports.weekly", "reports.monthly"], COUNTS),
    "accounts.first_admin": "only while nobody may anything; whose session of the machine it was is recorded",
    "confirm_case.awaits_confirmation": "yes or no, told to who has just closed the case",
    "case_colours.case_colours": "the colours of cases that list_cases has handed out",
}
"""module.function → why it takes no actor."""
NOTES = {"looking.note_command": "notes that somebody wants something, before he is asked whether he may"}

NOBODY = Actor(name="没有角色的人", roles=frozenset())
ACCUSED = Actor(name="李春燕", roles=frozenset(Role), units=frozenset({"水务局"}), official="li")
"""Whatever anybody may."""
GIVEN: dict[str, Any] = {
    "rules": RULES, "number": NUMBER, "short": "0007", "call_id": "1757553630.7", "now": MORNING, "into": f"{NUMBER}b",
    "unit": "水务局", "to": "水务局", "units": {"水务局"}, "disposition": "已解决", "outcome": "解决",
    "kind": RecordKind.LEAD, "verdict": "属实", "matters": {"A1": "供水饮水"}, "type": "投诉",
    "directory": small_directory(), "known_units": {"水务局"},
    "until": MORNING + timedelta(days=1), "since": MORNING, "due_at": None, "officials": ["director"], "urgency": "红",
    "satisfied": "", "offered": None, "state": None, "caller": "", "line": "", "channel": "", "limit": 50,
    "leader": lambda case: "县长", "repeat_within": timedelta(days=30), "settle_within": timedelta(hours=4),
    "unmasked": False, "full_numbers": False, "tags": RULES.tags,
}  # fmt: skip
"""What a parameter of this name is given; of any other, something of its type."""
OF_ITS_OWN: dict[str, dict[str, Any]] = {
    "confirm_case.confirm_by_person": {"outcome": "属实"},
    "tag_case.tag_case": {"add": RULES.tags.risk[:1]},
    "take_mail.note_automatic": {"mail": read_mail(b"From: a@b.cn\nAuto-Submitted: auto-replied\n\n")},
    "triage_case.triage_case": {"way": Way.PLAN, "owner": "水务局", "steps": ["入户"]},
}
"""What a use case is given in place of that."""


TELEPHONES = {
    "mark_caller.mark_caller",
    "mark_caller.unmark_caller",
    "person_history.person_history",
    "person_history.flag_person",
    "person_history.unflag_person",
    "sms_wishes.wish_sms",
}
"""Their `number` is a telephone's."""


def hints(one: Callable[..., Any]) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(one).items() if name != "return"}


def use_cases() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in pkgutil.iter_modules(zhitong.usecases.__path__):
        loaded = importlib.import_module(f"zhitong.usecases.{module.name}")
        for name, one in inspect.getmembers(loaded, inspect.isfunction):
            public = not name.startswith("_") and one.__module__ == loaded.__name__
            if public and Engine in hints(one).values():
                yield f"{module.name}.{name}", one


EVERY = dict(use_cases())
ASKING = [name for name, one in EVERY.items() if Actor in hints(one).values() and name not in NOTES]


def test_every_use_case_takes_an_actor_or_is_known_not_to() -> None:
    assert {name for name, one in EVERY.items() if Actor not in hints(one).values()} == set(NO_ACTOR)
    assert len(ASKING) > 30


def something(name: str, hint: Any) -> Any:
    if name in GIVEN:
        return GIVEN[name]
    plain = {str: "说明", int: 1, bool: False}
    if hint in plain:
        return plain[hint]
    origin = getattr(hint, "__origin__", None)
    return {} if origin is not None and "Mapping" in str(hint) else ()


def done_by(engine: Engine, name: str, by: Actor) -> Any:
    one, given = EVERY[name], dict[str, Any]()
    own = OF_ITS_OWN.get(name, {"number": CITIZEN} if name in TELEPHONES else {})
    for parameter in inspect.signature(one).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        hint = hints(one)[parameter.name]
        if hint is Engine or hint is Actor:
            given[parameter.name] = engine if hint is Engine else by
        elif parameter.default is inspect.Parameter.empty or parameter.name in (*GIVEN, *own):
            given[parameter.name] = own.get(parameter.name) or something(parameter.name, hint)
    found = one(**given)
    return list(found) if isinstance(found, Iterator) else found


@pytest.mark.parametrize("name", ASKING)
def test_who_has_no_role_is_refused_before_anything_else(engine: Engine, name: str) -> None:
    tell_it(engine, RULES, talked())
    with pytest.raises(NotPermitted, match=NOBODY.name):
        done_by(engine, name, NOBODY)


CASE = {"number", "short", "call_id"}
OF_ONE = [name for name in ASKING if CASE & inspect.signature(EVERY[name]).parameters.keys() and name not in TELEPHONES]
SHOWN_EMPTY = [name for name in ASKING if name not in (*OF_ONE, "take_in.take_in")]
"""What makes a case shows none that there was."""


@pytest.mark.parametrize("name", OF_ONE)
def test_who_is_complained_of_is_refused_by_every_one_of_them(engine: Engine, name: str) -> None:
    tell_it(engine, RULES, talked())
    with writing(engine) as connection:
        case = replace(
            get_case(connection, NUMBER), unit="水务局", accused=kept_with("", official_keys("li", "李春燕"))
        )
        update_cases(connection, [case])
    with pytest.raises((NotPermitted, CaseNotFound)):
        done_by(engine, name, ACCUSED)


@pytest.mark.parametrize("name", SHOWN_EMPTY)
def test_what_lists_shows_nothing_of_it_to_who_is_complained_of(engine: Engine, name: str) -> None:
    tell_it(engine, RULES, talked())
    with writing(engine) as connection:
        case = replace(
            get_case(connection, NUMBER), unit="水务局", accused=kept_with("", official_keys("li", "李春燕"))
        )
        update_cases(connection, [case])
    try:
        found = done_by(engine, name, ACCUSED)
    except (ZhitongError, NotPermitted):
        return
    assert NUMBER not in str(found)
