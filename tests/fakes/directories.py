"""Directories for tests: a small one with names, and a strategy for random ones."""

from datetime import date, datetime, time, timedelta

from hypothesis import strategies as st

from routing.directory import Directory
from routing.officials import RANKS, Desk, DutyRoom, Hours, Official, Unit
from routing.roster import SHANGHAI, Leave, Override, Roster, Shift

ALL_DAY = (Hours(start=time(0), end=time(0)),)
DIRECTOR, DEPUTY, STAFF = "13800000001", "13800000002", "13800000003"
DUTY_ROOM, DUTY_ROOM_2, DESK = "08702120001", "08702120002", "08702120010"
DESK_HOURS = (Hours(start=time(8, 30), end=time(17, 30), days=frozenset(range(1, 6))),)

NIGHT = datetime(2026, 12, 5, 2, 30, tzinfo=SHANGHAI)  # a Saturday
NOON = datetime(2026, 12, 4, 12, 0, tzinfo=SHANGHAI)


def official(name: str, phone: str, rank: str = "staff", *, unit: str = "home", more: tuple[str, ...] = ()) -> Official:
    return Official(id=name, name=name, post="", phones=(phone, *more), unit=unit, rank=rank)  # type: ignore[arg-type]


def all_day(*names: str) -> tuple[Shift, ...]:
    return tuple(Shift(official=name, hours=ALL_DAY) for name in names)


def small_directory(
    *, shifts: tuple[Shift, ...] | None = None, leaves: tuple[Leave, ...] = (), rooms: tuple[str, ...] = (DUTY_ROOM,)
) -> Directory:
    """A director, a deputy and a clerk, all on duty day and night unless told otherwise, a desk and a duty room."""
    people = (
        official("clerk", STAFF),
        official("deputy", DEPUTY, "deputy"),
        official("director", DIRECTOR, "director"),
    )
    return Directory(
        units=(
            Unit(code="home", name="政务服务管理局"),
            Unit(code="water", name="水务局", matters=("A1",)),
            Unit(code="zhaxi", name="扎西镇人民政府", matters=("D2",), places=("扎西",)),
        ),
        roster=Roster(
            officials=people,
            shifts=all_day("director", "deputy", "clerk") if shifts is None else shifts,
            leaves=leaves,
        ),
        duty_room=DutyRoom(numbers=rooms),
        home_unit="home",
        desk=Desk(number=DESK, hours=DESK_HOURS),
    )


_START = datetime(2026, 12, 1, tzinfo=SHANGHAI)
moments = st.integers(0, 14 * 24 * 60 * 60).map(lambda s: _START + timedelta(seconds=s))
_clocks = st.integers(0, 47).map(lambda half: time(half // 2, 30 * (half % 2)))
_days = st.frozensets(st.integers(1, 7), min_size=1)
_hours = st.builds(lambda s, e, d: Hours(start=s, end=e, days=d), _clocks, _clocks, _days)
_dates = st.none() | st.integers(0, 14).map(lambda n: date(2026, 12, 1) + timedelta(days=n))
# Few numbers, so that people share them with each other, the desk and the duty room.
_numbers = st.integers(0, 7).map(lambda n: f"1380000000{n}")


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    """Any directory with a duty room: people who share telephones, split and crossing shifts, leave, overrides."""
    names = [f"o{i}" for i in range(draw(st.integers(0, 5)))]
    people = tuple(
        Official(
            id=name,
            name=name,
            post="",
            phones=tuple(draw(st.lists(_numbers, min_size=1, max_size=2, unique=True))),
            unit=draw(st.sampled_from(("home", "water"))),
            rank=draw(st.sampled_from(RANKS)),
        )
        for name in names
    )
    who = st.sampled_from(names) if names else st.nothing()
    spans = st.tuples(moments, st.integers(1, 3 * 24 * 3600)).map(lambda m: (m[0], m[0] + timedelta(seconds=m[1])))
    few = {"max_size": 5 if names else 0}
    shift = st.builds(
        lambda o, h, f, n: Shift(official=o, hours=tuple(h), first=f, last=n),
        who,
        st.lists(_hours, min_size=1, max_size=2),
        _dates,
        _dates,
    )
    leave = st.builds(lambda o, s: Leave(official=o, start=s[0], end=s[1]), who, spans)
    override = st.builds(lambda a, b, s: Override(off=a, on=b, start=s[0], end=s[1]), who, who, spans)
    roster = Roster(
        officials=people,
        shifts=tuple(draw(st.lists(shift, **few))),
        leaves=tuple(draw(st.lists(leave, **few))),
        overrides=tuple(draw(st.lists(override, **few))),
    )
    rooms = tuple(draw(st.lists(_numbers, min_size=1, max_size=2, unique=True)))
    desk = draw(st.none() | st.builds(lambda n, h: Desk(number=n, hours=(h,)), _numbers, _hours))
    units = (Unit(code="home", name="政务"), Unit(code="water", name="水务局", matters=("A1",)))
    return Directory(units=units, roster=roster, duty_room=DutyRoom(numbers=rooms), home_unit="home", desk=desk)
