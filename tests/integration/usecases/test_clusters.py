"""共性问题: found by the program however the cases come in; one record of what people do about them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select, text

from cases.accused import kept_with, official_keys
from cases.cluster import ClusterRules
from cases.record import CaseRecord, RecordKind
from cases.roles import Actor, NotPermitted, Role
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, signed_off
from tests.fakes.databases import Databases
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, talked, tell_it
from zhitong.directory_files import directory_of, draft_of
from zhitong.errors import MoveRefused
from zhitong.settings import load_settings
from zhitong.store.case_records import get_record
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import open_engine, reading, writing
from zhitong.store.record_cases import links_of, records_with_subject
from zhitong.store.records import accesses_to, all_incidents
from zhitong.store.tables import UNSORTED, cases
from zhitong.store.timeline import timeline_of
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.govern import ClusterView, add_case, appoint, conclude, list_clusters, show_cluster, take_out
from zhitong.usecases.keep_record import list_records, report_late
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.look_alike import propose_merges
from zhitong.usecases.merge_cases import merge_cases
from zhitong.usecases.sort_clusters import sort_cases

TOWNS = ("扎西镇", "旧城镇")
NOW = MORNING + timedelta(days=20)
KIND = "B2|扎西镇"
SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))


def call(engine: Engine, n: int, *, days: float = 0, caller: str = "", **understood: str) -> str:
    """The n-th citizen calls about B2 in 扎西镇 unless told otherwise; returns the case's number."""
    at = MORNING + timedelta(days=days, seconds=n)
    told = ToldCall(f"1757553630.{n}", at).opened(caller=caller or f"138000001{n:02}").understood(**understood)
    told.planned().note(30, "gone", phase="ring").note(30, "ended", outcome="gone")
    tell_it(engine, RULES, told)
    return f"{at:%Y%m%d-%H%M%S}-{n:04}"


def sort(engine: Engine, now: datetime = NOW) -> None:
    sort_cases(engine, RULES, towns=TOWNS, now=now)


def open_clusters(engine: Engine) -> list[CaseRecord]:
    with reading(engine) as connection:
        return records_with_subject(connection, RecordKind.GOVERN)


def members(engine: Engine, id: int) -> list[str]:
    with reading(engine) as connection:
        return sorted(link.case_number for link in links_of(connection, id))


@pytest.fixture
def three(engine: Engine) -> Engine:
    """Three citizens about one matter in one town."""
    for n in range(1, 4):
        call(engine, n)
    sort(engine)
    return engine


def seen(engine: Engine, by: Actor = LEADER, now: datetime = NOW) -> ClusterView:
    (cluster,) = open_clusters(engine)
    return show_cluster(engine, RULES, cluster.id, by=by, now=now)


def test_three_citizens_about_one_matter_in_one_town_are_a_problem_of_their_own(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    assert cluster.text == "扎西镇取水许可，30 天里有 3 起"
    assert len(members(three, cluster.id)) == 3
    with reading(three) as connection:
        (told,) = all_incidents(connection, "cluster")
        for number in members(three, cluster.id):
            assert f"属于共性问题 {cluster.id}（扎西镇取水许可）" in [
                row.text for row in timeline_of(connection, number)
            ]
    assert "zhitong cluster appoint" in told.text


def test_doing_it_again_changes_nothing(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    with writing(three) as connection:
        connection.execute(cases.update().values(sorted_from=""))
    sort(three)
    assert open_clusters(three) == [cluster]
    with reading(three) as connection:
        number = members(three, cluster.id)[0]
        assert [row.what for row in timeline_of(connection, number)].count("共性问题") == 1


def test_two_or_other_towns_matters_and_unknown_places_are_none(engine: Engine) -> None:
    call(engine, 1)
    call(engine, 2)
    call(engine, 3, place="旧城镇")
    call(engine, 4, matter="A1")
    call(engine, 5, place="河边")
    sort(engine)
    assert open_clusters(engine) == []
    assert sort_cases(engine, RULES, towns=TOWNS, now=NOW) == 0, "all have been looked at"


def test_later_ones_join_until_people_conclude_and_then_three_more_open_another(three: Engine) -> None:
    (first,) = open_clusters(three)
    late = call(three, 4, days=5)
    sort(three)
    assert late in members(three, first.id)
    appointed(three, first.id)
    conclude(three, first.id, outcome="换了主管道", lasting=True, by=LEADER, now=NOW)
    for n in (5, 6, 7):
        assert open_clusters(three) == []
        call(three, n, days=6)
        sort(three)
    (second,) = open_clusters(three)
    assert second.detail["earlier"] == first.id and len(members(three, second.id)) == 3
    with reading(three) as connection:
        assert f"上一次专项治理（编号 {first.id}）以后又有" in all_incidents(connection, "cluster")[-1].text


def test_who_rings_again_and_again_with_an_open_case_is_no_cluster_and_who_has_it_again_is(engine: Engine) -> None:
    for n in range(1, 5):
        call(engine, n, days=n, caller="13800000055")
    sort(engine)
    assert open_clusters(engine) == []


def test_merged_cases_count_once(engine: Engine) -> None:
    numbers = [call(engine, n) for n in (1, 2, 3)]
    merge_cases(engine, RULES, number=numbers[1], into=numbers[0], by=DESK, reason="同一件", now=NOW)
    sort(engine)
    assert open_clusters(engine) == []
    call(engine, 4)
    sort(engine)
    (cluster,) = open_clusters(engine)
    assert len(members(engine, cluster.id)) == 4
    (listed,) = list_clusters(engine, RULES, by=LEADER, now=NOW)
    assert (listed.occurrences, listed.count) == (3, 4)


def test_a_case_that_a_clerk_corrects_is_sorted_anew(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    number = members(three, cluster.id)[0]
    edit_case(three, RULES, number=number, by=DESK, reason="听了录音", now=NOW, matters={"A1": "供水饮水"}, matter="A1")
    sort(three)
    assert number not in members(three, cluster.id)
    edit_case(three, RULES, number=number, by=DESK, reason="又听", now=NOW, matters={"B2": "取水许可"}, matter="B2")
    sort(three, NOW + timedelta(seconds=5))
    assert number in members(three, cluster.id)


def test_what_a_person_took_out_stays_out_and_does_not_count(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    number = members(three, cluster.id)[0]
    take_out(three, cluster.id, number=number, reason="是自家管子", by=DESK, now=NOW)
    with writing(three) as connection:
        connection.execute(cases.update().values(sorted_from=""))
    sort(three)
    assert number not in members(three, cluster.id)
    with pytest.raises(MoveRefused, match="里没有工单"):
        take_out(three, cluster.id, number=number, reason="再拿", by=DESK, now=NOW)
    add_case(three, cluster.id, number=number, reason="还是同一根", by=DESK, now=NOW)
    assert number in members(three, cluster.id)
    with pytest.raises(MoveRefused, match="只算一次"):
        add_case(three, cluster.id, number=number, reason="再加", by=DESK, now=NOW)


def appointed(engine: Engine, id: int, until: datetime = NOW + timedelta(days=10), **more: datetime) -> CaseRecord:
    return appoint(engine, id, owner="水务局", measure="换主管道", until=until, by=LEADER, now=NOW, **more)


def late(engine: Engine, now: datetime) -> list[str]:
    report_late(engine, now=now)
    with reading(engine) as connection:
        return [row.text for row in all_incidents(connection, "record")]


def test_nobody_appointed_in_time_and_a_measure_that_is_late_are_told_once_each(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    assert late(three, NOW + timedelta(days=2)) == []
    for _ in range(2):
        (told,) = late(three, NOW + timedelta(days=3))
    assert "还没有定责任人" in told and cluster.case_number not in told
    appointed(three, cluster.id)
    appointed(three, cluster.id, NOW + timedelta(days=20))
    assert len(late(three, NOW + timedelta(days=11))) == 1, "the date was put off"
    assert "水务局" in late(three, NOW + timedelta(days=20))[-1]
    conclude(three, cluster.id, outcome="换好了", lasting=False, by=LEADER, now=NOW)
    assert len(late(three, NOW + timedelta(days=40))) == 2


def test_the_effect_of_a_measure_is_shown(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    appointed(three, cluster.id, measured_from=MORNING + timedelta(days=2))
    call(three, 4, days=3)
    sort(three)
    found = seen(three).effect
    assert found is not None
    assert (found.before, found.after, found.days, found.so_far) == (3, 1, 30, 18)


def test_it_is_concluded_by_somebody_else_with_what_came_of_it(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    with pytest.raises(MoveRefused, match="还没有定"):
        conclude(three, cluster.id, outcome="好了", lasting=True, by=LEADER, now=NOW)
    appoint(three, cluster.id, owner=LEADER.name, measure="x", until=NOW + timedelta(days=1), by=DESK, now=NOW)
    with pytest.raises(MoveRefused, match="负责，请别的人了结"):
        conclude(three, cluster.id, outcome="好了", lasting=True, by=LEADER, now=NOW)
    done = conclude(three, cluster.id, outcome="写进供水应急办法", lasting=True, by=DESK, now=NOW)
    assert (done.outcome, done.detail["lasting"]) == ("固化为制度：写进供水应急办法", True)
    with pytest.raises(MoveRefused, match="已经由"):
        appointed(three, cluster.id)
    with reading(three) as connection:
        told = [(row.what, row.text) for row in timeline_of(connection, members(three, cluster.id)[1])]
    assert ("专项治理", f"专项治理 {cluster.id} 了结") in told


@pytest.mark.parametrize("by", [HANDLER, HEAD, SUPERVISION])
def test_who_may_not_govern_does_not(three: Engine, by: Actor) -> None:
    (cluster,) = open_clusters(three)
    with pytest.raises(NotPermitted):
        appoint(three, cluster.id, owner="水务局", measure="x", until=NOW + timedelta(days=1), by=by, now=NOW)
    with pytest.raises(NotPermitted):
        conclude(three, cluster.id, outcome="x", lasting=True, by=by, now=NOW)


def test_a_unit_sees_what_it_has_a_part_in_and_that_somebody_looked_is_kept(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    other = replace(HEAD, units=frozenset({"能源局"}))
    assert [one.record.id for one in list_clusters(three, RULES, by=HEAD, now=NOW)] == [cluster.id]
    assert len(seen(three, HEAD).cases) == 3
    assert list_clusters(three, RULES, by=other, now=NOW) == []
    with pytest.raises(MoveRefused, match="没有编号"):
        show_cluster(three, RULES, cluster.id, by=other, now=NOW)
    until = NOW + timedelta(days=1)
    appoint(three, cluster.id, owner="能源局", measure="查管线", until=until, by=LEADER, now=NOW)
    assert [one.record.id for one in list_clusters(three, RULES, by=other, now=NOW)] == [cluster.id]
    assert seen(three, other).cases == (), "those of other units are not listed"
    with reading(three) as connection:
        assert (other.name, f"共性问题 {cluster.id}") in [(row.who, row.what) for row in accesses_to(connection, None)]


def test_a_report_is_counted_and_not_listed_to_a_unit_nor_to_who_is_complained_of(engine: Engine) -> None:
    shipped = load_settings()
    directory = directory_of(shipped, draft_of(shipped))
    accused = next(one for one in directory.roster.officials if one.rank == "director")
    kept = kept_with("", official_keys(accused.id, accused.name))
    secret = call(engine, 1, type="举报", text=f"我要举报{accused.called}收钱")
    for n in (2, 3):
        call(engine, n)
    sort(engine)
    (cluster,) = open_clusters(engine)
    assert cluster.case_number != secret, "what stands for it may be read by anybody"
    units = frozenset({case.unit for case in seen(engine).cases})
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, secret), unit=next(iter(units)) or "水务局")])
    assert secret in [case.number for case in seen(engine, SUPERVISION).cases]
    him = replace(LEADER, name=accused.called)
    for by in (LEADER, him):
        assert secret not in [case.number for case in seen(engine, by).cases]
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, secret), type="投诉", accused=kept)])
    assert secret in [case.number for case in seen(engine, LEADER).cases]
    assert secret not in [case.number for case in seen(engine, him).cases], "it complains of him"
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, secret), type="举报")])
    appointed(engine, cluster.id)
    head = replace(HEAD, units=frozenset({*units, "水务局"}))
    assert secret not in [case.number for case in seen(engine, head).cases]
    assert seen(engine, head).cluster.count == 3


def test_it_is_listed_among_the_records_of_each_of_its_cases(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    for number in members(three, cluster.id):
        assert cluster.id in [one.id for one in list_records(three, number=number, by=LEADER, now=NOW)]


def test_what_was_told_of_too_late_opens_nothing(engine: Engine) -> None:
    for n in (1, 2, 3):
        call(engine, n)
    sort(engine, MORNING + timedelta(days=91))
    assert open_clusters(engine) == []


def test_the_questions_are_answered_from_indexes(three: Engine) -> None:
    """However many cases there are."""
    if three.dialect.name != "sqlite":
        pytest.skip("a small table of PostgreSQL is read whole")
    with reading(three) as connection:
        for query, index in (
            (f"SELECT number FROM cases WHERE {UNSORTED} ORDER BY answered_at", "ix_cases_unsorted"),
            (
                f"SELECT number FROM cases WHERE kind <> '' AND kind = '{KIND}' AND answered_at >= '2025'",
                "ix_cases_kind",
            ),
        ):
            plan = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))
            assert index in plan, plan


def test_whoever_looks_keeps_no_writer_waiting_while_he_does(three: Engine) -> None:
    (cluster,) = open_clusters(three)
    number, held = members(three, cluster.id)[0], list[str]()

    @event.listens_for(three, "before_cursor_execute")
    def note(connection, cursor, statement, parameters, context, executemany):  # type: ignore[no-untyped-def]
        if connection.get_execution_options().get("zhitong_writes") and "LIMIT" in statement:
            held.append(statement)

    assert list_clusters(three, RULES, by=LEADER, now=NOW) and seen(three).cases
    assert len(propose_merges(three, RULES, number=number, by=LEADER, now=NOW)) == 2
    list_incidents(three, by=LEADER, now=NOW)
    assert held == [], "lists are read beside those who write"


Arrival = list[tuple[int, int, bool]]
arrivals = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 5), st.booleans()), min_size=4, max_size=10
)  # day, caller, which town


@settings(max_examples=10, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=arrivals, order=st.randoms(use_true_random=False), batches=st.integers(1, 4))
def test_the_order_of_arrival_does_not_matter_and_no_case_is_counted_twice(
    databases: Databases, rows: Arrival, order: object, batches: int
) -> None:
    now = MORNING + timedelta(days=61)
    rules = replace(
        RULES, clusters=ClusterRules(threshold=replace(ClusterRules().threshold, within=timedelta(days=20)))
    )

    def outcome(numbers: list[int], size: int) -> set[tuple[str, tuple[str, ...]]]:
        address = databases.new()
        engine = open_engine(address)
        try:
            for place, n in enumerate(numbers):
                day, caller, other = rows[n]
                call(engine, n, days=day, caller=f"1380000010{caller}", place=TOWNS[other])
                if place % size == 0:
                    sort_cases(engine, rules, towns=TOWNS, now=now)
            sort_cases(engine, rules, towns=TOWNS, now=now)
            opened = open_clusters(engine)
            assert len({one.subject for one in opened}) == len(opened), "never two of one kind"
            found = [number for one in opened for number in members(engine, one.id)]
            assert len(found) == len(set(found)), "a case is in one"
            with reading(engine) as connection:
                kinds = dict(connection.execute(select(cases.c.number, cases.c.kind)).all())  # type: ignore[arg-type]
            assert all(kinds[number] == one.subject for one in opened for number in members(engine, one.id))
            return {(one.subject, tuple(members(engine, one.id))) for one in opened}
        finally:
            engine.dispose()
            databases.drop(address)

    ordered = list(range(len(rows)))
    shuffled = list(ordered)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert outcome(ordered, 1) == outcome(shuffled, batches)


def test_the_first_citizen_of_the_demo_is_left_alone(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    signed_off(engine, RULES, number=NUMBER, now=MORNING + timedelta(days=1))
    sort(engine)
    with reading(engine) as connection:
        assert get_record(connection, 1) is None
