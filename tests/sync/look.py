"""What the invariants look at: every committed row, every disk. And what they raise."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sync.schedules import Schedule
    from tests.sync.simulation import Promise, Simulation

Row = dict[str, Any]
APPLIED = frozenset({"applied", "merged", "duplicate"})
WITH_PAYLOAD = frozenset({"held", "rejected", "handed_over"})
NARROW = ("sync_clock", "sync_change", "sync_ledger", "contact", "help_request", "note")
RECORDS = ("contact", "help_request", "note")
UNIQUE = frozenset({"duration", "group_size", "text"})


class Violation(AssertionError):
    """A promise was broken."""

    schedule: "Schedule" = ()

    def __init__(self, rule: str, what: str) -> None:
        self.rule, self.what = rule, what
        super().__init__(rule, what)

    def __str__(self) -> str:
        steps = "; ".join(map(str, self.schedule))
        return f"{self.rule}: {self.what}" + (f"\n  schedule: {steps}" if steps else "")


@dataclass
class Look:
    """Every row of every table at one moment."""

    tables: dict[str, list[Row]]

    @classmethod
    async def at(cls, sim: "Simulation", *, narrow: bool = False) -> "Look":
        """Read the database in one snapshot; `narrow`: only what `check_always` looks at."""
        async with sim.server.db.read() as tx:
            if narrow:
                return cls({name: await tx.fetch(f"SELECT * FROM {name}") for name in NARROW})
            if tx.kind == "sqlite":
                names = await tx.fetch(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
                )
            else:
                names = await tx.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
            return cls({row["name"]: await tx.fetch(f"SELECT * FROM {row['name']}") for row in names})

    def by(self, table: str, column: str) -> dict[str, Row]:
        """Rows of a table by a column that is unique in one schedule."""
        return {str(row[column]): row for row in self.tables[table]}

    def purged(self, organisation: str) -> set[str]:
        """Digests of the ids that were erased."""
        return {row["digest"] for row in self.tables["purged_id"] if str(row["organisation"]) == organisation}


def is_purged(sim: "Simulation", promise: "Promise") -> bool:
    """Whether a promise is about a record that was erased, or about what hung on one."""
    mutation = promise.mutation
    return mutation["entity_id"] in sim.erased or mutation["set"].get("contact_id") in sim.erased
