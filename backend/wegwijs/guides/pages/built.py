"""What the build made for the pages (pwa/vite.reader.config.ts): addresses of style and script, files of the fonts."""

from pathlib import Path

import msgspec

from wegwijs.web.assets import BUILT

MANIFEST = "reader.json"


class _Manifest(msgspec.Struct, frozen=True):
    style: str
    script: str
    fonts: dict[str, str]


class Built(msgspec.Struct, frozen=True):
    """`style` and `script` are addresses, empty when the app has not been built: the pages then are plain, but whole.
    `fonts` gives the address of each font by the name of its source file."""

    style: str = ""
    script: str = ""
    fonts: dict[str, str] = {}
    folder: Path = BUILT

    def file(self, address: str) -> Path:
        """Where a built file lies."""
        return self.folder / address.lstrip("/")


def read_built(folder: Path = BUILT) -> Built:
    """What lies in the package; empty when it was not built."""
    try:
        found = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Manifest)
    except OSError:
        return Built(folder=folder)
    return Built(found.style, found.script, found.fonts, folder)
