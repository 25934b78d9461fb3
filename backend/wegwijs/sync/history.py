"""How the fields of records were called before: mutations of older apps are read as if a present one had made them.

A phone may have been in a drawer for months. What it hands in names the schema version it was made with; each step
below brings it one version further, and nothing of it is lost on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wegwijs.sync.schemas import Mutation

REACH = 4
"""So many versions an app may be behind."""


@dataclass(frozen=True, slots=True)
class Upcast:
    """What changed in one kind of record with one schema version.

    `was` is the kind's name before; `renamed` maps a field's name before to the present one; `added` gives the value
    that a new field gets in records that an older app makes; `values` translates values by the field's present name.
    """

    was: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The given fields under their present names and with their present values."""
        found = {}
        for name, value in given.items():
            now = self.renamed.get(name, name)
            found[now] = self._value(now, value)
        return found

    def _value(self, name: str, value: Any) -> Any:
        known = self.values.get(name)
        if known is None:
            return value
        if isinstance(value, list):
            return [known.get(one, one) if isinstance(one, str) else one for one in value]
        return known.get(value, value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class History:
    """The present schema version, and by version the upcasts that lead to it, by the present name of the kind."""

    schema: int = 1
    steps: Mapping[int, Mapping[str, Upcast]] = field(default_factory=dict)

    @property
    def oldest(self) -> int:
        """The oldest version that is still taken in."""
        return max(1, self.schema - REACH)

    def upcast(self, mutation: Mutation, schema: int) -> Mutation:
        """The mutation as a present app would have made it. Changes it in place."""
        for version in range(schema + 1, self.schema + 1):
            for name, step in self.steps.get(version, {}).items():
                if mutation.entity != (step.was or name):
                    continue
                mutation.entity = name
                mutation.base = step.fields(mutation.base)
                mutation.set = step.fields(mutation.set)
                if mutation.op == "create":
                    mutation.set = {**step.added, **mutation.set}
                break
        return mutation
