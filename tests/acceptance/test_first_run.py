"""A county that has nothing set up: from the word on the terminal to a citizen who talks with the new director.

The hotline, Asterisk, the console and the telephones really run; the clerk's browser is a client that sends the forms.
"""

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest

from dialplans.ports import free_ports
from ivr.softphone import PhoneNetwork
from ivr.softphone_plan import answer, ring
from tests.acceptance.test_run import COMMAND, end, processes
from tests.acceptance.witness import INSISTS
from tests.fakes.pages import Answer, asked
from zhitong.console.visitor import COOKIE
from zhitong.line_tried import SENTENCE, try_line
from zhitong.settings import Settings, load_settings
from zhitong.trial import wait_until

CLERK, PASSWORD = "办事员小陈", "四个词 连起来 就好记"
OWN, DIRECTOR, DEPUTY, OTHER = "13912345678", "13987700001", "13987700002", "13987700003"
LINE = "08703128888"
PEOPLE = f"""单位,姓名,职务,手机
政务服务管理局,王建国,局长,{DIRECTOR}
政务服务管理局,李红,副局长,{DEPUTY}
水务局,赵强,局长,{OTHER}
"""


@dataclass(frozen=True, kw_only=True)
class County:
    """A machine on which only ports, folders and the carrier's address have been written down."""

    folder: Path
    network: PhoneNetwork
    sip_port: int
    pages: str

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "ZHITONG_CONFIG": str(self.folder / "machine.toml")}

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text(encoding="utf-8")

    def times_ready(self) -> int:
        return self.said.count("duty ladders pushed")

    def page(self, path: str, cookie: str = "", form: Mapping[str, str] | None = None) -> Answer:
        return asked(self.pages, path, cookie=cookie, form=form)

    def answers(self) -> bool:
        try:
            return self.page("/sign-in").status in (200, 303)
        except OSError:
            return False


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    folder = tmp_path_factory.mktemp("county")
    names = ("sip_port", "ami_port", "agi_port", "audio_port")
    with PhoneNetwork() as network:
        ports = dict(zip(names, free_ports(udp=1, tcp=3), strict=True))
        listen, pages = free_ports(tcp=2)
        lines = [
            f'folders.data = "{folder}/data"',
            'asterisk.sip_bind = "127.0.0.1"',
            *(f"asterisk.{name} = {port}" for name, port in ports.items()),
            f'console.listen = "127.0.0.1:{listen}"',
            f'console.pages = "127.0.0.1:{pages}"',
            "ladder.slow_seconds = 60",
        ]
        (folder / "machine.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "data").mkdir()
        # Nothing but loopback is to hear of it, also before the clerk writes where the carrier is.
        own = f'[trunk]\naddress = "{network.address}"\nmatch = ["127.0.0.0/8"]\n'
        (folder / "data" / "settings.toml").write_text(own, encoding="utf-8")
        for number in (OWN, DIRECTOR, DEPUTY, OTHER):
            network.phone(number)
        yield County(folder=folder, network=network, sip_port=ports["sip_port"], pages=f"http://127.0.0.1:{pages}")


def cookie_in(answered: Answer) -> str:
    found = re.search(rf"{COOKIE}=([^;]+)", answered.headers.get("set-cookie", ""))
    assert found, answered.body
    return found[1]


def signed_in(county: County) -> str:
    """The first administrator, made with the word that `run` has printed."""
    wait_until(lambda: "一次性口令：" in county.said and county.answers(), 40, "the word is printed")
    word = re.findall(r"一次性口令：(\S+)", county.said)[-1]
    told = county.page("/sign-in")
    assert told.where == "/first-run/begin"
    form = {"code": word, "name": CLERK, "password": PASSWORD, "again": PASSWORD}
    cookie = cookie_in(county.page("/first-run/begin", form=form))
    secret = re.findall(r"<code>([A-Z2-7 ]+)</code>", county.page("/sign-in/second", cookie).body)[0].replace(" ", "")
    cookie = cookie_in(county.page("/sign-in/second", cookie, {"code": pyotp.TOTP(secret).now()}))
    assert word not in (county.folder / "data" / "logs" / "console.log").read_text(encoding="utf-8")
    return cookie


@pytest.mark.timeout(400)
def test_who_has_never_seen_it_sets_a_line_up_and_a_citizen_talks_with_the_new_director(county: County) -> None:
    begun = time.monotonic()
    with (county.folder / "said").open("wb") as said:
        process = subprocess.Popen([COMMAND, "run"], env=county.environ, stdout=said, stderr=said)
    try:
        wait_until(lambda: county.times_ready() == 1 or process.poll() is not None, 60, "the hotline is ready")
        assert process.poll() is None, county.said
        cookie = signed_in(county)

        line = {"county": "青山县", "name": "县长热线", "number": LINE, "area_code": "0870"}
        line |= {"address": county.network.address, "match": "127.0.0.0/8", "caller_id": LINE}
        told = county.page("/first-run/line", cookie, line)
        assert told.status == 303, told.body
        people = {"duty_room": "值班室", "duty_numbers": "0870-2120001", "table": PEOPLE}
        people |= {"supervision": "县纪委监委", "supervision_numbers": "0870-2120009"}
        told = county.page("/first-run/people", cookie, people)
        assert told.status == 303, told.body
        assert "还没有起作用" in county.page("/first-run", cookie).body
        assert county.page("/first-run/restart", cookie, {}).status == 303
        wait_until(lambda: "按网页上设的重新开线" in county.said, 40, "it starts anew")
        wait_until(lambda: county.times_ready() >= 2 and county.answers(), 60, "it is ready again")
        assert f"开线：{LINE}（县长热线）" in county.said

        def is_up() -> bool:
            body = county.page("/first-run/ring", cookie).body
            return "热线现在没有开着" not in body and "还没有起作用" not in body

        wait_until(is_up, 20, "the pages know that the hotline is up", every=0.5)
        county.network.phone(OWN).will((ring(), answer(), *INSISTS))
        told = county.page("/first-run/ring", cookie, {"number": OWN})
        rung = county.network.phone(OWN).wait_ringing(15)
        assert rung.from_number == LINE
        wait_until(lambda: "通了：您接了电话" in county.page(told.where, cookie).body, 40, "it was heard", every=1)

        county.network.phone(DIRECTOR).will((ring(), answer(), *INSISTS))
        call = county.network.phone("13900000021").dial(LINE, via=f"127.0.0.1:{county.sip_port}")
        call.wait_answered(5)
        call.wait_sound(5)
        call.press("0")
        official = county.network.phone(DIRECTOR).wait_ringing(20)
        official.wait_answered(5)
        call.hang_up()
        official.wait_disconnected(10)
        print(f"from `zhitong run` to the citizen's call: {time.monotonic() - begun:.0f} s")
        assert "Traceback" not in county.said
        assert not [number for number in (OWN, DIRECTOR, "13900000021") if number in county.said], "masked in the log"
    finally:
        if len(processes(process.pid)) >= 3:
            end(process)
        else:
            process.kill()


@pytest.fixture
def set_up(county: County) -> Settings:
    """As the test before has left it."""
    return load_settings(environ=county.environ)


@pytest.mark.timeout(300)
def test_a_copy_of_the_line_is_called_and_tells_whose_telephone_would_ring(
    county: County, set_up: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHITONG_CONFIG", county.environ["ZHITONG_CONFIG"])
    before = len(county.network.calls)
    tried = try_line(set_up, SENTENCE)
    assert tried.well, tried
    assert tried.heard == SENTENCE and tried.rings[0] == "局长王建国 139****0001"
    assert len(county.network.calls) == before, "no telephone of the line's own carrier has rung"
