"""值班表: who is on duty, by month and week; changes of it; what is wrong with it; whom a call would ring."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Request
from starlette.responses import Response

from cases.roles import Action
from routing.calendar import LOCAL
from routing.changes import KINDS, Change, change_told, standing
from routing.checks import KINDS as FINDINGS
from routing.directory import Directory
from routing.duty_spans import UnitSpan, unit_spans, without_effect
from routing.officials import Official
from routing.roster import ROLES, Leave, Override
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.roster_chosen import ROLE, Chosen, chosen_unit, local, moment_of
from zhitong.console.rooms.roster_editions import add_editions
from zhitong.console.rooms.roster_sheets import add_sheets
from zhitong.console.visitor import Visitor, go
from zhitong.console.words import as_json
from zhitong.desk import DeskLine
from zhitong.dry_run import DryRun, ladder_of, line_dialled, rehearsed
from zhitong.errors import ChangeRefused, Refused
from zhitong.settings import Line, ladder_timing, spoken_on
from zhitong.usecases.change_roster import put_first, put_leave, put_override, see_changes, undo_change
from zhitong.usecases.roster_named import find_official, find_unit
from zhitong.usecases.roster_rights import permit_units
from zhitong.usecases.see_roster import UnitDays, see_findings, see_unit, units_seen
from zhitong.usecases.tell import tell_request
from zhitong.usecases.who_rings import known_before

DAY = timedelta(days=1)
HANDOVER = time(8)
"""When a day of duty begins, where nothing else is said."""
MOST_DAYS = 70
"""Of one look: a month's page has six weeks."""
AHEAD = 30
"""Days that are searched for what is wrong."""
MOST_UNITS = 200
"""More are not chosen from a list, but by name."""
MOST_PEOPLE = 400
"""Offered for a change; others are named."""
SWAP_DAYS = 28
"""So far ahead the duties lie that are offered for a swap."""
MOST_CHANGES = 100
MOST_SENTENCES = 4
"""Of a rehearsed call: the script asks no oftener."""
CHANGES = {"override": "替班", "swap": "换班", "leave": "请假"}
_Text = Annotated[str, Form(max_length=300)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A change as its form has it; moments as browsers write them, local and to the minute: 2026-12-05T08:00.

    back: the other's duty of a swap as chosen from a list (`choice_of`), in place of `on` and the two moments.
    """

    kind: str = "override"
    of: str = ""
    off: str = ""
    on: str = ""
    start: str = ""
    end: str = ""
    back_start: str = ""
    back_end: str = ""
    back: str = ""
    reason: str = ""


def roster_room() -> Room:
    """Its pages."""
    room = Room(path="/roster", name="值班表", right=Action.SEE_ROSTER)

    @room.get("")
    def days(request: Request, of: str = "", day: str = "", done: Number = 0, idle: str = "") -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        directory = office.directory()
        chosen, first = chosen_unit(visitor, directory, of), week_of(day, now)
        until = max(first + 7 * DAY, midnight(now.astimezone(LOCAL).date()) + AHEAD * DAY)
        if until - first > MOST_DAYS * DAY:
            until = first + 7 * DAY
        seen = see_unit(office.engine, directory, chosen.unit, first, until, by=visitor.actor, now=now)
        week = [span for span in seen.spans if span.start < first + 7 * DAY]
        return page(
            request,
            "roster.html",
            chosen=chosen,
            units=units_seen(directory, visitor.actor),
            most_units=MOST_UNITS,
            lines=lines_seen(visitor, directory),
            unit=seen.unit,
            week=[row_of(span, now) for span in week],
            findings=seen.findings,
            people=people_of(directory, chosen.unit),
            first=first,
            wanted=day or f"{now.astimezone(LOCAL):%Y-%m-%d}",
            step=DAY * 7,
            ahead=AHEAD,
            kinds=FINDINGS,
            may_change=visitor.may(Action.CHANGE_ROSTER),
            may_ask=visitor.may_all(Action.SEE_ROSTER),
            asked={"text": "", "at": local(now), "line": chosen.line.number if chosen.line else "", "caller": ""},
            all_lines=office.settings.lines,
            may_hear=visitor.may(Action.HEAR),
            done=done,
            idle=idle,
            local_now=f"{now.astimezone(LOCAL):%Y-%m-%dT%H:%M:%S}",
        )

    @room.get("/events")
    def events(request: Request, unit: str, start: str, end: str) -> Response:
        visitor = the_visitor(request)
        office, now = visitor.office, visitor.office.now()
        begin, finish = moment_of("start", start), moment_of("end", end)
        if not begin < finish <= begin + MOST_DAYS * DAY:
            raise Refused(f"start、end：{start} 到 {end} 不行；一次看 1 到 {MOST_DAYS} 天")
        directory = office.directory()
        code = find_unit(directory, unit, field="unit")
        # A little more on both sides: what is under way at midnight keeps its beginning and its end.
        seen = see_unit(office.engine, directory, code, begin - 2 * DAY, finish + 2 * DAY, by=visitor.actor, now=now)
        may_change = visitor.may(Action.CHANGE_ROSTER)
        told = as_json(events_of(seen, begin, finish, now=now, may_change=may_change))
        return Response(told, media_type="application/json")

    @room.get("/gaps")
    def gaps(request: Request) -> Response:
        visitor = the_visitor(request)
        office, settings = visitor.office, visitor.office.settings
        found = see_findings(
            office.engine,
            office.directory(),
            by=visitor.actor,
            now=office.now(),
            days=AHEAD,
            dead_calls=settings.casework.dead_calls,
            timing=ladder_timing(settings),
            languages=spoken_on(settings),
        )
        return page(request, "roster_gaps.html", findings=found, ahead=AHEAD, kinds=FINDINGS)

    @room.get("/rings")
    def ask_who_rings(request: Request, line: str = "") -> Response:
        visitor = the_visitor(request)
        now = visitor.office.now()
        permit_units(visitor.actor, Action.SEE_ROSTER, None)
        return rings_page(request, asked={"text": "", "at": local(now), "line": line, "caller": ""})

    @room.post("/rings", Action.SEE_ROSTER)
    def who_rings(
        request: Request,
        text: Annotated[str, Form(max_length=2000)] = "",
        at: _Text = "",
        line: _Text = "",
        caller: _Text = "",
    ) -> Response:
        visitor = the_visitor(request)
        asked = {"text": text, "at": at, "line": line, "caller": caller}
        try:
            run, desk = rehearsal(visitor, text, at, line, caller.strip())
        except Refused as error:
            return rings_page(request, asked=asked, told=str(error))
        unit = next((one.name for one in desk.directory.units if run.route and one.code == run.route.unit), "")
        says = "" if run.route else desk.sentence(run.step.prompt, matter=run.request.matter_name)
        answer: dict[str, Any] = {"run": run, "understood": tell_request(run.request), "unit": unit, "says": says}
        return rings_page(request, asked=asked, **answer, ladder=ladder_of(run, desk))

    @room.get("/change", Action.CHANGE_ROSTER)
    def wish(
        request: Request,
        of: str = "",
        kind: str = "override",
        off: str = "",
        on: str = "",
        start: str = "",
        end: str = "",
        to: str = "",
    ) -> Response:
        visitor = the_visitor(request)
        directory = visitor.office.directory()
        chosen = chosen_unit(visitor, directory, of)
        wanted = Wish(kind=kind, of=chosen.of, off=off, on=on, start=start, end=end)
        return form_of(request, directory, chosen, proposed(directory, chosen.unit, wanted, to, visitor.office.now()))

    @room.post("/change", Action.CHANGE_ROSTER)
    def change(
        request: Request,
        kind: _Text = "",
        of: _Text = "",
        off: _Text = "",
        on: _Text = "",
        start: _Text = "",
        end: _Text = "",
        back_start: _Text = "",
        back_end: _Text = "",
        back: _Text = "",
        reason: _Text = "",
    ) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        wanted = Wish(
            kind=kind, of=of, off=off, on=on, start=start, end=end,
            back_start=back_start, back_end=back_end, back=back, reason=reason,
        )  # fmt: skip
        before = office.directory()
        chosen = chosen_unit(visitor, before, of)
        try:
            made = put(visitor, wanted)
        except Refused as error:
            return form_of(request, before, chosen, wanted, told=str(error))
        idle = "1" if without_effect(before, standing([made]).overrides) else ""
        office.look()
        told = {"of": chosen.of, "day": start[:10], "done": made.id, "idle": idle}
        return go(request, f"/roster?{urlencode(told)}")

    @room.get("/changes")
    def changes(request: Request) -> Response:
        return changes_page(request)

    @room.post("/changes/{id}/undo", Action.CHANGE_ROSTER)
    def undo(request: Request, id: Number, reason: _Text = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        try:
            undo_change(office.engine, office.base(), id, by=visitor.actor, reason=reason, now=office.now())
        except ChangeRefused as error:
            return changes_page(request, told=f"第 {id} 号改动没有撤销：{error}")
        office.look()
        return go(request, "/roster/changes")

    @room.post("/first", Action.CHANGE_ROSTER)
    def first_rung(request: Request, role: _Text = "", reason: _Text = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        try:
            found = next((one for one in ROLES if one == role), None)
            if found is None:
                raise ChangeRefused("没有选先打谁；请选带班领导或值班人员")
            put_first(office.engine, office.base(), found, by=visitor.actor, reason=reason, now=office.now())
        except ChangeRefused as error:
            return changes_page(request, told=str(error))
        office.look()
        return go(request, "/roster/changes")

    add_sheets(room)
    add_editions(room)
    return room


def midnight(day: date) -> datetime:
    """With which the day begins."""
    return datetime.combine(day, time(), LOCAL)


def week_of(day: str, now: datetime) -> datetime:
    """The Monday of the day's week, at midnight; of today's, where none is said. Raises Refused."""
    at = moment_of("day", day) if day else now.astimezone(LOCAL)
    return midnight(at.date() - timedelta(days=at.weekday()))


def lines_seen(visitor: Visitor, directory: Directory) -> list[tuple[Line, str]]:
    """The lines whose unit he may see, with its name."""
    names = {unit.code: unit.name for unit in units_seen(directory, visitor.actor)}
    reached = ((line, directory.unit_dialled(line.number)) for line in visitor.office.settings.lines)
    return [(line, names[code]) for line, code in reached if code in names]


def people_of(directory: Directory, unit: str) -> list[Official]:
    """Who is proposed for the unit's duty: its own people, then whoever is on its roster."""
    own = directory.roster.of_unit(unit)
    others = directory.roster.may_serve(unit) - {one.id for one in own}
    more = (one for one in directory.roster.officials if one.id in others)
    return [*own, *more][:MOST_PEOPLE]


def naming(directory: Directory) -> Callable[[str], str]:
    """What a form says for an official's id: the name, or of people with one name the id."""
    same = Counter(official.name for official in directory.roster.officials)

    def called(official_id: str) -> str:
        official = directory.roster.official(official_id)
        return official_id if official is None or same[official.name] > 1 else official.name

    return called


def row_of(span: UnitSpan, now: datetime) -> dict[str, Any]:
    """A line of the week's list."""
    return {
        "span": span,
        "role": ROLE[span.role],
        "over": span.end <= now,
        "long": span.end - span.start > 8 * DAY,
        "start": local(span.start),
        "end": local(span.end),
    }


def events_of(
    seen: UnitDays, start: datetime, end: datetime, *, now: datetime, may_change: bool
) -> list[dict[str, Any]]:
    """What FullCalendar draws: duties, and behind them what is wrong. Moments are Shanghai's, without a zone."""
    events: list[dict[str, Any]] = [
        {
            "id": f"{n}",
            "title": f"{span.official.name} {f'替{span.instead}' if span.because else ROLE[span.role]}",
            "start": local(span.start),
            "end": local(span.end),
            "classNames": [span.role, *(["instead"] if span.because else [])],
            "editable": may_change and span.end > now and span.end - span.start <= 8 * DAY,
            "off": span.planned,
            "told": span.official.called + (f"，替{span.instead}（{span.because}）" if span.because else ""),
        }
        for n, span in enumerate(seen.spans)
        if span.start < end and start < span.end
    ]
    events += [
        {
            "title": f"{FINDINGS[one.kind]}：{one.text}",
            "start": local(one.start),
            "end": local(one.end),
            "classNames": ["wrong"],
            "wrong": True,
            "editable": False,
        }
        for one in seen.findings
        if one.start is not None and one.end is not None and one.start < end and start < one.end
    ]
    return events


def proposed(directory: Directory, unit: str, wish: Wish, to: str, now: datetime) -> Wish:
    """The wish with what is known filled in. to: where in the calendar a duty or a name was dropped."""
    called = naming(directory)
    filled: dict[str, str] = {"off": called(wish.off), "on": called(wish.on)}
    if to:
        whole_day = "T" not in to
        at = moment_of("to", to)
        there = duty_at(directory, unit, at + (DAY / 2 if whole_day else timedelta()), but=wish.off or wish.on)
        if wish.kind == "swap" and there is not None:
            filled |= {"on": called(there.planned)}
            filled |= {"back_start": local(there.start), "back_end": local(there.end)}
        elif wish.kind == "override" and not wish.off and there is not None:
            filled["off"] = called(there.planned)
            if not wish.start:
                filled |= {"start": local(max(there.start, now)), "end": local(there.end)}
    given = {name: getattr(wish, name) for name in Wish.__dataclass_fields__}
    start = given["start"] or filled.get("start", "")
    if start and not given["end"] and "end" not in filled:
        filled["end"] = local(moment_of("start", start) + DAY)
    return Wish(**(given | filled))


def duty_at(directory: Directory, unit: str, at: datetime, *, but: str) -> UnitSpan | None:
    """A duty of the unit at the moment that is somebody else's than `but`: of the same role first; a long one is cut
    to the day of duty that the moment lies in."""
    around = unit_spans(directory.roster, unit, at - 8 * DAY, at + 8 * DAY)
    mine = next((s.role for s in around if s.planned == but), "staff")
    spans = [s for s in around if s.start <= at < s.end]
    others = [s for s in spans if but not in (s.planned, s.official.id)]
    found = min(others, key=lambda s: (s.role != mine, s.end - s.start), default=None)
    if found is None or found.end - found.start <= 2 * DAY:
        return found
    begin = datetime.combine(at.astimezone(LOCAL).date(), HANDOVER, LOCAL)
    begin -= DAY if begin > at else timedelta()
    return UnitSpan(
        official=found.official,
        role=found.role,
        planned=found.planned,
        start=max(begin, found.start),
        end=min(begin + DAY, found.end),
    )


def swappable(directory: Directory, unit: str, wish: Wish, now: datetime) -> list[dict[str, Any]]:
    """The duties to come that somebody may give for his own: others', and none that lasts for weeks."""
    spans, called = unit_spans(directory.roster, unit, now, now + SWAP_DAYS * DAY), naming(directory)
    found = [
        span
        for span in spans
        if span.start > now and span.end - span.start <= 8 * DAY and called(span.planned) != wish.off
    ]
    return [{"value": choice_of(span), "span": span, "role": ROLE[span.role]} for span in found[:MOST_PEOPLE]]


def choice_of(span: UnitSpan) -> str:
    """A duty as the list of a swap has it: whose it is, from when to when."""
    return f"{span.planned}|{local(span.start)}|{local(span.end)}"


def form_of(request: Request, directory: Directory, chosen: Chosen, wish: Wish, *, told: str = "") -> Response:
    """The form of a change, as a page or as the part of one; with what was typed, where it was refused."""
    if wish.kind not in CHANGES:
        raise Refused(f"怎么改：“{wish.kind[:60]}”不行；请用 {'、'.join(CHANGES.values())}")
    part = request.headers.get("hx-request")
    others = swappable(directory, chosen.unit, wish, the_visitor(request).office.now()) if wish.kind == "swap" else []
    template = "_roster_change.html" if part else "roster_change.html"
    answer = page(
        request,
        template,
        status=409 if told else 200,
        told=told,
        wish=wish,
        kinds=CHANGES,
        others=others,
        unit=directory.unit(chosen.unit),
        people=people_of(directory, chosen.unit),
        called=naming(directory),
    )
    if part:
        answer.headers["HX-Retarget"] = "#panel"
    return answer


def put(visitor: Visitor, wish: Wish) -> Change:
    """The change of the form. Raises Refused, NotPermitted, DatabaseGone."""
    office = visitor.office
    base, now = office.base(), office.now()
    start, end = moment_of("开始", wish.start), moment_of("结束", wish.end)
    off = find_official(base, wish.off.strip())
    if wish.kind == "leave":
        leave = Leave(official=off.id, start=start, end=end)
        return put_leave(office.engine, base, leave, by=visitor.actor, reason=wish.reason, now=now)
    if wish.kind == "swap" and wish.back:
        other, begins, ends = (*wish.back.split("|"), "", "")[:3]
        wish = replace(wish, on=other, back_start=begins, back_end=ends)
    if not wish.on.strip():
        raise ChangeRefused(
            "没有写和谁换；请选对方的班，或写姓名" if wish.kind == "swap" else "没有写由谁来替；请写姓名"
        )
    on = find_official(base, wish.on.strip())
    overrides = [Override(off=off.id, on=on.id, start=start, end=end)]
    if wish.kind == "swap":
        back = moment_of("对方的班开始", wish.back_start), moment_of("对方的班结束", wish.back_end)
        overrides.append(Override(off=on.id, on=off.id, start=back[0], end=back[1]))
    return put_override(office.engine, base, overrides, by=visitor.actor, reason=wish.reason, now=now)


def rehearsal(visitor: Visitor, text: str, at: str, line: str, caller: str) -> tuple[DryRun, DeskLine]:
    """What a call with these sentences, one a line, would come to. Raises Refused, NotPermitted, BadConfig."""
    office = visitor.office
    texts = [one.strip() for one in text.splitlines() if one.strip()][:MOST_SENTENCES]
    if not texts:
        raise Refused("没有写群众说的话；请写一句，如：我家三天没有水了")
    settings, directory, now = office.settings, office.directory(), office.now()
    moment = moment_of("什么时候", at) if at else now.astimezone(LOCAL)
    known = known_before(
        office.engine,
        directory,
        caller=caller,
        area_code=settings.hotline.area_code,
        at=moment,
        by=visitor.actor,
        now=now,
    )
    return rehearsed(
        settings,
        directory,
        *texts,
        at=moment,
        line=line_dialled(settings, directory, line),
        by=office.understanding(),
        surges=known.surges,
        caller=caller,
        handler=known.handler,
        marked=known.marked,
    )


def rings_page(request: Request, *, asked: Mapping[str, str], told: str = "", **answer: Any) -> Response:
    """The question, and the ladder with its reasons once it was asked."""
    visitor = the_visitor(request)
    part = request.headers.get("hx-request")
    template = "_roster_rings.html" if part else "roster_rings.html"
    status = 409 if told else 200
    page_ = page(
        request,
        template,
        status=status,
        told=told,
        asked=asked,
        lines=visitor.office.settings.lines,
        may_hear=visitor.may(Action.HEAR),
        **({"run": None} | answer),
    )
    if part:
        page_.headers["HX-Retarget"] = "#rings"
    return page_


def changes_page(request: Request, *, told: str = "") -> Response:
    """The newest changes, with a way to take back those that stand."""
    visitor = the_visitor(request)
    office = visitor.office
    directory = office.directory()
    found = see_changes(office.engine, directory, by=visitor.actor, now=office.now())[-MOST_CHANGES:]
    return page(
        request,
        "roster_changes.html",
        status=409 if told else 200,
        told=told,
        changes=[(one, KINDS[one.kind], change_told(one, directory)) for one in reversed(found)],
        may_change=visitor.may(Action.CHANGE_ROSTER),
        may_change_all=visitor.may_all(Action.CHANGE_ROSTER),
        first=ROLE[directory.first],
        most=MOST_CHANGES,
    )
