"""Directories for tests: a small one with names, and a strategy for random ones."""

from datetime import date, datetime, time, timedelta
from itertools import chain

from hypothesis import strategies as st

from routing.accused import Accused
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.escalation import CLASSES, Condition, Ladder, Step
from routing.hours import ALL_DAY, Hours
from routing.officials import RANKS, Desk, Official, Phone, Service, Terminal, Unit
from routing.roster import ROLES, Duty, Leave, Override, Roster, Rotation, Sheet, Shift

DIRECT = Ladder(
    profile="找局长直通",
    steps=(Step(ring=("first",)), Step(ring=("unit.first", "unit.second")), Step(ring=("second",))),
)
DIRECTOR, DEPUTY, STAFF = "13800000001", "13800000002", "13800000003"
DUTY_ROOM, DUTY_ROOM_2, DESK = "08702120001", "08702120002", "08702120010"
SUPERVISION = "08702120009"
DESK_HOURS = (Hours(start=time(8, 30), end=time(17, 30), days=frozenset(range(1, 6))),)

NIGHT = datetime(2026, 12, 5, 2, 30, tzinfo=LOCAL)  # a Saturday
NOON = datetime(2026, 12, 4, 12, 0, tzinfo=LOCAL)


def official(
    id: str, phone: str, rank: str = "staff", *, unit: str = "home", more: tuple[str, ...] = (), **how: object
) -> Official:
    phones = tuple(Phone(number=number) for number in (phone, *more))
    return Official(**{"id": id, "name": id, "post": "", "phones": phones, "unit": unit, "rank": rank, **how})  # type: ignore[arg-type]


def all_day(*names: str) -> tuple[Shift, ...]:
    return tuple(Shift(official=name, hours=(ALL_DAY,)) for name in names)


def small_directory(
    *,
    shifts: tuple[Shift, ...] | None = None,
    leaves: tuple[Leave, ...] = (),
    rooms: tuple[str, ...] = (DUTY_ROOM,),
    more: tuple[Official, ...] = (),
    ladders: tuple[Ladder, ...] = (DIRECT,),
) -> Directory:
    """A director, a deputy and a clerk, all on duty day and night unless told otherwise, a desk and a duty room."""
    people = (
        official("clerk", STAFF),
        official("deputy", DEPUTY, "deputy"),
        official("director", DIRECTOR, "director"),
        *more,
    )
    return Directory(
        units=(
            Unit(code="home", name="政务服务管理局", parent="county"),
            Unit(code="county", name="县人民政府"),
            Unit(code="jiwei", name="县纪委监委"),
            Unit(code="water", name="水务局", matters=("A1",), parent="home"),
            Unit(code="zhaxi", name="扎西镇人民政府", matters=("D2",), places=("扎西",), parent="home"),
        ),
        roster=Roster(
            officials=people,
            shifts=all_day("director", "deputy", "clerk") if shifts is None else shifts,
            leaves=leaves,
        ),
        duty_room=Terminal(name="值班室", numbers=rooms, unit="home"),
        supervision=Terminal(name="督查室", numbers=(SUPERVISION,), unit="jiwei"),
        home_unit="home",
        ladders=ladders,
        desk=Desk(number=DESK, hours=DESK_HOURS),
    )


_START = datetime(2026, 12, 1, tzinfo=LOCAL)
moments = st.integers(0, 14 * 24 * 60 * 60).map(lambda s: _START + timedelta(seconds=s))
_clocks = st.integers(0, 47).map(lambda half: time(half // 2, 30 * (half % 2)))
_days = st.frozensets(st.integers(1, 7), min_size=1)
_kinds = st.sampled_from(("all", "workdays", "restdays"))
_hours = st.builds(lambda s, e, d, k: Hours(start=s, end=e, days=d, kind=k), _clocks, _clocks, _days, _kinds)
_dates = st.none() | st.integers(0, 14).map(lambda n: date(2026, 12, 1) + timedelta(days=n))
# Most people and telephones have no dates.
_terms = st.just({}) | st.tuples(_dates, _dates).map(
    lambda two: dict(zip(("first", "last"), two if None in two else sorted(two), strict=True))
)
# Few numbers, so that people share them with each other, the desk and the duty room.
_numbers = st.integers(0, 7).map(lambda n: f"1380000000{n}")
_units = st.sampled_from(("home", "water", "jiwei", "county"))
_roles = st.none() | st.sampled_from(ROLES)
_every = st.sampled_from((timedelta(hours=8), timedelta(hours=25), timedelta(days=1), timedelta(days=7)))


@st.composite
def rosters(draw: st.DrawFn, *, dense: bool = False) -> Roster:
    """Any roster: people who share telephones, shifts, rotations, rows, sheets, leave with deputies, overrides.

    dense: some of everything, all of one unit, so that they meet.
    """
    names = [f"o{i}" for i in range(draw(st.integers(3 if dense else 0, 5)))]
    who = st.sampled_from(names) if names else st.nothing()
    several = st.lists(who, min_size=int(dense), max_size=2, unique=True) if names else st.just([])
    units = st.just("home") if dense else _units
    people = tuple(
        Official(
            id=name,
            name=name,
            post=draw(st.sampled_from(("", "局长", "科长"))),
            phones=tuple(
                Phone(number=number, hours=draw(st.just(()) | st.tuples(_hours)), **draw(_terms))
                for number in draw(st.lists(_numbers, min_size=1, max_size=2, unique=True))
            ),
            unit=draw(units),
            units=tuple(draw(st.lists(units, max_size=1))),
            rank=draw(st.sampled_from(RANKS)),
            deputies=tuple(draw(several)),
            languages=draw(st.sampled_from(((), ("苗语",)))),
            **draw(_terms),
        )
        for name in names
    )
    spans = st.tuples(moments, st.integers(1, 3 * 24 * 3600)).map(lambda m: (m[0], m[0] + timedelta(seconds=m[1])))
    few = {"min_size": int(dense), "max_size": 4 if names else 0}
    unit = st.just("") | units
    shift = st.builds(
        lambda o, h, f, n, r, u, a: Shift(official=o, hours=tuple(h), first=f, last=n, role=r, unit=u, always=a),
        *(who, st.lists(_hours, min_size=1, max_size=2), _dates, _dates, _roles, unit, st.booleans()),
    )
    turns = st.lists(st.lists(who, min_size=1, max_size=2, unique=True).map(tuple), min_size=1, max_size=3).map(tuple)
    rotation = st.builds(
        lambda t, s, e, h, k, n, r, u, a: Rotation(
            turns=t,
            start=s,
            every=e if k == "all" else timedelta(days=max(1, e.days)),
            hours=tuple(h),
            kind=k,
            last=n,
            role=r,
            unit=u,
            always=a,
        ),
        *(
            turns,
            moments,
            _every,
            st.just([ALL_DAY]) | st.lists(_hours, min_size=1, max_size=2),
            _kinds,
            _dates,
            _roles,
            unit,
            st.booleans(),
        ),
    )
    duty = st.builds(
        lambda o, s, r, u: Duty(official=o, start=s[0], end=s[1], role=r, unit=u), who, spans, _roles, unit
    )
    leave = st.builds(lambda o, s: Leave(official=o, start=s[0], end=s[1]), who, spans)
    override = st.builds(lambda a, b, s: Override(off=a, on=b, start=s[0], end=s[1]), who, who, spans)
    # The other's duty for one time, one's own for another.
    swap = st.builds(
        lambda a, b, s, t: (Override(off=a, on=b, start=s[0], end=s[1]), Override(off=b, on=a, start=t[0], end=t[1])),
        *(who, who, spans, spans),
    )
    sheet = st.builds(lambda u, s: Sheet(unit=u, start=s[0], end=s[1]), units, spans)
    return Roster(
        officials=people,
        shifts=tuple(draw(st.lists(shift, **few))),
        rotations=tuple(draw(st.lists(rotation, **few))),
        duties=tuple(draw(st.lists(duty, **few))),
        sheets=tuple(draw(st.lists(sheet, max_size=2))),
        leaves=tuple(draw(st.lists(leave, **few))),
        overrides=(
            *draw(st.lists(override, **few)),
            *chain.from_iterable(draw(st.lists(swap, max_size=1 if names else 0))),
        ),
    )


_selectors = st.sampled_from(
    (*CLASSES, *(f"{w}.{c}" for w in ("unit", "up") for c in CLASSES), "desk", "service", "post:局长", "official:o1")
)
_conditions = st.just(Condition()) | st.builds(
    lambda h, u, m, s: Condition(hours=tuple(h), urgency=u, matters=m, secret=s),
    *(st.lists(_hours, max_size=1), st.frozensets(st.sampled_from(("red", "normal")), max_size=1)),
    *(st.frozensets(st.sampled_from(("A1", "D2")), max_size=1), st.none() | st.booleans()),
)
_steps = st.builds(
    lambda r, s, n, t, k, w: Step(ring=tuple(r), seconds=s, next=n, together=t, repeat=k, when=w),
    *(
        st.lists(_selectors, min_size=1, max_size=3),
        st.none() | st.just(20.0),
        st.none() | st.sampled_from((0.0, 5.0, 30.0)),
    ),
    *(st.booleans(), st.sampled_from((1, 1, 1, 2)), _conditions),
)


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    """Any directory with a duty room and a supervision: any roster, any ladder, people who share telephones."""
    rooms, over = draw(
        st.lists(_numbers, min_size=2, max_size=3, unique=True).flatmap(
            lambda n: st.integers(1, len(n) - 1).map(lambda i: (tuple(n[:i]), tuple(n[i:])))
        )
    )
    desk = draw(st.none() | st.builds(lambda n, h: Desk(number=n, hours=(h,)), _numbers, _hours))
    service = st.builds(
        lambda n, h: Service(name="抢修", number=n, matters=("A1",), hours=tuple(h)),
        _numbers,
        st.lists(_hours, max_size=1),
    )
    return Directory(
        units=(
            Unit(
                code="home",
                name="政务服务管理局",
                parent=draw(st.sampled_from((None, "county"))),
                hours=tuple(draw(st.lists(_hours, max_size=1))),
            ),
            Unit(code="county", name="县人民政府"),
            Unit(code="jiwei", name="县纪委监委"),
            Unit(
                code="water",
                name="水务局",
                matters=("A1",),
                parent="home",
                numbers=("12345",),
                hours=tuple(draw(st.lists(_hours, max_size=1))),
            ),
        ),
        roster=draw(rosters()),
        duty_room=Terminal(name="值班室", numbers=rooms, unit="home"),
        supervision=Terminal(name="督查室", numbers=over, unit="jiwei"),
        home_unit="home",
        ladders=(DIRECT, Ladder(profile="任意", steps=tuple(draw(st.lists(_steps, min_size=1, max_size=4))))),
        desk=desk,
        services=tuple(draw(st.lists(service, max_size=1))),
        first=draw(st.sampled_from(ROLES)),
    )


accusations = st.builds(
    lambda o, u, t: Accused(officials=o, units=u, terminals=t),
    st.frozensets(st.sampled_from(("o0", "o1", "o2")), max_size=2),
    st.frozensets(_units, max_size=2),
    st.frozensets(st.sampled_from(("duty_room", "supervision")), max_size=1),
)
