"""The console on its socket: uvicorn, with bounds on connections."""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from zhitong.console.door import PROLONG

HEAD_BYTES = 8192
CONNECTIONS = 256
OF_ONE_ADDRESS = 16
DESKS_OF_ONE_ADDRESS = 96
"""Of the pages: a hall may stand behind one address, and each page that is live keeps a connection."""
STOP_SECONDS = 3


def console_server(
    app: ASGIApp,
    *,
    proxies: Collection[str],
    of_one_address: int = OF_ONE_ADDRESS,
    connection_seconds: float = 15.0,
    tls: Path | None = None,
) -> uvicorn.Server:
    """Not started yet. proxies: addresses whose X-Forwarded-For is believed, with any number of connections.

    tls: a file with key and certificates; None: without. connection_seconds: none lives longer; uvicorn by itself waits
    without end for the head of a request.
    """

    opened: Counter[str] = Counter()

    class Bounded(H11Protocol):
        """A connection that ends in time, and is not kept when there are too many."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._end = self.loop.call_later(connection_seconds, transport.abort)
            self.app_state = {**self.app_state, PROLONG: self._prolong}
            self._address = self.client[0] if self.client else ""
            opened[self._address] += 1
            many = opened[self._address] > of_one_address and self._address not in proxies
            if many or opened.total() > CONNECTIONS:
                transport.abort()

        def _prolong(self, seconds: float) -> None:
            """Who has shown that he may send much lives so long from now on."""
            self._end.cancel()
            self._end = self.loop.call_later(seconds, self.transport.abort)

        def connection_lost(self, exc: Exception | None) -> None:
            self._end.cancel()
            opened[self._address] -= 1
            if not opened[self._address]:
                del opened[self._address]
            super().connection_lost(exc)

    # Its lines bear whole addresses, tokens too, and come as soon as anybody gives the logger a handler: the door logs.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # it warns of every malformed request
    bounds: dict[str, Any] = {"h11_max_incomplete_event_size": HEAD_BYTES, "timeout_graceful_shutdown": STOP_SECONDS}
    silent: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False}
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Bounded,
            ws="none",
            loop="asyncio",
            lifespan="off",
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            ssl_certfile=tls,
            **bounds,
            **silent,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve. Raises OSError for one that is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=CONNECTIONS)
