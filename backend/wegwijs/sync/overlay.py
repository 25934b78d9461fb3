"""The rows of a batch as they would be, over the rows as they are.

Besides records it holds what decisions are about: conflicts (`conflict`) and mutations handed in before (`mutation`).
"""

from uuid import UUID

from wegwijs.sync.entity import Key, Row

MUTATION = "mutation"
CONFLICT = "conflict"


class Overlay:
    """A group is staged, then kept or dropped."""

    def __init__(self, rows: dict[Key, Row], gone: set[Key]) -> None:
        self.stored = set(rows)
        self.gone = gone
        self._rows = rows
        self._staged: dict[Key, Row] = {}
        self._before: dict[Key, Row | None] = {}

    def find(self, name: str, identity: UUID) -> Row | None:
        """A row by kind and id, as the staged group would leave it."""
        key = (name, identity)
        return self._staged.get(key) or self._rows.get(key)

    def standing(self, name: str, identity: UUID) -> Row | None:
        """The row itself or, when it was merged away, the one that stands for it now."""
        row = self.find(name, identity)
        passed = {identity}
        while row is not None and (target := row.get("merged_into")) is not None and target not in passed:
            passed.add(target)
            row = self.find(name, target)
        return row

    def referring(self, name: str, reference: str, identity: UUID) -> list[Row]:
        """Rows of a kind that refer to this id."""
        both = {**self._rows, **self._staged}
        return [row for (kind, _), row in both.items() if kind == name and row[reference] == identity]

    def stage(self, name: str, row: Row) -> None:
        """Put a changed row over the old one."""
        self._staged[name, row["id"]] = row

    def keep(self) -> list[Key]:
        """Take the staged rows over. Returns their keys."""
        keys = list(self._staged)
        self._before = {key: self._rows.get(key) for key in keys}
        self._rows.update(self._staged)
        self._staged.clear()
        return keys

    def drop(self) -> None:
        """Forget the staged rows."""
        self._staged.clear()

    def take_back(self) -> None:
        """Undo the last `keep`: the store refused those rows, and later groups must see what it holds."""
        for key, row in self._before.items():
            if row is None:
                del self._rows[key]
            else:
                self._rows[key] = row

    def row(self, key: Key) -> Row:
        """A kept row."""
        return self._rows[key]
