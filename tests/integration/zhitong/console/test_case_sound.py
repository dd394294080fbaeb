"""Recordings and files of a case in a browser: who may hear them, that it is recorded, and where a word begins."""

import http.client
import wave
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cases.case import CaseState
from cases.roles import Role
from tests.fakes.closing import DESK
from tests.fakes.pages import Clock, asked, cookie_of, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING, NUMBER, RULES
from zhitong.console.office import Office
from zhitong.console.visitor import COOKIE
from zhitong.settings import attachments_folder
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.recordings import put_recordings, recordings_of_case, set_recording
from zhitong.store.records import accesses_to
from zhitong.usecases.attachments import Limits, Upload, add_attachments

CALL = "1757553630.7"
SECONDS = 12


@pytest.fixture
def recorded(office: Office, tmp_path: Path) -> Office:
    """An office in which NUMBER has a recording that can be played, from the answer of the call on."""
    folders = replace(office.settings.folders, recordings=tmp_path / "recordings", data=tmp_path)
    (tmp_path / "recordings").mkdir()
    with wave.open(str(tmp_path / "recordings/talk.wav"), "wb") as sound:
        sound.setparams((2, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(8000 * 4 * SECONDS))
    with writing(office.engine) as connection:
        row = {"case_number": NUMBER, "call_id": CALL, "kind": "talk", "path": "talk.wav", "made_at": MORNING}
        put_recordings(connection, [row | {"expires_at": MORNING + timedelta(days=365)}])
        (id,) = (one.id for one in recordings_of_case(connection, NUMBER) if one.path == "talk.wav")
        set_recording(connection, id, state="archived", seconds=float(SECONDS))
    return replace(office, settings=replace(office.settings, folders=folders))


def sound_of(office: Office) -> str:
    with reading(office.engine) as connection:
        (id,) = (one.id for one in recordings_of_case(connection, NUMBER) if one.path == "talk.wav")
    return f"/cases/{NUMBER}/recordings/{id}"


def desk(office: Office) -> str:
    return cookie_of(office.engine, "受理周敏", Role.DESK, now=MORNING)


def got(address: str, path: str, cookie: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    try:
        connection.request("GET", path, headers={"Cookie": f"{COOKIE}={cookie}"} | headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def hearings(office: Office) -> list[str]:
    with reading(office.engine) as connection:
        return [f"{row.who} {row.unmasked}" for row in accesses_to(connection, NUMBER) if "听录音" in row.what]


def test_a_recording_is_sent_whole_and_in_ranges_and_is_one_hearing(recorded: Office, clock: Clock) -> None:
    with pages_served(recorded) as address:
        cookie, path = desk(recorded), sound_of(recorded)
        status, headers, body = got(address, path, cookie)
        assert (status, headers["content-type"], body[:4]) == (200, "audio/wav", b"RIFF")
        status, headers, part = got(address, path, cookie, Range="bytes=100-199")
        assert status == 206 and part == body[100:200] and headers["content-range"] == f"bytes 100-199/{len(body)}"
        assert headers["cache-control"] == "no-store"
        assert hearings(recorded) == ["受理周敏 True"]
        clock.forward(timedelta(minutes=11))
        got(address, path, cookie, Range="bytes=100-")
        assert len(hearings(recorded)) == 2


def test_who_may_not_hear_gets_no_sound_and_no_player(recorded: Office) -> None:
    with writing(recorded.engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), secrecy="保密")])
    with pages_served(recorded) as address:
        his = cookie_of(recorded.engine, "经办赵敏", Role.HANDLER, now=MORNING, units=["水务局"])
        told = asked(address, sound_of(recorded), cookie=his)
        assert told.status == 403 and "<audio" not in asked(address, f"/cases/{NUMBER}", cookie=his).body
        assert hearings(recorded) == []


def test_a_recording_that_is_another_cases_gone_or_outside_the_folder_is_not_there(recorded: Office) -> None:
    with pages_served(recorded) as address:
        cookie = desk(recorded)
        assert asked(address, f"/cases/{NUMBER}/recordings/999", cookie=cookie).status == 404
        with writing(recorded.engine) as connection:
            (id,) = (one.id for one in recordings_of_case(connection, NUMBER) if one.path == "talk.wav")
            set_recording(connection, id, path="../../etc/passwd.wav")
        assert asked(address, f"/cases/{NUMBER}/recordings/{id}", cookie=cookie).status == 404
        with writing(recorded.engine) as connection:
            set_recording(connection, id, path="talk.wav", state="deleted")
        told = asked(address, f"/cases/{NUMBER}/recordings/{id}", cookie=cookie)
        assert told.status == 404 and "已经到期删除" in told.body


def test_a_click_on_a_word_plays_from_where_it_was_said(recorded: Office, chromium: Browser) -> None:
    with pages_served(recorded) as address:
        page = signed_in_page(chromium, address, desk(recorded))
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}/cases/{NUMBER}")
        word = page.get_by_role("button", name="办不了取水许可")
        second = float(word.get_attribute("data-second") or 0)
        assert second > 0
        word.click()
        sound = f"document.querySelector('audio[src=\"{sound_of(recorded)}\"]')"
        page.wait_for_function(f"{sound}.currentTime >= {second}")
        assert page.evaluate(f"{sound}.error") is None and said == []
        page.context.close()


def test_a_file_of_a_citizen_is_fetched_and_never_opened_in_our_pages(recorded: Office) -> None:
    add_attachments(
        recorded.engine,
        RULES,
        number=NUMBER,
        uploads=[Upload(name="信<b>.txt", source=BytesIO("停水了".encode()))],
        folder=attachments_folder(recorded.settings),
        limits=Limits(),
        by=DESK,
        now=MORNING,
    )
    with pages_served(recorded) as address:
        cookie = desk(recorded)
        page = asked(address, f"/cases/{NUMBER}", cookie=cookie).body
        assert "信&lt;b&gt;.txt" in page and "信<b>" not in page
        status, headers, body = got(address, f"/cases/{NUMBER}/attachments/1", cookie)
        assert status == 200 and body.decode() == "停水了"
        assert (
            headers["content-disposition"].startswith("attachment") and headers["x-content-type-options"] == "nosniff"
        )


def test_who_signs_hears_the_sentence_first(recorded: Office) -> None:
    said = {"result": "取水许可今天发到您手上", "disposition": "已解决", "replied_by": "甲", "reviewed_by": "乙"}
    with writing(recorded.engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), state=CaseState.REVIEWED, **said)])  # type: ignore[arg-type]
    with pages_served(recorded) as address:
        cookie = cookie_of(recorded.engine, "县长李刚", Role.LEADER, now=MORNING)
        page = asked(address, f"/cases/{NUMBER}", cookie=cookie).body
        assert f'src="/cases/{NUMBER}/result.wav"' in page and f'action="/cases/{NUMBER}/approve"' not in page
        status, headers, body = got(address, f"/cases/{NUMBER}/result.wav", cookie)
        assert (status, headers["content-type"], body[:4]) == (200, "audio/wav", b"RIFF") and len(body) > 16_000
        assert asked(address, f"/cases/{NUMBER}/hear", cookie=cookie, form={}).status == 303
        assert f'action="/cases/{NUMBER}/approve"' in asked(address, f"/cases/{NUMBER}", cookie=cookie).body
