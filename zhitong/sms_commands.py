"""zhitong sms …: texts to citizens: whether they get through, and who wants none."""

import argparse

from cases.sms import TEST, id_of, text_of
from routing.calendar import LOCAL
from routing.phone import mask, normalise
from zhitong.case_desk import CaseDesk, add_by
from zhitong.clock import SystemClock
from zhitong.notices.sms_gateway import Message, load_sms_gateway
from zhitong.roster_commands import Add
from zhitong.settings import SHIPPED, load_settings, sms_gateway_file
from zhitong.usecases.sms_wishes import WISHES, list_sms_wishes, wish_sms


def add_sms_commands(add: Add) -> None:
    """The commands under `zhitong sms`."""
    trying = add("test", "给一个手机发一条测试短信，看网关收不收", _test)
    trying.add_argument("number", metavar="号码", help="自己的手机号")
    for name, wish, text in (
        ("stop", "stop", "群众不要短信：以后由人打电话告诉"),
        ("want", "want", "群众要短信，举报、保密、匿名的也发"),
        ("usual", "", "取消前两样，和别人一样"),
    ):
        parser = add(name, text, _wish)
        parser.set_defaults(wish=wish)
        parser.add_argument("mobile", metavar="号码", help="群众的手机号")
        add_by(parser)
        parser.add_argument("--reason", required=True, metavar="原因", help="群众怎么说的（不写别的内容）")
    listing = add("list", "说过要不要短信的号码（打码）", _list)
    add_by(listing)


def _test(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    path = sms_gateway_file(settings)
    if path is None:
        print(f"没有接短信网关，不发短信。怎么接：{SHIPPED} 的 [sms]，和 docs/sms.md")
        return 1
    number = normalise(arguments.number, area_code=settings.hotline.area_code)
    text = text_of(TEST, hotline=settings.hotline.name)
    answer = load_sms_gateway(path).deliver(
        Message(number=number, text=text, id=id_of(f"test:{number}:{now.isoformat()}"))
    )
    print(f"{mask(number)}：{f'没有发出（{answer.why}）' if answer.why else '网关收下了，请看手机'}")
    if answer.said:
        print(f"网关的回应：{answer.said[:500].replace(number, mask(number))}")
    return 1 if answer.why else 0


def _wish(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    kept = wish_sms(
        desk.engine,
        number=arguments.mobile,
        wish=arguments.wish,
        reason=arguments.reason,
        by=desk.by,
        now=desk.now,
        area_code=desk.settings.hotline.area_code,
    )
    print(f"{mask(kept.number)}：{WISHES[kept.wish]}。")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    for kept in list_sms_wishes(desk.engine, by=desk.by, now=desk.now):
        at = f"{kept.at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
        print(f"{mask(kept.number)}：{WISHES[kept.wish]}（{at}，{kept.by}：{kept.reason}）")
    return 0
