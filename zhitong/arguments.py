"""argparse in Chinese: what is read by whoever asks for help, or mistypes a command."""

import argparse
import re
import sys
from typing import Any, NoReturn

_FAULTS = (
    (r"the following arguments are required: (.+)", r"还要写上：\1"),
    (r"unrecognized arguments: (.+)", r"不认识：\1"),
    (r"invalid choice: (.+?) \(choose from (.+)\)", r"没有 \1，只能是 \2"),
    (r"expected one argument", "后面要写一个值"),
    (r"expected at least one argument", "后面至少要写一个值"),
    (r"invalid (?:int|float) value: (.+)", r"\1 不是数字"),
    (r"ambiguous option: (\S+) could match (.+)", r"\1 不明确，可能是 \2"),
)


class ChineseFormatter(argparse.HelpFormatter):
    """Help with Chinese headings."""

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class ChineseParser(argparse.ArgumentParser):
    """A parser that helps and complains in Chinese; its subcommands do too."""

    def __init__(self, **how: Any) -> None:
        super().__init__(add_help=False, formatter_class=ChineseFormatter, **how)
        self._positionals.title, self._optionals.title = "要写的", "可选的"
        self.add_argument("-h", "--help", action="help", help="显示这份说明")

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong and how it is written; ends with 2."""
        for english, chinese in _FAULTS:
            message = re.sub(english, chinese, message)
        message = re.sub(r"^argument (.+?): ", r"\1：", message).replace("'", "").replace(", ", "、")
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}：{message}。加 --help 看说明。\n")
