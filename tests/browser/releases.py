"""A server whose app can be replaced by the next release while browsers use it."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import Server
from wegwijs.web.assets import BUILT


@contextmanager
def upgradable_server(folder: Path) -> Iterator[Server]:
    """A running server that serves a copy of the app, in `app/` of its folder."""
    shutil.copytree(BUILT, folder / "app")
    start = (
        "from pathlib import Path; from wegwijs.web.assets import Assets; from wegwijs.cli import main;"
        f"Assets.__init__.__defaults__ = (Path({str(folder / 'app')!r}),); main()"
    )
    server = Server(folder, command=(sys.executable, "-c", start))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def release(server: Server, name: str = "next") -> None:
    """The next release: another page, hence another worker. The server serves it after its next start."""
    app = server.folder / "app"
    for packed in [*app.glob("*.br"), *app.glob("*.gz")]:
        packed.unlink()
    page = re.sub(r'<meta name="release" content="\w+" />', "", (app / "index.html").read_text())
    (app / "index.html").write_text(page.replace("<head>", f'<head><meta name="release" content="{name}" />', 1))
    worker = (app / "sw.js").read_text()
    mark = f"{name:0>12}"
    (app / "sw.js").write_text(re.sub(r"(const VERSION = .)\w{12}", rf"\g<1>{mark}", worker, count=1))
