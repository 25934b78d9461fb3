"""A real server process, as `scripts/serve` starts one: for what only a process shows (browsers, kill -9, wheels)."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WEGWIJS = [str(Path(sys.executable).parent / "wegwijs")]
START_SECONDS = 90


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**more: str) -> dict[str, str]:
    """Our environment without settings of Wegwijs, so that a test does not depend on who runs it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEGWIJS_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


@dataclass
class Server:
    """`wegwijs serve` on a folder of its own. The same object can be started again after stop() or kill()."""

    folder: Path
    database_url: str | None = None
    command: Sequence[str] = tuple(WEGWIJS)
    demo: bool = False
    path: str | None = None
    port: int = 0
    arguments: Sequence[str] = ()
    """Further ones for `serve`, such as `--processes 2`."""
    process: subprocess.Popen[str] | None = None

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What both the server and the commands beside it are configured by."""
        settings = {
            "WEGWIJS_DATA_DIR": str(self.folder / "data"),
            "WEGWIJS_KEYS_DIR": str(self.folder / "keys"),
            "WEGWIJS_PUBLIC_URL": self.base_url,
            "WEGWIJS_LOG_LEVEL": "warning",
        }
        if self.database_url:
            settings["WEGWIJS_DATABASE_URL"] = self.database_url
        if self.path:
            settings["PATH"] = self.path
        return clean_environment(**settings)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> "Server":
        """Start and wait for the line `ready http://…`. Raises RuntimeError with the log when it does not come."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        demo = "--demo" if self.demo else "--no-demo"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*self.command, "serve", "--migrate", "--port", str(self.port), demo, *self.arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        # A server that hangs would otherwise hang the reading below for ever.
        alarm = threading.Timer(START_SECONDS, self.process.kill)
        alarm.start()
        try:
            assert self.process.stdout is not None
            for line in self.process.stdout:
                if line.startswith("ready "):
                    return self
        finally:
            alarm.cancel()
        self.process.wait()
        raise RuntimeError(f"the server did not become ready:\n{self.log.read_text()[-4000:]}")

    def run(self, *arguments: str) -> str:
        """Run another `wegwijs` command on the same folder and database; returns what it printed."""
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"wegwijs {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def stop(self) -> int:
        """End it as Ctrl-C does; returns its exit code."""
        return self._end(signal.SIGINT)

    def kill(self) -> int:
        """End it as a power cut does."""
        return self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        if self.process.stdout:
            self.process.stdout.close()
        return code
