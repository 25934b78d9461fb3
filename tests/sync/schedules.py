"""Schedules: what happens, step by step. One step is one line; a schedule is made from a seed, or written by hand.

    save a1                       the worker of device a1 saves a contact
    sync a1 drop_response@1       a1 hands in and pulls; the answer to its second request is lost
    edit a2 duration #5           a2 changes a field of a record; #5 chooses which, and every other choice of the step

Steps refer to records by choice among those that are there, never by id: any part of a schedule is a schedule.
"""

import random
from dataclasses import dataclass

from tests.sync.network import FAULTS

DEVICES = ("a1", "a2", "b1", "c1", "s1", "x1")
"""a1 and a2 are two devices of one worker; b1 is of her team; c1 of another team; s1 is the
supervisor of the first team; x1 belongs to another organisation."""
FIELDS = ("duration", "group_size", "text", "outcome", "barriers")

# How often each kind of step is drawn.
WEIGHTS = {
    "save": 10, "add": 3, "edit": 10, "delete": 3, "undelete": 2, "sync": 20, "send": 4, "fetch": 4, "both": 3,
    "deliver": 3, "reopen": 2, "skew": 2, "wait": 2, "end": 2, "bad": 2, "mend": 2, "drop": 1, "hostile": 2,
    "old": 2, "backup": 2, "restore": 1, "clone": 0.5, "revoke": 0.5, "enrol": 1, "chain": 2,
    "purge": 1, "night": 1, "odd": 1, "rough": 1, "pass_on": 1.5, "give": 1.5, "choose": 3, "settle": 2, "box": 3,
    "overlap": 0.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: what, to whom, how; `salt` decides what is left open."""

    do: str
    who: str = ""
    how: tuple[str, ...] = ()
    salt: int = 0

    def __str__(self) -> str:
        return " ".join([self.do, *filter(None, [self.who]), *self.how, *([f"#{self.salt}"] if self.salt else [])])


Schedule = tuple[Step, ...]


def parse(text: str) -> Schedule:
    """A schedule from its lines (or from one line with semicolons)."""
    steps = []
    for line in text.replace(";", "\n").splitlines():
        words = line.split()
        if not words:
            continue
        salt = int(words.pop()[1:]) if words[-1].startswith("#") else 0
        do, *rest = words
        who = rest.pop(0) if rest and rest[0] in DEVICES else ""
        steps.append(Step(do, who, tuple(rest), salt))
    return tuple(steps)


def generate(seed: int, most: int = 24) -> Schedule:
    """The schedule of a seed: the same one for ever."""
    draw = random.Random(f"schedule {seed}")
    names = [name for name, weight in WEIGHTS.items() if weight]
    few = draw.sample(DEVICES, draw.choice((1, 2, 2, 3, 5)))
    if draw.random() < 0.6:
        few = sorted({*few, "a1", "a2"})  # two devices on the same records meet most often
    steps = [Step("save", few[0], (), draw.randrange(1, 1_000_000))]
    for _ in range(draw.randrange(4, most)):
        do = draw.choices(names, [WEIGHTS[name] for name in names])[0]
        steps.append(Step(do, draw.choice(few), _how(draw, do, few), draw.randrange(1, 1_000_000)))
    return tuple(steps)


def _how(draw: random.Random, do: str, few: list[str]) -> tuple[str, ...]:
    match do:
        case "sync" | "send" | "fetch":
            return tuple(_trouble(draw) for _ in range(draw.choice((0, 0, 1, 1, 2, 3))))
        case "box":
            return tuple(_trouble(draw) for _ in range(draw.choice((0, 0, 1))))
        case "both" | "give":
            return (draw.choice(few),)
        case "overlap":
            return (draw.choice(few), draw.choice(("rows", "counter", "commit")))
        case "choose":
            return (draw.choice(("mine", "theirs")),)
        case "settle":
            return (draw.choice(("right", "discard")),)
        case "delete":
            return (draw.choice(("contact", "contact", "note")),)
        case "bad":
            return (draw.choice(("contact", "request")),)
        case "edit":
            return (draw.choice(FIELDS),)
        case "skew":
            return (str(draw.choice((-5_256_000, -1500, -90, -11, 0, 0, 5, 11, 300, 5_256_000))),)
        case "wait":
            return (str(draw.choice((1, 20, 90, 600, 3000, 50_000))),)
        case "restore":
            return (draw.choice(("archive", "files")),)
        case "hostile":
            return (draw.choice(("foreign", "reuse", "forged", "ring")),)
    return ()


def _trouble(draw: random.Random) -> str:
    """One fault of a run and the number of the request, moment, write or statement that it meets."""
    kind = draw.choice(
        (*FAULTS, "drop_response", "drop_response", "kill", "kill", "kill", "cut", "cut", "full", "closed")
    )
    number = {"kill": 20, "cut": 40, "full": 4, "closed": 4}.get(kind, 4)
    return f"{kind}@{draw.randrange(number)}"
