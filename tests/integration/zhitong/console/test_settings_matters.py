"""设置 → 事项和例句: words and examples are changed, tried in a process of their own, published and taken back."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from cases.roles import Role
from recognizer.examples import COLUMNS, load_examples
from recognizer.taxonomy import load_taxonomy
from tests.fakes.directories import small_directory
from tests.fakes.examples import write_examples
from tests.fakes.looking import NASTY, assert_accessible, assert_fit, looking
from tests.fakes.pages import Clock, asked, cookie_of, office_with, pages_served
from tests.fakes.told_calls import MORNING, RULES, talked, tell_it
from zhitong.console.office import Office
from zhitong.errors import Refused
from zhitong.settings import CHECKOUT, load_settings
from zhitong.trial import wait_until
from zhitong.trials import Result, write_result
from zhitong.understanding import UnderstandingInForce, learn_ahead
from zhitong.understanding_editions import draft, editions_folder, newest_id

BOSS = "管理员老周"
SIGN = "路灯下头的跑马灯招牌歪了"
LEARNED = 90_000
"""Milliseconds that learning may take on a machine that is busy."""


@pytest.fixture
def office(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A county with few examples and words of its own, published as they were found; a process reads the same."""
    regression = tmp_path / "regression"
    regression.mkdir()
    rows = [f"{SIGN}\trequest\tD2\t\t求助\tnormal\t", "转人工嘛\tdirector\t\t\t求助\tnormal\t"]
    (regression / "own.tsv").write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZHITONG_FILES__EXAMPLES", str(write_examples(tmp_path / "examples")))
    monkeypatch.setenv("ZHITONG_FILES__REGRESSION", str(regression))
    monkeypatch.setenv("ZHITONG_FILES__TAXONOMY", str(shutil.copy(CHECKOUT / "config" / "taxonomy.toml", tmp_path)))
    monkeypatch.setenv("ZHITONG_SPEECH__LEARNED", "true")
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    tell_it(engine, RULES, talked())
    return office_with(
        engine, settings=load_settings(), clock=Clock(MORNING), directory=small_directory(), rules=lambda: RULES
    )


def publish_as_found(office: Office) -> None:
    """What the hotline does at its first start."""
    learn_ahead(office.settings)
    line = UnderstandingInForce(office.settings, learns=True)
    line.look()
    line.look()
    assert newest_id(office.settings) == 1


def cookie(office: Office) -> str:
    return cookie_of(office.engine, BOSS, Role.ADMIN, now=MORNING)


def test_an_example_counts_once_it_was_tried_and_published_and_can_be_taken_back(
    office: Office, chromium: Browser
) -> None:
    publish_as_found(office)
    with looking(office, chromium, role=Role.ADMIN, who=BOSS, agrees=True) as (page, address):
        page.goto(f"{address}/settings/matters")
        expect(page.get_by_role("main")).to_contain_text("在用的是第 1 版，文件和它一样")
        assert_accessible(page)
        page.get_by_role("link", name="D2").click()
        page.get_by_label("群众怎么说").fill("跑马灯招牌歪了")
        page.get_by_role("button", name="加上").click()
        expect(page.get_by_role("alert")).to_contain_text("还没有生效")
        expect(page.get_by_role("row", name="跑马灯招牌歪了")).to_contain_text("在网页里加的")
        assert_accessible(page)
        page.get_by_role("link", name="试一试，再发布").click()
        page.get_by_role("button", name="试一试").click()
        expect(page.get_by_role("main")).to_contain_text("正在学")
        result = page.get_by_role("region", name="试的结果")
        expect(result).to_contain_text("拿回归集的 2 句话试", timeout=LEARNED)
        assert_accessible(page)
        assert newest_id(office.settings) == 1, "only tried"
        page.get_by_label("为什么改").fill("招牌归村里")
        if page.get_by_label("变差也发布").count():
            page.get_by_label("变差也发布").check()
        page.get_by_role("button", name="发布").click()
        expect(page.get_by_role("alert")).to_contain_text("第 2 版发布了")
        expect(page.get_by_role("row", name="第 2 版")).to_contain_text("招牌归村里")
        page.get_by_role("button", name="试第 1 版").click()
        expect(result).to_contain_text("试的结果：第 1 版", timeout=LEARNED)
        page.get_by_label("为什么改").fill("退回")
        if page.get_by_label("变差也发布").count():
            page.get_by_label("变差也发布").check()
        page.get_by_role("button", name="发布").click()
        expect(page.get_by_role("alert")).to_contain_text("第 3 版发布了")
    line = UnderstandingInForce(office.settings)
    assert line.edition.id == 3 and line.edition.author == BOSS


def test_words_are_checked_by_their_reader_and_the_rest_of_the_file_stays(office: Office, chromium: Browser) -> None:
    path = office.settings.files.taxonomy
    before = path.read_text(encoding="utf-8")
    with looking(office, chromium, width=390, role=Role.ADMIN, who=BOSS, agrees=True) as (page, address):
        page.goto(f"{address}/settings/matters")
        assert_fit(page)
        page.goto(f"{address}/settings/matters/one?code=A1")
        assert_fit(page)
        assert_accessible(page)
        words = page.get_by_label("多半说这件事的词")
        words.fill(f"水务局 {NASTY}")
        page.get_by_role("button", name="存词").click()
        expect(page.get_by_role("alert")).to_contain_text("matters.A1.words")
        expect(page.get_by_label("多半说这件事的词")).to_have_value(f"水务局 {NASTY}")
        assert_fit(page)
        assert path.read_text(encoding="utf-8") == before
        page.get_by_label("多半说这件事的词").fill("水务局 水厂 供水站站长")
        page.get_by_role("button", name="存词").click()
        expect(page.get_by_role("alert")).to_contain_text("词存好了")
        page.goto(f"{address}/settings/matters?q=供水站站长")
        expect(page.get_by_role("link", name="A1 供水饮水").first).to_be_visible()
        assert_fit(page)
    after = path.read_text(encoding="utf-8")
    assert [line for line in after.splitlines() if line not in before.splitlines()] == [
        'words = "水务局 水厂 供水站站长"'
    ]


def test_a_county_adds_a_matter_of_its_own_and_drops_an_example(office: Office) -> None:
    files, admin = office.settings.files, cookie(office)
    with pages_served(office) as address:

        def send(path: str, **form: str) -> tuple[int, str, str]:
            told = asked(address, f"/settings/matters/{path}", cookie=admin, form=form)
            return told.status, told.where, told.body

        new = {"new": "yes", "name": "跑马灯", "strong": "跑马灯", "words": "", "weak": "", "also": ""}
        assert send("words", code="e1", **new)[0] == 409
        assert send("words", code="A1", **new)[0] == 409
        assert send("words", code="E1", **new)[1] == "/settings/matters/one?code=E1&done=words"
        assert load_taxonomy(files.taxonomy).names["E1"] == "跑马灯"
        how = {"code": "E1", "type": "求助", "urgency": "normal"}
        assert "只能用汉字" in send("example", text="<b>跑马灯", **how)[2]
        assert send("example", text="跑马灯坏了", **how)[0] == 303
        assert "已经有这句了" in send("example", text="跑马灯坏了", **how)[2]
        assert send("example", text="喂你好呀", intent="unclear", type="求助", urgency="normal")[0] == 303
        assert send("drop", code="E1", text="跑马灯坏了")[0] == 303
        assert send("drop", code="E1", text="跑马灯坏了")[0] == 409
        assert send("drop", code="E1", text="text")[0] == 409, "the heading is no example"
    texts = {one.text for one in load_examples(files.examples, tuple(load_taxonomy(files.taxonomy).names))}
    assert "喂你好呀" in texts and "跑马灯坏了" not in texts


def test_what_gets_worse_is_published_only_when_somebody_says_so_and_what_changed_since_never(office: Office) -> None:
    admin, settings = cookie(office), office.settings
    learned = settings.folders.data / "some.npz"
    editions_folder(settings).mkdir(parents=True)
    learned.write_bytes(b"learned")
    found = Result(number=0, on=0, digest=draft(settings).digest, learned=str(learned), falls=("事项：9/9 → 1/9",))
    write_result(settings, found)
    with pages_served(office) as address:

        def publish(**form: str) -> tuple[str, str]:
            form = {"digest": found.digest, "reason": "就要这样"} | form
            told = asked(address, "/settings/matters/publish", cookie=admin, form=form)
            return told.where, told.body

        assert "变差了，没有发布" in publish()[1] and newest_id(settings) == 0
        assert "没有写为什么改" in publish(anyway="yes", reason=" ")[1]
        assert "不是刚才看的" in publish(anyway="yes", digest="another")[1]
        assert publish(anyway="yes")[0] == "/settings/matters/trial?done=1"
        assert "变差仍发布" in asked(address, "/settings/matters/trial", cookie=admin).body
        settings.files.taxonomy.write_text(settings.files.taxonomy.read_text(encoding="utf-8") + "# x\n", "utf-8")
        assert "试过以后又改了" in publish(anyway="yes")[1]


def test_a_trial_that_cannot_be_made_says_why_and_one_is_enough(office: Office) -> None:
    office.settings.files.regression.joinpath("own.tsv").write_text("x\n", encoding="utf-8")
    write_examples(office.settings.files.examples)
    file = office.settings.files.examples / "county.tsv"
    file.write_text("\t".join(COLUMNS) + "\n跑马灯坏了\trequest\tD2\t\t求助\tnormal\t\n", encoding="utf-8")
    office.trials.start(office.settings, 0)
    with pytest.raises(Refused, match="正在试"):
        office.trials.start(office.settings, 0)
    wait_until(lambda: not office.trials.running(office.settings), LEARNED / 1000, "the trial is over")
    result = office.trials.result(office.settings)
    assert result is not None and "第一行缺列" in result.error


def test_the_weeks_are_told_to_those_who_may_see_corrections(office: Office, chromium: Browser) -> None:
    with looking(office, chromium, width=390) as (page, address):
        page.goto(f"{address}/settings/accuracy")
        expect(page.get_by_role("heading", name="听得准不准")).to_be_visible()
        assert_fit(page)
        assert_accessible(page)
        page.goto(f"{address}/settings/matters")
        expect(page.get_by_text("加一个本县自己的事项")).to_have_count(0)
        page.goto(f"{address}/settings/matters/one?code=A1")
        expect(page.get_by_role("button", name="存词")).to_have_count(0)
