"""A phone through hundreds of misfortunes in a real browser: `scripts/bench browser-faults --cycles 200 [--seed S]`.

Killed after and during a save, reloaded, two tabs, answers lost, a store that throws at put, a new release with unsent
records, a server that is killed. lost and doubled count saves by a note of their own in the server's rows.
"""

import argparse
import asyncio
import random
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from scripts.benches.frame import report
from tests.browser.cycles import Cycles
from tests.browser.phone import Phone
from tests.browser.releases import upgradable_server


async def bench(cycles: int, seed: int, folder: Path) -> None:
    """Run and report."""
    with upgradable_server(folder / "server") as server:
        async with async_playwright() as playwright:
            phone = Phone(playwright, folder / "profile", server.base_url)
            worker = Cycles(phone, server, random.Random(seed))
            try:
                await worker.begin()
                await worker.run(cycles)
                print(dict(worker.done), "complaints:", phone.complaints())
            finally:
                await phone.close()
            report({"cycles": cycles, **worker.verdict(), "saves": len(worker.confirmed), "seed": seed})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wegwijs-bench-") as folder:
        asyncio.run(bench(given.cycles, given.seed, Path(folder)))


if __name__ == "__main__":
    main()
