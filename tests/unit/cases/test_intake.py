"""What comes in is checked field by field, and all faults are told at once."""

from datetime import datetime, timedelta

import pytest

from cases.intake import BadDraft, Draft, draft_of
from routing.calendar import LOCAL
from routing.phone import normalise

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=LOCAL)
GOOD = {
    "channel": "微信",
    "received_at": "2026-11-23T08:30:00+08:00",
    "text": "扎西镇停水三天了",
    "caller": "138 0000 0001",
}


def draft(key: str = "wx-1", files: int = 0, **told: str) -> Draft:
    types = ("投诉", "举报")
    return draft_of(GOOD | told, key=key, files=files, now=NOW, types=types, number=normalise)


def fields(key: str = "wx-1", files: int = 0, **told: str) -> list[str]:
    with pytest.raises(BadDraft) as caught:
        draft(key, files, **told)
    return [fault.field for fault in caught.value.faults]


def test_a_good_one_is_taken_with_its_number_in_canonical_form() -> None:
    found = draft(name=" 陈  秀英 ", type="投诉", secrecy="保密")
    assert (found.caller, found.name, found.received_at) == ("13800000001", "陈 秀英", NOW - timedelta(minutes=30))


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"channel": "电话"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"received_at": ""}, "received_at"),
        ({"received_at": "2026-11-23T08:30:00"}, "received_at"),
        ({"received_at": "2026-11-23T09:03:00+08:00"}, "received_at"),
        ({"received_at": "2016-11-23T09:00:00+08:00"}, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+08:00"}, "received_at"),
        ({"received_at": "9999-12-31T23:59:59-08:00"}, "received_at"),
        ({"received_at": "昨天"}, "received_at"),
        ({"caller": "110"}, "caller"),
        ({"caller": "1380000"}, "caller"),
        ({"text": ""}, "text"),
        ({"text": "停" * 5001}, "text"),
        ({"text": "停\u0000水"}, "text"),
        ({"name": "陈\u202e秀英"}, "name"),
        ({"address": "街" * 201}, "address"),
        ({"type": "闲聊"}, "type"),
        ({"secrecy": "公开"}, "secrecy"),
        ({"matter": "A1"}, "matter"),
    ],
)
def test_each_fault_names_its_field(told: dict[str, str], field: str) -> None:
    assert fields(**told) == [field]


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\nb"])
def test_without_a_key_of_its_own_nothing_is_taken(key: str) -> None:
    assert fields(key) == ["Idempotency-Key"]


def test_all_faults_at_once_and_none_with_what_is_personal() -> None:
    with pytest.raises(BadDraft) as caught:
        draft(channel="电报", received_at="x", caller="13800000001x", name="陈\u202e秀英", address="街" * 300)
    assert [fault.field for fault in caught.value.faults] == ["received_at", "caller", "channel", "name", "address"]
    told = str(caught.value)
    assert (
        "13800000001" not in told
        and "秀英" not in told
        and "街街" not in told
        and all(fault.mend for fault in caught.value.faults)
    )


def test_files_are_enough_without_a_text_and_a_clock_a_little_ahead_is_put_right() -> None:
    assert draft(files=1, text="").text == ""
    assert draft(received_at="2026-11-23T09:01:30+08:00").received_at == NOW
