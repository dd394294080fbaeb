"""A small county for tests of the roster's room: three clerks take turns, and names that try to be scripts."""

from dataclasses import replace
from datetime import datetime

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.roster import Rotation
from tests.fakes.directories import official, small_directory

NOW = datetime(2026, 12, 2, 9, 30, tzinfo=LOCAL)  # a Wednesday
FIRST = datetime(2026, 11, 30, 8, tzinfo=LOCAL)
INERT = "<script>document.title='x'</script>"
STAFF = ("王建国", "李春燕", "赵敏")
SWAP = {
    "kind": "swap", "of": "home", "off": "王建国", "on": "李春燕", "start": "2026-12-03T08:00",
    "end": "2026-12-04T08:00", "back_start": "2026-12-04T08:00", "back_end": "2026-12-05T08:00", "reason": "开会",
}  # fmt: skip
"""A form."""
SHEET = "日期,带班领导,值班人员\n2026-12-05,王建国,李春燕\n2026-12-06,李春燕,赵敏\n"
DOUBTFUL = f"{SHEET}2026-12-07,王建国,孙悟空\n"
"""With somebody who is in no directory."""


def county() -> Directory:
    """Three clerks take turns at 08:00, in the unit of water nobody is there at the week's end."""
    people = (
        *(official(f"o{n}", f"1390000000{n}", name=name, post="科员") for n, name in enumerate(STAFF)),
        official("w", "13700000001", "director", unit="water", name="刘志强", post="局长"),
        official("x", "13700000002", unit="zhaxi", name=INERT, post='"><img src=x onerror=alert(1)>'),
    )
    base = small_directory(shifts=(), more=people)
    turns = Rotation(turns=(("o0",), ("o1",), ("o2",)), start=FIRST)
    water = Rotation(turns=(("w",),), start=FIRST, kind="workdays")
    named = Rotation(turns=(("x",),), start=FIRST)
    units = tuple(replace(unit, name="{{7*7}}镇") if unit.code == "zhaxi" else unit for unit in base.units)
    return replace(base, units=units, roster=replace(base.roster, rotations=(turns, water, named)))
