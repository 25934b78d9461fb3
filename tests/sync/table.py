"""Writes the table of mutants into docs/proof.md: `python -m tests.sync.table`."""

from pathlib import Path

from tests.sync import rooms  # noqa: F401  (registers the mutants)
from tests.sync.mutants import MUTANTS

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
BEGIN, END = "checked by tests/sync/test_mutants.py -->\n", "<!-- end of mutants -->"


def table() -> str:
    """One row a mutant. Those that need two transactions at once say so."""
    rows = [
        f"| {one.name} | {one.fault} | `{one.schedule}`{'' if 'sqlite' in one.engines else ' (PostgreSQL)'} |"
        for one in MUTANTS
    ]
    return "\n".join(["", "| fault | what it does | noticed by |", "|---|---|---|", *rows, "", ""])


def page() -> str:
    """The page with the table as it should be."""
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page())
