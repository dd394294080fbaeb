"""The manager side: originate, the AstDB, and what the dialplan tells by UserEvent. asterisk-ami in one small place.

AMI is never needed for a call to go on: everything here has a deadline and may fail. Why asterisk-ami is wrapped:
its listener dies after seconds of silence without telling, and its AutoReconnect then logs in for ever on a socket
that nobody reads (a stopped Asterisk is never found again); two threads may get the same ActionID and write into each
other's lines; a value with a line break becomes a second action; unanswered futures stay in memory. So: one client
object per connection, thrown away whole; own ids; a ping with a deadline; nothing is ever sent twice.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from asterisk.ami import AMIClient
from asterisk.ami.action import Action
from asterisk.ami.event import Event as AmiEvent
from asterisk.ami.response import Response

from dialplans import names
from dialplans.escaping import Unescapable, Where, escape

log = logging.getLogger(__name__)

_NO_ENTRY = "Database entry not found"

LIST_LIMIT = 20_000
"""Entries of one list that are kept: calls that are up, keys of the AstDB."""


class AmiGone(Exception):
    """There is no manager connection now, or no answer in time. What was sent may or may not have been done."""


class AmiRefused(Exception):
    """Asterisk answered with an error, or the action could not be put into AMI's lines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Originated:
    """What became of a call we placed.

    answered: the other side took it and the dialplan has it; failed: it did not (busy, no answer, refused); unsent:
    nothing was dialled; unknown: the connection was lost in between. Only `unsent` may be tried again at once.
    """

    outcome: Literal["answered", "failed", "unsent", "unknown"]
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A channel that is up: its name and UNIQUEID."""

    name: str
    id: str


@dataclass(slots=True)
class _Waiting:
    """An action whose answer comes as events."""

    done: threading.Event = field(default_factory=threading.Event)
    rows: list[Mapping[str, str]] = field(default_factory=list)


class _Client(AMIClient):
    """One connection. Cures: partial and interleaved writes, a listener that dies in silence, a close that hangs."""

    def __init__(self, *, on_lost: Callable[[], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._writing = threading.Lock()
        self._on_lost = on_lost

    def send(self, pack: object) -> None:
        with self._writing:
            self._socket.sendall((str(pack) + "\r\n").encode("utf-8"))

    def listen(self) -> None:
        try:
            super().listen()
        except Exception as error:  # the thread's edge; asterisk-ami raises bare Exception for a wrong greeting
            log.info("AMI listener ended: %s", error)
        finally:
            self.finished.set()
            # Whoever waits for an answer learns now that none will come.
            for future in list(self._futures.values()):
                future.response = Response("Error", {"Message": "connection lost"})
            self._on_lost()

    def disconnect(self) -> None:
        self.finished.set()
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the listener; close() alone does not
            except OSError as error:
                log.debug("AMI shutdown: %s", error)
            self._socket.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2)


class Ami:
    """The manager connection, kept alive by a thread of its own. Every method may be called from any thread."""

    def __init__(
        self,
        *,
        port: int,
        user: str,
        secret: str,
        host: str = "127.0.0.1",
        on_event: Callable[[Mapping[str, str]], None] = lambda headers: None,
        on_resync: Callable[[], None] = lambda: None,
        ping_every: float = 2.0,
        limit: float = 2.0,
        retry_every: float = 0.5,
    ) -> None:
        """on_event gets the headers of each UserEvent HL, on the listener's thread: it must not block.

        on_resync is called after each (re)connection, on the connection's thread: what happened meanwhile was not
        told, so ask `channels` which are up. It may use this object and raise its errors. Times in seconds.
        """
        self._login = (user, secret)
        self._address = {"address": host, "port": port}
        self._on_event = on_event
        self._on_resync = on_resync
        self._ping_every = ping_every
        self._limit = limit
        self._retry_every = retry_every
        self._ids = count(1)
        self._client: _Client | None = None
        self._waiting: dict[str, _Waiting] = {}
        self._lost = threading.Event()
        self._up = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    # --- the connection -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect; returns at once. A call needs no AMI, so nobody waits for it."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._keep, name="ami", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Disconnect for good."""
        self._stopping.set()
        self._lost.set()
        if self._thread is not None:
            self._thread.join(5)

    def wait_up(self, limit: float) -> bool:
        """Wait for a connection; whether there is one."""
        return self._up.wait(limit)

    @property
    def up(self) -> bool:
        """Whether there is a connection now, as far as is known."""
        return self._up.is_set()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._lost.clear()
            client = self._connect()
            if client is None:
                self._stopping.wait(self._retry_every)
                continue
            self._client = client
            self._up.set()
            try:
                self._on_resync()
                while not self._lost.wait(self._ping_every):
                    self.act("Ping")
            except (AmiGone, AmiRefused) as error:
                log.warning("AMI: %s", error)
            finally:
                self._up.clear()
                self._client = None
                client.disconnect()
                for waiting in list(self._waiting.values()):
                    waiting.done.set()
            if not self._stopping.is_set():
                log.warning("AMI connection lost, connecting again")

    def _connect(self) -> _Client | None:
        # The socket's timeout also ends an idle listener, so it must be longer than the ping takes.
        timeout = self._ping_every + 2 * self._limit
        client = _Client(on_lost=self._lost.set, timeout=timeout, **self._address)
        client.add_event_listener(on_event=self._receive)
        try:
            client.connect()
            client._timeout = self._limit  # from here on it is how long a future waits
            response = self._send(client, Action("Login", {"Username": self._login[0], "Secret": self._login[1]}))
        except (OSError, AmiGone, AmiRefused) as error:
            log.debug("AMI: no connection: %s", error)
            if client.finished is not None:
                client.disconnect()
            return None
        log.info("AMI connected: %s", response.keys.get("Message", ""))
        return client

    def _receive(self, event: AmiEvent, **_: object) -> None:
        waiting = self._waiting.get(event.keys.get("ActionID", ""))
        if waiting is not None:
            ends = event.keys.get("EventList", "").lower() == "complete" or event.name == "OriginateResponse"
            if event.name == "OriginateResponse" or (not ends and len(waiting.rows) < LIST_LIMIT):
                waiting.rows.append(event.keys)
            if ends:
                waiting.done.set()
        elif event.name == "UserEvent" and event.keys.get("UserEvent") == names.EVENT:
            self._on_event(event.keys)

    # --- actions ------------------------------------------------------------------------------------------------------

    def act(self, name: str, *, variables: Mapping[str, str] | None = None, **keys: str) -> Mapping[str, str]:
        """One action and its answer. Raises AmiGone (no connection, no answer in time) or AmiRefused."""
        return self._act(self._action(name, keys, variables))

    def _act(self, action: Action) -> Mapping[str, str]:
        client = self._client
        if client is None:
            raise AmiGone("no manager connection")
        response = self._send(client, action)
        return dict(response.keys)

    def _action(self, name: str, keys: Mapping[str, str], variables: Mapping[str, str] | None = None) -> Action:
        """Refuses whatever would not be exactly one line a header."""
        lines = {**keys, **{f"Variable: {key}": value for key, value in (variables or {}).items()}}
        for key, value in lines.items():
            try:
                escape(f"{key}: {value}", Where.AMI, Where.AMI.value - 2)
            except Unescapable as error:
                raise AmiRefused(f"AMI {name}, {key}: {error}") from error
        return Action(name, {**keys, "ActionID": f"hl{next(self._ids)}"}, dict(variables or {}))

    def _send(self, client: _Client, action: Action) -> Response:
        action.keys.setdefault("ActionID", f"hl{next(self._ids)}")
        action_id = action.keys["ActionID"]
        future: Any = None
        try:
            future = client.send_action(action)
            response = future.response
        except (OSError, AttributeError) as error:  # AttributeError: the socket is already gone
            raise AmiGone(f"{action.name}: {error}") from error
        finally:
            client._futures.pop(action_id, None)
        if response is None:
            raise AmiGone(f"{action.name}: no answer within {self._limit} s")
        if response.is_error():
            message = response.keys.get("Message", "")
            raise AmiGone(message) if message == "connection lost" else AmiRefused(f"{action.name}: {message}")
        return response

    @contextmanager
    def _awaiting(self, action: Action) -> Iterator[_Waiting]:
        waiting = _Waiting()
        self._waiting[action.keys["ActionID"]] = waiting
        try:
            yield waiting
        finally:
            self._waiting.pop(action.keys["ActionID"], None)

    def _list(self, name: str, **keys: str) -> list[Mapping[str, str]]:
        action = self._action(name, keys)
        with self._awaiting(action) as waiting:
            self._act(action)
            if not waiting.done.wait(self._limit):
                raise AmiGone(f"{name}: the list did not end within {self._limit} s")
            if self._client is None:
                raise AmiGone(f"{name}: connection lost")
            return waiting.rows

    def channels(self) -> list[Channel]:
        """All channels that are up. Raises AmiGone."""
        rows = self._list("CoreShowChannels")
        return [Channel(name=row.get("Channel", ""), id=row.get("Uniqueid", "")) for row in rows]

    def reload_dialplan(self) -> None:
        """Have Asterisk read its dialplan again; calls that are up stay where they are. Raises AmiGone, AmiRefused."""
        self.act("Reload", Module="pbx_config")

    def dialplan(self, context: str) -> list[tuple[str, str, str, str]]:
        """Each line that Asterisk has in a context: exten, label, application, data, in the order of their priorities.

        Empty for a context that it does not have. Raises AmiGone.
        """
        try:
            rows = self._list("ShowDialPlan", Context=context)
        except AmiRefused:
            return []
        lines = [row for row in rows if row.get("Priority", "").isdigit()]
        lines.sort(key=lambda row: (row.get("Extension", ""), int(row["Priority"])))
        return [
            (row.get("Extension", ""), row.get("ExtensionLabel", ""), row["Application"], row.get("AppData", ""))
            for row in lines
        ]

    def started(self) -> str:
        """When this Asterisk was started, as it tells: another one after every restart. Raises AmiGone, AmiRefused."""
        told = self.act("CoreStatus")
        return " ".join(filter(None, (told.get("CoreStartupDate", ""), told.get("CoreStartupTime", ""))))

    def originate(
        self,
        *,
        channel: str,
        context: str,
        variables: Mapping[str, str],
        caller_id: str,
        ring_seconds: float,
        channel_id: str = "",
    ) -> Originated:
        """Place a call and wait until it is answered or not, at most `ring_seconds` and a little. Never raises, never
        repeats: a call placed twice rings a citizen twice. channel_id: the UNIQUEID that its channel is to have."""
        try:
            action = self._action(
                "Originate",
                {
                    "Channel": channel,
                    "Context": context,
                    "Exten": "s",
                    "Priority": "1",
                    "Async": "true",
                    "Timeout": str(int(ring_seconds * 1000)),
                    "CallerID": caller_id,
                    **({"ChannelId": channel_id} if channel_id else {}),
                },
                variables,
            )
        except AmiRefused as refused:
            return Originated(outcome="unsent", reason=str(refused))
        if self._client is None:
            return Originated(outcome="unsent", reason="no manager connection")
        with self._awaiting(action) as waiting:
            try:
                self._act(action)
            except AmiRefused as refused:
                return Originated(outcome="unsent", reason=str(refused))
            except AmiGone as gone:
                return Originated(outcome="unknown", reason=str(gone))
            waiting.done.wait(ring_seconds + self._limit)
            if not waiting.rows:
                return Originated(outcome="unknown", reason="no OriginateResponse")
            row = waiting.rows[0]
            outcome: Literal["answered", "failed"] = "answered" if row.get("Response") == "Success" else "failed"
            return Originated(outcome=outcome, reason=row.get("Reason", ""))

    def db_put(self, family: str, key: str, value: str) -> None:
        """Raises AmiGone, AmiRefused."""
        self.act("DBPut", Family=family, Key=key, Val=value)

    def db_del(self, family: str, key: str) -> None:
        """A key that is not there is as good as deleted. Raises AmiGone."""
        try:
            self.act("DBDel", Family=family, Key=key)
        except AmiRefused as refused:
            log.debug("AstDB: %s", refused)

    def db_get(self, family: str, key: str) -> str | None:
        """The value of one key; None: there is none. Raises AmiGone, AmiRefused."""
        try:
            rows = self._list("DBGet", Family=family, Key=key)
        except AmiRefused as refused:
            if _NO_ENTRY in str(refused):
                return None
            raise
        return rows[0].get("Val", "") if rows else None

    def db_tree(self, family: str) -> dict[str, str]:
        """All entries of a family, by key without the family's name. Raises AmiGone."""
        prefix = f"/{family}/"
        try:
            rows = self._list("DBGetTree", Family=family)
        except AmiRefused:
            return {}  # Asterisk calls an empty family an error
        return {row.get("Key", "").removeprefix(prefix): row.get("Val", "") for row in rows}

    def set_variable(self, channel: str, name: str, value: str) -> None:
        """A variable of a channel that runs. Raises AmiGone, AmiRefused (no such channel)."""
        self.act("Setvar", Channel=channel, Variable=name, Value=value)

    def stop_recording(self, channel: str) -> None:
        """Stop the MixMonitor of a channel. Raises AmiGone, AmiRefused."""
        self.act("StopMixMonitor", Channel=channel)

    def hang_up(self, channel: str) -> None:
        """End a channel. Raises AmiGone, AmiRefused."""
        self.act("Hangup", Channel=channel)

    def redirect(self, channel: str, context: str) -> None:
        """Send a channel to the beginning of a context, out of whatever it does. Raises AmiGone, AmiRefused."""
        self.act("Redirect", Channel=channel, Context=context, Exten="s", Priority="1")
