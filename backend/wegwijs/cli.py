"""The command line: `wegwijs serve|migrate|organisation|invite|keys|rescue|purge|backup|restore|…`."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from wegwijs import serving
from wegwijs.access import PUBLIC, rule_for
from wegwijs.app import create_app
from wegwijs.contacts.entities import REGISTRY
from wegwijs.demo.phone import DemoRefused
from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.journal import Journal, JournalError
from wegwijs.foundation.migrate import SchemaAhead, SchemaBehind, check_schema, migrate
from wegwijs.foundation.problems import Problem, as_markdown
from wegwijs.foundation.settings import Settings, SettingsError, load_settings
from wegwijs.guides.commands import check_files, make_voices, stamp_file
from wegwijs.guides.starter import FOLDER, StarterInvalid
from wegwijs.operation.archive import ArchiveError
from wegwijs.operation.backup import make_backup
from wegwijs.operation.restore import Restored, RestoreRefused, check_archive, restore
from wegwijs.operation.service import erase_contact
from wegwijs.people import service
from wegwijs.people.access import Role
from wegwijs.people.organisations import COUNTRIES
from wegwijs.sync.letterbox.delivering import take_rescue_file
from wegwijs.web.openapi import mended_document

T = TypeVar("T")
Arguments = argparse.Namespace


def _overrides(given: Arguments) -> dict[str, Any]:
    """The settings that were named on the command line."""
    names = ("data_dir", "database_url", "host", "port", "demo")
    return {name: getattr(given, name, None) for name in names if getattr(given, name, None) is not None}


def _settings(given: Arguments) -> Settings:
    return load_settings(os.environ, **_overrides(given))


def _opened(settings: Settings, work: Callable[[Database], Awaitable[T]], *, checked: bool = True) -> T:
    """Run work on the database that the settings name; with `checked`, only when it has the schema of this release."""

    async def run() -> T:
        db = Database.from_url(settings.database_url)
        await db.open()
        try:
            if checked:
                await check_schema(db)
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(run())


def _written(settings: Settings, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Run work in one write transaction of the database that the settings name."""
    return _opened(settings, lambda db: db.run_write(work))


def _serve(given: Arguments) -> int:
    serving.serve(_overrides(given), migrating=given.migrate, processes=given.processes)
    return 0


def _migrate(given: Arguments) -> int:
    async def run() -> None:
        db = Database.from_url(_settings(given).database_url)
        await db.open()
        try:
            await migrate(db, print)
        finally:
            await db.close()

    asyncio.run(run())
    return 0


def _organisation(given: Arguments) -> int:
    settings = _settings(given)

    async def work(tx: Transaction) -> None:
        made = await service.make_organisation(
            tx,
            settings,
            service.NewOrganisation(
                name=given.name,
                country=given.country,
                time_zone=given.time_zone,
                team=given.team,
                administrator=given.administrator,
                default_language=given.language,
            ),
        )
        invitation = await service.invite(tx, settings, made.organisation, made.administrator)
        keys = await service.check_keys(tx, settings, made.organisation)
        print(f"organisation {made.slug}", *(f"key {line}" for line in keys), sep="\n")
        print(f"invitation for {given.administrator}: {invitation.code}\n{invitation.link}")

    _written(settings, work)
    return 0


def _invite(given: Arguments) -> int:
    settings = _settings(given)

    async def work(tx: Transaction) -> None:
        organisation = await service.find_organisation(tx, given.organisation)
        member = await service.member_named(tx, organisation, given.name, Role(given.role), given.team)
        invitation = await service.invite(tx, settings, organisation, member)
        print(f"{invitation.code}\n{invitation.link}\nvalid until {invitation.expires_at:%Y-%m-%d %H:%M} UTC")

    _written(settings, work)
    return 0


def _keys(given: Arguments) -> int:
    settings = _settings(given)

    async def work(tx: Transaction) -> list[str]:
        organisation = await service.find_organisation(tx, given.organisation)
        return await service.check_keys(tx, settings, organisation)

    lines = _written(settings, work)
    print(*lines, sep="\n")
    return 1 if any(line.endswith(service.LOST) for line in lines) else 0


def _purge(given: Arguments) -> int:
    settings = _settings(given)

    async def work(db: Database) -> int:
        async def erase(tx: Transaction) -> int:
            organisation = await service.find_organisation(tx, given.organisation)
            return await erase_contact(tx, REGISTRY, Journal(settings.journal_dir), organisation, given.contact)

        count = await db.run_write(erase)
        await db.scrub()
        return count

    print(f"erased {_opened(settings, work)} records, for good")
    return 0


def _backup(given: Arguments) -> int:
    settings = _settings(given)
    folder = given.to or settings.backup_dir
    if folder is None:
        raise SettingsError(["backup_dir: is not set, and no --to was given"])
    made = _opened(settings, lambda db: make_backup(db, settings, folder.absolute()))
    print(f"backup {made.path}: {made.rows} rows, {made.bytes} bytes, opened again and compared")
    return 0


def _restore(given: Arguments) -> int:
    settings = _settings(given)
    if given.check:
        loaded = asyncio.run(check_archive(given.file, settings))
        print(f"{given.file}: made {loaded.head.made_at:%Y-%m-%d %H:%M} UTC, whole and readable")
        print(*(f"{name} {total.rows}" for name, total in loaded.totals.items()), sep="\n")
        return 0

    async def work(db: Database) -> Restored:
        return await restore(db, settings, REGISTRY, given.file, accept_lost_keys=given.accept_lost_keys)

    restored = _opened(settings, work, checked=False)
    print(f"restored {sum(total.rows for total in restored.loaded.totals.values())} rows; ", end="")
    print(f"erased again from the journal: {restored.erased}; everybody signs in again")
    print(*(f"lost key: {line}" for line in restored.lost_keys), sep="\n", end="")
    return 0


def _rescue(given: Arguments) -> int:
    settings = _settings(given)

    try:
        content = given.file.read_bytes()
    except OSError as error:
        raise SystemExit(f"wegwijs: {given.file}: {error.strerror}") from None
    told = _opened(settings, lambda db: take_rescue_file(db, settings, REGISTRY, given.organisation, content))
    print(f"{told.new} taken in, {told.duplicate} known already, {told.quarantined} wait for a supervisor")
    return 0


def _demo(given: Arguments) -> int:
    content = asyncio.run(serving.load_demo(load_settings(os.environ, **{**_overrides(given), "demo": True})))
    print(json.dumps(content, indent=2))
    return 0


def _guides_check(given: Arguments) -> int:
    lines, fine = check_files(given.folder)
    print(*lines, sep="\n")
    return 0 if fine else 1


def _guides_stamp(given: Arguments) -> int:
    print(*stamp_file(given.file, given.messages), sep="\n")
    return 0


def _guides_voices(given: Arguments) -> int:
    async def work(db: Database) -> list[str]:
        async with db.read() as tx:
            organisation = await service.find_organisation(tx, given.organisation)
        return await make_voices(db, organisation)

    print(*_opened(_settings(given), work), sep="\n")
    return 0


def _openapi(given: Arguments) -> int:
    settings = load_settings({})
    document = mended_document(
        create_app(settings), settings, lambda method, template: rule_for(method, template) is PUBLIC
    )
    print(json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True))
    return 0


def _problems(given: Arguments) -> int:
    print(as_markdown(), end="")
    return 0


def _guides_parsers(commands: Any) -> None:
    checked = commands.add_parser("check", help="judge guide files: every place that is wrong or doubtful")
    checked.set_defaults(run=_guides_check)
    checked.add_argument("folder", type=Path, nargs="?", default=FOLDER, metavar="FOLDER")
    stamped = commands.add_parser("stamp", help="say that texts of a language were made from the present source")
    stamped.set_defaults(run=_guides_stamp)
    stamped.add_argument("file", type=Path, metavar="FILE")
    stamped.add_argument("messages", nargs="*", metavar="MESSAGE", help="renew their stamps; default: what has none")
    voices = commands.add_parser("voices", help="let the computer read guides aloud where that is allowed")
    voices.set_defaults(run=_guides_voices)
    voices.add_argument("--organisation", required=True, metavar="SLUG")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wegwijs", description="Settings come from WEGWIJS_… variables; see docs.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[[Arguments], int], text: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text)
        one.set_defaults(run=run)
        one.add_argument("--data", dest="data_dir", type=Path, metavar="DIR", help="the data folder")
        one.add_argument("--database-url", metavar="URL", help="sqlite:////path.db or postgresql://…")
        return one

    serve = command("serve", _serve, "serve the app")
    serve.add_argument("--host")
    serve.add_argument("--port", type=int, help="0 takes any free one")
    serve.add_argument("--migrate", action="store_true", help="bring the database up to date first")
    serve.add_argument(
        "--demo", action=argparse.BooleanOptionalAction, help="with the demo organisation; loopback only"
    )
    serve.add_argument("--processes", type=int, default=1, help="more than one needs PostgreSQL")
    command("migrate", _migrate, "bring the database up to date, and tell each step")
    organisation = command("organisation", _organisation, "make an organisation with its keys and an administrator")
    for name in ("name", "time-zone", "team", "administrator"):
        organisation.add_argument(f"--{name}", required=True)
    organisation.add_argument("--country", required=True, choices=COUNTRIES)
    organisation.add_argument("--language", help="default: the country's")
    invite = command("invite", _invite, "print a one-time code for one device")
    invite.add_argument("--organisation", required=True, metavar="SLUG")
    invite.add_argument("--name", required=True, help="of the person; added when new")
    invite.add_argument("--role", required=True, choices=[role.value for role in Role])
    invite.add_argument("--team", help="for a new person; default: the oldest team")
    keys = command("keys", _keys, "list an organisation's keys and check that their private files are there")
    keys.add_argument("--organisation", required=True, metavar="SLUG")
    rescue = command("rescue", _rescue, "take in a rescue file that a phone wrote when nothing else worked")
    rescue.add_argument("file", type=Path, metavar="FILE")
    rescue.add_argument("--organisation", required=True, metavar="SLUG")
    purge = command("purge", _purge, "erase a contact for good, everywhere, with all that hangs on it")
    purge.add_argument("--organisation", required=True, metavar="SLUG")
    purge.add_argument("--contact", required=True, type=UUID, metavar="ID")
    backup = command("backup", _backup, "write a backup, open it again, and compare every row")
    backup.add_argument("--to", type=Path, metavar="DIR", help="default: the setting backup_dir")
    restored = command("restore", _restore, "restore a backup into an empty database")
    restored.add_argument("file", type=Path)
    restored.add_argument("--check", action="store_true", help="only open it and compare every row")
    restored.add_argument("--accept-lost-keys", action="store_true", help="restore although private keys are lost")
    guides = command("guides", _guides_check, "guide files and computer voices: check, stamp, voices")
    _guides_parsers(guides.add_subparsers(required=True, metavar="check|stamp|voices"))
    command("demo", _demo, "make the demo organisation and print its sign-in links")
    command("openapi", _openapi, "print the description of the interface")
    command("problems", _problems, "print docs/problems.md")
    return parser


def main() -> None:
    """Run a command; a failure that the operator can mend is one line and exit code 1."""
    # Database, keys and the demo's links are for this user of the machine alone.
    os.umask(0o077)
    given = _parser().parse_args()
    try:
        code = given.run(given)
    except (SettingsError, SchemaBehind, SchemaAhead, service.KeysError, DemoRefused) as error:
        raise SystemExit(f"wegwijs: {error}") from None
    except (ArchiveError, RestoreRefused, JournalError, StarterInvalid) as error:
        raise SystemExit(f"wegwijs: {error}") from None
    except Problem as problem:
        raise SystemExit(f"wegwijs: {problem.type.title}: {problem.detail}") from None
    sys.exit(code)
