"""What pages say instead of what a terminal says."""

import pytest

from zhitong.console.words import without_commands


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("请签收后反馈（zhitong case reply），经审核、审签办结", "请签收后反馈，经审核、审签办结"),
        ("审签以前要听一遍给群众的话：zhitong case hear 20250911-092030-0007", "审签以前要听一遍给群众的话"),
        ("工单 1 已经挂起；要改时间先恢复：zhitong case resume", "工单 1 已经挂起；要改时间先恢复"),
        ("工单 1 有能打的号码；请回访，打不通的记 zhitong case called-back", "工单 1 有能打的号码；请回访"),
        ("还没有人写没有联系方式；先用 zhitong case no-contact", "还没有人写没有联系方式"),
        ("没有编号 7 的记录；看 zhitong case records 工单编号", "没有编号 7 的记录"),
        ("已经在应急（记录 3），了结用 zhitong case record-end 3", "已经在应急（记录 3）"),
        ("长期性 是分流，请用 zhitong case triage：要跟着办的事不一样", "长期性 是分流：要跟着办的事不一样"),
        ("没有写群众的原话；没解决、不满意的要写（--why）", "没有写群众的原话；没解决、不满意的要写"),
        ("没有写标什么；请写 --tag 或 --remove", "没有写标什么"),
        (
            "工单 1：要告知，请在 11月24日 09:00 以前告诉群众，再记 zhitong case progress 1 告知了 --told",
            "工单 1：要告知，请在 11月24日 09:00 以前告诉群众",
        ),
        ("11月24日 09:00 以前请局长答复（zhitong case grant 或 deny 1）", "11月24日 09:00 以前请局长答复"),
        ("工单 1：移交，看 zhitong case records 1，接或不接（zhitong case take 1）", "工单 1：移交，接或不接"),
        ("工单 1：联系不上，请人回访；问到的用 zhitong case called-back 1 记下", "工单 1：联系不上，请人回访"),
        ("还没人了结，提醒（bin/zhitong case todo）", "还没人了结，提醒"),
        ("抽了 3 件查单，请督查查（zhitong case suspected）", "抽了 3 件查单，请督查查"),
        ("改好以后自动补上（zhitong audit anchor 马上补）", "改好以后自动补上"),
        ("长远帮扶要写归谁（--owner，单位或人，最多 100 个字）", "长远帮扶要写归谁（单位或人，最多 100 个字）"),
        ("工单在“签收”，不能“审签”；现在可以：开始办理、退单", "工单在“签收”，不能“审签”；现在可以：开始办理、退单"),
        ("没有叫 '没有的局' 的单位；请写值班表里的单位名称，有：水务局", None),
        ("结果 '好' 不认识；请用 解决、没解决、联系不上", None),
        ("已经定在 2026-12-01--2026-12-05", None),
    ],
)
def test_a_command_of_the_terminal_is_left_out_and_the_rest_stays(told: str, shown: str | None) -> None:
    assert without_commands(told) == (told if shown is None else shown)
