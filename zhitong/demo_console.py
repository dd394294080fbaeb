"""The console after the demo's calls: every room is opened once, or a fictional county stays open until Ctrl-C."""

import logging
import re
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from itertools import count
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, build_opener

import pyotp
from sqlalchemy import Engine

from cases.case import CaseState
from cases.roles import Actor, Role
from ivr.facts import Fact
from ivr.softphone_audio import speech
from ivr.softphone_plan import accepts, say, wait
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.phone import mask
from zhitong.clock import SystemClock
from zhitong.demo_county.people import make_people, passwords_of
from zhitong.demo_county.seed import seed_county
from zhitong.roster_now import directory_now
from zhitong.store.engine import writing
from zhitong.trial import HOST, Trial
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.pocket_links import acts_as, make_link
from zhitong.usecases.sign_in import change_password, give_code, new_secret, sign_in, sign_out
from zhitong.usecases.staff_codes import new_code
from zhitong.usecases.tell import tell

LOGIN = "演示"
CASES = 300
"""Of the county that stays open: enough for every room, made in less than half a minute."""
_STEP = timedelta(seconds=30)
"""So long a code of the second factor counts (RFC 6238)."""
_CALLS = ("扎西镇停水三天了", "水田镇的路灯坏了没人修", "庙沟镇的公路塌了车过不去")
_ANSWER = "我知道了我马上叫人去看看办好了再打给您"
_TOLD = frozenset({"opened", "understood", "rung", "talk", "talk_over", "ended"})

Check = Callable[[str, bool, str], None]
"""Told a sentence, whether it is true, and the figure behind it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoAccount:
    """An account that signs in: the telephone with its second factor is the demo itself. Never made anywhere else."""

    actor: Actor
    password: str
    secret: str

    def code(self, now: datetime) -> str:
        """The six digits that its telephone would show."""
        return pyotp.TOTP(self.secret).at(now)


def ready_account(engine: Engine, actor: Actor, first: str, *, password: str, now: datetime) -> DemoAccount:
    """Does what a newcomer does at his first sign-in. first: his first password. Raises SignInRefused, DatabaseGone."""
    token = sign_in(engine, actor.name, first, address=HOST, now=now)
    change_password(engine, token, first, password, address=HOST, now=now)
    account = DemoAccount(actor=actor, password=password, secret=new_secret(engine, token, now=now))
    # Each code counts once: the one before is used up, so that the next that is shown can be.
    sign_out(engine, give_code(engine, token, account.code(now - _STEP), address=HOST, now=now))
    return account


# ── every room once ─────────────────────────────────────────────────────────────────────────────────────────────────


def look_at_rooms(trial: Trial, engine: Engine, directory: Directory, case: str, words: str, check: Check) -> None:
    """Starts the console, signs in over HTTP, and opens every room and the page of a case that has these words.

    Raises TimeoutError, OSError, DatabaseGone.
    """
    # Here: nothing else of the demo needs what pages are made of, and its first call would wait for it.
    from zhitong.console.pages import rooms_of

    address, _ = trial.start_console()
    now, password = SystemClock().now(), _password()
    people = make_people(engine, directory, login=LOGIN, now=now)
    left = {room.path for room in rooms_of() if room.name}
    for actor, first in passwords_of(engine, people, now=now):
        browser = _Browser(address, ready_account(engine, actor, first, password=password, now=now))
        for path, name in browser.menu():
            if path in left:
                left.remove(path)
                status, body, seconds = browser.get(path)
                opens = status == 200 and re.search(rf"<(title|h1)>{name}", body) is not None
                check(f"{'、'.join(actor.roles)}打得开“{name}”", opens, f"{path}，{seconds * 1000:.0f} 毫秒")
        if actor == people.desk:
            status, body, _ = browser.get(f"/cases/{case}")
            check("工单页上有群众的原话", status == 200 and words in body, "")
        if not left:
            break
    check("每一页都有人能看", not left, "、".join(sorted(left)))


class _Browser:
    """One that keeps its cookie and shows nothing. Signs in at once."""

    def __init__(self, address: str, account: DemoAccount) -> None:
        self._address = address
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))
        _, body, _ = self.get("/sign-in", account=account.actor.name, password=account.password)
        csrf = re.search(r'name="csrf" value="(\w+)"', body)
        code = account.code(SystemClock().now())
        _, self._front, _ = self.get("/sign-in/code", csrf=csrf[1] if csrf else "", code=code)

    def menu(self) -> list[tuple[str, str]]:
        """Path and name of the rooms that he is offered."""
        found = re.search(r"<nav.*?</nav>", self._front, re.DOTALL)
        return re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', found[0] if found else "")

    def get(self, path: str, **form: str) -> tuple[int, str, float]:
        """Status, text, and how many seconds it took; sends the form, if there is one."""
        begun = time.monotonic()
        try:
            with self._opener.open(self._address + path, urlencode(form).encode() if form else None, timeout=20) as got:
                return got.status, got.read().decode(), time.monotonic() - begun
        except HTTPError as error:
            return error.code, "", time.monotonic() - begun


# ── a county that stays open ────────────────────────────────────────────────────────────────────────────────────────


def stay_open() -> int:
    """Hotline and console of a county that does not exist, thrown away at Ctrl-C (or when nothing more can be typed).

    Returns the exit status. Raises TimeoutError, OSError, BadConfig, DatabaseGone.
    """
    print(f"\n正在造一个虚构的县：八周、{CASES} 个工单，约半分钟。不想等按 Ctrl-C。", flush=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of every second in which the machine was busy
    with tempfile.TemporaryDirectory(prefix="zhitong-demo-") as folder:
        try:
            with Trial(folder=Path(folder)) as trial:
                try:
                    _serve(trial)
                except KeyboardInterrupt:
                    pass
                finally:
                    signal.signal(signal.SIGINT, signal.SIG_IGN)  # one that is pressed twice leaves nothing behind
                    print("\n正在停下热线和网页……", flush=True)
        except KeyboardInterrupt:
            pass
    print("停了，虚构的县已经删掉。")
    return 0


def _serve(trial: Trial) -> None:
    clock = SystemClock()
    now = clock.now()
    _, directory, engine = directory_now(trial.settings, now)
    until = now.replace(second=0, microsecond=0)
    seeded = seed_county(engine, trial.settings, directory, seed=1, until=until, now=now, login=LOGIN, cases=CASES)
    password = _password()
    accounts = [
        ready_account(engine, one, first, password=password, now=clock.now()) for one, first in seeded.passwords
    ]
    _staff(trial, directory)
    hotline = trial.start_hotline(recognition_trial=False)
    hotline.watch(_tell)
    pages, pocket = trial.start_console()
    print(f"\n热线和网页开着，只给本机，工单 {seeded.cases} 个。\n\n  看网页：  {pages}")
    for n, account in enumerate(accounts, 1):
        print(f"    {n}  {account.actor.name}（{'、'.join(account.actor.roles)}）")
    print(f"    密码都是 {password}")
    if link := _pocket_link(trial, engine, directory, accounts[0].actor, admin=seeded.passwords):
        print(f"  领导的手机页：  {pocket}{link[0]}\n    {link[1]}")
    print("\n  按数字再按回车：那个账号现在的验证码（平时在本人手机上；每个只能用一次，半分钟换一个）")
    print("  直接按回车：一部软件电话打热线，在“值班台”里看着它")
    print("  Ctrl-C：结束", flush=True)
    citizens = (f"139100{n:05d}" for n in count(1))
    for typed in sys.stdin:
        _do(trial, typed.strip(), accounts, citizens)


def _do(trial: Trial, typed: str, accounts: Sequence[DemoAccount], citizens: Iterator[str]) -> None:
    now = SystemClock().now()
    if not typed:
        number = next(citizens)
        words = _CALLS[int(number[-5:]) % len(_CALLS)]
        trial.call(number, plan=(wait(7), say(speech(words))))
        print(f"  {mask(number)} 打来了，要说：{words}", flush=True)
    elif typed.isdigit() and 0 < int(typed) <= len(accounts):
        account, left = accounts[int(typed) - 1], _STEP.seconds - int(now.timestamp()) % _STEP.seconds
        print(f"  {account.actor.name}：{account.code(now)}（还有 {left} 秒换下一个）", flush=True)
    else:
        print(f"  “{typed[:20]}”不认识：直接按回车打电话，按 1 到 {len(accounts)} 看验证码，Ctrl-C 结束", flush=True)


def _staff(trial: Trial, directory: Directory) -> None:
    """Officials take every call after a while; whoever else is called lets it ring."""
    trial.network.phone("*").behaviour("no-answer")
    plan = accepts(after=6, key_after=5, says=speech(_ANSWER, voice="f5"), talk=12)
    for number in sorted(directory.numbers()):
        trial.network.phone(number, lines=4).will(plan)


def _tell(fact: Fact) -> None:
    if fact.kind in _TOLD:
        print(f"  {fact.at.astimezone(LOCAL):%H:%M:%S}  {tell(fact, number=mask)}", flush=True)


def _pocket_link(
    trial: Trial, engine: Engine, directory: Directory, by: Actor, *, admin: Sequence[tuple[Actor, str]]
) -> tuple[str, str] | None:
    """Path of one open case on one official's telephone, whose that is and his code; None where nobody has one."""
    now = SystemClock().now()
    administrator = next(one for one, _ in admin if Role.ADMIN in one.roles)
    for case in list_cases(engine, by=by, now=now, state=CaseState.HANDLING):
        for official in directory.roster.officials:
            with writing(engine) as connection:
                if acts_as(connection, directory, official.id, case, now=now) is None or not case.unit:
                    continue
                link = make_link(connection, case_number=case.number, official=official.id, now=now)
            code = new_code(engine, trial.settings.folders.data, official.id, by=administrator, now=now)
            return f"/p/{link}", f"{official.called}，工作密码 {code}"
    return None


def _password() -> str:
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(3))
