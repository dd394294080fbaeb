"""Asterisk's side of a recorded AGI dialogue, played over a socket."""

from __future__ import annotations

import re
import socket
from pathlib import Path

RECORDED = Path(__file__).parents[1] / "recorded"
LIMIT = 5.0


class Mismatch(AssertionError):
    """What was said differs from the recording."""


def lines_of(name: str, *, base: str = "") -> list[tuple[str, str]]:
    """("asterisk" | "us", line) of tests/recorded/agi_<name>.txt, with the call's base put in."""
    text = (RECORDED / f"agi_{name}.txt").read_text(encoding="utf-8").replace("{base}", base)
    return [
        (match[1], match[2])
        for line in text.splitlines()
        if (match := re.fullmatch(r"(asterisk|us): ?(.*)", line)) is not None
    ]


def play(connection: socket.socket, name: str, *, base: str = "") -> str:
    """Say Asterisk's lines and expect ours in between; returns the base we chose, if the recording has one.

    An empty `base` takes whatever base comes. Raises Mismatch.
    """
    connection.settimeout(LIMIT)
    reader = connection.makefile("r", encoding="utf-8", newline="\n")
    for who, line in lines_of(name, base=base or "{base}"):
        if who == "asterisk":
            connection.sendall(f"{line}\n".encode())
            continue
        said = reader.readline()
        if line == "[closed]":
            if said:
                raise Mismatch(f"expected the end, got {said!r}")
            continue
        pattern = re.escape(line).replace(re.escape("{base}"), "(?P<base>[0-9a-f-]{23})", 1)
        pattern = pattern.replace(re.escape("{base}"), "(?P=base)")
        match = re.fullmatch(pattern, said.rstrip("\n"))
        if match is None:
            raise Mismatch(f"expected {line!r}, got {said!r}")
        base = match.groupdict().get("base") or base
    return base


def variables_set(line: str) -> dict[str, str]:
    """What one of our commands sets, by name: the plain pairs of an MSet, or the one variable of SET VARIABLE."""
    command, first, *more = line.split('"')
    if command == "EXEC MSet ":
        return dict(pair.split("=") for pair in first.split(","))
    return {first: more[1]}
