"""The wheel carries the built app: installed into an empty environment it serves without Node."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.server import Server, clean_environment

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as scripts/wheel does: in isolation, from locked build packages."""
    folder = tmp_path_factory.mktemp("wheel")
    locked = ["--build-constraints", "requirements-build.lock", "--require-hashes"]
    run(UV, "build", "--wheel", "--quiet", "--python", sys.executable, *locked, "--out-dir", folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the locked packages and the wheel."""
    environment = tmp_path_factory.mktemp("installed") / "env"
    run(sys.executable, "-m", "venv", environment)
    run(UV, "pip", "install", "--quiet", "--python", environment, "--require-hashes", "-r", "requirements.lock")
    run(environment / "bin" / "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    return environment


def test_the_wheel_holds_app_words_migrations_and_licence_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "wegwijs/web/app/index.html" in names
    assert "wegwijs/web/app/sw.js" in names
    assert any(name.startswith("wegwijs/web/app/assets/") and name.endswith(".js") for name in names)
    assert any(name.startswith("wegwijs/migrations/") and name.endswith(".sql") for name in names)
    assert "wegwijs/guides/pictograms/theme-HOU.svg" in names
    assert "wegwijs/guides/starter/BE-VLG/rent/nl.toml" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"wegwijs"}


def test_an_unchanged_app_is_not_built_again() -> None:
    index = ROOT / "backend" / "wegwijs" / "web" / "app" / "index.html"
    before = index.stat().st_mtime_ns
    run(sys.executable, "scripts/build_pwa.py")
    assert index.stat().st_mtime_ns == before


def test_it_serves_without_node(installed: Path, tmp_path: Path) -> None:
    path = str(installed / "bin")
    assert shutil.which("node", path=path) is None
    server = Server(tmp_path / "server", command=[str(installed / "bin" / "wegwijs")], path=path).start()
    try:
        page = httpx.get(server.base_url + "/")
        assert page.status_code == 200
        assert "<script" in page.text
        assert httpx.get(server.base_url + "/healthz").status_code == 200
        assert httpx.get(server.base_url + "/readyz").status_code == 200
    finally:
        assert server.stop() == 0
