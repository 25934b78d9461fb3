"""A server that kills itself (`kill -9`) at a numbered point, started again and again from one warm process.

    python -m tests.sync.killing LISTENING_FD POINT_FILE

Settings come from the environment, as for `wegwijs serve`. This process imports the application once and forks a child
for each start, so that a start costs a tenth of a second. It reads lines: `start` (a new server), `erase ORGANISATION
CONTACT` (what the operator's command does). POINT_FILE holds a number that the test and the child share: while it is
not negative each statement of the child counts it down, and the statement that finds 0 is where the child ends. The
production code knows nothing of this.
"""

import asyncio
import mmap
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn

from tests.sync.server import Statements, watched
from wegwijs.app import create_app
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.database import Database
from wegwijs.foundation.journal import Journal
from wegwijs.foundation.settings import Settings, load_settings
from wegwijs.operation.service import erase_contact
from wegwijs.serving import prepare

NUMBER = struct.Struct("i")


class Points(Statements):
    """Ends this very process at the statement that finds the number 0."""

    def __init__(self, shared: mmap.mmap) -> None:
        super().__init__()
        self._shared = shared

    async def pass_by(self, transaction: Any, sql: str) -> None:
        (left,) = NUMBER.unpack_from(self._shared)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if left > 0:
            NUMBER.pack_into(self._shared, 0, left - 1)


def serve(settings: Settings, listening: socket.socket) -> None:
    """What `wegwijs serve` does in one process: carry out the journal, then answer."""
    asyncio.run(prepare(settings, migrating=False))
    config = uvicorn.Config(create_app(settings), log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


def erase(settings: Settings, organisation: str, contact: str) -> None:
    """What the operator's command for erasing does."""

    async def work() -> None:
        db, journal = Database.from_url(settings.database_url), Journal(settings.journal_dir)
        await db.open()
        await db.run_write(lambda tx: erase_contact(tx, REGISTRY, journal, UUID(organisation), UUID(contact)))
        await db.scrub()
        await db.close()

    asyncio.run(work())


def main(listening_fd: int, point_file: str) -> None:
    """Fork a child for each line; the next line waits until an `erase` has ended, and takes a server's place."""
    settings, listening = load_settings(os.environ), socket.socket(fileno=listening_fd)
    with Path(point_file).open("r+b") as file:
        shared = mmap.mmap(file.fileno(), NUMBER.size)
    server = 0
    for line in sys.stdin:
        what, *words = line.split()
        if server:
            os.kill(server, signal.SIGKILL)
            os.waitpid(server, 0)
            server = 0
        child = os.fork()
        if child == 0:
            with watched(Points(shared)):
                serve(settings, listening) if what == "start" else erase(settings, *words)
            os._exit(0)
        if what == "start":
            server = child
            print("started", flush=True)
        else:
            print(f"ended {os.waitpid(child, 0)[1]}", flush=True)
    if server:
        os.kill(server, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
