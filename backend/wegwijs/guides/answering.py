"""From a question in the log to the step that answers it."""

from collections import defaultdict
from uuid import UUID

from wegwijs.foundation.database import Transaction
from wegwijs.guides.text_schemas import StepAnswer, StepsOfSubthemes
from wegwijs.guides.versions import published_guides


async def steps_of_subthemes(tx: Transaction, organisation: UUID, subtheme: str | None) -> StepsOfSubthemes:
    """Which published step answers a question about which subtheme, for the app to offer it without a network.

    All of them, or those of one subtheme; steps in the order of their guide.
    """
    found: dict[str, list[StepAnswer]] = defaultdict(list)
    for guide in await published_guides(tx, organisation):
        for step in guide.steps:
            for code in step.subthemes:
                if subtheme in {None, code}:
                    found[code].append(StepAnswer(guide=guide.code, step=step.id, version=guide.version))
    return StepsOfSubthemes(dict(sorted(found.items())))
