"""Sending over the gateways of others, each of which may be slow, or gone, or refuse."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

LIMIT = 10.0
"""Seconds that a gateway has; apprise itself gives up 4 s after the last sign of life."""
AT_ONCE = 8
TITLE = "热线通知"

T = TypeVar("T")
Notify = Callable[[str, T], str]
"""Sends a text to an address; empty once the gateway has taken it, else why not, in Chinese and without the address."""


def by_apprise(address: str, text: str, title: str = TITLE) -> str:
    """Sends by the library apprise: WeCom, DingTalk, Feishu, SMS gateways, e-mail and more are addresses of its."""
    # Here, because most commands send nothing and need not wait for it.
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its messages quote addresses
    # The name goes into an HTTP header: plain letters only.
    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="zhitong", async_mode=False))
    if not sender.add(address):
        return "地址不对"
    return "" if sender.notify(title=title, body=text) else "对方没有收下"


class Gateway(Generic[T]):
    """Sends to many addresses at once, and waits for each only so long. One that still hangs is not tried again."""

    def __init__(self, notify: Notify[T], *, limit: float = LIMIT) -> None:
        """limit: seconds that an address has."""
        self._notify, self._limit = notify, limit
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    def send(self, text: T, addresses: Iterable[str]) -> dict[str, str]:
        """What came of each address: empty once it has taken the text, else why not. A few at a time, never raises."""
        told, each = dict[str, str](), list(dict.fromkeys(addresses))
        for start in range(0, len(each), AT_ONCE):
            answers = {address: self._begin(address, text) for address in each[start : start + AT_ONCE]}
            until = time.monotonic() + self._limit
            told |= {address: self._answer(answer, until) for address, answer in answers.items()}
        return told

    def _begin(self, address: str, text: T) -> "queue.SimpleQueue[str]":
        answer: queue.SimpleQueue[str] = queue.SimpleQueue()
        with self._lock:
            if address in self._under_way:
                answer.put("前一条还没有回应")
                return answer
            self._under_way.add(address)

        def deliver() -> None:
            try:
                said = self._notify(address, text)
            except Exception as error:
                # The edge of the thread: a gateway's own code may raise anything. Without its words, for the address.
                said = f"出错（{type(error).__name__}）"
            with self._lock:
                self._under_way.discard(address)
            answer.put(said)

        # A daemon: whatever a gateway does, it does not keep the program from ending.
        threading.Thread(target=deliver, name="notice", daemon=True).start()
        return answer

    def _answer(self, answer: "queue.SimpleQueue[str]", until: float) -> str:
        try:
            return answer.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return f"{self._limit:g} 秒没有回应"


def channel(address: str) -> str:
    """What of an address may be told: wecombot, dingtalk, mailto …"""
    return address.partition("://")[0]
