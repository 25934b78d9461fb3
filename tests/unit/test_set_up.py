"""What the set-up says on a machine that lacks something: one line that names the remedy."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def find_python(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Look for a Python on a machine whose `python3` does what `script` says."""
    fake = folder / "python3"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    return subprocess.run(
        ["bash", "-c", "set -euo pipefail; source scripts/setup.sh; found=$(find_python); echo $found"],
        cwd=ROOT,
        env={"PATH": f"{folder}:{os.environ['PATH']}", "PYTHON": str(fake)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_without_venv_names_the_one_line_to_run(tmp_path: Path) -> None:
    done = find_python(tmp_path, 'case "$2" in *ensurepip*) exit 1;; esac')
    assert done.returncode != 0
    assert done.stderr.splitlines() == ["Python cannot make environments here; as root: apt-get install python3-venv"]


def test_a_python_that_can_is_taken(tmp_path: Path) -> None:
    done = find_python(tmp_path, "exit 0")
    assert done.stdout.strip() == str(tmp_path / "python3"), done.stderr
