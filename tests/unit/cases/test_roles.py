"""Who may do what, cell by cell."""

from dataclasses import replace

import pytest

from cases.case import Case
from cases.roles import MAY, Action, Actor, NotPermitted, Role, may, outsider, permit, units_of
from tests.fakes.told_calls import MORNING

# 动作：谁，对谁的工单（本 = 本单位的，全 = 所有的）。 Written down a second time on purpose.
TABLE = """
查看 受理台全 经办本 单位负责人本 领导全 督查全 审计全
改工单 受理台全 单位负责人本 领导全
交办 受理台全 领导全
签收 经办本 单位负责人本
办理 经办本 单位负责人本
退单 单位负责人本
移交 单位负责人本
接受移交 单位负责人全
反馈 经办本 单位负责人本
退回修改 单位负责人本 领导全
审核 单位负责人本
审签 领导全
当场办结 单位负责人本 领导全
不予受理 领导全
记进展 受理台全 经办本 单位负责人本 领导全
领办 受理台全 领导全
交协办 受理台全 单位负责人本 领导全
督办 领导全 督查全
开联席会议 受理台全 领导全
安排现场办理 受理台全 单位负责人本 领导全
承诺 单位负责人本 领导全
发黄牌 督查全
记作风问题 督查全
了结记录 受理台全 单位负责人本 领导全 督查全
了结待办 受理台全 领导全 督查全 管理员全
并单 受理台全 领导全
申请延期或挂起 经办本 单位负责人本
批准延期或挂起 领导全
恢复 单位负责人本 领导全
看指标 受理台全 单位负责人本 领导全 督查全 审计全
看各单位报表 受理台全 领导全 督查全 审计全
导出登记簿 受理台全 单位负责人本 领导全 督查全 审计全
导出完整号码 受理台全 领导全 督查全
导入12345来件 受理台全
记人工回访 受理台全 督查全
查疑似虚假办结 督查全 审计全
查红线 督查全 审计全
看查阅记录 督查全 审计全
看原话听录音 受理台全 经办本 单位负责人本 领导全 督查全 审计全
看待处理 受理台全 经办本 单位负责人本 领导全 督查全 审计全 管理员全
登记被反映的人 受理台全 督查全
撤销被反映的人 督查全
清除留痕的内容 督查全 管理员全
来件 受理台全 渠道全
查看状态 受理台全 渠道全
看共性问题 受理台全 单位负责人本 领导全 督查全 审计全
专项治理 受理台全 领导全
查一人一档 受理台全 单位负责人本 领导全 督查全 审计全
标重点群众 受理台全 领导全
标风险和原因 受理台全 经办本 单位负责人本 领导全
登记要不要短信 受理台全 领导全
记人工核实 受理台全 督查全
确认集中来电 受理台全 单位负责人全 领导全
看账号 受理台全 领导全 督查全 审计全 管理员全
管账号 管理员全
看账号变动 审计全 管理员全
标记来电 受理台全 领导全
抽样调查 督查全
分流 受理台全 单位负责人本 领导全
开应急 受理台全 经办本 单位负责人本 领导全
责任倒查 单位负责人本 领导全 督查全 审计全
看识别改正 受理台全 领导全 督查全 审计全
收例句 受理台全
看值班安排 受理台全 经办本 单位负责人本 领导全 督查全 审计全 管理员全
改值班安排 受理台全 单位负责人本 管理员全
导出值班表 受理台全 单位负责人本 领导全 管理员全
发布值班表 受理台全 管理员全
发布词表和例句 管理员全
看抽查的回答 督查全
定疑似虚假办结 督查全
看实时来电 受理台全 领导全 督查全
转接实时来电 受理台全 领导全
挂断实时来电 受理台全 领导全
看大屏 受理台全 领导全 督查全 审计全 管理员全 大屏全
停办件链接 受理台全 单位负责人本 领导全
看设置 受理台全 领导全 督查全 审计全 管理员全
改设置 管理员全
开线设置 管理员全
做备份 管理员全
监听来电 领导全 督查全
看监听记录 督查全 审计全
看提示音 受理台全 督查全 管理员全
改提示音 管理员全
看话务流程 受理台全 督查全 管理员全
改话务流程 管理员全
"""
CELLS = {(line.split()[0], cell[:-1]): cell[-1] for line in TABLE.strip().splitlines() for cell in line.split()[1:]}


def case_of(unit: str) -> Case:
    return Case(number="1", call_id="1", caller="138", dialled="1", answered_at=MORNING, unit=unit)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_every_action_and_role(action: Action, role: Role) -> None:
    whose = CELLS.get((action, role), "")
    actor = Actor(name="张三", roles=frozenset({role}), units=frozenset({"水务局"}))
    assert may(actor, action, case_of("水务局")) == (whose != "")
    assert may(actor, action, case_of("能源局")) == (whose == "全")
    assert may(actor, action) == (whose != "")
    if not whose:
        with pytest.raises(NotPermitted, match="张三不能"):
            permit(actor, action, case_of("水务局"))


def test_every_action_may_be_done_by_somebody() -> None:
    assert set(MAY) == set(Action) and all(MAY.values())


def test_supervision_sees_and_watches_but_does_not_handle_and_auditors_only_see() -> None:
    seeing = {
        Action.SEE,
        Action.FIGURES,
        Action.REGISTER,
        Action.AUDIT,
        Action.RED_LINES,
        Action.REPORT,
        Action.HEAR,
        Action.TODO,
        Action.CLUSTERS,
        Action.HISTORY,
        Action.SEE_ACCOUNTS,
        Action.ACCOUNT_LOG,
        Action.TRACE,
        Action.SEE_ROSTER,
        Action.CORRECTIONS,
        Action.LOOKS,
        Action.SCREEN,
        Action.SEE_SETTINGS,
        Action.MONITORED,
    }
    watching = {
        *seeing,
        Action.LIVE,
        Action.SEE_FLOW,
        Action.SEE_PROMPTS,
        Action.FULL_NUMBERS,
        Action.CALLED_BACK,
        Action.SUPERVISE,
        Action.WARN,
        Action.FIND,
        Action.CONCLUDE,
        Action.SEE_TO,
        Action.ACCUSE,
        Action.CLEAR,
        Action.ERASE,
        Action.CONFIRM,
        Action.SURVEY,
        Action.COACHED,
        Action.VERDICT,
        Action.MONITOR,
    }
    for action, roles in MAY.items():
        assert action in watching or Role.SUPERVISION not in roles
        assert action in seeing or Role.AUDITOR not in roles
    assert set(MAY[Action.ACCOUNTS]) == {Role.ADMIN}, "nobody else gives roles, or tokens to act with"


def test_whose_cases_are_counted_and_listed_follows_from_the_same_table() -> None:
    units = frozenset({"水务局"})
    both = Actor(name="张三", roles=frozenset({Role.UNIT_HEAD, Role.SUPERVISION}), units=units)
    head = Actor(name="张三", roles=frozenset({Role.UNIT_HEAD}), units=units)
    nobody = Actor(name="张三", roles=frozenset({Role.HANDLER}), units=units)
    assert [units_of(one, Action.REGISTER) for one in (both, head, nobody)] == [None, units, frozenset()]


ANSWERED = replace(case_of("水务局"), first_unit="能源局", official="副局长李强", replied_by="赵敏", approved_by="李强")


@pytest.mark.parametrize(
    ("name", "unit", "outside"),
    [
        ("小周", "", True),
        ("小周", "交通运输局", True),
        ("小周", "水务局", False),
        ("小周", "能源局", False),
        ("赵敏", "", False),
        ("李强", "", False),
        ("副局长李强", "", False),
    ],
)
def test_who_had_a_part_in_a_case_is_no_outsider_to_it(name: str, unit: str, outside: bool) -> None:
    actor = Actor(name=name, roles=frozenset({Role.DESK}), units=frozenset({unit} - {""}))
    assert outsider(actor, ANSWERED) is outside


def test_who_has_no_role_may_nothing_and_nobody_has_no_name() -> None:
    assert not any(may(Actor(name="张三", roles=frozenset()), action) for action in Action)
    with pytest.raises(ValueError, match="姓名"):
        Actor(name=" ", roles=frozenset())
