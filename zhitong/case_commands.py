"""zhitong case …: what may be done with a case, by whom, at a terminal. `--by` is the name of an account."""

import argparse
import wave
from datetime import timedelta
from pathlib import Path

from cases.case import Case, CaseState
from cases.roles import Action, may
from recognizer.loudspeaker import RATE, play
from zhitong.alike_text import alike_note
from zhitong.case_desk import CaseDesk, acting, add_by, add_step, case_rules
from zhitong.case_text import case_line, case_page, coached_line, incident_line, suspected_line
from zhitong.clock import SystemClock
from zhitong.prompt_book import open_prompt_book
from zhitong.roster_commands import Add
from zhitong.roster_now import directory_now, store
from zhitong.settings import load_settings
from zhitong.spoken_result import spoken_result
from zhitong.understanding import taxonomy_in_force
from zhitong.usecases.assign_case import (
    answer_hand_over,
    ask_hand_over,
    assign_case,
    return_case,
    sign_for,
    start_case,
)
from zhitong.usecases.await_person import told_how
from zhitong.usecases.called_back import OUTCOMES as CALLED
from zhitong.usecases.called_back import SATISFIED, called_back
from zhitong.usecases.case_colours import case_colours
from zhitong.usecases.close_case import close_case
from zhitong.usecases.coached import coached_since
from zhitong.usecases.confirm_case import OUTCOMES as CONFIRMED
from zhitong.usecases.confirm_case import WARNING, awaits_confirmation, confirm_by_person
from zhitong.usecases.decline_case import decline_case
from zhitong.usecases.edit_case import EDITABLE, SECRECIES, TYPES, URGENCIES, edit_case
from zhitong.usecases.end_incident import see_to_incident
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.list_incidents import list_incidents, owned_as
from zhitong.usecases.look_alike import propose_merges
from zhitong.usecases.no_contact import no_contact, review_no_contact
from zhitong.usecases.note_progress import note_progress
from zhitong.usecases.pocket_links import end_links
from zhitong.usecases.reply_case import (
    Answered,
    approve_reply,
    heard_result,
    reply_case,
    result_of,
    review_reply,
    send_back,
)
from zhitong.usecases.show_case import show_case
from zhitong.usecases.suspect_closing import VERDICTS, list_suspected, settle_suspected

_SAMPLED = timedelta(days=30)
"""So far back the answers of 抽查 are counted."""


def add_case_commands(add: Add) -> None:
    """The commands under `zhitong case`."""
    found = add("list", "列出工单（号码打码）", _list)
    states = [str(state) for state in CaseState]
    found.add_argument("--state", choices=states, metavar="状态", help=f"只看这个状态：{'、'.join(states)}")
    found.add_argument("--tag", default="", metavar="标记", help="只看标了这个的（zhitong case tag）")
    todo = add("todo", "列出要人处理的事：归您的领办、督办、协办等，打不通的回拨，值班表的空档等", _todo)
    seeing = add("done", "待办有人办了：写明结果，以后不再列出", _seen_to)
    seeing.add_argument("id", type=int, metavar="编号", help="case todo 里〔〕中的号")
    seeing.add_argument("--outcome", required=True, metavar="结果", help="办了什么（留痕）")
    show = add("show", "看一个工单的全部经过", _show)
    show.add_argument("number", metavar="编号", help="工单编号")
    show.add_argument("--full-number", action="store_true", help="显示完整号码（查看会留痕）")
    for parser in (found, todo, seeing, show):
        add_by(parser)

    add_step(add, "close", "当场办结，并给群众一句话；系统自动回访（举报、保密、匿名的由人）", _close, result=True)
    assigning = add_step(add, "assign", "交办给一个单位（时限不变）", _assign, reason=True)
    add_step(add, "sign", "签收：首接单位无条件受理", _sign)
    add_step(add, "start", "开始办理；从此不能退单", _start)
    add_step(add, "unlink", "停掉通知里发出去的办件链接（手机丢了、人换了）", _unlink)
    add_step(add, "return", "退单，只能一次；再退由首接单位办、领导领办", _return, reason=True)
    handing = add_step(add, "handover", "移交：请另一个单位接；它接了才算", _hand_over, reason=True)
    for parser in (assigning, handing):
        parser.add_argument("--unit", required=True, metavar="单位", help="单位名称，和值班表里的一样")
    for name, text, run in (("take", "接受移交", _take), ("refuse", "不接移交，要写原因", _refuse)):
        add_step(add, name, text, run, reason=name == "refuse")
    noting = add_step(add, "progress", "记一笔进展", _progress)
    noting.add_argument("text", metavar="进展", help="做了什么")
    noting.add_argument("--told", action="store_true", help="已经告知群众（回应、反馈进展的时限到此为止）")
    replying = add_step(add, "reply", "反馈：写答复和给群众的一句话，送审核", _reply, result=True)
    replying.add_argument("--reply", default="", metavar="答复", help="完整的答复；没解决的写明打算、时间或者依据")
    add_step(add, "back", "答复退回修改", _back, reason=True)
    for name, text, run in (("review", "审核答复", _review), ("approve", "审签答复，随即办结", _approve)):
        passing = add_step(add, name, text, run)
        passing.add_argument("--reason", default="", metavar="原因", help="有提醒还要通过的，写为什么")
    hearing = add_step(add, "hear", "听一遍要说给群众的话（审签以前必听）", _hear)
    hearing.add_argument("--wav", type=Path, metavar="文件", help="这台机器没有喇叭：写进这个 WAV 文件")
    declining = add_step(add, "decline", "不予受理（领导定）；照样回访告知", _decline, reason=True)
    declining.add_argument("--result", required=True, metavar="一句话", help="说给群众听的话：为什么、该找谁")
    calling = add_step(add, "called-back", "记人工回访：群众怎么说，或者联系不上（承办单位的人不能记）", _called_back)
    calling.add_argument("--outcome", required=True, choices=list(CALLED), metavar="结果", help="、".join(CALLED))
    calling.add_argument("--satisfied", default="", metavar="满意度", help="解决了的才问：" + "、".join(SATISFIED))
    calling.add_argument(
        "--why", default="", metavar="原话", help="没解决、不满意的写群众的原话；联系不上的写打过几次、怎么打的"
    )
    asking = add_step(add, "confirmed", "记人工核实：网上、来信的是不是本人反映的（系统打不通的）", _confirmed)
    asking.add_argument("--outcome", required=True, choices=CONFIRMED, metavar="结果", help="、".join(CONFIRMED))
    asking.add_argument("--added", default="", metavar="补充", help="群众补充的话")
    asking.add_argument("--why", default="", metavar="原因", help="不是本人、联系不上的：怎么知道的")
    add_step(add, "no-contact", "没有能打的号码：写明找过哪些地方，等别的人复核", _no_contact, reason=True)
    reviewing = add_step(
        add, "no-contact-review", "复核没有联系方式，同意就销号（另外统计）", _review_no_contact, reason=True
    )
    reviewing.add_argument("--disagree", action="store_true", help="不同意：还能联系上，继续等人回访")
    suspected = add("suspected", "疑似虚假办结、每月查单抽到的，等督查查（只有督查、审计能看）", _suspected)
    settling = add("suspected-done", "记下查的结果", _suspected_done)
    settling.add_argument("id", type=int, metavar="编号", help="suspected 列出的编号")
    settling.add_argument("--verdict", required=True, choices=VERDICTS, metavar="结论", help="、".join(VERDICTS))
    settling.add_argument("--reason", required=True, metavar="依据", help="怎么查的")
    for parser in (suspected, settling):
        add_by(parser)
    editing = add_step(add, "edit", "补上、改正工单里的内容", _edit, reason=True)
    known: dict[str, tuple[str, ...]] = {
        "call_when": ("今晚", "今晚多晚都可以", "明天下午", "清晨", "07:00-08:30", "先约")
    }
    known |= {"type": TYPES, "urgency": tuple(URGENCIES), "secrecy": SECRECIES[1:]}
    for field, (word, _) in EDITABLE.items():
        among = "、".join(known.get(field, ()))
        editing.add_argument(f"--{field.replace('_', '-')}", metavar=word, help=f"{word}{'：' if among else ''}{among}")


def _list(arguments: argparse.Namespace) -> int:
    state = CaseState(arguments.state) if arguments.state else None
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    found = list_cases(engine, by=acting(engine, arguments), now=now, state=state, tag=arguments.tag)
    sights = case_colours(engine, case_rules(settings), found, now=now)
    print("\n".join(case_line(case, sights[case.number]) for case in found) or "没有工单。")
    return 0


def _todo(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    by = acting(engine, arguments)
    found = list_incidents(engine, by=by, now=now, owns=owned_as(by, directory_now(settings, now)[1]))
    print("\n".join(incident_line(incident) for incident in found) or "没有要人处理的事。")
    return 0


def _seen_to(arguments: argparse.Namespace) -> int:
    engine = store(load_settings())
    by = acting(engine, arguments)
    see_to_incident(engine, arguments.id, outcome=arguments.outcome, by=by, now=SystemClock().now())
    print(f"待办 {arguments.id} 了结了。")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    engine = store(settings)
    view = show_case(
        engine,
        number=arguments.number,
        by=acting(engine, arguments),
        now=now,
        unmasked=arguments.full_number,
        area_code=settings.hotline.area_code,
    )
    print(case_page(view))
    return 0


def _close(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    unsure = awaits_confirmation(desk.engine, desk.number)
    case = close_case(
        desk.engine,
        desk.rules,
        number=desk.number,
        result=arguments.result,
        by=desk.by,
        now=desk.now,
        disposition=arguments.disposition,
    )
    if unsure:
        print(f"请注意：{WARNING}")
    return _done(case, told_how(case, desk.settings.hotline.area_code))


def _assign(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    rules, now = desk.rules, desk.now
    if may(desk.by, Action.MERGE):  # as whoever may assign may; assigning says it of others
        found = propose_merges(desk.engine, rules, number=desk.number, by=desk.by, now=now, towns=desk.towns)
        print("".join(f"{line}\n" for line in alike_note(desk.number, found, show=rules.likeness.show)), end="")
    return _done(
        assign_case(
            desk.engine,
            number=desk.number,
            unit=arguments.unit,
            by=desk.by,
            reason=arguments.reason,
            units=desk.units,
            now=now,
            must=rules.mandatory.assign,
        )
    )


def _sign(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    return _done(sign_for(desk.engine, number=desk.number, by=desk.by, now=desk.now))


def _unlink(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    ended = end_links(desk.engine, number=desk.number, by=desk.by, now=desk.now)
    print(f"{desk.number} 停了 {ended} 个办件链接。")
    return 0


def _start(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    return _done(start_case(desk.engine, number=desk.number, by=desk.by, now=desk.now))


def _return(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    directory = desk.directory
    case = return_case(
        desk.engine,
        number=desk.number,
        by=desk.by,
        reason=arguments.reason,
        leader=lambda case: leader_of(case, case.first_unit, directory),
        now=desk.now,
    )
    return _done(case, "时限不变")


def _hand_over(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    ask_hand_over(
        desk.engine,
        number=desk.number,
        to=arguments.unit,
        by=desk.by,
        reason=arguments.reason,
        units=desk.units,
        now=desk.now,
    )
    print(f"{desk.number} 已请{arguments.unit}接；它接以前还归原单位，时限不变。")
    return 0


def _take(arguments: argparse.Namespace) -> int:
    return _answer(arguments, takes=True)


def _refuse(arguments: argparse.Namespace) -> int:
    return _answer(arguments, takes=False, reason=arguments.reason)


def _answer(arguments: argparse.Namespace, *, takes: bool, reason: str = "") -> int:
    desk = CaseDesk(arguments)
    return _done(
        answer_hand_over(desk.engine, number=desk.number, by=desk.by, takes=takes, reason=reason, now=desk.now)
    )


def _progress(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    return _done(
        note_progress(
            desk.engine, number=desk.number, by=desk.by, text=arguments.text, told=arguments.told, now=desk.now
        )
    )


def _reply(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    return _answered(
        reply_case(
            desk.engine,
            desk.rules,
            number=desk.number,
            result=arguments.result,
            disposition=arguments.disposition,
            by=desk.by,
            now=desk.now,
            reply=arguments.reply,
        )
    )


def _back(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    return _done(send_back(desk.engine, number=desk.number, by=desk.by, reason=arguments.reason, now=desk.now))


def _review(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    return _answered(
        review_reply(
            desk.engine, desk.naming_rules, number=desk.number, by=desk.by, now=desk.now, reason=arguments.reason
        )
    )


def _approve(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    rules = desk.naming_rules
    case = approve_reply(desk.engine, rules, number=desk.number, by=desk.by, now=desk.now, reason=arguments.reason)
    return _done(case, told_how(case, desk.settings.hotline.area_code))


def _hear(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    case = result_of(desk.engine, number=desk.number, by=desk.by, now=desk.now)
    book = open_prompt_book(desk.settings)
    book.prepare()
    spoken = spoken_result(book, case)
    sound = spoken.pcm()
    if arguments.wav:
        with wave.open(str(arguments.wav), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(sound)
    else:
        play(sound)
    heard = heard_result(desk.engine, number=desk.number, by=desk.by, now=desk.now)
    return _done(heard, f"说的是：{spoken.text.rstrip('。')}")


def _decline(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    case = decline_case(
        desk.engine,
        desk.rules,
        number=desk.number,
        result=arguments.result,
        by=desk.by,
        reason=arguments.reason,
        now=desk.now,
    )
    return _done(case, told_how(case, desk.settings.hotline.area_code))


def _called_back(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    case = called_back(
        desk.engine,
        desk.naming_rules,
        number=desk.number,
        by=desk.by,
        outcome=arguments.outcome,
        now=desk.now,
        satisfied=arguments.satisfied,
        why=arguments.why,
    )
    return _done(case)


def _confirmed(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    case = confirm_by_person(
        desk.engine,
        desk.naming_rules,
        number=desk.number,
        by=desk.by,
        outcome=arguments.outcome,
        now=desk.now,
        added=arguments.added,
        why=arguments.why,
    )
    return _done(case, f"核实：{arguments.outcome}")


def _no_contact(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    rules = desk.naming_rules
    case = no_contact(desk.engine, rules, number=desk.number, by=desk.by, reason=arguments.reason, now=desk.now)
    return _done(case, "请别的人复核：zhitong case no-contact-review")


def _review_no_contact(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    case = review_no_contact(
        desk.engine,
        desk.naming_rules,
        number=desk.number,
        by=desk.by,
        agrees=not arguments.disagree,
        reason=arguments.reason,
        now=desk.now,
    )
    return _done(case)


def _suspected(arguments: argparse.Namespace) -> int:
    engine = store(load_settings())
    by, now = acting(engine, arguments), SystemClock().now()
    found = list_suspected(engine, by=by, now=now)
    print("\n".join(suspected_line(record) for record in found) or "没有等着查的。")
    if may(by, Action.COACHED) and (told := coached_since(engine, by=by, since=now - _SAMPLED, now=now)):
        print(coached_line(told, days=_SAMPLED.days))
    return 0


def _suspected_done(arguments: argparse.Namespace) -> int:
    engine = store(load_settings())
    by, now = acting(engine, arguments), SystemClock().now()
    settle_suspected(engine, id=arguments.id, by=by, verdict=arguments.verdict, reason=arguments.reason, now=now)
    print(f"{arguments.id} 已记下：{arguments.verdict}。")
    return 0


def _edit(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    given = {field: getattr(arguments, field) for field in EDITABLE if getattr(arguments, field) is not None}
    case = edit_case(
        desk.engine,
        desk.naming_rules,
        number=desk.number,
        by=desk.by,
        reason=arguments.reason,
        now=desk.now,
        matters=taxonomy_in_force(desk.settings).names,
        **given,
    )
    return _done(case)


def _answered(found: Answered) -> int:
    print("\n".join(f"请注意：{doubt}" for doubt in found.doubts), end="\n" if found.doubts else "")
    return _done(found.case)


def _done(case: Case, more: str = "") -> int:
    print(f"{case.number} 【{case.state}】{f'，{more}' if more else ''}。")
    return 0
