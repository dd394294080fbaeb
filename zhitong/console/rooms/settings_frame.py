"""The sections of 设置: what stands on its first page, and in the menu of every other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cases.roles import Action
from zhitong.console.visitor import Visitor

PATH = "/settings"


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A page that 设置 leads to. hint: what one does there, and when it counts. right: who may not is not shown it."""

    path: str
    name: str
    hint: str
    right: Action = Action.SEE_SETTINGS


SECTIONS: Sequence[Section] = (
    Section(
        path="/settings/people",
        name="人员",
        hint="责任领导、值班人员：职务、电话、到任离任、会说的话。发布后一秒内生效。",
    ),
    Section(path="/settings/units", name="单位", hint="各单位、上级、对口事项、镇村、上班时间。发布后一秒内生效。"),
    Section(
        path="/settings/numbers", name="值班室和服务台", hint="值班室、督查、受理台、服务台的号码。发布后一秒内生效。"
    ),
    Section(
        path="/settings/matters", name="事项和例句", hint="群众说什么话是什么事：词、例句，先试再发布，各版、退回。"
    ),
    Section(
        path="/settings/accuracy",
        name="听得准不准",
        hint="机器说的，人定下来以后还有多少没有改，一周一周看。",
        right=Action.CORRECTIONS,
    ),
    Section(path="/settings/rules", name="规则", hint="时限、办理、提醒、领办、红线、短信、放假、留存……写错了存不了。"),
    Section(path="/settings/notices", name="通知", hint="谁收到什么通知，试发。保存就生效。"),
    Section(
        path="/settings/lines", name="线路和时间", hint="热线的号码、响铃和听话的时间、端口：现在是什么。在服务器上改。"
    ),
    Section(
        path="/settings/accounts",
        name="账号",
        hint="谁能登录、能做什么；程序用的令牌。",
        right=Action.SEE_ACCOUNTS,
    ),
    Section(
        path="/first-run",
        name="开线",
        hint="线路、单位和人、试打、拨测，一步一步来。",
        right=Action.SET_UP,
    ),
    Section(
        path="/going-live",
        name="上线检查",
        hint="本地人说的话听得准，才按听懂的内容派单；在那以前是试用识别。",
        right=Action.SET_UP,
    ),
    Section(
        path="/certificate",
        name="网页的证书",
        hint="别的电脑打开网页要加密：自己发一张，或者用单位给的。重新开线以后起作用。",
        right=Action.SET_UP,
    ),
    Section(
        path="/backup",
        name="备份",
        hint="工单、录音、值班表、设置放进一个文件，拿到别的机器上存好。",
        right=Action.BACKUP,
    ),
)
"""As they stand on the first page."""


def frame(visitor: Visitor, path: str = "") -> dict[str, Any]:
    """For the templates: the sections that he may enter, and which one this is (`section`, by its path)."""
    return {"sections": [one for one in SECTIONS if visitor.may(one.right)], "section": PATH + path}
