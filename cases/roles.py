"""Who may do what: one table. Pure.

Nobody has a right by being able to reach the program: every use case asks `permit` first. The handler never calls back
or strikes off his own case; supervision sees and does not handle (第三方监督, 奉节).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cases.accused import keys_in, keys_of_person, reported_key, unit_key
from cases.case import REPORT, Case


class Role(StrEnum):
    """What an account is for."""

    DESK = "受理台"
    HANDLER = "经办"
    UNIT_HEAD = "单位负责人"
    LEADER = "领导"
    SUPERVISION = "督查"
    AUDITOR = "审计"
    ADMIN = "管理员"
    CHANNEL = "渠道"  # 网站、微信等: a program that takes in what citizens send
    SCREEN = "大屏"  # a screen on a hall's wall: sees counts, and nothing of any case


class Action(StrEnum):
    """What somebody may want to do with cases."""

    SEE = "查看"
    EDIT = "改工单"
    ASSIGN = "交办"
    SIGN_FOR = "签收"
    START = "办理"
    RETURN = "退单"
    HAND_OVER = "移交"
    TAKE = "接受移交"
    REPLY = "反馈"
    SEND_BACK = "退回修改"
    REVIEW = "审核"
    APPROVE = "审签"
    SETTLE = "当场办结"
    DECLINE = "不予受理"
    NOTE = "记进展"
    LEAD = "领办"
    CO_HANDLE = "交协办"
    SUPERVISE = "督办"
    MEET = "开联席会议"
    ON_SITE = "安排现场办理"
    COMMIT = "承诺"
    WARN = "发黄牌"
    FIND = "记作风问题"
    CONCLUDE = "了结记录"
    SEE_TO = "了结待办"
    MERGE = "并单"
    ASK_TIME = "申请延期或挂起"
    GRANT_TIME = "批准延期或挂起"
    RESUME = "恢复"
    FIGURES = "看指标"
    REPORT = "看各单位报表"
    REGISTER = "导出登记簿"
    FULL_NUMBERS = "导出完整号码"
    EXCHANGE = "导入12345来件"
    CALLED_BACK = "记人工回访"
    AUDIT = "查疑似虚假办结"
    RED_LINES = "查红线"
    HEAR = "看原话听录音"
    TODO = "看待处理"
    ACCUSE = "登记被反映的人"
    CLEAR = "撤销被反映的人"
    ERASE = "清除留痕的内容"
    INTAKE = "来件"
    STATUS = "查看状态"
    CLUSTERS = "看共性问题"
    GOVERN = "专项治理"
    HISTORY = "查一人一档"
    FLAG = "标重点群众"
    TAG = "标风险和原因"
    SMS_WISH = "登记要不要短信"
    CONFIRM = "记人工核实"
    KNOW_SURGE = "确认集中来电"
    MARK = "标记来电"
    SURVEY = "抽样调查"
    TRIAGE = "分流"
    EMERGENCY = "开应急"
    SEE_ACCOUNTS = "看账号"
    ACCOUNTS = "管账号"
    ACCOUNT_LOG = "看账号变动"
    TRACE = "责任倒查"
    CORRECTIONS = "看识别改正"
    TAKE_EXAMPLES = "收例句"
    SEE_ROSTER = "看值班安排"
    CHANGE_ROSTER = "改值班安排"
    EXPORT_ROSTER = "导出值班表"
    PUBLISH_ROSTER = "发布值班表"
    TEACH = "发布词表和例句"
    COACHED = "看抽查的回答"
    LOOKS = "看查阅记录"
    VERDICT = "定疑似虚假办结"
    LIVE = "看实时来电"
    TRANSFER_LIVE = "转接实时来电"
    END_LIVE = "挂断实时来电"
    SCREEN = "看大屏"
    END_LINKS = "停办件链接"
    SEE_SETTINGS = "看设置"
    CHANGE_SETTINGS = "改设置"
    SET_UP = "开线设置"
    BACKUP = "做备份"
    MONITOR = "监听来电"
    MONITORED = "看监听记录"
    SEE_PROMPTS = "看提示音"
    CHANGE_PROMPTS = "改提示音"
    SEE_FLOW = "看话务流程"
    EDIT_FLOW = "改话务流程"


_R, _A = Role, Action
_UNIT, _ALL = "unit", "all"
MAY: Mapping[Action, Mapping[Role, str]] = {
    _A.SEE: {
        _R.DESK: _ALL,
        _R.HANDLER: _UNIT,
        _R.UNIT_HEAD: _UNIT,
        _R.LEADER: _ALL,
        _R.SUPERVISION: _ALL,
        _R.AUDITOR: _ALL,
    },
    _A.EDIT: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.ASSIGN: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.SIGN_FOR: {_R.HANDLER: _UNIT, _R.UNIT_HEAD: _UNIT},
    _A.START: {_R.HANDLER: _UNIT, _R.UNIT_HEAD: _UNIT},
    _A.RETURN: {_R.UNIT_HEAD: _UNIT},
    _A.HAND_OVER: {_R.UNIT_HEAD: _UNIT},
    _A.TAKE: {_R.UNIT_HEAD: _ALL},
    _A.REPLY: {_R.HANDLER: _UNIT, _R.UNIT_HEAD: _UNIT},
    _A.SEND_BACK: {_R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.REVIEW: {_R.UNIT_HEAD: _UNIT},
    _A.APPROVE: {_R.LEADER: _ALL},
    _A.SETTLE: {_R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.DECLINE: {_R.LEADER: _ALL},
    _A.NOTE: {_R.DESK: _ALL, _R.HANDLER: _UNIT, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.LEAD: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.CO_HANDLE: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.SUPERVISE: {_R.LEADER: _ALL, _R.SUPERVISION: _ALL},
    _A.MEET: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.ON_SITE: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.COMMIT: {_R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.WARN: {_R.SUPERVISION: _ALL},
    _A.FIND: {_R.SUPERVISION: _ALL},
    _A.CONCLUDE: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL, _R.SUPERVISION: _ALL},
    _A.SEE_TO: {_R.DESK: _ALL, _R.LEADER: _ALL, _R.SUPERVISION: _ALL, _R.ADMIN: _ALL},
    _A.MERGE: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.ASK_TIME: {_R.HANDLER: _UNIT, _R.UNIT_HEAD: _UNIT},
    _A.GRANT_TIME: {_R.LEADER: _ALL},
    _A.RESUME: {_R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.FIGURES: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL, _R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.REPORT: {_R.DESK: _ALL, _R.LEADER: _ALL, _R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.REGISTER: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL, _R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.FULL_NUMBERS: {_R.DESK: _ALL, _R.LEADER: _ALL, _R.SUPERVISION: _ALL},
    _A.EXCHANGE: {_R.DESK: _ALL},
    _A.CALLED_BACK: {_R.DESK: _ALL, _R.SUPERVISION: _ALL},  # never by those whose work it judges: see `outsider`
    _A.AUDIT: {_R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.RED_LINES: {_R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.HEAR: {  # who called, in which words; of what is secret no unit: see `may`
        _R.DESK: _ALL,
        _R.HANDLER: _UNIT,
        _R.UNIT_HEAD: _UNIT,
        _R.LEADER: _ALL,
        _R.SUPERVISION: _ALL,
        _R.AUDITOR: _ALL,
    },
    _A.TODO: {  # what is about no case is for those who see all
        _R.DESK: _ALL,
        _R.HANDLER: _UNIT,
        _R.UNIT_HEAD: _UNIT,
        _R.LEADER: _ALL,
        _R.SUPERVISION: _ALL,
        _R.AUDITOR: _ALL,
        _R.ADMIN: _ALL,
    },
    _A.ACCUSE: {_R.DESK: _ALL, _R.SUPERVISION: _ALL},
    _A.CLEAR: {_R.SUPERVISION: _ALL},
    _A.ERASE: {_R.SUPERVISION: _ALL, _R.ADMIN: _ALL},
    _A.INTAKE: {_R.DESK: _ALL, _R.CHANNEL: _ALL},
    _A.STATUS: {_R.DESK: _ALL, _R.CHANNEL: _ALL},
    _A.CLUSTERS: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL, _R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.GOVERN: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.HISTORY: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL, _R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.FLAG: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.TAG: {_R.DESK: _ALL, _R.HANDLER: _UNIT, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.SMS_WISH: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.CONFIRM: {_R.DESK: _ALL, _R.SUPERVISION: _ALL},
    _A.KNOW_SURGE: {_R.DESK: _ALL, _R.UNIT_HEAD: _ALL, _R.LEADER: _ALL},
    _A.MARK: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.SURVEY: {_R.SUPERVISION: _ALL},
    _A.TRIAGE: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.EMERGENCY: {_R.DESK: _ALL, _R.HANDLER: _UNIT, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.SEE_ACCOUNTS: dict.fromkeys((_R.DESK, _R.LEADER, _R.SUPERVISION, _R.AUDITOR, _R.ADMIN), _ALL),
    _A.ACCOUNTS: {_R.ADMIN: _ALL},
    _A.ACCOUNT_LOG: {_R.AUDITOR: _ALL, _R.ADMIN: _ALL},
    _A.TRACE: {_R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL, _R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.CORRECTIONS: dict.fromkeys((_R.DESK, _R.LEADER, _R.SUPERVISION, _R.AUDITOR), _ALL),
    _A.TAKE_EXAMPLES: {_R.DESK: _ALL},
    _A.SEE_ROSTER: dict.fromkeys((_R.DESK, _R.LEADER, _R.SUPERVISION, _R.AUDITOR, _R.ADMIN), _ALL)
    | dict.fromkeys((_R.HANDLER, _R.UNIT_HEAD), _UNIT),
    _A.CHANGE_ROSTER: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.ADMIN: _ALL},
    _A.EXPORT_ROSTER: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL, _R.ADMIN: _ALL},  # with whole numbers
    _A.PUBLISH_ROSTER: {_R.DESK: _ALL, _R.ADMIN: _ALL},
    _A.TEACH: {_R.ADMIN: _ALL},
    _A.COACHED: {_R.SUPERVISION: _ALL},
    _A.LOOKS: {_R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.VERDICT: {_R.SUPERVISION: _ALL},
    _A.LIVE: dict.fromkeys((_R.DESK, _R.LEADER, _R.SUPERVISION), _ALL),
    _A.TRANSFER_LIVE: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.END_LIVE: {_R.DESK: _ALL, _R.LEADER: _ALL},
    _A.SCREEN: dict.fromkeys((_R.DESK, _R.LEADER, _R.SUPERVISION, _R.AUDITOR, _R.ADMIN, _R.SCREEN), _ALL),
    _A.END_LINKS: {_R.DESK: _ALL, _R.UNIT_HEAD: _UNIT, _R.LEADER: _ALL},
    _A.SEE_SETTINGS: dict.fromkeys((_R.DESK, _R.LEADER, _R.SUPERVISION, _R.AUDITOR, _R.ADMIN), _ALL),
    _A.CHANGE_SETTINGS: {_R.ADMIN: _ALL},
    _A.SET_UP: {_R.ADMIN: _ALL},
    _A.BACKUP: {_R.ADMIN: _ALL},
    _A.MONITOR: {_R.LEADER: _ALL, _R.SUPERVISION: _ALL},
    _A.MONITORED: {_R.SUPERVISION: _ALL, _R.AUDITOR: _ALL},
    _A.SEE_PROMPTS: dict.fromkeys((_R.DESK, _R.SUPERVISION, _R.ADMIN), _ALL),
    _A.CHANGE_PROMPTS: {_R.ADMIN: _ALL},
    _A.SEE_FLOW: dict.fromkeys((_R.DESK, _R.SUPERVISION, _R.ADMIN), _ALL),
    _A.EDIT_FLOW: {_R.ADMIN: _ALL},
}
"""Action → role → whose cases: those of the own unit, or all. What does not stand here is not allowed."""
HELPING = frozenset({Action.SEE, Action.HEAR, Action.NOTE})
"""What may be done for the own unit may also be done, of these, with a case that it helps with (协办) or is asked to
take (移交)."""


class NotPermitted(ValueError):
    """Somebody may not do this; the text is Chinese and says who may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who acts: a name for the timeline, roles, and the names of the units that he belongs to.

    official: who he is in the roster, by id; empty: nobody has said. login: the user of this machine in whose session
    he acts, for the record of accesses.
    scopes: what the token in his hand is for (令牌的范围), which only ever takes away; None: he acts without one.
    helps: the numbers of the cases with which he or his units help now.
    """

    name: str
    roles: frozenset[Role]
    units: frozenset[str] = frozenset()
    official: str = ""
    login: str = ""
    scopes: frozenset[Action] | None = None
    helps: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("没有写是谁；请写姓名")


def may(actor: Actor, action: Action, case: Case | None = None) -> bool:
    """Whether the actor may do this, with this case; without one: with any at all.

    Who is complained of in it may nothing, whatever his role; nor may, in a 举报, whose unit is
    (信访工作条例 第三十条: 不得转给被检举控告的人员或者单位).
    """
    if actor.scopes is not None and action not in actor.scopes:
        return False
    held = {whose for role, whose in MAY[action].items() if role in actor.roles}
    if case is None:
        return bool(held)
    if barred(actor, case):
        return False
    own = case.unit in actor.units or (action in HELPING and case.number in actor.helps)
    if action is Action.HEAR:
        own = own and not case.secret
        if (case.secret or case.conduct) and _unit_accused(actor, case):
            return False
    return _ALL in held or (_UNIT in held and own)


def barred(actor: Actor, case: Case) -> bool:
    """Whether the case must be as if it were not there for him: he, or in a 举报 his unit, is complained of in it."""
    if not case.accused:
        return False
    if keys_in(case.accused) & (self_keys(actor) | frozenset(map(reported_key, actor.units))):
        return True
    return case.type == REPORT and _unit_accused(actor, case)


def is_accused(case: Case, name: str) -> bool:
    """Whether the person of this name, or in a 举报 the unit, may be given nothing to do with the case."""
    found = keys_in(case.accused)
    barred = found & (keys_of_person(name, "") | {reported_key(name)})
    return bool(barred) or (case.type == REPORT and unit_key(name) in found)


def self_keys(actor: Actor) -> frozenset[str]:
    """The keys by which this person is complained of (cases.accused)."""
    return keys_of_person(actor.name, actor.official)


def unit_keys(actor: Actor) -> frozenset[str]:
    """The keys by which his units are."""
    return frozenset(map(unit_key, actor.units))


def demand_hidden(actor: Actor, case: Case) -> bool:
    """Whether not even what the citizen demands may be shown: in what is secret, to the unit complained of."""
    return case.secret and _unit_accused(actor, case)


def _unit_accused(actor: Actor, case: Case) -> bool:
    return bool(keys_in(case.accused) & unit_keys(actor))


def units_of(actor: Actor, action: Action) -> frozenset[str] | None:
    """The units whose cases the actor may do this with; None: those of all."""
    mine = {whose for role, whose in MAY[action].items() if role in actor.roles and may(actor, action)}
    return None if _ALL in mine else actor.units if mine else frozenset()


def outsider(actor: Actor, case: Case, *, himself: Callable[[str], bool] | None = None) -> bool:
    """Whether the actor had no part in the case: is of none of its units, and neither handled nor answered it.

    himself: whether a name that stands on the case is his; by default only the one of his account.
    """
    himself = himself or actor.name.__eq__
    units = {case.unit, case.first_unit}
    people = {case.official, case.replied_by, case.reviewed_by, case.approved_by, case.closed_by}
    part = units.intersection(actor.units) or any(himself(name) for name in people if name)
    return not part and case.number not in actor.helps


def permit(actor: Actor, action: Action, case: Case | None = None) -> None:
    """Raises NotPermitted unless the actor may."""
    if may(actor, action, case):
        return
    if case is not None and barred(actor, case):  # not a word of why
        raise NotPermitted(f"工单 {case.number}：{actor.name}不能{action}；有疑问请找督查")
    if may(replace(actor, scopes=None), action, case):
        raise NotPermitted(f"这个令牌不能{action}；能做什么，办令牌时用 --scope 写")
    who = "、".join(role if whose == _ALL else f"本单位的{role}" for role, whose in MAY[action].items())
    raise NotPermitted(f"{actor.name}不能{action}{f'工单 {case.number}' if case else ''}；可以的是：{who}")
