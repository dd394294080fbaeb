"""A child process: started, and ended within a limit. Asterisk runs as one, and beside it the controller."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

KILLED_LIMIT = 10.0
"""Seconds within which the kernel must have taken a killed process away."""


class ChildProcess:
    """A command that can be started again and again; one thread at a time starts and ends it."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
        output: Path | None = None,
        own_session: bool = False,
        stop_limit: float = 15.0,
    ) -> None:
        """folder: where it runs. output: the file that what it says is added to; without one it says it where we do.

        own_session: Ctrl-C in our terminal does not reach it. stop_limit: seconds it gets to end by itself.
        """
        self._argv, self._folder, self._environ, self._output = list(argv), folder, environ, output
        self._own_session, self._stop_limit = own_session, stop_limit
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id; raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError(f"{self._argv}: was never started")
        return self._process.pid

    def start(self) -> None:
        """Start it. Raises OSError."""
        output = self._output.open("ab") if self._output else None
        try:
            self._process = subprocess.Popen(
                self._argv,
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=self._own_session,
            )
        finally:
            if output is not None:
                output.close()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that does not end it in time."""
        if self._process is None or not self.alive:
            return
        self._process.terminate()
        try:
            self._process.wait(self._stop_limit)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, and wait for the process to go."""
        if self._process is not None and self.alive:
            self._process.kill()
            self._process.wait(KILLED_LIMIT)
