"""督查: what looks false and is settled, common problems, what is late, how officials answer, reports; in a browser."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from cases.record import RecordKind
from cases.roles import Role
from tests.fakes.looking import NASTY, WHO, assert_accessible, assert_fit, looking
from tests.fakes.pages import Clock, asked, cookie_of, pages_served
from tests.fakes.told_calls import DEPUTY, MORNING, NUMBER
from zhitong.console.office import Office
from zhitong.store.case_records import add_record, records_of
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.record_cases import link_cases
from zhitong.usecases.suspect_closing import COACHED, UNSOLVED


def change(engine: Engine, number: str = NUMBER, **fields: object) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, number), **fields)])  # type: ignore[arg-type]


def suspected(engine: Engine, why: str = UNSOLVED) -> int:
    with writing(engine) as connection:
        case = get_case(connection, NUMBER)
        return add_record(
            connection,
            case_number=NUMBER,
            kind=RecordKind.AUDIT,
            owner="督查",
            text=why,
            at=MORNING,
            by="系统",
            detail={"round": 0, "unit": case.unit},
        )


def test_what_looks_false_is_settled_with_a_verdict_and_what_was_typed_stays_when_it_is_refused(
    office: Office, chromium: Browser
) -> None:
    id = suspected(office.engine)
    with looking(office, chromium, width=390) as (page, address):
        page.goto(f"{address}/supervision/suspected")
        assert_fit(page)
        page.get_by_text("写结论").click()
        page.get_by_label("属实", exact=True).check()
        page.get_by_label("依据").fill("   ")
        page.get_by_role("button", name="记下结论").click()
        expect(page.get_by_role("alert").first).to_contain_text("查实")
        expect(page.get_by_label("属实", exact=True)).to_be_checked()
        assert_accessible(page)
        page.get_by_label("依据").fill("去了现场，水还是没有通")
        page.get_by_role("button", name="记下结论").click()
        expect(page.get_by_role("main")).to_contain_text("没有等着查的")
    with reading(office.engine) as connection:
        (record,) = records_of(connection, NUMBER, RecordKind.AUDIT)
    assert (record.id, record.outcome, record.closed_by) == (id, "属实：去了现场，水还是没有通", WHO)


def test_who_audits_reads_what_waits_and_settles_nothing(office: Office) -> None:
    suspected(office.engine)
    suspected(office.engine, COACHED)
    cookie = cookie_of(office.engine, "审计老孙", Role.AUDITOR, now=MORNING)
    with pages_served(office) as address:
        told = asked(address, "/supervision/suspected", cookie=cookie)
        assert UNSOLVED in told.body and COACHED not in told.body and "有没有人叫您说满意" not in told.body
        assert "写结论" not in told.body


def a_cluster(engine: Engine) -> int:
    detail = {"since": MORNING.isoformat(), "town": "扎西镇", "matter": NASTY}
    with writing(engine) as connection:
        told = {"kind": RecordKind.GOVERN, "owner": "", "text": "", "at": MORNING, "by": "系统", "subject": "B2|扎西镇"}
        id = add_record(connection, case_number=NUMBER, detail=detail, **told)  # type: ignore[arg-type]
        link_cases(connection, id, [NUMBER], at=MORNING, by="系统")
    return id


def test_a_common_problem_gets_somebody_responsible_and_is_concluded_by_another(
    office: Office, chromium: Browser
) -> None:
    id = a_cluster(office.engine)
    with looking(office, chromium, width=390, role=Role.LEADER, who="副县长") as (page, address):
        page.goto(f"{address}/supervision/clusters")
        assert_fit(page)
        assert_accessible(page)
        page.get_by_role("link", name=str(id), exact=True).click()
        expect(page.get_by_role("link", name=NUMBER)).to_be_visible()
        page.get_by_label("责任人").fill("水务局")
        page.get_by_label("措施").fill("换主管道")
        page.get_by_label("时限").fill("2025-09-01T18:00")
        page.get_by_role("button", name="定下").click()
        expect(page.get_by_role("alert").first).to_contain_text("已经过去了")
        expect(page.get_by_label("措施")).to_have_value("换主管道")
        page.get_by_label("时限").fill("2025-09-30T18:00")
        page.get_by_role("button", name="定下").click()
        expect(page.get_by_role("main")).to_contain_text("2025-09-30 18:00")
        assert_fit(page)
        assert_accessible(page)
        page.locator("summary", has_text="了结").click()
        page.get_by_label("结果").fill("换好了")
        page.get_by_label("否").check()
        page.get_by_role("button", name="了结").click()
        expect(page.get_by_role("main")).to_contain_text("没有固化为制度：换好了（副县长）")


def test_supervision_sees_a_common_problem_and_governs_nothing(office: Office) -> None:
    id = a_cluster(office.engine)
    cookie = cookie_of(office.engine, WHO, Role.SUPERVISION, now=MORNING)
    with pages_served(office) as address:
        told = asked(address, f"/supervision/clusters/{id}", cookie=cookie)
        assert told.status == 200 and "定责任人" not in told.body
        assert asked(address, "/supervision/clusters/999", cookie=cookie).status == 409


def test_what_is_late_stands_there_with_the_clock_that_ran_out(office: Office, clock: Clock, chromium: Browser) -> None:
    change(office.engine, place=NASTY[:100], official=NASTY)
    clock.forward(timedelta(days=20))
    with looking(office, chromium, width=390, now=clock.now()) as (page, address):
        page.goto(f"{address}/supervision/overdue")
        expect(page.get_by_role("row", name=NUMBER).locator(".tag.red")).to_be_visible()
        assert_fit(page)
        assert_accessible(page)


def test_how_officials_answered_stands_there_with_what_each_count_means(
    office: Office, clock: Clock, chromium: Browser
) -> None:
    clock.forward(timedelta(hours=1))
    with looking(office, chromium, width=390, now=clock.now()) as (page, address):
        page.goto(f"{address}/supervision/answering?days=1")
        page.get_by_text("各是什么意思").click()
        expect(page.get_by_role("main")).to_contain_text("接听率 = 接 ÷ 响")
        assert_fit(page)
        assert_accessible(page)
        page.goto(f"{address}/supervision/answering?days=30")
        assert "139****0002" in page.content() and DEPUTY not in page.content()
    cookie = cookie_of(office.engine, WHO, Role.SUPERVISION, now=clock.now())
    with pages_served(office) as address:
        assert "请写 1 到 92" in asked(address, "/supervision/answering?days=1000", cookie=cookie).body


@pytest.mark.parametrize("report", ["daily", "weekly", "monthly"])
def test_the_reports_that_the_system_makes_are_read_here(office: Office, chromium: Browser, report: str) -> None:
    change(office.engine, unit="水务局")
    with looking(office, chromium, width=390) as (page, address):
        page.goto(f"{address}/supervision/reports?report={report}")
        expect(page.get_by_role("main")).to_contain_text("合计")
        assert_fit(page)
        assert_accessible(page)
