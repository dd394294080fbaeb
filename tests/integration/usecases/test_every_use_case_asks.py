"""Every use case takes an actor and asks before it does anything; who is none, or is complained of, gets nowhere.

New use cases are found by themselves: one that takes the database and no actor must be on the list below, with why; one
that takes an actor must be refused to whom its case complains of, and do what it is for for somebody like him. What is
refused to both proves nothing: two of them slipped through that way, since they looked for records that were not there.
"""

import argparse
import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from sqlalchemy import Engine, select

import zhitong.usecases
from cases.accused import kept_with, official_keys
from cases.case import CaseState
from cases.intake import Meeting
from cases.mail import read_mail
from cases.record import RecordKind
from cases.roles import Actor, NotPermitted, Role
from cases.triage import Way
from ivr.softphone_audio import tone, wav
from recognizer.examples import COLUMNS, Example
from routing.editions import Texts
from routing.roster import Leave
from routing.router import Timing
from routing.sheets.book import read_text
from tests.fakes.closing import DESK, HEAD, LEADER
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, talked, tell_it
from zhitong.cli import _parser
from zhitong.errors import ZhitongError
from zhitong.settings import load_settings
from zhitong.store.case_records import add_record
from zhitong.store.cases import clocks_of, find_cases, get_case, update_cases
from zhitong.store.due import put_due
from zhitong.store.engine import reading, writing
from zhitong.store.monitorings import open_monitoring
from zhitong.store.record_cases import link_cases
from zhitong.store.recordings import put_recordings, recordings_of_case
from zhitong.store.records import all_incidents, record_incident
from zhitong.store.tables import accesses, metadata, surge_cases, surges
from zhitong.store.tries import put_try
from zhitong.usecases.ask_time import ask_suspension
from zhitong.usecases.attachments import Limits, Upload, add_attachments
from zhitong.usecases.confirm_case import BY_PERSON
from zhitong.usecases.corrections import Known, list_corrections
from zhitong.usecases.edit_case import EDITABLE, edit_case
from zhitong.usecases.figures import How
from zhitong.usecases.grant_time import grant_time
from zhitong.usecases.import_sheet import read_sheet
from zhitong.usecases.kept import Kept
from zhitong.usecases.list_callbacks import Which
from zhitong.usecases.live_calls import Callee
from zhitong.usecases.mark_caller import mark_caller
from zhitong.usecases.merge_cases import merge_cases
from zhitong.usecases.person_history import flag_person
from zhitong.usecases.pocket_links import make_link
from zhitong.usecases.publish_roster import Draft
from zhitong.usecases.recheck import BY_PERSON as RECHECK
from zhitong.usecases.reply_case import heard_result
from zhitong.usecases.show_case import show_case

MACHINE = "done by the hotline itself, or for the call that is up; shows nobody anything"
ROSTER = "the roster as the hotline goes by it; for somebody who looks: see_changes, list_editions"
OWN_DUTY = "an official, by his own telephone, and about his own duty alone"
ACCOUNTS = "finds out who acts: nobody is known before"
SURGES = "for an official on the telephone; for who has an account: acknowledge_as, announce_as"
MADE = "counts of units, made by the hotline itself; for somebody who asks: see_report, figures"
PHONE = (
    "an official on the telephone, known by it or by his code; what complains of him, and what is secret, is left out"
)
LINK = "finds out which official it is, by his link and code, as a sign-in does: test_pocket_links"
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
            "learning_clips.keep_clips",
            "look_alike.note_alike",
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
            "earlier_calls.open_case",
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
            "tell_called.tell_called",
            "transcribe.transcribe_due",
        ],
        MACHINE,
    ),
    **dict.fromkeys(
        [
            "calendar_feeds.look_at_feeds",
            "calendar_feeds.keep_reads",
            "change_roster.list_changes",
            "publish_roster.publish_as_found",
            "publish_roster.edition_numbered",
            "publish_roster.is_kept",
            "see_roster.roster_findings",
        ],
        ROSTER,
    ),
    **dict.fromkeys(
        ["change_roster.put_own_leave", "change_roster.end_own_leave", "change_roster.put_agreed_swap"],
        OWN_DUTY,
    ),
    "accounts.while_nobody_administers": "until the first administrator: for the roster alone, by whose session it is",
    **dict.fromkeys(
        [
            "accounts.actor_named",
            "tokens.holder_of",
            "tokens.keep_used",
            "sign_in.sign_in",
            "sign_in.signed_in",
            "sign_in.change_password",
            "sign_in.new_secret",
            "sign_in.give_code",
            "sign_in.sign_out",
            "sign_in.own_password",
            "first_run.is_administered",
            "first_run.first_sign_in",
        ],
        ACCOUNTS,
    ),
    **dict.fromkeys(
        ["know_surge.acknowledge", "know_surge.set_announcement"],
        SURGES,
    ),
    **dict.fromkeys(["know_surge.open_surges_for", "open_matters.waiting_for", "open_matters.waits"], PHONE),
    **dict.fromkeys(["reports.daily", "reports.weekly", "reports.monthly"], MADE),
    **dict.fromkeys(
        ["pocket_links.open_link", "pocket_links.enter_by_link", "pocket_links.in_pocket", "pocket_links.leave_pocket"],
        LINK,
    ),
    **dict.fromkeys(
        ["monitor_live.monitoring_began", "monitor_live.monitoring_over", "monitor_live.turned_secret"], MACHINE
    ),
    "links_in_notices.links_for": "who is told by a notice, after the notice has left out who is complained of",
    "accounts.first_admin": "only while nobody may anything; whose session of the machine it was is recorded",
    "confirm_case.awaits_confirmation": "yes or no, told to who has just closed the case",
    "first_run.what_rang": "a word or two, by a mark that only who had it rung was told",
    "screen.count_screen": "counts of all, for the one who has asked see_screen",
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
    "directory": small_directory(), "base": small_directory(), "known_units": {"水务局"},
    "until": MORNING + timedelta(days=1), "since": MORNING, "due_at": None, "officials": ["director"], "urgency": "红",
    "satisfied": "", "offered": None, "state": None, "caller": "", "line": "", "channel": "", "limit": 50,
    "leader": lambda case: "县长", "repeat_within": timedelta(days=30), "settle_within": timedelta(hours=4),
    "unmasked": False, "full_numbers": False, "tags": RULES.tags,
}  # fmt: skip
"""What a parameter of this name is given; of any other, something of its type."""
COUNTED_HOW: How = {"repeat_within": timedelta(days=30), "settle_within": timedelta(hours=4), "targets": {}}
COUNTED_MONTHS = {"months": [(MORNING, MORNING + timedelta(days=1))], "offered": (), **COUNTED_HOW}
ANSWERED_HOW = {"days": 1.0, "short": 20.0}
DUTY_NOW = small_directory()
PROMPTS = ("change_prompts.put_wording", "change_prompts.put_sound", "change_prompts.put_back")
NO_EXAMPLE = Example(text="", intent="", code="", alt_code="", type="求助", urgency="normal", place="")
OF_ITS_OWN: dict[str, dict[str, Any]] = {
    **{name: {"settings": load_settings(environ={"HOME": "/nonexistent"})} for name in PROMPTS},
    **dict.fromkeys(("answering.answering", "answering.kept_answering"), ANSWERED_HOW),
    "figure_cases.figure_cases": {"code": "accepted", "side": "n"},
    "change_roster.put_leave": {"leave": Leave(official="li", start=MORNING, end=MORNING + timedelta(days=1))},
    "change_roster.put_first": {"first": "lead"},
    "change_roster.put_sheet": {"unit": "home"},
    "publish_roster.publish_roster": {
        "draft": Draft(texts=Texts(roster="", escalation=""), directory=DUTY_NOW, before=DUTY_NOW, on=7)
    },
    "publish_flow.publish_flow": {"text": ""},
    "replay_flow.replay_flow": {"draft": None, "ladder": lambda request, wish, at: (), "canonical": str},
    "publish_understanding.publish_understanding": {"falls": ("事项",)},
    "teach_drafts.put_matter": {"taxonomy": Path("nowhere.toml"), "told": {}},
    "teach_drafts.add_example": {"folder": Path("nowhere"), "example": NO_EXAMPLE},
    "teach_drafts.drop_example": {"folder": Path("nowhere")},
    "setting_texts.save_setting_text": {"path": Path("nowhere.toml"), "on": "what another text says"},
    "confirm_case.confirm_by_person": {"outcome": "属实"},
    "figures.figures": COUNTED_HOW,
    "first_run.ring_me": {"number": "13808700001"},
    "live_calls.transfer_live": {"order": lambda command: None, "whom": Callee(id="x", name="王明", unit="能源局")},
    "live_calls.end_live": {"order": lambda command: None},
    "monitor_live.monitor_live": {"order": lambda command: None, "on": True},
    "monitor_live.stop_monitoring": {"order": lambda command: None},
    **dict.fromkeys(("figures.figures_of_months", "figures.kept_figures"), COUNTED_MONTHS),
    "recheck_by_person.recheck_by_person": {"outcome": "还是好的"},
    "search_cases.search": {"urgency": "", "text": "取水许可"},
    "export_roster.sheet_to_export": {"unit": "home"},
    "export_roster.roster_to_print": {"unit": "home"},
    "import_sheet.put_sheet_read": {
        "unit": "home",
        "read": read_sheet(read_text("日期,值班人员\n"), DUTY_NOW, today=MORNING.date()),
    },
    "who_rings.known_before": {"area_code": "0870", "at": MORNING},
    "see_roster.see_unit": {"unit": "home", "start": MORNING, "end": MORNING + timedelta(days=1)},
    "see_roster.see_findings": {"days": 1.0, "timing": Timing()},
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
    "sms_wishes.heed_answer",
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


def done_by(engine: Engine, name: str, by: Actor, own: dict[str, Any] | None = None) -> Any:
    one, given = EVERY[name], dict[str, Any]()
    if own is None:
        own = OF_ITS_OWN.get(name, {"number": CITIZEN} if name in TELEPHONES else {})
    for parameter in inspect.signature(one).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            given |= {field: own[field] for field in (*EDITABLE, *COUNTED_HOW) if field in own}
            continue
        hint = hints(one)[parameter.name]
        if hint is Kept:
            given[parameter.name] = Kept(wait=20)
        elif hint is Engine or hint is Actor:
            given[parameter.name] = engine if hint is Engine else by
        elif parameter.default is inspect.Parameter.empty or parameter.name in (*GIVEN, *own):
            mine = parameter.name in own
            given[parameter.name] = own[parameter.name] if mine else something(parameter.name, hint)
    found = one(**given)
    return list(found) if isinstance(found, Iterator) else found


@pytest.mark.parametrize("name", ASKING)
def test_who_has_no_role_is_refused_before_anything_else(engine: Engine, name: str) -> None:
    tell_it(engine, RULES, talked())
    with pytest.raises(NotPermitted, match=NOBODY.name):
        done_by(engine, name, NOBODY)


# ── the accused, and somebody of the same roles whom nothing complains of ───────────────────────────────────────────

OTHER = f"{NUMBER}b"
KIND = "B2|扎西镇"
Arrange = Callable[[Engine, Path], dict[str, Any]]


def change(engine: Engine, **fields: Any) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])


def record(engine: Engine, kind: RecordKind, *, number: str = NUMBER, owner: str = "能源局", **how: Any) -> int:
    with writing(engine) as connection:
        return add_record(
            connection, case_number=number, kind=kind, owner=owner, text="说明", at=MORNING, by=LEADER.name, **how
        )


def about_both(engine: Engine, kind: RecordKind, **how: Any) -> dict[str, Any]:
    """A record of the other case that is about this one, too."""
    id = record(engine, kind, number=another(engine), **how)
    with writing(engine) as connection:
        link_cases(connection, id, [NUMBER, OTHER], at=MORNING, by=LEADER.name)
    return {"id": id}


def another(engine: Engine) -> str:
    tell_it(engine, RULES, talked("1757553630.10007"))
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, OTHER), unit="水务局")])
    return OTHER


def cluster(engine: Engine, **detail: str) -> dict[str, Any]:
    told = {"since": MORNING.isoformat(), "town": "扎西镇", "matter": "取水许可"} | detail
    return about_both(engine, RecordKind.GOVERN, subject=KIND, detail=told)


def replied(engine: Engine, state: CaseState) -> dict[str, Any]:
    said = {"result": "办好了", "disposition": "已解决", "replied_by": "经办赵敏", "reply": "按规定办好了"}
    change(engine, state=state, type="求助", matter="A1", matter_name="供水饮水", demand="停水", **said)
    return {"reason": "核实过"}


def heard(engine: Engine, folder: Path) -> dict[str, Any]:
    own = replied(engine, CaseState.REVIEWED)
    heard_result(engine, number=NUMBER, by=TWIN, now=MORNING)
    return own


def recorded(engine: Engine, folder: Path) -> dict[str, Any]:
    (folder / f"{NUMBER}.wav").write_bytes(b"RIFF")
    row = {"case_number": NUMBER, "call_id": "1757553630.7", "kind": "clip", "path": f"{NUMBER}.wav"}
    until = MORNING + timedelta(days=1)
    with writing(engine) as connection:
        put_recordings(connection, [row | {"state": "archived", "made_at": MORNING, "expires_at": until}])
        (id,) = (one.id for one in recordings_of_case(connection, NUMBER) if one.path == row["path"])
    return {"root": folder, "id": id}


def linked(engine: Engine, folder: Path) -> dict[str, Any]:
    with writing(engine) as connection:
        make_link(connection, case_number=NUMBER, official="director", now=MORNING)
    return {}


def merged(engine: Engine, folder: Path) -> dict[str, Any]:
    merge_cases(engine, RULES, number=NUMBER, into=another(engine), by=DESK, reason="一件事", now=MORNING)
    return {}


def new_and_another(engine: Engine) -> dict[str, Any]:
    number = another(engine)
    with reading(engine) as connection:
        return {"cases": [get_case(connection, number)]}


def asked_for_time(engine: Engine, folder: Path) -> dict[str, Any]:
    asked = {"number": NUMBER, "until": MORNING + timedelta(days=1), "reason": "下雨", "leader": lambda case: "县长"}
    ask_suspension(engine, RULES, by=HEAD, now=MORNING, **asked)  # type: ignore[arg-type]
    return {}


def suspended(engine: Engine, folder: Path) -> dict[str, Any]:
    asked_for_time(engine, folder)
    grant_time(engine, RULES, number=NUMBER, by=LEADER, now=MORNING)
    return {}


def listened(engine: Engine, folder: Path) -> dict[str, Any]:
    change(engine, type="求助", transcript="停水")
    with writing(engine) as connection:
        open_monitoring(connection, call_id=CALL, case_number=NUMBER, by=TWIN.name, reason="抽查", at=MORNING)
    return {"order": lambda command: None}


def with_file(engine: Engine, folder: Path) -> dict[str, Any]:
    own = a_file(engine, folder)
    add_attachments(engine, RULES, number=NUMBER, by=DESK, now=MORNING, **own)
    return {"folder": folder}


def a_file(engine: Engine, folder: Path) -> dict[str, Any]:
    return {"uploads": [Upload(name="信.txt", source=BytesIO("停水了".encode()))], "folder": folder, "limits": Limits()}


def incident(engine: Engine, folder: Path) -> dict[str, Any]:
    with writing(engine) as connection:
        record_incident(connection, at=MORNING, kind="x", mark="x", text=f"工单 {NUMBER}：回拨没人接")
        (row,) = all_incidents(connection)
    return {"id": row.id}


def surge(engine: Engine, folder: Path) -> dict[str, Any]:
    row = {"call_id": CALL, "town": "扎西镇", "matter": "B2", "matter_name": "取水许可", "opened_at": MORNING}
    empty = dict.fromkeys(("acknowledged_by", "announcement", "announced_by", "ended_by", "result", "disposition"), "")
    with writing(engine) as connection:
        id = connection.execute(surges.insert().returning(surges.c.id), row | empty).scalar_one()
        connection.execute(surge_cases.insert(), {"surge_id": id, "case_number": NUMBER, "joined_at": MORNING})
    (folder / "a.wav").write_bytes(wav(tone(500, 3)))
    return {"surge": id, "path": folder / "a.wav", "folder": folder, "result": "水管已经修好"}


def marked(engine: Engine, folder: Path) -> dict[str, Any]:
    told = {"reason": "骂人", "by": DESK, "now": MORNING, "until": MORNING + timedelta(days=1), "area_code": "0870"}
    mark_caller(engine, CITIZEN, **told)  # type: ignore[arg-type]
    return {"number": CITIZEN, "area_code": "0870"}


def flagged(engine: Engine, folder: Path) -> dict[str, Any]:
    told = {"kind": CARE, "reason": "独居", "by": DESK, "now": MORNING, "tags": RULES.tags, "area_code": "0870"}
    flag_person(engine, CITIZEN, **told)  # type: ignore[arg-type]
    return {"number": CITIZEN, "kind": CARE, "area_code": "0870"}


def to_confirm(engine: Engine, folder: Path) -> dict[str, Any]:
    row = {"kind": BY_PERSON, "mark": "5", "case_number": NUMBER, "call_id": "", "due_at": MORNING, "detail": {}}
    with writing(engine) as connection:
        put_due(connection, [row])
    return {"outcome": "属实"}


def closed_by_others(engine: Engine, folder: Path, **fields: str) -> dict[str, Any]:
    elsewhere = {"unit": "能源局", "first_unit": "能源局", "official": "", "state": CaseState.CLOSED}
    change(engine, closed_at=MORNING, **(elsewhere | fields))
    return {}


def to_recheck(engine: Engine, folder: Path) -> dict[str, Any]:
    row = {"kind": RECHECK, "mark": "6", "case_number": NUMBER, "call_id": "", "due_at": MORNING, "detail": {}}
    with writing(engine) as connection:
        put_due(connection, [row])
    return closed_by_others(engine, folder) | {"outcome": "还是好的"}


def no_number(engine: Engine, folder: Path) -> dict[str, Any]:
    return closed_by_others(engine, folder, caller="", contact="")


def no_number_said(engine: Engine, folder: Path) -> dict[str, Any]:
    no_number(engine, folder)
    record(engine, RecordKind.NO_CONTACT, owner="复核")
    return {}


def in_state(state: CaseState, **own: Any) -> Arrange:
    def arrange(engine: Engine, folder: Path) -> dict[str, Any]:
        change(engine, state=state, type="求助", matter="A1", matter_name="供水饮水", demand="停水")
        return own

    return arrange


def given(**own: Any) -> Arrange:
    return lambda engine, folder: own


def asked_to_take(engine: Engine, folder: Path) -> dict[str, Any]:
    change(engine, unit="能源局", state=CaseState.SIGNED_FOR)
    record(engine, RecordKind.HAND_OVER, owner="水务局")
    return {}


def planned(engine: Engine, folder: Path) -> dict[str, Any]:
    steps = [{"text": "入户", "done": ""}]
    return {"id": record(engine, RecordKind.PLAN, owner="水务局", detail={"steps": steps}), "step": 1}


def drawn(engine: Engine, folder: Path) -> dict[str, Any]:
    closed_by_others(engine, folder)
    return {"id": record(engine, RecordKind.SURVEY), "rating": "满意", "surveyor": "某调查公司"}


def rated_badly(engine: Engine, folder: Path) -> dict[str, Any]:
    with writing(engine) as connection:
        said = {"task_id": 0, "kind": "callback", "number": CITIZEN, "solved": "no"}
        put_try(connection, case_number=NUMBER, dialled_at=MORNING + timedelta(hours=1), **said)
    return {}


def corrected(engine: Engine) -> dict[str, Any]:
    said = {"reason": "听了", "now": MORNING, "matters": {"A1": "供水饮水"}, "matter": "A1", "type": "求助"}
    edit_case(engine, RULES, number=NUMBER, by=DESK, **said)
    return {"known": Known(names=frozenset(), towns=frozenset())}


def to_learn_from(engine: Engine, folder: Path) -> dict[str, Any]:
    own = corrected(engine)
    for by in (ACCUSED, TWIN):
        list_corrections(engine, by=by, since=MORNING, until=MORNING + timedelta(days=1), now=MORNING, **own)
    (folder / "A1.tsv").write_text("\t".join(COLUMNS) + "\n")
    return own | {"numbers": [NUMBER], "folder": folder, "text": "", "matter": ""}


def learnt(engine: Engine, folder: Path) -> dict[str, Any]:
    with writing(engine) as connection:
        row = {"case_number": NUMBER, "call_id": CALL, "kind": "learning", "path": "learning/1.wav"}
        put_recordings(connection, [row | {"made_at": MORNING, "expires_at": MORNING + timedelta(days=365)}])
    return {"root": folder}


CALL = "1757553630.7"
CARE = RULES.tags.vulnerable[0]
MEMBER = {"unit": "水务局", "units": {"水务局"}}


def nearly_over(engine: Engine, folder: Path) -> dict[str, Any]:
    with reading(engine) as connection:
        (close,) = [one for one in clocks_of(connection, NUMBER) if one.code == "close"]
    return {"now": close.due_at - timedelta(hours=1)}


def looked_at(engine: Engine, folder: Path) -> dict[str, Any]:
    show_case(engine, number=NUMBER, by=DESK, now=MORNING)
    return {"number": NUMBER}


ARRANGED: dict[str, Arrange] = {
    "running_out.running_out": nearly_over,
    "assign_case.answer_hand_over": asked_to_take,
    "assign_case.ask_hand_over": in_state(CaseState.SIGNED_FOR, to="能源局", units={"能源局"}),
    "assign_case.start_case": in_state(CaseState.SIGNED_FOR),
    "attachments.add_attachments": a_file,
    "attachments.open_attachment": with_file,
    "attachments.list_attachments": with_file,
    "called_back.called_back": closed_by_others,
    "no_contact.no_contact": no_number,
    "no_contact.review_no_contact": no_number_said,
    "confirm_case.confirm_by_person": to_confirm,
    "recheck_by_person.recheck_by_person": to_recheck,
    "list_callbacks.list_callbacks": lambda engine, folder: to_recheck(engine, folder) | {"which": Which.PEOPLE},
    "decline_case.decline_case": in_state(CaseState.ACCEPTED, result="请找法院"),
    "edit_case.edit_case": given(place="双河乡"),
    "end_incident.see_to_incident": incident,
    "list_incidents.list_incidents": incident,
    "look_log.look_log": looked_at,
    "end_surge.end_surge": surge,
    "know_surge.acknowledge_as": surge,
    "know_surge.announce_as": surge,
    "know_surge.list_surges": surge,
    "govern.list_clusters": lambda engine, folder: cluster(engine),
    "govern.show_cluster": lambda engine, folder: cluster(engine),
    "govern.appoint": lambda engine, folder: cluster(engine) | {"owner": "能源局"},
    "govern.conclude": lambda engine, folder: cluster(engine, measure="修水管"),
    "govern.take_out": lambda engine, folder: cluster(engine) | {"number": OTHER},
    "govern.add_case": lambda engine, folder: cluster(engine) | {"number": third(engine)},
    "grant_time.deny_time": asked_for_time,
    "grant_time.grant_time": asked_for_time,
    "resume_case.resume_case": suspended,
    "keep_record.end_record": lambda engine, folder: about_both(engine, RecordKind.MEETING),
    "keep_record.list_records": lambda engine, folder: about_both(engine, RecordKind.MEETING),
    "mark_caller.mark_caller": given(number=CITIZEN, area_code="0870"),
    "mark_caller.unmark_caller": marked,
    "person_history.person_history": given(number=CITIZEN, area_code="0870"),
    "person_history.flag_person": given(number=CITIZEN, kind=CARE, area_code="0870"),
    "person_history.unflag_person": flagged,
    "sms_wishes.heed_answer": given(number=CITIZEN, texts=False, received_at=MORNING, area_code="0870"),
    "sms_wishes.wish_sms": given(number=CITIZEN, wish="stop", area_code="0870"),
    "merge_cases.merge_cases": lambda engine, folder: {"into": another(engine)},
    "look_alike.propose_merges": lambda engine, folder: {"into": another(engine)},
    "look_alike.propose_for_new": lambda engine, folder: new_and_another(engine),
    "merge_cases.split_case": merged,
    "call_citizen.call_citizen": given(official="director"),
    "hand_to_official.hand_to_official": in_state(CaseState.SIGNED_FOR, to="clerk"),
    "pocket_links.end_links": linked,
    "monitor_live.monitor_live": in_state(CaseState.ACCEPTED, order=lambda command: None, on=True),
    "monitor_live.monitored_now": listened,
    "monitor_live.stop_monitoring": listened,
    "monitor_live.list_monitored": listened,
    "replay_call.replay_call": given(number=str),
    "reply_case.reply_case": in_state(CaseState.HANDLING, result="办好了", reply="按规定办好了"),
    "reply_case.approve_reply": heard,
    "reply_case.heard_result": lambda engine, folder: replied(engine, CaseState.REVIEWED),
    "reply_case.result_of": lambda engine, folder: replied(engine, CaseState.REVIEWED),
    "reply_case.review_reply": lambda engine, folder: replied(engine, CaseState.REPLIED),
    "reply_case.send_back": lambda engine, folder: replied(engine, CaseState.REPLIED),
    "handler.look_up_handler": given(caller=CITIZEN, area_code="0870"),
    "suspect_closing.list_suspected": lambda engine, folder: {"id": record(engine, RecordKind.SAMPLE)},
    "suspect_closing.settle_suspected": lambda engine, folder: {"id": record(engine, RecordKind.SAMPLE)},
    "erase_entry.numbered_entries": given(),
    "learning_clips.withdraw_clip": learnt,
    "open_recording.open_recording": recorded,
    "follow_up.follow_up": lambda engine, folder: {"id": record(engine, RecordKind.LEAD)},
    "forums.note_forum": given(meeting=Meeting(place="扎西镇", day=MORNING.date(), held_by="李强")),
    "forums.list_forums": lambda engine, folder: about_both(engine, RecordKind.FORUM, subject=f"{MORNING:%Y-%m-%d}"),
    "survey.list_survey": drawn,
    "survey.rate_survey": drawn,
    "trace_case.bad_ratings": rated_badly,
    "triage_case.do_step": planned,
    **dict.fromkeys(("see_report.see_report", "see_report.kept_report"), given(report="weekly")),
    "overdue_cases.overdue_cases": lambda engine, folder: {"now": MORNING + timedelta(days=60)},
    "corrections.list_corrections": lambda engine, folder: corrected(engine),
    "corrections.take_corrections": to_learn_from,
}
"""What must be there for a use case to do what it is for, and what it is given then."""
ADMINISTRATOR = "no case in it, and nothing for who is no administrator: test_accounts"
COUNTED = "counts of all cases, nobody's name"
NO_CASE = "no case in it"
DUTY = "no case in it, and cell by cell: test_roster_rights"
UNPROVED = {
    **dict.fromkeys(("accounts.put_account", "accounts.close_account", "staff_codes.new_code"), ADMINISTRATOR),
    **dict.fromkeys(("tokens.new_token", "tokens.revoke_token", "sign_in.first_password"), ADMINISTRATOR),
    **dict.fromkeys(("accounts.list_accounts", "account_log.account_changes", "tokens.list_tokens"), NO_CASE),
    **dict.fromkeys(
        [
            *("answering.answering", "answering.kept_answering"),
            *("calendar_feeds.new_feed", "calendar_feeds.revoke_feed"),
            *("calendar_feeds.list_feeds", "change_roster.put_override", "change_roster.put_leave"),
            *("change_roster.put_sheet", "change_roster.put_first", "change_roster.undo_change"),
            *("change_roster.see_changes", "export_roster.sheet_to_export", "publish_roster.publish_roster"),
            *("publish_roster.list_editions", "see_roster.see_findings", "see_roster.see_unit"),
            *("try_numbers.try_numbers", "who_rings.known_before", "export_roster.roster_to_print"),
            "import_sheet.put_sheet_read",
        ],
        DUTY,
    ),
    **dict.fromkeys(("mark_caller.list_marks", "sms_wishes.list_sms_wishes"), "numbers, and no case"),
    **dict.fromkeys(("figures.figures", "figures.figures_of_months", "figures.kept_figures"), COUNTED),
    **dict.fromkeys(("tag_case.tag_figures", "coached.coached_since"), COUNTED),
    "see_report.kept_report": COUNTED,
    **dict.fromkeys(("see_report.see_report", "compare_channels.compare_channels", "reach.reach"), COUNTED),
    **dict.fromkeys(("weekly_accuracy.weekly_accuracy", "turns.turns"), COUNTED),
    "screen.see_screen": COUNTED,
    "live_calls.see_live": "shows nothing itself; of live calls no words against anybody are shown: test_live_words",
    **dict.fromkeys(
        [
            *("edit_flow.see_flow", "edit_flow.see_flow_edition", "edit_flow.save_draft", "edit_flow.drop_draft"),
            *("publish_flow.publish_flow", "publish_flow.restore_flow"),
            "replay_flow.replay_flow",
        ],
        "what a line says and asks, and no case: test_flows",
    ),
    "survey.draw_survey": "by lot, of all cases of a month that is over: test_survey",
    "take_mail.note_automatic": "a mail that became no case",
    **dict.fromkeys(("import_cases.import_cases", "import_cases.look_at_import"), "test_import_cases: their own rows"),
    "handler.look_up_handler": "an official's name: test_handler",
    **dict.fromkeys(("see_settings.see_settings", "see_settings.see_numbers"), NO_CASE),
    **dict.fromkeys(("setting_texts.save_setting_text", "setting_texts.setting_history"), NO_CASE),
    **dict.fromkeys(("teach_drafts.put_matter", "teach_drafts.add_example", "teach_drafts.drop_example"), NO_CASE),
    **dict.fromkeys(("setting_texts.saved_text", "setting_texts.last_saved", "try_notices.try_notices"), NO_CASE),
    **dict.fromkeys(("forums.note_forum", "publish_understanding.publish_understanding"), NO_CASE),
    **dict.fromkeys(("set_up.sets_up", "set_up.backs_up", "first_run.ring_me"), "shows nothing itself"),
    **dict.fromkeys(PROMPTS, "what the line says; no case in it: test_change_prompts"),
    "red_lines.red_lines": "by the same condition as the register: test_red_lines",
    "govern.list_clusters": "counts; which cases, show_cluster tells",
    "know_surge.list_surges": "where and what; test_surges: none that has a case against who looks",
}
"""What shows nobody a case here, and is refused to nobody: why that is right, or which test proves it."""

TWIN = replace(ACCUSED, name="王小红", official="wang")
"""Of the same roles and units, and complained of by nobody."""


def third(engine: Engine) -> str:
    tell_it(engine, RULES, talked("1757553630.20007"))
    with writing(engine) as connection:
        (number,) = {case.number for case in find_cases(connection)} - {NUMBER, OTHER}
    return number


def everything(engine: Engine) -> set[str]:
    """All that the database holds but who has looked."""
    with reading(engine) as connection:
        tables = [table for table in metadata.sorted_tables if table is not accesses]
        return {f"{table.name} {row}" for table in tables for row in connection.execute(select(table))}


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of it. refused: by what; touched: it showed the case, or changed something of it or of its citizen."""

    refused: str
    changed: frozenset[str]
    touched: bool


def tried(engine: Engine, name: str, by: Actor, own: dict[str, Any]) -> Tried:
    before, found, refused = everything(engine), "", ""
    try:
        found = str(done_by(engine, name, by, own))
    except (ZhitongError, NotPermitted) as error:
        refused = f"{type(error).__name__}：{error}"
    changed = frozenset(everything(engine) - before)
    return Tried(
        refused=refused,
        changed=changed,
        touched=_is_about(found) or any(_is_about(row) or CITIZEN in row for row in changed),
    )


def _is_about(text: str) -> bool:
    return NUMBER in text.replace(OTHER, "")  # which begins with it


@pytest.mark.parametrize("name", [name for name in ASKING if name != "take_in.take_in"])  # its own: test_take_in
def test_who_is_complained_of_gets_nowhere_where_somebody_like_him_does_and_who_did_it_is_recorded(
    engine: Engine, name: str, tmp_path: Path
) -> None:
    tell_it(engine, RULES, talked())
    change(engine, unit="水务局")
    own = ARRANGED.get(name, given(**OF_ITS_OWN.get(name, {})))(engine, tmp_path)
    with writing(engine) as connection:  # only now, as it happens
        case = get_case(connection, NUMBER)
        update_cases(connection, [replace(case, accused=kept_with("", official_keys("li", "李春燕")))])
    mine = tried(engine, name, ACCUSED, own)
    assert not mine.touched, f"{name} shows it to him, or changes it for him: {mine.changed}"
    assert not (mine.refused and mine.changed), "what is refused leaves nothing half done"
    for upload in own.get("uploads", ()):
        upload.source.seek(0)
    others = tried(engine, name, TWIN, own)
    if name in UNPROVED:
        assert not mine.refused or others.refused, f"{name} proves something: take it off the list"
        assert not others.touched, f"{name} proves something: take it off the list"
    else:
        assert not others.refused, f"{name} is refused to everybody here, which proves nothing: arrange what it needs"
        assert others.touched or mine.refused, f"{name} does nothing here: arrange what it needs, or say why"
    if not others.refused:
        looks = [row for row in _looks(engine) if TWIN.name in row]
        assert looks or any(TWIN.name in row for row in others.changed), "nobody knows who did that"


def _looks(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [str(row) for row in connection.execute(select(accesses))]


# ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────────

COMMANDS = {
    "app", "asterisk_notes", "console_process", "demo", "demo_console", "desk", "duty_feeds", "intake_desk",
    "intake_service", "outbound", "report_files", "roster_in_force", "surges", "trial", "edition_in_force",
    "monitoring",
}  # fmt: skip
"""Modules of `zhitong` that are the hotline itself, the console or the demo; every other one is a command's."""
UNASKED = {
    "accounts.first_admin": "account first: NO_ACTOR says why",
    "accounts.actor_named": "who acts",
    "first_run.is_administered": "account code: yes or no",
    "accused_people.account_people": "whom words may name",
    "anchor_chains.anchor_chains": "audit anchor: writes digests alone",
    "anchor_chains.verify_chains": "audit verify: tells numbers of cases whose chain was broken, nothing of them",
    "case_colours.case_colours": NO_ACTOR["case_colours.case_colours"],
    "confirm_case.awaits_confirmation": NO_ACTOR["confirm_case.awaits_confirmation"],
    "end_surge.close_members": "surge end, after end_surge has asked",
    "accounts.while_nobody_administers": NO_ACTOR["accounts.while_nobody_administers"],
    **dict.fromkeys([name for name, why in NO_ACTOR.items() if why == ROSTER], ROSTER),
    "mark_caller.marked_numbers": "route: whose call would ring the duty room",
    "open_matters.waiting_for": PHONE,
    "take_due.next_due_at": MACHINE,
}
"""What takes no actor and is called by a command all the same, with why."""
NO_BY = {
    "run", "controller", "console", "openapi", "asterisk", "demo", "demo-data", "listen", "model fetch", "model show",
    "prompts record", "prompts import", "prompts list", "prompts check", "notice test", "sms test", "audit anchor",
    "audit verify", "account first", "roster who", "roster gaps", "roster ical", "understand", "teach try",
    "teach editions", "backup check", "backup restore", "test-call", "account code", "flow check",
}  # fmt: skip
"""Commands that are about no case and no citizen, or of people who do not exist, or make the first account, or tell who
is on duty, as the roster's files do to whoever may start a program here."""


def test_no_command_calls_what_asks_nobody_unless_that_is_known() -> None:
    found = set[str]()
    for path in sorted(Path(zhitong.__file__).parent.glob("*.py")):
        if path.stem in COMMANDS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zhitong.usecases."):
                found.update(f"{str(node.module).rpartition('.')[2]}.{one.name}" for one in node.names)
    assert found & set(NO_ACTOR) <= set(UNASKED), "a command must ask: give the use case an actor"


def test_every_command_about_cases_and_citizens_is_told_who_acts() -> None:
    def leaves(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
        under = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
        if not under:
            yield " ".join(words), any(one.dest == "by" for one in parser._actions)
        for group in under:
            for word, part in group.choices.items():
                yield from leaves(part, (*words, word))

    every = dict(leaves(_parser(), ()))
    assert {word for word, told in every.items() if not told} == NO_BY
    assert len(every) > 80
