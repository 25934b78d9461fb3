"""Three-way merge of one field: what it was, what it is, what the author wants.

`base` is the value the author saw, `current` the server's, `mine` the author's. A base that is not known equals
nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Policy(StrEnum):
    """What happens when the author and somebody else changed the same field."""

    KEEP_BOTH = "keep_both"
    """The server's value stays, the author's is kept beside it until somebody chooses."""
    AUTHORITY = "authority"
    """The server's value stays."""
    SET_UNION = "set_union"
    """Lists: (current and what was added) without what was removed."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The value a field gets. `merged` when it is not simply the author's; `conflict` when both must be kept."""

    value: Any
    merged: bool = False
    conflict: bool = False


def merge_field(policy: Policy, base: Any, current: Any, mine: Any) -> Merged:
    """Judge one field.

    >>> merge_field(Policy.KEEP_BOTH, "waiting", "waiting", "solved")
    Merged(value='solved', merged=False, conflict=False)
    >>> merge_field(Policy.KEEP_BOTH, "waiting", "referred", "solved").conflict
    True
    >>> merge_field(Policy.SET_UNION, ["cost"], ["cost", "fear"], ["distance"]).value
    ['fear', 'distance']
    """
    if current == mine:
        return Merged(current)
    if current == base:
        return Merged(mine)
    if policy is Policy.SET_UNION:
        seen = base if isinstance(base, list) else []  # what the author saw is unknown: nothing was taken away
        removed = [item for item in seen if item not in (mine or [])]
        # Only what the author put there: what was merely left standing must not bring back what somebody else removed.
        added = [item for item in mine or [] if item not in seen and item not in (current or [])]
        return Merged([item for item in [*(current or []), *added] if item not in removed], merged=True)
    if policy is Policy.AUTHORITY:
        return Merged(current, merged=True)
    return Merged(current, merged=True, conflict=True)
