"""Every part imports only from floors below its own; the floors are those printed in docs/architecture.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "backend" / "wegwijs"

# Rules of a domain know nothing of HTTP, whatever floor they stand on.
WITHOUT_HTTP = {"service.py", "tables.py", "schemas.py", "entity.py", "entities.py"}
# How records travel knows people and their devices, and no domain: not even the catalogue on the floor below.
SYNC_KNOWS = {"sync", "people", "web", "foundation"}


def floors() -> dict[str, int]:
    """Part → floor, from the table in docs/architecture.md."""
    found: dict[str, int] = {}
    for line in (ROOT / "docs" / "architecture.md").read_text().splitlines():
        if row := re.match(r"\| (\d+) \| (.+?) \|", line):
            for name in re.findall(r"`([\w.]+)/?`", row[2]):
                found[name.removesuffix(".py")] = int(row[1])
    return found


def imported(tree: ast.Module, module: list[str]) -> Iterator[str]:
    """Full names of all modules and names that a module imports; relative ones resolved against `module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module[: len(module) - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def offences(package: Path) -> list[str]:
    """One line for each import under `package` that a floor forbids."""
    known = floors()
    found: list[str] = []
    for path in sorted(package.rglob("*.py")):
        module = [package.name, *path.relative_to(package).with_suffix("").parts]
        if len(module) == 2 and module[1] == "__init__":
            continue
        part = module[1]
        if part not in known:
            found.append(f"{path.relative_to(package)}: {part} stands on no floor of docs/architecture.md")
            continue
        for name in imported(ast.parse(path.read_text()), module):
            top, _, rest = name.partition(".")
            other = rest.partition(".")[0]
            if top == "litestar" and path.name in WITHOUT_HTTP:
                found.append(f"{path.relative_to(package)}: knows HTTP ({name})")
            elif top == package.name and other in known:
                if other != part and known[other] >= known[part] and known[part] != max(known.values()):
                    found.append(f"{path.relative_to(package)}: {name} is not below it")
                elif part == "sync" and other not in SYNC_KNOWS:
                    found.append(f"{path.relative_to(package)}: {name} is a domain")
    return found


def test_no_part_imports_upward_or_sideways() -> None:
    assert offences(PACKAGE) == []


def test_the_table_of_floors_is_read() -> None:
    assert floors()["foundation"] == 1
    assert floors()["sync"] < floors()["contacts"] < floors()["app"]


@pytest.mark.parametrize(
    ("file", "code", "complaint"),
    [
        ("people/service.py", "from litestar import get", "knows HTTP"),
        ("contacts/entities.py", "import litestar.datastructures", "knows HTTP"),
        ("people/routes.py", "from wegwijs.contacts.tables import Contact", "is not below it"),
        ("web/headers.py", "def late():\n    from wegwijs import people", "is not below it"),
        ("foundation/clock.py", "from ..web.headers import headers", "is not below it"),
        ("contacts/service.py", "import wegwijs.app", "is not below it"),
        ("sync/push.py", "from wegwijs.catalogue.service import known_codes", "is a domain"),
        ("attic/boxes.py", "", "stands on no floor"),
    ],
)
def test_an_offending_module_is_caught(tmp_path: Path, file: str, code: str, complaint: str) -> None:
    path = tmp_path / "wegwijs" / file
    path.parent.mkdir(parents=True)
    path.write_text(code)
    assert [complaint in line for line in offences(tmp_path / "wegwijs")] == [True]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("people/routes.py", "from litestar import get\nfrom wegwijs.people.service import enrol"),
        ("contacts/service.py", "from ..sync.entity import SyncedEntity\nimport msgspec"),
        ("cli.py", "from wegwijs.app import create_app"),
    ],
)
def test_a_module_that_looks_down_is_welcome(tmp_path: Path, file: str, code: str) -> None:
    path = tmp_path / "wegwijs" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    assert offences(tmp_path / "wegwijs") == []
