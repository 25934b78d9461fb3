"""People on a running server, made as an operator makes them: by the command line."""

from dataclasses import dataclass
from itertools import count

from tests.server import Server

_numbers = count(1)


@dataclass(frozen=True)
class Office:
    """One organisation on a running server."""

    server: Server
    slug: str

    def invite(self, role: str, name: str | None = None) -> str:
        """An invitation link for somebody with `role`, new unless the name is known."""
        name = name or f"{role} {next(_numbers)}"
        printed = self.server.run("invite", "--organisation", self.slug, "--name", name, "--role", role)
        return printed.splitlines()[1]


def open_office(server: Server) -> Office:
    """Make an organisation with one team."""
    name = f"Stad {next(_numbers)}"
    place = ("--country", "BE", "--time-zone", "Europe/Brussels")
    printed = server.run("organisation", "--name", name, *place, "--team", "Onthaal", "--administrator", "Beheerder")
    return Office(server, printed.splitlines()[0].removeprefix("organisation "))
