"""zhitong route: the very script, router and roster of a call, told beforehand."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from recognizer.taxonomy import load_taxonomy
from routing.calendar import LOCAL
from zhitong.desk import desk_line, script_rules
from zhitong.directory_files import directory_of, draft_of
from zhitong.dry_run import DryRun, dry_run, dry_run_json, dry_run_text
from zhitong.settings import load_settings
from zhitong.understanding import Understanding

SETTINGS = load_settings(environ={})
NIGHT = datetime(2026, 12, 5, 2, 30, tzinfo=LOCAL)
DESK = desk_line(SETTINGS, directory_of(SETTINGS, draft_of(SETTINGS)))
WORDS = Understanding(taxonomy=load_taxonomy(SETTINGS.files.taxonomy))


NO_WATER = "扎西镇河边停水三天了没人管"


def run(*texts: str, profile: str = "找局长直通", at: datetime = NIGHT) -> DryRun:
    line = replace(SETTINGS.lines[0], profile=profile)
    rules = script_rules(SETTINGS, trial=False)
    return dry_run(*texts, at=at, number=line, desk=DESK, by=WORDS, rules=rules)


def names(found: DryRun) -> list[str]:
    assert found.route is not None
    return [rung.name for rung in found.route.rungs]


def test_the_text_tells_what_was_understood_and_who_rings_when_and_why() -> None:
    found = run(NO_WATER)
    text = dry_run_text(found, DESK)
    assert "2026-12-05 02:30，找局长热线（找局长直通）" in text
    assert "A1" in text and "地点 扎西镇" in text
    assert "对口单位：水务局" in text
    assert "1. 马上打局长张明远 138****0001（找局长直通，不论什么事，打值班局长）" in text
    assert "3. 24 秒后还没人接，再打供水股股长赵长河" in text
    assert "13808700001" not in text


def test_a_complaint_about_the_director_goes_to_supervision() -> None:
    found = run("我要投诉张明远局长，不给办医保报销")
    assert names(found)[0] == "县纪委监委督查室"
    assert "张明远" not in names(found)
    assert "不打局长张明远：群众反映的就是他，或他的单位" in dry_run_text(found, DESK)


@pytest.mark.parametrize(
    ("complaint", "who"),
    [
        ("投诉王志强不办事", "王志强"),
        ("投诉你们局长", "张明远"),
        ("赵长河不理人", "赵长河"),  # 不理人 is a complaint by the taxonomy alone
        ("投诉值班室没人接", "政务服务局值班室"),
    ],
)
@pytest.mark.parametrize("matter", [NO_WATER, "找领导", "反正就是那个时候的情况"])
def test_who_is_complained_of_in_one_sentence_is_not_rung_after_the_next(complaint: str, who: str, matter: str) -> None:
    evening = datetime(2026, 12, 6, 21, 0, tzinfo=LOCAL)
    assert who in names(run(NO_WATER, at=evening)), "else it is nothing to say that he is not rung"
    assert who not in names(run(complaint, matter, at=evening))


def test_what_is_reported_in_one_sentence_rings_supervision_first_after_the_next() -> None:
    found = run("我要举报", NO_WATER)
    assert names(found)[0] == "县纪委监委督查室"
    assert found.request.type == "举报" and found.request.matter == "A1"


def test_the_profile_of_the_line_decides_the_order() -> None:
    assert names(run("扎西镇河边停水没人管", profile="民声分派"))[:2] == ["供水抢修", "赵长河"]
    assert names(run("窗口没人，我等了一上午", profile="现场"))[:2] == ["孙文静", "陈思雨"]
    noon = datetime(2026, 12, 4, 10, 0, tzinfo=LOCAL)
    assert names(run("窗口没人，我等了一上午", profile="首问登记", at=noon))[0] == "热线受理台"


def test_another_door_is_told_to_the_caller_and_not_rung() -> None:
    found = run("我要举报村主任贪污低保钱")
    assert found.route is not None and found.route.door == ("纪委监委举报电话", "12388")
    assert "也可以打纪委监委举报电话 12388" in dry_run_text(found, DESK)


def test_what_is_no_request_tells_that_the_caller_would_be_asked_again() -> None:
    found = run("喂你好")
    assert found.route is None
    assert "先再问群众" in dry_run_text(found, DESK)
    assert json.loads(dry_run_json(found, DESK))["ladder"] == []


def test_the_json_has_understanding_with_evidence_and_the_ladder_with_reasons_and_seconds() -> None:
    told = json.loads(dry_run_json(run(NO_WATER), DESK))
    assert told["understood"]["matter"] == "A1" and told["understood"]["evidence"]
    assert [rung["begins"] for rung in told["ladder"]] == [12.0 * i for i in range(len(told["ladder"]))]
    assert all(rung["reason"] and rung["rings"] == 18 for rung in told["ladder"])
    assert told["ladder"][-1]["official"] == "duty_room"


@pytest.mark.parametrize("profile", ["找局长直通", "民声分派", "首问登记", "现场"])
def test_every_profile_ends_at_the_duty_room(profile: str) -> None:
    found = run("窗口没人，我等了一上午", profile=profile)
    assert found.route is not None and found.route.rungs[-1].official_id == "duty_room"
