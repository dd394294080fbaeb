"""What an Asterisk tells over its management interface, kept for a test to wait for."""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

from dialplans import names


class AmiEar:
    """Logs in, keeps the dialplan's UserEvents as dicts, and sends single actions."""

    def __init__(self, port: int, secret: str) -> None:
        self.events: list[dict[str, str]] = []
        self._replies: list[dict[str, str]] = []
        self._change = threading.Condition()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._socket.settimeout(None)
        threading.Thread(target=self._listen, daemon=True).start()
        assert self.ask("Login", Username=names.AMI_USER, Secret=secret)["Response"] == "Success"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, trace: TracebackType | None) -> None:
        # A listener blocked in recv keeps the connection open until this.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def ask(self, action: str, **headers: str) -> dict[str, str]:
        """Send one action and return the reply; the values go out as they are."""
        with self._change:
            number = str(len(self._replies) + 1)
            lines = [f"Action: {action}", f"ActionID: {number}", *(f"{key}: {value}" for key, value in headers.items())]
            self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
            assert self._change.wait_for(lambda: len(self._replies) >= int(number), 5), f"no reply to {action}"
            return self._replies[-1]

    def wait(self, kind: str, limit: float, *, call: str = "", **headers: str) -> dict[str, str]:
        """Until an event of this kind, with these header values, has come; the first such."""
        return self.wait_times(kind, 1, limit, call=call, **headers)

    def wait_times(self, kind: str, times: int, limit: float, *, call: str = "", **headers: str) -> dict[str, str]:
        """Until so many events of this kind, with these header values, have come; the last of them."""
        wanted = {names.EVENT_KIND: kind, **headers} | ({names.EVENT_CALL: call} if call else {})

        def found() -> list[dict[str, str]]:
            return [event for event in self.events if wanted.items() <= event.items()]

        with self._change:
            assert self._change.wait_for(lambda: len(found()) >= times, limit), (
                f"no {wanted} ({times} times) within {limit} s; there were\n"
                + "\n".join(map(_short, self.events[-15:]))
            )
            return found()[times - 1]

    def kinds(self, call: str) -> list[str]:
        """The kinds of the events of one call, in order."""
        return [event[names.EVENT_KIND] for event in self.events if event.get(names.EVENT_CALL) == call]

    def of(self, kind: str, call: str) -> list[dict[str, str]]:
        """The events of one kind of one call."""
        return [event for event in self.events if event.get("Kind") == kind and event.get("Call") == call]

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # closed by the test
            self._read()

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            lines.readline()
            block: dict[str, str] = {}
            for raw in lines:
                line = raw.decode(errors="replace").strip("\r\n")
                if line:
                    key, _, value = line.partition(": ")
                    block[key.rstrip(":")] = value
                    continue
                with self._change:
                    if "Response" in block and "Event" not in block:  # OriginateResponse has both
                        self._replies.append(block)
                    elif block.get("UserEvent") == names.EVENT:
                        self.events.append(block | {"at": f"{time.monotonic():.3f}"})
                    self._change.notify_all()
                block = {}


def _short(event: dict[str, str]) -> str:
    shown = ("at", "Kind", "Call", "Rung", "Number", "Why", "Cause", "Key", "Phase", "Step", "Ms")
    return " ".join(f"{key}={event[key]}" for key in shown if key in event)
