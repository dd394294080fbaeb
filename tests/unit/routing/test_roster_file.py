import copy
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from routing.calendar import LOCAL
from routing.directory import MANY_LINES
from routing.faults import BadConfig
from routing.fields import read_toml
from routing.roster_file import read_directory, refuse_gaps
from routing.router import duty_ladder

SHIPPED = Path(__file__).parents[3] / "config" / "roster.toml"
ESCALATION = SHIPPED.parent / "escalation.toml"
STEPS = tomllib.loads(ESCALATION.read_text(encoding="utf-8"))
TABLE = tomllib.loads("""
home_unit = "home"
duty_room = { numbers = ["0870-2120001"] }
supervision = { numbers = ["0870-2120009"], unit = "jiwei" }
units = [{ code = "home", name = "政务服务局" }, { code = "jiwei", name = "县纪委监委" }]
officials = [
    { id = "a", name = "甲", post = "局长", unit = "home", rank = "director", phones = ["13800000001"] },
    { id = "b", name = "乙", post = "副局长", unit = "home", rank = "deputy", phones = ["138 0000 0002"] },
]
shifts = [{ official = "a", hours = ["20:00-08:00"], days = "五六" }]
""")

MOMENT = datetime(2026, 12, 1, 8, tzinfo=LOCAL)


def load_directory(path, *, escalation, now, area_code=""):
    directory = read_directory(read_toml(path), read_toml(escalation), source=str(path), area_code=area_code)
    refuse_gaps(directory, now, source=str(path))


def faults(**changes):
    with pytest.raises(BadConfig) as refused:
        read_directory({**copy.deepcopy(TABLE), **changes}, STEPS, source="roster.toml")
    return {fault.field: fault for fault in refused.value.faults}


def test_the_shipped_roster_covers_every_minute_of_the_year():
    start = datetime(2026, 1, 1, tzinfo=LOCAL)
    for day in range(0, 366, 3):
        load_directory(SHIPPED, escalation=ESCALATION, now=start + timedelta(days=day), area_code="0870")


def test_a_roster_is_read_with_its_numbers_made_canonical():
    directory = read_directory(TABLE, STEPS, source="roster.toml")
    assert duty_ladder(datetime(2026, 12, 4, 21, tzinfo=LOCAL), directory) == (
        "13800000001",
        "13800000002",
        "08702120001",
    )


def test_twenty_four_hundred_and_eight_to_eight_are_understood():
    shifts = [{"official": "a", "hours": ["00:00-24:00"]}, {"official": "b", "hours": ["8:00至8:00"], "days": "日"}]
    directory = read_directory({**TABLE, "shifts": shifts}, STEPS, source="roster.toml")
    sunday = datetime(2026, 12, 6, 23, 59, tzinfo=LOCAL)
    assert [d.official.id for d in directory.roster.on_duty(sunday, directory.home_unit)] == ["a", "b"]
    assert [d.official.id for d in directory.roster.on_duty(sunday - timedelta(days=1), directory.home_unit)] == ["a"]


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
        ({"supervision": None}, "supervision"),
        ({"supervision": {"numbers": ["0870-2120009"], "unit": "home"}}, "supervision.unit"),
        ({"supervision": {"numbers": ["0870-2120001"], "unit": "jiwei"}}, "supervision.numbers"),
        ({"supervision": {"numbers": ["0870-2120009"]}}, "supervision.unit"),
        ({"supervision": {"numbers": ["0870-2120009", "13800000001"], "unit": "jiwei"}}, "supervision.numbers"),
        ({"desk": {"number": "0870-2120009", "hours": ["08:30-12:00"]}}, "supervision.numbers"),
        ({"services": [{"name": "抢修", "number": "0870-2120009", "matters": ["A1"]}]}, "supervision.numbers"),
        ({"first": "boss"}, "first"),
        ({"rotations": [{"officials": [], "start": MOMENT}]}, "rotations[1].officials"),
        ({"rotations": [{"officials": ["zzz"], "start": MOMENT}]}, "rotations[1].officials"),
        ({"rotations": [{"officials": ["a"], "start": "1.12."}]}, "rotations[1].start"),
        ({"rotations": [{"officials": ["a"], "start": MOMENT, "every_days": 0}]}, "rotations[1].every_days"),
        (
            {"rotations": [{"officials": ["a"], "start": MOMENT, "every_hours": 8, "days": "工作日"}]},
            "rotations[1].every_hours",
        ),
        ({"services": [{"name": "抢修", "number": "119", "matters": ["A1"]}]}, "services[1].number"),
        ({"officials": [{**TABLE["officials"][0], "deputies": ["a"]}]}, "officials[1].deputies"),
        (
            {"officials": [{**TABLE["officials"][0], "phones": [{"number": "13800000001", "hours": ["9"]}]}]},
            "officials[1].phones[1].hours",
        ),
        ({"units": [{"code": "home", "name": "x", "level": "国家级"}]}, "units[1].level"),
        ({"units": [{"code": "home", "name": "x", "parent": "home"}]}, "units[1].parent"),
        ({"desk": {"number": "13800000003"}}, "desk.hours"),
        ({"desk": "yes"}, "desk"),
        ({"officials": {}}, "officials"),
        ({"officials": TABLE["officials"] * 2}, "officials.id"),
        ({"home_unit": "x"}, "home_unit"),
        ({"leaves": [{"official": "a", "start": "heute", "end": 1}]}, "leaves[1].start"),
        ({"leaves": [{"official": "a", "start": MOMENT, "end": MOMENT.replace(year=9999)}]}, "leaves[1].end"),
        ({"units": [{"code": "home", "name": "x", "parent": "y"}]}, "units[1].parent"),
    ],
)
def test_each_fault_names_its_field(changes, field):
    assert field in faults(**changes)


def test_supervision_may_share_a_telephone_with_its_own_people_and_nobody_else():
    own = {"id": "c", "name": "丙", "post": "主任", "unit": "jiwei", "phones": ["0870-2120009"]}
    read_directory({**TABLE, "officials": [*TABLE["officials"], own]}, STEPS, source="roster.toml")
    found = faults(officials=[*TABLE["officials"], {**own, "units": ["home"]}])["supervision.numbers"]
    assert "主任丙" in str(found.value) and "丙" not in found.mend, "what is written to the log names nobody"


JUNK = (None, -1, float("nan"), 10**30, True, "x", [], [1], [["x"]], [{}], {"x": 1}, MOMENT.date(), MOMENT)


def test_whatever_is_written_at_any_place_is_a_fault_or_fine_but_breaks_nothing():
    """Every value of the shipped files, replaced by what does not belong there; taken away for None."""
    files = {"roster": tomllib.loads(SHIPPED.read_text(encoding="utf-8")), "escalation": STEPS}
    tried = 0
    for name, table in files.items():
        for path in places(table):
            for junk in JUNK:
                changed = files | {name: with_value(table, path, junk)}
                tried += 1
                try:
                    read_directory(changed["roster"], changed["escalation"], source="x")
                except BadConfig as refused:
                    assert all(fault.mend for fault in refused.faults), path
    assert tried > 1000


def places(value, path=()):
    """The path to each value of the tables and lists, of the first two of a long list."""
    inside = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, below in inside:
        yield (*path, key)
        yield from places(below, (*path, key))


def with_value(table, path, value):
    changed = node = copy.deepcopy(table)
    for key in path[:-1]:
        node = node[key]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return changed


def test_a_leave_must_end_after_it_begins():
    moment = datetime(2026, 12, 5, tzinfo=LOCAL)
    assert "leaves[1].end" in faults(leaves=[{"official": "a", "start": moment, "end": moment}])


def test_a_time_without_zone_is_one_of_shanghai():
    leave = tomllib.loads("x = { official = 'a', start = 2026-12-04T20:00:00, end = 2026-12-05T08:00:00 }")["x"]
    directory = read_directory({**TABLE, "leaves": [leave]}, STEPS, source="roster.toml")
    assert directory.roster.leaves[0].start == datetime(2026, 12, 4, 20, tzinfo=LOCAL)


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
        load_directory(file, escalation=ESCALATION, now=datetime(2026, 12, 4, tzinfo=LOCAL))
    load_directory(file, escalation=ESCALATION, now=datetime(2026, 12, 5, 12, tzinfo=LOCAL))


@pytest.mark.parametrize("content", [b"home_unit = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused_with_its_name(tmp_path, content):
    file = tmp_path / "roster.toml"
    file.write_bytes(content)
    with pytest.raises(BadConfig, match=r"roster\.toml"):
        load_directory(file, escalation=ESCALATION, now=datetime(2026, 12, 4, tzinfo=LOCAL))


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(BadConfig, match="读不到"):
        load_directory(tmp_path / "none.toml", escalation=ESCALATION, now=datetime(2026, 12, 4, tzinfo=LOCAL))


def test_a_unit_above_itself_is_refused():
    units = [
        {"code": "home", "name": "甲", "parent": "b"},
        {"code": "b", "name": "乙", "parent": "home"},
        {"code": "jiwei", "name": "丙"},
    ]
    assert "units[1].parent" in faults(units=units)


def test_a_rotation_is_read_with_its_turns_days_and_handover():
    rows = [{"officials": ["a", ["a", "b"]], "start": MOMENT, "every_days": 7, "days": "休息日", "role": "staff"}]
    (rotation,) = read_directory({**TABLE, "rotations": rows}, STEPS, source="roster.toml").roster.rotations
    assert (rotation.turns, rotation.every, rotation.kind) == ((("a",), ("a", "b")), timedelta(days=7), "restdays")


def test_a_telephone_may_have_hours_and_lines():
    phones = ["13800000001", {"number": "0870-2120003", "days": "工作日", "hours": ["08:30-17:30"], "lines": 4}]
    officials = [{**TABLE["officials"][0], "phones": phones}, TABLE["officials"][1]]
    directory = read_directory({**TABLE, "officials": officials}, STEPS, source="roster.toml")
    (zhang, _) = directory.roster.officials
    assert directory.callable(zhang, datetime(2026, 12, 4, 9, tzinfo=LOCAL)) == ("13800000001", "08702120003")
    assert directory.callable(zhang, datetime(2026, 12, 5, 9, tzinfo=LOCAL)) == ("13800000001",)
    assert directory.lines("08702120003") == 4
    assert directory.lines("13800000001") == directory.lines("13999999999") == 1
    for terminal in (directory.duty_room, directory.supervision):
        assert all(directory.lines(number) == MANY_LINES for number in terminal.numbers)


def test_people_and_telephones_may_have_a_first_and_a_last_day():
    old, new = {"number": "13800000001", "last": date(2026, 11, 30)}, {"number": "13800000009", "first": MOMENT.date()}
    officials = [
        {**TABLE["officials"][0], "phones": [old, new]},
        {**TABLE["officials"][1], "first": date(2026, 11, 1), "last": date(2026, 11, 30), "phones": ["13800000009"]},
    ]
    directory = read_directory({**TABLE, "officials": officials}, STEPS, source="roster.toml")
    a, b = directory.roster.officials
    eve = MOMENT - timedelta(days=1)
    assert [directory.callable(a, at) for at in (eve, MOMENT)] == [("13800000001",), ("13800000009",)]
    assert [directory.callable(b, at) for at in (eve, MOMENT)] == [("13800000009",), ()]
    assert directory.whose("13800000009", eve) == (("b", "副局长乙"),), "the same number, one after the other"
    assert directory.whose("13800000009", MOMENT) == (("a", "局长甲"),)


@pytest.mark.parametrize(
    ("changes", "field", "mend"),
    [
        ({"first": date(2026, 12, 2), "last": date(2026, 12, 1)}, "officials[1].last", "比 first 还早"),
        ({"last": "2026-12-01"}, "officials[1].last", "不加引号"),
        (
            {"phones": ["13800000009", {"number": "13800000001", "first": MOMENT.date(), "last": date(2026, 1, 1)}]},
            "officials[1].phones[2].last",
            "比 first 还早",
        ),
        (
            {"phones": ["13800000001", {"number": "138 0000 0001", "first": MOMENT.date()}]},
            "officials[1].phones[2]",
            "合成一条",
        ),
    ],
)
def test_dates_that_cannot_be_are_told_with_field_value_and_mend(changes, field, mend):
    found = faults(officials=[{**TABLE["officials"][0], **changes}, TABLE["officials"][1]])
    assert found.keys() == {field} and mend in found[field].mend and found[field].value


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ({}, "ladders"),
        ({"ladders": [{"profile": "x", "steps": []}]}, "ladders[1].steps"),
        ({"ladders": [{"profile": "x", "steps": [{"ring": ["局长"]}]}]}, "ladders[1].steps[1].ring"),
        ({"ladders": [{"profile": "x", "steps": [{"ring": ["official:zzz"]}]}]}, "ladders[1].steps[1].ring"),
        ({"ladders": [{"profile": "x", "steps": [{"ring": ["first"], "next": 99}]}]}, "ladders[1].steps[1].next"),
        (
            {"ladders": [{"profile": "x", "steps": [{"ring": ["first"], "urgency": ["急"]}]}]},
            "ladders[1].steps[1].urgency",
        ),
        ({"ladders": [{"profile": "x", "steps": [{"ring": ["first"], "secret": "no"}]}]}, "ladders[1].steps[1].secret"),
        ({**STEPS, "doors": [{"name": "x", "number": "12348"}]}, "doors[1].words"),
    ],
)
def test_each_fault_of_the_ladders_names_its_field(steps, field):
    with pytest.raises(BadConfig) as refused:
        read_directory(TABLE, steps, source="escalation.toml")
    assert field in {fault.field for fault in refused.value.faults}
