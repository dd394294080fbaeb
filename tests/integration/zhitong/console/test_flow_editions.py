"""A line's flow in the console: drafts that nobody loses, publishing, what became of it, and what was before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.axe import serious
from tests.fakes.flow_room import FlowRoom, editor, flow_room
from tests.fakes.pages import asked, cookie_of
from tests.fakes.told_calls import MORNING, RULES, ToldCall, tell_it
from zhitong.store.engine import writing
from zhitong.store.flows import settle_flow


@pytest.fixture
def room(engine: Engine, tmp_path: Path) -> Iterator[FlowRoom]:
    """The room."""
    with flow_room(engine, tmp_path) as found:
        yield found


def test_a_draft_is_kept_and_changes_no_call(room: FlowRoom) -> None:
    assert room.sent("draft", text="start = ", seen="0").endswith("?done=draft")
    told = room.shown()
    assert "start = </textarea>" in told and "草稿" in told and "没有流程" in told
    assert room.sent("drop", seen="1").endswith("?done=drop")
    assert "start = </textarea>" not in room.shown()


def test_who_saves_second_sees_what_the_first_one_saved_and_loses_nothing(room: FlowRoom) -> None:
    other = cookie_of(room.office.engine, "李管理", Role.ADMIN, now=MORNING)
    room.sent("draft", cookie=other, text=room.example, seen="0")
    mine = room.example.replace("现在是夜里", "现在是半夜")
    told = room.sent("draft", text=mine, seen="0")
    assert "李管理" in told and "没有保存您的" in told and "现在是半夜" in told and "<del>删</del>" in told
    assert 'name="seen" value="1"' in told, "once he has seen it, he may save"
    assert room.sent("draft", text=mine, seen="1").endswith("?done=draft")


def test_it_is_published_with_a_reason_and_waits_until_asterisk_has_proven_it(room: FlowRoom) -> None:
    room.sent("draft", text=room.example, seen="0")
    assert "没有写为什么改" in room.sent("publish", text=room.example, reason=" ", on="0")
    typed = room.example.replace("\n", "\r\n")  # as browsers send it
    assert room.sent("publish", text=typed, reason="开始", on="0").endswith("?done=publish")
    told = room.shown()
    assert "第 1 版正等热线换上" in told and "every 2s" in told and "存的，从第" not in told
    with writing(room.office.engine) as connection:
        settle_flow(connection, room.key, 1, state="used")
    assert "在用" in room.shown("/state") and "every 2s" not in room.shown("/state")
    with_fault = room.example.replace('2 = "留言"', '2 = "留言", 0 = "再见"')
    assert "按 0 会走到 再见" in room.sent("publish", text=with_fault, reason="错的", on="1")


def test_what_asterisk_did_not_prove_is_told_with_why(room: FlowRoom) -> None:
    room.sent("publish", text=room.example, reason="开始", on="0")
    with writing(room.office.engine) as connection:
        settle_flow(connection, room.key, 1, state="refused", why="试打没有找到人")
    assert "已经退回" in room.shown() and "试打没有找到人" in room.shown()
    assert "没有用上" in asked(room.address, "/flows", cookie=room.cookie).body


def test_an_edition_shows_what_it_changed_and_is_brought_back_with_one_click(room: FlowRoom) -> None:
    room.sent("publish", text=room.example, reason="开始", on="0")
    changed = room.example.replace("现在是夜里", "现在是半夜")
    assert "现在是第 1 版" in room.sent("publish", text=changed, reason="改一句", on="0"), "another was faster"
    room.sent("publish", text=changed, reason="改一句", on="1")
    first = room.shown("/editions/1")
    assert "换回第 1 版" in first and "<ins>添</ins>" in first and "现在是半夜" in first
    assert "没有写为什么改" in room.sent("editions/1/restore", reason="", on="2")
    assert room.sent("editions/1/restore", reason="听不懂", on="2").endswith("?done=publish")
    assert "听不懂" in room.shown() and "现在是夜里" in room.shown()
    assert "撤下流程" in room.shown()
    assert room.sent("editions/0/restore", reason="先停一停", on="3").endswith("?done=publish")
    assert asked(room.address, f"{room.path}/editions/9", cookie=room.cookie).status == 409


def test_the_desk_looks_and_may_try_but_changes_nothing(room: FlowRoom) -> None:
    desk = cookie_of(room.office.engine, "受理周敏", Role.DESK, now=MORNING)
    told = asked(room.address, room.path, cookie=desk).body
    assert "发布的原因" not in told and "readonly" in told and "打一个试试" in told
    assert "不能改话务流程" in room.sent("publish", cookie=desk, text=room.example, reason="x", on="0")


def test_from_typing_to_publishing_with_the_keyboard_alone(room: FlowRoom, chromium: Browser) -> None:
    page, said = editor(chromium, room)
    page.get_by_role("button", name="看改了什么").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#compared ins").first).to_be_visible()
    page.get_by_role("button", name="存草稿").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("草稿存好了")
    page.get_by_label("发布的原因").fill("开始")
    page.get_by_role("button", name="发布", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("正等热线换上")
    with writing(room.office.engine) as connection:
        settle_flow(connection, room.key, 1, state="used")
    expect(page.locator("#state .green")).to_have_text("在用")
    assert said == []
    page.context.close()
    assert serious(chromium, room.address, room.cookie, f"{room.path}/editions/1", 390) == []


def test_last_weeks_calls_are_walked_through_the_draft(room: FlowRoom) -> None:
    for number in range(3):
        call = ToldCall(f"175755363{number}.7", MORNING).opened(caller=f"1380000000{number}", dialled=room.key)
        call.note(2, "asked", prompt="question").understood().planned().note(9, "ended", outcome="gone")
        tell_it(room.office.engine, RULES, call)
    told = room.post("replay", text=room.example)
    assert "<strong>3</strong> 个来电" in told and "走法会变的 <strong>3</strong> 个" in told
    assert "分时 → 菜单 → 找局长" in told and "打给的人会变的 <strong>0</strong> 个" in told
    assert "1380000" not in told
    message = room.example.replace('none = "找局长"', 'none = "找人"')
    assert "打给的人会变的 <strong>3</strong> 个" in room.post("replay", text=message)
    assert "走法会变的 <strong>0</strong> 个" in room.post("replay", text="")
    assert "先把上面的错改好" in room.post("replay", text="start =")
    assert "流程的文字" in room.sent("replay", text=room.example), "the whole page where there is no script"
