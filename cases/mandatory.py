"""必填项: what a case must tell before it goes a step further, as a county writes it down. Pure.

“17 类 28 项必记” (镇雄); what the system keeps by itself (number, times, what was done) is never missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from cases.case import Case

FIELDS: Mapping[str, Callable[[Case], str]] = {
    "类型": lambda case: case.type,
    "事项": lambda case: case.matter,
    "承办单位": lambda case: case.unit,
    "诉求": lambda case: case.demand or case.transcript,  # what the caller said counts
    "地点": lambda case: case.place,
    "地址": lambda case: case.address,
    "姓名": lambda case: case.name,
    "性别": lambda case: case.sex,
    "联系电话": lambda case: case.number_to_call or case.unsure_contact,
    "回访时间": lambda case: case.call_when,
    "经办": lambda case: case.official,
}
"""What may be demanded, by name."""
_OF_THE_CITIZEN = frozenset({"姓名", "性别", "地址", "联系电话", "回访时间"})
"""Never demanded of who wants to stay unknown."""
STEPS: Mapping[str, str] = {"assign": "交办", "close": "反馈、办结", "decline": "不予受理"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mandatory:
    """Names of FIELDS that must stand at a step: when a person gives the case to a unit; when it is replied to, and at
    whatever closes it; when it is declined, for which there need be neither unit nor matter."""

    assign: tuple[str, ...] = ()
    close: tuple[str, ...] = ("类型", "事项", "承办单位", "诉求")
    decline: tuple[str, ...] = ("类型", "诉求")


def missing(case: Case, names: tuple[str, ...] = Mandatory().close) -> tuple[str, ...]:
    """Those of the names that the case must tell and does not."""
    unknown_by_wish = case.secrecy == "匿名"
    return tuple(
        name for name in names if not FIELDS[name](case).strip() and not (unknown_by_wish and name in _OF_THE_CITIZEN)
    )


def read_mandatory(raw: Any) -> tuple[Mandatory, list[str]]:
    """The table `mandatory` of casework.toml (a step that is not written keeps what is usual), and all its faults."""
    if not isinstance(raw, Mapping):
        return Mandatory(), [f"mandatory 是 {raw!r}；请写成 [mandatory] 一节"]
    steps = "、".join(f"{step}（{name}）" for step, name in STEPS.items())
    faults = [f"mandatory.{step} 不认识；只有 {steps}" for step in raw if step not in STEPS]
    given: dict[str, tuple[str, ...]] = {}
    for step in (one.name for one in fields(Mandatory)):
        names = raw.get(step, list(getattr(Mandatory(), step)))
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            faults.append(f'mandatory.{step} 是 {names!r}；请写成 ["类型", "诉求"]，不要求的写 []')
            continue
        faults += [
            f"mandatory.{step} 里的 {name!r} 不认识；可以写 {'、'.join(FIELDS)}" for name in names if name not in FIELDS
        ]
        faults += [f"mandatory.{step} 里的 {name!r} 写了几次" for name in dict.fromkeys(names) if names.count(name) > 1]
        given[step] = tuple(dict.fromkeys(names))
    return (Mandatory(), faults) if faults else (Mandatory(**given), [])
