import copy
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from routing.faults import BadConfig
from routing.roster import SHANGHAI
from routing.roster_file import load_directory, read_directory
from routing.router import duty_ladder

SHIPPED = Path(__file__).parents[3] / "config" / "roster.toml"
TABLE = tomllib.loads("""
home_unit = "home"
duty_room = { numbers = ["0870-2120001"] }
units = [{ code = "home", name = "政务服务局" }]
officials = [
    { id = "a", name = "甲", post = "局长", unit = "home", rank = "director", phones = ["13800000001"] },
    { id = "b", name = "乙", post = "副局长", unit = "home", rank = "deputy", phones = ["138 0000 0002"] },
]
shifts = [{ official = "a", hours = ["20:00-08:00"], days = "五六" }]
""")


def faults(**changes):
    with pytest.raises(BadConfig) as refused:
        read_directory({**copy.deepcopy(TABLE), **changes}, source="roster.toml")
    return {fault.field: fault for fault in refused.value.faults}


def test_the_shipped_roster_covers_every_minute_of_the_year():
    start = datetime(2026, 1, 1, tzinfo=SHANGHAI)
    for day in range(0, 366, 3):
        load_directory(SHIPPED, now=start + timedelta(days=day), area_code="0870")


def test_a_roster_is_read_with_its_numbers_made_canonical():
    directory = read_directory(TABLE, source="roster.toml")
    assert duty_ladder(datetime(2026, 12, 4, 21, tzinfo=SHANGHAI), directory) == (
        "13800000001",
        "13800000002",
        "08702120001",
    )


def test_twenty_four_hundred_and_eight_to_eight_are_understood():
    shifts = [{"official": "a", "hours": ["00:00-24:00"]}, {"official": "b", "hours": ["8:00至8:00"], "days": "日"}]
    directory = read_directory({**TABLE, "shifts": shifts}, source="roster.toml")
    sunday = datetime(2026, 12, 6, 23, 59, tzinfo=SHANGHAI)
    assert [o.id for o in directory.roster.on_duty(sunday)] == ["a", "b"]
    assert [o.id for o in directory.roster.on_duty(sunday - timedelta(days=1))] == ["a"]


def test_all_faults_are_told_at_once_each_with_field_value_and_mend():
    officials = [{**TABLE["officials"][0], "phones": ["1380000"], "rank": "boss", "unit": "nowhere", "fone": "1"}]
    shifts = [{"official": "zzz", "hours": ["25:00-26:00"], "days": "8"}]
    found = faults(officials=officials, shifts=shifts, homeunit="home")
    assert {
        "homeunit",
        "officials[1].phones",
        "officials[1].rank",
        "officials[1].unit",
        "officials[1].fone",
        "shifts[1].official",
        "shifts[1].hours",
        "shifts[1].days",
    } <= found.keys()
    assert "home_unit" in found["homeunit"].mend
    assert "phones" in found["officials[1].fone"].mend
    assert all(fault.mend for fault in found.values())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"duty_room": None}, "duty_room"),
        ({"duty_room": {"numbers": []}}, "duty_room.numbers"),
        ({"duty_room": {"numbers": ["110"]}}, "duty_room.numbers"),
        ({"duty_room": {"numbers": [13800000001]}}, "duty_room.numbers"),
        ({"desk": {"number": "13800000003"}}, "desk.hours"),
        ({"desk": "yes"}, "desk"),
        ({"officials": {}}, "officials"),
        ({"officials": TABLE["officials"] * 2}, "officials.id"),
        ({"home_unit": "x"}, "home_unit"),
        ({"leaves": [{"official": "a", "start": "heute", "end": 1}]}, "leaves[1].start"),
        ({"units": [{"code": "home", "name": "x", "parent": "y"}]}, "units[1].parent"),
    ],
)
def test_each_fault_names_its_field(changes, field):
    assert field in faults(**changes)


def test_a_leave_must_end_after_it_begins():
    moment = datetime(2026, 12, 5, tzinfo=SHANGHAI)
    assert "leaves[1].end" in faults(leaves=[{"official": "a", "start": moment, "end": moment}])


def test_a_time_without_zone_is_one_of_shanghai():
    leave = tomllib.loads("x = { official = 'a', start = 2026-12-04T20:00:00, end = 2026-12-05T08:00:00 }")["x"]
    directory = read_directory({**TABLE, "leaves": [leave]}, source="roster.toml")
    assert directory.roster.leaves[0].start == datetime(2026, 12, 4, 20, tzinfo=SHANGHAI)


def test_a_roster_that_cannot_give_three_numbers_is_refused_with_the_gap(tmp_path):
    file = tmp_path / "roster.toml"
    file.write_text(
        SHIPPED.read_text(encoding="utf-8").replace('"0870-2120002"', "").split("[[officials]]")[0]
        + '[[officials]]\nid = "a"\nname = "甲"\npost = "局长"\nunit = "zwfw"\n'
        + 'phones = ["13800000001", "13800000002"]\n'
        + '[[leaves]]\nofficial = "a"\nstart = 2026-12-05T08:00:00\nend = 2026-12-05T12:00:00\n',
        encoding="utf-8",
    )
    with pytest.raises(BadConfig, match="2026-12-05 08:00 到 2026-12-05 12:00 只有 1 个号码"):
        load_directory(file, now=datetime(2026, 12, 4, tzinfo=SHANGHAI))
    load_directory(file, now=datetime(2026, 12, 5, 12, tzinfo=SHANGHAI))


@pytest.mark.parametrize("content", [b"home_unit = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused_with_its_name(tmp_path, content):
    file = tmp_path / "roster.toml"
    file.write_bytes(content)
    with pytest.raises(BadConfig, match=r"roster\.toml"):
        load_directory(file, now=datetime(2026, 12, 4, tzinfo=SHANGHAI))


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(BadConfig, match="读不到"):
        load_directory(tmp_path / "none.toml", now=datetime(2026, 12, 4, tzinfo=SHANGHAI))
