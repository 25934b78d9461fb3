"""The invariants, one function each. They look at committed rows and at the devices' disks, and believe no answer.

I1 no loss and I5 purge (`loss.py`) · I2 exactly once (`once.py`) · I3 convergence and I4 scope (`convergence.py`) ·
I6 resume and I7 clocks (`resume.py`) · I8 upgrade (`loss.py`)
"""

from typing import TYPE_CHECKING

from tests.sync.convergence import i3_convergence, i3_windows, i4_scope
from tests.sync.look import Look, Violation
from tests.sync.loss import i1_no_loss, i5_purge, i8_upgrade
from tests.sync.once import i2_deletions, i2_exactly_once, i2_nothing_overwritten, i2_settled_once
from tests.sync.resume import i6_groups, i6_resume, i7_clocks, i7_order

if TYPE_CHECKING:
    from tests.sync.simulation import Simulation

__all__ = ["Violation", "check", "check_always"]


async def check_always(sim: "Simulation") -> None:
    """What holds after every single step, whatever failed in it."""
    look = await Look.at(sim, narrow=True)
    i6_resume(sim, look)
    i6_groups(sim, look)


async def check(sim: "Simulation") -> None:
    """Everything, after the devices have come to rest. Raises Violation."""
    look = await Look.at(sim)
    i1_no_loss(sim, look)
    i2_exactly_once(sim, look)
    i2_nothing_overwritten(sim, look)
    i2_settled_once(sim, look)
    i2_deletions(sim, look)
    i3_convergence(sim, look)
    i3_windows(sim, look)
    i4_scope(sim, look)
    i5_purge(sim, look)
    i6_resume(sim, look)
    i6_groups(sim, look)
    i7_clocks(sim, look)
    i7_order(sim, look)
    i8_upgrade(sim, look)
