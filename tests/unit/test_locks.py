"""The locks hold what pyproject.toml asks for, by hash, and name no package index."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {
    "requirements.lock": ["project"],
    "requirements-build.lock": ["build"],
    "requirements-dev.lock": ["project", "build", "dev"],
}


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def asked(group: str) -> list[Requirement]:
    """Direct dependencies of the project itself or of one of its groups."""
    found = pyproject()
    lines = found["project"]["dependencies"] if group == "project" else found["dependency-groups"][group]
    return [Requirement(line) for line in lines if isinstance(line, str)]


def locked(name: str) -> dict[str, str]:
    """Package → version of a lock."""
    text = (ROOT / name).read_text()
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_every_direct_dependency_in_a_version_that_is_allowed(name: str) -> None:
    versions = locked(name)
    for requirement in (requirement for group in LOCKS[name] for requirement in asked(group)):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_hashes(name: str) -> None:
    pinned = re.findall(r"^[\w.-]+==.*(?:\n .*)*", (ROOT / name).read_text(), re.MULTILINE)
    assert len(pinned) == len(locked(name))
    assert [entry.split("\n")[0] for entry in pinned if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", [*LOCKS, "pwa/package-lock.json"])
def test_a_lock_names_no_package_index(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "--index-url" not in text
    assert '"resolved"' not in text
    assert not re.search(r"https?://[^\s\"]*(index|registry|simple|packages)", text)


def test_the_smaller_locks_agree_with_the_development_lock() -> None:
    everything = locked("requirements-dev.lock")
    for name in ("requirements.lock", "requirements-build.lock"):
        assert locked(name).items() <= everything.items()


def test_a_wheel_is_built_with_locked_packages() -> None:
    build = {canonicalize_name(requirement.name) for requirement in asked("build")}
    needed = {canonicalize_name(Requirement(line).name) for line in pyproject()["build-system"]["requires"]}
    assert needed <= build
