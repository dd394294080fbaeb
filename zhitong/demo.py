"""The main job on real parts, with software telephones: two citizens, from the ring to 销号 and to 重办.

Every sentence that it prints with ✓ was checked; it ends with 0 only if all of them were true.
"""

import logging
import os
import sys
import time
import wave
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from cases.case import CaseState
from cases.mandatory import missing
from cases.roles import Actor, Role
from ivr.facts import Fact
from ivr.softphone import PhoneCall
from ivr.softphone_audio import Sound, correlation, speech
from ivr.softphone_plan import say, wait
from routing.calendar import LOCAL
from routing.phone import mask
from zhitong.app import Hotline
from zhitong.clock import FastForwardClock
from zhitong.demo_console import look_at_rooms, stay_open
from zhitong.store.cases import case_of_calls
from zhitong.store.engine import reading
from zhitong.store.recordings import RecordingRow
from zhitong.trial import Trial, wait_until
from zhitong.usecases.close_case import close_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.replay_call import replay_call
from zhitong.usecases.show_case import CaseView, show_case
from zhitong.usecases.take_due import next_due_at
from zhitong.usecases.tell import tell
from zhitong.watching import Watcher

START = datetime(2026, 3, 4, 10, 40, tzinfo=LOCAL)
FILLED_IN = {"类型": ("type", "求助"), "事项": ("matter", "A1"), "诉求": ("demand", "家里停水三天")}
DESK = Actor(name="受理台小周", roles=frozenset({Role.DESK}))
CLOSES = Actor(name="副局长李春燕", roles=frozenset({Role.LEADER}))
"""A Wednesday morning; the demo's own clock, so that it passes at any hour of any day."""
HEARD = 0.8
"""A correlation above this is sound that surely arrived."""
LATE = 0.16
"""Seconds by which a software telephone hears and is heard late: its jitter buffers."""

CITIZEN, SECOND, DIRECTOR, DEPUTY = "13900000001", "13900000002", "13808700001", "13808700002"
REQUEST = "扎西镇停水三天了"
SECOND_REQUEST = "反正就是那个时候的情况"
"""Words, but no request."""


class Demo:
    """What is printed, and what was found true."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.invited = 0.0
        """When the INVITE was sent or received, in seconds of CLOCK_MONOTONIC; 0 between calls."""
        self.first_ring = 0.0
        """When the first mobile rang, likewise."""

    def title(self, text: str) -> None:
        """A heading."""
        print(f"\n── {text} " + "─" * max(0, 60 - 2 * len(text)), flush=True)

    def line(self, text: str, *, at: float | None = None) -> None:
        """A line of the timeline; `at` in seconds of CLOCK_MONOTONIC, shown since the INVITE."""
        since = (at if at is not None else time.monotonic()) - self.invited if self.invited else 0.0
        print(f"{since:8.2f} 秒  {text}", flush=True)

    def fact(self, fact: Fact) -> None:
        """A fact of a call, as it happens."""
        if fact.kind in ("decided", "recording"):
            return
        self.line(tell(fact, number=mask))

    def check(self, sentence: str, true: bool, figure: str = "") -> None:
        """Whether a sentence is true, and the figure behind it."""
        print(f"          {'✓' if true else '✗'} {sentence}{f'（{figure}）' if figure else ''}", flush=True)
        if not true:
            self.failed.append(sentence)


def demo(database_url: str = "") -> int:
    """Run it; returns the exit status. Prints in Chinese, a line for each thing that happens.

    Where somebody sits at the terminal, a fictional county is open afterwards until Ctrl-C; elsewhere every room of the
    console is opened once. database_url: an empty database to use in place of SQLite in the demo's own folder; its
    cases stay in it.
    """
    logging.getLogger().setLevel(logging.ERROR)
    show, clock = Demo(), FastForwardClock(START)
    stays = sys.stdin.isatty() and sys.stdout.isatty()
    overrides = {"store": {"database_url": database_url}} if database_url else {}
    print("直通：“办不成事找局长”热线，真的 Asterisk、语音识别、数据库和软件电话，都在本机。")
    try:
        with Trial(clock=clock, overrides=overrides) as trial:
            hotline = trial.start_hotline(recognition_trial=False)
            watcher = Watcher(also=show.fact)
            hotline.watch(watcher.see)
            first = _first_call(show, trial, hotline, watcher)
            _conclude(show, trial, hotline, watcher, clock, first, result="水管已经抢修好，下午三点来水", solved=True)
            second = _second_call(show, trial, hotline, watcher)
            _conclude(show, trial, hotline, watcher, clock, second, result="路灯已经修好", solved=False)
            _replay(show, hotline, first)
            if not stays:
                show.title("网页：每一页打开看看")
                look_at_rooms(trial, hotline.engine, hotline.roster.directory, first, REQUEST, show.check)
    except TimeoutError as late:
        show.failed.append(f"没有走完：等不到（{late}）；机器太忙时也会这样")
    if show.first_ring:
        print(f"\n从命令到第一部手机响：{show.first_ring - _command_given():.1f} 秒。")
    if show.failed:
        print(f"\n没有全部做到，{len(show.failed)} 项不对：", file=sys.stderr)
        print("\n".join(f"  ✗ {sentence}" for sentence in show.failed), file=sys.stderr)
        return 1
    print("\n全部做到。", flush=True)
    return stay_open() if stays else 0


def _command_given() -> float:
    """When `make demo` was started, or this very process without it, in seconds of CLOCK_MONOTONIC."""
    parent = Path(f"/proc/{os.getppid()}")
    process = parent if (parent / "comm").read_text().strip() == "make" else Path("/proc/self")
    after_name = (process / "stat").read_text().rpartition(")")[2].split()
    since_boot = int(after_name[19]) / os.sysconf("SC_CLK_TCK")  # field 22 of proc(5), counted from the state
    return time.monotonic() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot)


# ── the first citizen ───────────────────────────────────────────────────────────────────────────────────────────────


def _first_call(show: Demo, trial: Trial, hotline: Hotline, watcher: Watcher) -> str:
    show.title("第一个电话：局长没接到，副局长接")
    director, deputy = trial.phone(DIRECTOR), trial.phone(DEPUTY)
    call = trial.call(CITIZEN)
    show.invited = call.invited_at
    answered = call.wait_answered(5)
    show.check("一打就通", answered - call.invited_at < 1.0, f"{(answered - call.invited_at) * 1000:.0f} 毫秒")
    call.say(speech("喂", voice="m4"))  # over the notice: must not interrupt it
    opened = watcher.wait("opened", limit=5, kind="inbound")
    hotline.keeper.flush(5)
    number = _case_of(hotline, opened.call_id)
    show.check(f"一接通就有工单 {number}", bool(number))
    asked = watcher.wait("asked", limit=15, prompt="question")
    show.check("录音告知不超过 6 秒，说话打不断它", 3.0 < asked.ms / 1000 <= 6.3, f"{asked.ms / 1000:.1f} 秒后提问")

    call.wait_sound(5, since=answered + asked.ms / 1000)
    call.perform(wait(0.3), say(speech(REQUEST, voice="m4")))  # over the question
    voice = watcher.wait("speech", limit=5)
    ringing = director.wait_ringing(20)
    show.first_ring = ringing.at("ringing") or 0.0
    show.check("显示的是热线的号码", ringing.from_number == trial.settings.trunk.caller_id, mask(ringing.from_number))
    _check_barge_in(show, call, voice)
    understood = watcher.wait("understood", limit=1).detail
    show.check(
        "听明白了事项、类型、紧急程度、地点",
        understood["matter"] == "A1" and understood["place"] == "扎西镇" and understood["urgency"] == "orange",
        f"{understood['matter_name']}，{understood['type']}，{understood['urgency']}，{understood['place']}",
    )
    show.check("边说边有文字", len(watcher.facts("partial")) >= 2)

    asking = deputy.wait_ringing(20)
    show.check("副局长响的时候局长还在响", ringing.live)
    asking.answer()
    began = asking.wait_sound(5)
    keys = Sound(pcm=hotline.book.prompt("screen_keys").pcm()[:32000], started_at=0.0)
    wait_until(lambda: _found(keys, asking.heard().pcm) > HEARD, 15, "the deputy hears which keys there are")
    brief = asking.heard().ended_at - began - keys.seconds
    show.check("副局长先听到不超过 8 秒的简报", 1.0 < brief <= 8.8, f"最多 {brief:.1f} 秒")
    asking.press("1")
    talk = watcher.wait("talk", limit=5)
    show.check("接通的是副局长", talk.detail["number"] == DEPUTY, f"从接听算 {talk.ms / 1000:.1f} 秒")
    ringing.wait_cancelled(1.0)
    show.check("局长的手机不再响", not ringing.live)
    began = time.monotonic()
    _speak(call, "你好我是扎西镇的家里没水", voice="m4")
    _speak(asking, "我马上派人去修水管", voice="f5")
    over = time.monotonic()
    show.check("副局长听得见群众", _arrived(call, asking, began, over) > HEARD)
    show.check("群众听得见副局长", _arrived(asking, call, began, over) > HEARD)
    asking.hang_up()
    call.wait_disconnected(15)
    watcher.wait("ended", limit=10, call=opened.call_id)
    _check_recording(show, trial, hotline, number, call, asking, began, over)
    view = _view(hotline, number)
    case = view.case
    show.check("工单有事项、单位、文字、时限", bool(case.matter and case.unit and case.transcript and view.clocks))
    trial.network.wait_all_over(5)
    return number


def _check_barge_in(show: Demo, call: PhoneCall, voice: Fact) -> None:
    """The question must stop within 200 ms of the citizen's first sound, as far as the citizen's telephone hears it."""
    spoke = call.said().spans(gap=0.6)[-1][0]
    stopped = min(until for _, until in call.heard().spans(gap=0.1) if until > spoke) - spoke
    paused = bool(voice.detail.get("barged_in")) and stopped <= 0.2 + LATE
    show.check("群众一开口，提示音就停", paused, f"{stopped * 1000:.0f} 毫秒，含软件电话的缓冲")


def _check_recording(
    show: Demo,
    trial: Trial,
    hotline: Hotline,
    number: str,
    call: PhoneCall,
    asking: PhoneCall,
    began: float,
    over: float,
) -> None:
    path = trial.settings.folders.recordings
    wait_until(lambda: _talk_recording(hotline, number).state == "archived", 20, "the recording is archived")
    row = _talk_recording(hotline, number)
    left, right = _channels(path / row.path)
    said = call.said().between(began, over)
    answered = asking.said().between(began, over)
    theirs, ours, mixed = _found(said, left), _found(answered, right), _found(said, right)
    show.check(
        "双声道录音：一边群众，一边副局长",
        theirs > HEARD and ours > HEARD and mixed < HEARD,
        f"{row.seconds:.0f} 秒，与说的话相似 {theirs:.2f} 和 {ours:.2f}",
    )


# ── the second citizen ──────────────────────────────────────────────────────────────────────────────────────────────


def _second_call(show: Demo, trial: Trial, hotline: Hotline, watcher: Watcher) -> str:
    show.title("第二个电话：局长说“接”")
    since = watcher.count
    call = trial.call(SECOND)
    show.invited = call.invited_at
    call.wait_answered(5)
    opened = watcher.wait("opened", limit=5, since=since, kind="inbound")
    watcher.wait("asked", limit=15, since=since, prompt="question")
    call.say(speech(SECOND_REQUEST, voice="m4"))
    watcher.wait("asked", limit=15, since=since, prompt="ask_again")
    _speak(call, "我要找局长", voice="m4")
    asking = trial.phone(DIRECTOR).wait_ringing(20)
    asking.answer()
    words = _words(call)
    wait_until(lambda: _found(words, asking.heard().pcm) > HEARD, 15, "the director hears the citizen's own words")
    show.check("没听明白的，局长听到群众的原话", True)
    asking.wait_quiet(15, quiet=0.5)
    asking.say(speech("接", voice="f5"))
    talk = watcher.wait("accepted", limit=8, since=since)
    show.check("说一声“接”就接通", talk.detail["by"] == "voice")
    watcher.wait("talk", limit=3, since=since)
    # Long enough: a talk of less than three seconds would count as dropped.
    _speak(asking, "路灯的事我知道了我马上叫人去修请您放心修好了再打给您", voice="f5")
    call.hang_up()
    asking.wait_disconnected(5)
    watcher.wait("ended", limit=10, since=since, call=opened.call_id)
    hotline.keeper.flush(5)
    trial.network.wait_all_over(5)
    return _case_of(hotline, opened.call_id)


# ── closing and calling back ────────────────────────────────────────────────────────────────────────────────────────


def _conclude(
    show: Demo,
    trial: Trial,
    hotline: Hotline,
    watcher: Watcher,
    clock: FastForwardClock,
    number: str,
    *,
    result: str,
    solved: bool,
) -> None:
    show.title("办结和回访：" + ("解决了" if solved else "没解决"))
    before = _view(hotline, number)
    show.invited = 0.0
    if lacks := missing(before.case, hotline.rules.mandatory.close):
        print(f"          没听清的由受理台补登记：{'、'.join(lacks)}。")
        edit_case(
            hotline.engine,
            hotline.rules,
            number=number,
            by=DESK,
            reason="听了录音",
            now=clock.now(),
            matters=hotline.taxonomy.names,
            **dict(FILLED_IN[name] for name in lacks if name in FILLED_IN),
        )
    close_case(hotline.engine, hotline.rules, number=number, result=result, by=CLOSES, now=clock.now())
    due = next_due_at(hotline.engine, kinds=("callback",))
    assert due is not None
    print(f"          办结：{result}。回访定在 {due.astimezone(LOCAL):%m月%d日 %H:%M}，快进到那时。")
    clock.advance(max(timedelta(), due - clock.now() + timedelta(seconds=1)))
    hotline.push_duty()
    since = watcher.count
    call = trial.phone(before.case.caller).wait_ringing(20)
    show.invited = time.monotonic()
    show.check("系统自己打给群众，显示热线号码", call.from_number == trial.settings.trunk.caller_id)
    call.answer()
    asked = watcher.wait("asked", limit=15, since=since, prompt="callback_open")
    disclosed = [word for word in (result, before.case.matter_name) if word and word in str(asked.detail["text"])]
    show.check("先确认本人，没有说出事情", not disclosed)
    for prompt, key in _answers(solved):
        watcher.wait("asked", limit=30, since=since, prompt=prompt)
        call.press(key)
    call.wait_disconnected(60)
    ended = watcher.wait("ended", limit=10, since=since)
    hotline.keeper.flush(5)
    after = _view(hotline, number)
    said = {fact.detail["question"]: fact.detail["answer"] for fact in watcher.facts("answered", call=ended.call_id)}
    if solved:
        show.check("回答存下了：解决了，满意", said.get("solved") == "yes" and said.get("satisfied") == "yes")
        show.check("工单销号", after.case.state is CaseState.STRUCK_OFF, str(after.case.state))
    else:
        show.check("回答存下了：没解决", said.get("solved") == "no")
        show.check("工单重办", after.case.rework == 1 and after.case.state is CaseState.ASSIGNED, str(after.case.state))
        show.check(
            "时间从第一次来电算",
            after.case.answered_at == before.case.answered_at
            and {c.due_at for c in before.clocks} <= {c.due_at for c in after.clocks},
        )


def _answers(solved: bool) -> tuple[tuple[str, str], ...]:
    if solved:
        return (("callback_open", "1"), ("callback_solved", "1"), ("callback_satisfied", "1"))
    return (("callback_open", "1"), ("callback_solved", "2"))


def _replay(show: Demo, hotline: Hotline, number: str) -> None:
    show.title("按记录重看第一个电话")
    view = _view(hotline, number)
    lines = replay_call(hotline.engine, call_id=view.case.call_id, by=DESK, now=hotline.clock.now())
    print("\n".join(lines))
    show.check("从记录能重看整个电话", any("按键 1" in line or "愿意接" in line for line in lines) and len(lines) > 15)


# ── what is looked up ───────────────────────────────────────────────────────────────────────────────────────────────


def _view(hotline: Hotline, number: str) -> CaseView:
    hotline.keeper.flush(5)
    return show_case(hotline.engine, number=number, by=DESK, now=hotline.clock.now(), unmasked=True)


def _case_of(hotline: Hotline, call_id: str) -> str:
    hotline.keeper.flush(5)
    with reading(hotline.engine) as connection:
        return case_of_calls(connection, [call_id]).get(call_id, "")


def _speak(call: PhoneCall, text: str, *, voice: str) -> None:
    """Say it to the end."""
    begun = sum(event.kind == "played" for event in call.events)
    call.say(speech(text, voice=voice))
    wait_until(lambda: sum(event.kind == "played" for event in call.events) > begun, 20, f"{text} has been said")


def _words(call: PhoneCall) -> Sound:
    """The last sentence a telephone has said."""
    said = call.said()
    start, end = said.spans(gap=0.6)[-1]  # shorter than the silence that ends an utterance
    return said.between(start, end)


def _found(said: Sound, pcm: bytes) -> float:
    """How surely what was said is somewhere in a sound whose clock is not known."""
    return correlation(Sound(pcm=said.pcm, started_at=0.0), Sound(pcm=pcm, started_at=0.0), max_lag=len(pcm) / 16000)


def _talk_recording(hotline: Hotline, number: str) -> RecordingRow:
    return next(row for row in _view(hotline, number).recordings if row.kind == "talk")


def _arrived(speaker: PhoneCall, listener: PhoneCall, began: float, over: float) -> float:
    return correlation(speaker.said().between(began, over), listener.heard_between(began, over + 0.5))


def _channels(path: Path) -> tuple[bytes, bytes]:
    with wave.open(str(path)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    return both[:, 0].tobytes(), both[:, 1].tobytes()


def main() -> None:
    """For `python -m zhitong.demo`."""
    sys.exit(demo())


if __name__ == "__main__":
    main()
