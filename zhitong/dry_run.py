"""预演: whose phone would ring for a sentence at a moment, and why; by the very script, router and roster of a call."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from ivr.script import Answered, Ask, Key, Progress, Ring, Rules, Step, next_step
from recognizer.request import Request
from routing.directory import Directory
from routing.phone import mask
from routing.route import Route
from zhitong.desk import DeskLine, desk_line, heard_by, next_at_desk, plan, script_rules, tell_ladder
from zhitong.errors import ChangeRefused
from zhitong.settings import Line, Settings
from zhitong.store.surges import SurgeRow
from zhitong.understanding import Understanding
from zhitong.usecases.tell import tell_request


@dataclass(frozen=True, kw_only=True, slots=True)
class DryRun:
    """What was understood and what would follow. route None: the caller would be asked again first."""

    at: datetime
    line: Line
    request: Request
    step: Step
    route: Route | None
    surge: str = ""
    """The surge that this would belong to now, for people; empty: none."""


def dry_run(
    *texts: str,
    at: datetime,
    number: Line,
    desk: DeskLine,
    by: Understanding,
    rules: Rules,
    caller: str = "",
    handler: str = "",
    marked: bool = False,
) -> DryRun:
    """The call of somebody who says these sentences at `at` (aware) on this line, up to the ladder.

    Each is the answer to a question; what comes after the last question is not heard any more.

    handler: the id of who handles this caller's open case; empty if nobody does. marked: a person has
    marked the caller.
    """
    step: Step
    call: dict[str, Any] = {
        "dialled": number.number,
        "profile": number.profile,
        "language": number.language,
        "caller": caller,
        "handler": handler,
        "marked": marked,
    }
    progress, step = next_step(Progress(), Answered(), rules)
    request = heard_by(progress, texts[0], by=by, directory=desk.directory, rules=rules).request
    for text in texts:
        if isinstance(step, Ask):
            heard = heard_by(progress, text, by=by, directory=desk.directory, rules=rules)
            progress, step = next_at_desk(progress, heard, rules=rules, now=at, line=desk, **call)
            request = progress.known or request
    if not isinstance(step, Ring):
        return DryRun(at=at, line=number, request=request, step=step, route=None)
    route = plan(progress, step.wish, now=at, line=desk, **call)
    return DryRun(at=at, line=number, request=request, step=step, route=route)


def rehearsed(
    settings: Settings,
    directory: Directory,
    *texts: str,
    at: datetime,
    line: Line,
    by: Understanding,
    surges: Iterable[tuple[SurgeRow, int]] = (),
    **call: Any,
) -> tuple[DryRun, DeskLine]:
    """The same on the line as it is set up. surges: those not ended, with how many cases each has; call: what else
    `dry_run` asks. Raises BadConfig for a faulty prompts file."""
    desk = desk_line(settings, directory)
    rules = script_rules(settings, question=line.question, trial=False)
    run = dry_run(*texts, at=at, number=line, desk=desk, by=by, rules=rules, **call)
    for surge, cases in surges:
        if surge.matter == run.request.matter and surge.lapsed_at is None and run.request.place.startswith(surge.town):
            run = replace(run, surge=f"{surge.town}，{surge.matter_name}，{cases} 个工单")
    return run, desk


def for_a_person(
    settings: Settings, directory: Directory, *, at: datetime, line: Line, by: Understanding
) -> tuple[DryRun, DeskLine]:
    """The call of somebody who says nothing and presses 0, at `at` (aware).

    Raises BadConfig for a faulty prompts file.
    """
    desk = desk_line(settings, directory)
    rules = script_rules(settings, question=line.question, trial=False)
    progress, step = next_step(Progress(), Key(key="0"), rules)
    assert isinstance(step, Ring)
    route = plan(
        progress,
        step.wish,
        now=at,
        line=desk,
        dialled=line.number,
        profile=line.profile,
        language=line.language,
    )
    return DryRun(at=at, line=line, request=by.of(""), step=step, route=route), desk


def line_dialled(settings: Settings, directory: Directory, told: str) -> Line:
    """The line of this number, the first one if none is told; a unit's own number is served as the first line.

    Raises ChangeRefused for a number that is neither's.
    """
    line = settings.line_of(told) if told else settings.lines[0]
    number = settings.number_dialled(told)
    if line is None and any(number in unit.numbers for unit in directory.units):
        line = replace(settings.lines[0], number=number)
    if line is None:
        numbers = "、".join(line.number for line in settings.lines)
        raise ChangeRefused(f"--line：没有 {told!r} 这条线路；有 {numbers}，看 zhitong.toml 的 [[lines]]")
    return line


def ladder_of(run: DryRun, desk: DeskLine) -> list[dict[str, Any]]:
    """The rungs, each with the second at which it begins and for how many it rings; numbers are masked."""
    seconds, rungs = 0.0, []
    for rung in run.route.rungs if run.route else ():
        rings = desk.timing.rung if rung.seconds is None else rung.seconds
        who = {"number": mask(rung.number), "official": rung.official_id, "name": rung.name, "post": rung.post}
        rungs.append({**who, "begins": seconds, "rings": rings, "reason": rung.reason})
        seconds += desk.timing.next if rung.next is None else rung.next
    return rungs


def dry_run_text(run: DryRun, desk: DeskLine) -> str:
    """For people; numbers are masked."""
    unit = run.route.unit if run.route else ""
    lines = [
        f"{run.at:%Y-%m-%d %H:%M}，{run.line.name}（{run.line.profile}）",
        tell_request(run.request),
        *([f"现在是集中来电：{run.surge}。有领导知道以后，群众先听通知"] if run.surge else []),
        f"然后：{run.step.why}",
    ]
    if run.route is None:
        asked = desk.sentence(run.step.prompt, matter=run.request.matter_name)
        lines.append(f"先再问群众：“{asked}”，还没有到找人")
    else:
        name = next((u.name for u in desk.directory.units if u.code == unit), unit)
        lines += [f"对口单位：{name}；{run.route.reason}", *tell_ladder(run.route, desk.timing)]
    return "\n".join(lines)


def dry_run_json(run: DryRun, desk: DeskLine) -> str:
    """For programs: understanding, ladder with the second at which each rung begins, and who is left out."""
    told = {
        "at": run.at.isoformat(),
        "line": run.line.number,
        "profile": run.line.profile,
        "understood": {**asdict(run.request), "evidence": list(run.request.evidence)},
        "surge": run.surge or None,
        "step": {
            "kind": "ask" if isinstance(run.step, Ask) else "ring",
            "prompt": run.step.prompt,
            "why": run.step.why,
        },
        "unit": run.route.unit if run.route else None,
        "reason": run.route.reason if run.route else None,
        "ladder": ladder_of(run, desk),
        "left_out": [{"who": who, "why": why} for who, why in (run.route.left_out if run.route else ())],
        "door": list(run.route.door) if run.route and run.route.door else None,
    }
    return json.dumps(told, ensure_ascii=False, indent=2)
