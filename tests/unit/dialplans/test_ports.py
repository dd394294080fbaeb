"""Ports for several copies that run side by side."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dialplans.ports import LOOPBACK, PORTS, SHARE, free_ports

ASKS = """
import sys
from dialplans.ports import free_ports
print(*free_ports(udp=20, tcp=20), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def others() -> Iterator[list[set[int]]]:
    """What two processes got that asked at the same time and still run."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    processes = [subprocess.Popen([sys.executable, "-c", ASKS], text=True, **pipes) for _ in range(2)]
    yield [set(map(int, process.stdout.readline().split())) for process in processes]
    for process in processes:
        process.communicate("\n", timeout=10)


def test_no_two_processes_get_the_same_port_though_nobody_has_bound_it_yet(others: list[set[int]]) -> None:
    ours, (one, two) = set(free_ports(udp=20, tcp=20)), others
    assert len(ours) == len(one) == len(two) == 40
    assert not ours & one and not ours & two and not one & two


def test_a_port_is_not_given_twice_until_all_of_the_share_were() -> None:
    given = [port for _ in range(4) for port in free_ports(udp=1, tcp=20)]
    assert len(set(given)) == len(given)
    assert all(PORTS.start < port < PORTS.stop for port in given)


def test_a_port_that_somebody_else_uses_is_passed_over() -> None:
    (first,) = free_ports(tcp=1)
    with socket.create_server((LOOPBACK, first)):
        assert first not in free_ports(tcp=SHARE)


def test_a_port_is_free_for_udp_and_for_tcp_by_itself() -> None:
    udp, tcp = free_ports(udp=1, tcp=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, socket.create_server((LOOPBACK, tcp)):
        datagrams.bind((LOOPBACK, udp))
