"""话务流程 in the console: a line's flow as text, checked while it is typed, drawn, told in words, tried by typing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from tests.fakes.axe import serious
from tests.fakes.flow_room import FlowRoom, editor, flow_room
from tests.fakes.pages import asked, signed_in_page
from zhitong.console.visitor import COOKIE

INERT = "<img src=x onerror=alert(1)>{{7*7}}"
WATER = "扎西镇石坎村三天没有水了"


@pytest.fixture
def room(engine: Engine, tmp_path: Path) -> Iterator[FlowRoom]:
    """The room."""
    with flow_room(engine, tmp_path) as found:
        yield found


def test_every_line_is_listed_and_the_example_has_no_fault(room: FlowRoom) -> None:
    listed = asked(room.address, "/flows", cookie=room.cookie).body
    assert room.path in listed and room.office.settings.lines[0].name in listed
    assert "没有查出问题" in room.post("check", text=room.example)
    told = asked(room.address, "/flows/lines/999", cookie=room.cookie)
    assert told.status == 409 and "没有线路 999" in told.body


def test_faults_stand_with_their_line(room: FlowRoom) -> None:
    text = room.example.replace('then = "夜间"', 'then = "野间"')
    told = room.post("check", text=text)
    line = 1 + text.splitlines().index('then = "野间"')
    assert f'data-line="{line}"' in told and "是不是 夜间？" in told
    assert 'data-line="3"' in room.post("check", text='line = "1"\nstart = "a"\nx ==')
    assert "按 0 会走到 再见" in room.post("check", text=room.example.replace('2 = "留言"', '2 = "留言", 0 = "再见"'))


def test_the_picture_and_the_words_tell_the_way_from_the_ringing_to_the_promise(room: FlowRoom) -> None:
    told = room.post("check", text=room.example)
    boxes = ("来电", "录音告知", "时间：分时", "按键：菜单", "找局长：提问", "照升级链找人", "永远在最后", "都没接")
    for named in boxes:
        assert f"<title>{named}" in told, named
    assert "按 2 → 留言" in told and "用文字说" in told and "说事情请按1，留言请按2，找人请按0。" in told
    empty = room.post("check", text="")
    assert "<title>找局长：提问" in empty and "没有流程" in empty


def test_it_is_tried_by_typing_a_time_keys_and_a_sentence(room: FlowRoom) -> None:
    day = room.post("try", text=room.example, at="2025-09-11T10:00", keys="1", said=WATER)
    assert "不在 22:00-06:00" in day and "说事情请按1" in day and "供水饮水" in day and "马上打" in day
    night = room.post("try", text=room.example, at="2025-09-11T23:00", keys="", said=WATER)
    assert "现在是夜里" in night and "说事情请按1" not in night and "马上打" in night
    assert "请群众留言" in room.post("try", text=room.example, at="2025-09-11T10:00", keys="2")
    person = room.post("try", text=room.example, at="2025-09-11T10:00", keys="- 0")
    assert "按了0" in person and "马上打" in person
    assert "不是键" in room.post("try", text=room.example, keys="x")
    assert "先把上面的错改好" in room.post("try", text="start =")
    assert "供水饮水" in room.post("try", text="", said=WATER)


def test_what_is_typed_is_checked_while_one_types_and_stays_when_the_form_is_sent(
    room: FlowRoom, chromium: Browser
) -> None:
    page, said = editor(chromium, room)
    page.get_by_role("textbox", name="流程的文字").last.click()
    page.keyboard.press("Control+End")
    page.keyboard.type('\n[[step]]\nname = "多"\nkind = "再"')
    expect(page.locator("#checked .found")).to_contain_text("step[4].kind")
    expect(page.locator(".cm-lint-marker-error").first).to_be_visible()
    page.locator("[data-goto]").first.click()
    assert page.evaluate("document.activeElement.className").startswith("cm-content")
    page.keyboard.press("Control+Home")
    page.get_by_role("button", name="检查").click()
    expect(page.locator(".cm-editor")).to_contain_text("找局长热线的话务流程")
    page.fill("input[name=said]", WATER)
    page.get_by_role("button", name="试", exact=True).click()
    expect(page.locator("#tried")).to_contain_text("先把上面的错改好")
    page.reload()
    assert page.input_value("input[name=keys]") == ""
    page.fill("input[name=said]", WATER)
    page.get_by_role("button", name="试", exact=True).click()
    expect(page.locator("#tried")).to_contain_text("马上打")
    assert said == []
    page.context.close()


def test_the_flows_own_sentences_are_heard_before_they_count(room: FlowRoom, chromium: Browser) -> None:
    page, said = editor(chromium, room)
    page.get_by_role("button", name="试听 夜里").click()
    heard = page.locator("[data-heard]")
    expect(heard).to_be_visible()
    loaded = "one => new Promise(done => one.duration ? done(1) : one.onloadedmetadata = () => done(1))"
    assert heard.evaluate(loaded) and said == []
    page.context.close()
    form = {"say": "Hello"}
    assert "读不出来" in asked(room.address, "/flows/hear", cookie=room.cookie, form=form).body


def test_without_a_script_the_text_is_typed_into_a_plain_field(room: FlowRoom, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    context.add_cookies([{"name": COOKIE, "value": room.cookie, "url": room.address}])
    page = context.new_page()
    page.goto(f"{room.address}{room.path}")
    page.fill("textarea", room.example)
    page.fill("input[name=keys]", "2")
    page.get_by_role("button", name="试", exact=True).click()
    assert page.input_value("input[name=keys]") == "2"
    assert "请群众留言" in page.inner_text("#tried") and page.input_value("textarea").strip() == room.example.strip()
    context.close()


def test_what_was_typed_runs_nowhere_and_the_page_fits_a_telephone_and_a_screen_reader(
    room: FlowRoom, chromium: Browser
) -> None:
    text = room.example.replace("现在是夜里", INERT).replace('"夜间"', f'"{INERT}"')
    assert "<img" not in asked(room.address, f"{room.path}/check", cookie=room.cookie, form={"text": text}).body
    for width in (390, 1280):
        page, said = editor(chromium, room, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("textbox", name="流程的文字").last.click()
        page.keyboard.press("Control+End")
        page.keyboard.type(f'\n[[prompt]]\nname = "{INERT}"')
        expect(page.locator("#checked .found")).to_contain_text("onerror")
        assert page.locator("main img").count() == 0 and said == []
        page.context.close()
    for path in ("/flows", f"{room.path}?example=1"):
        assert serious(chromium, room.address, room.cookie, path, 390) == [], path


def test_the_page_is_fetched_with_less_than_300_kb(room: FlowRoom, chromium: Browser) -> None:
    page = signed_in_page(chromium, room.address, room.cookie)
    sizes = list[int]()
    page.on("requestfinished", lambda one: sizes.append(one.sizes()["responseBodySize"]))
    page.goto(f"{room.address}{room.path}?example=1")
    expect(page.locator(".cm-editor")).to_be_visible()
    assert 200_000 < sum(sizes) < 300_000
    page.context.close()
