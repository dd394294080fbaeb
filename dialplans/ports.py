"""Free ports of loopback for an Asterisk beside others: in the demo, the tests and the benchmark."""

import itertools
import socket
from collections.abc import Iterator
from functools import cache

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_000)
"""Above those that Asterisk takes for sound by default, below those that Linux gives to outgoing connections."""
SHARE = 250


def free_ports(*, udp: int = 0, tcp: int = 0) -> tuple[int, ...]:
    """So many different free ports of loopback, the UDP ones first; no other process is given the same ones.

    They stay free until somebody binds them, however late: a port that was bound and closed again to find it could by
    then be another process's. Raises OSError when there are none.
    """
    kinds = [socket.SOCK_DGRAM] * udp + [socket.SOCK_STREAM] * tcp
    return tuple(_free(kind) for kind in kinds)


def _free(kind: socket.SocketKind) -> int:
    for port in itertools.islice(_share()[1], SHARE):
        if taken := _bound(port, kind):
            taken.close()
            return port
    raise OSError(f"all {SHARE} ports of this process's share ({_share()[0].getsockname()[1]} and on) are in use")


@cache
def _share() -> tuple[socket.socket, Iterator[int]]:
    """This process's share of PORTS, each in its turn. Who has bound its first port owns it, as long as they run."""
    for first in PORTS[::SHARE]:
        if owner := _bound(first, socket.SOCK_STREAM):
            return owner, itertools.cycle(range(first + 1, first + SHARE))
    raise OSError(f"all ports from {PORTS.start} to {PORTS.stop} are given away: too many copies run side by side")


def _bound(port: int, kind: socket.SocketKind) -> socket.socket | None:
    one = socket.socket(socket.AF_INET, kind)
    try:
        one.bind((LOOPBACK, port))
    except OSError:
        one.close()
        return None
    return one
