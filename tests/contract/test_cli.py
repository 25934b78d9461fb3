"""The command line, on both databases: what an operator types, and what is answered when it cannot be done."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers import Json, enrol
from wegwijs.app import create_app
from wegwijs.cli import main
from wegwijs.foundation.database import Database
from wegwijs.foundation.problems import as_markdown
from wegwijs.foundation.settings import Settings
from wegwijs.guides import commands, sounds
from wegwijs.guides.document import Guide
from wegwijs.guides.service import published_guide
from wegwijs.guides.sound import Encoded
from wegwijs.guides.starter import FOLDER
from wegwijs.people.organisations import find_organisation

ORGANISATION = [
    "organisation",
    *("--name", "Stad"),
    *("--country", "BE"),
    *("--time-zone", "Europe/Brussels"),
    *("--team", "Noord"),
    *("--administrator", "An"),
]
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
Run = Callable[..., str]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run a command on the test's database; returns what it printed, raises SystemExit when it fails."""
    for name in [name for name in os.environ if name.startswith("WEGWIJS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WEGWIJS_KEYS_DIR", str(settings.keys_dir))
    place = ["--data", str(settings.data_dir), "--database-url", settings.database_url]
    before = os.umask(0o022)

    def run_command(name: str, *arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["wegwijs", name, *place, *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        if ended.value.code:
            raise ended.value
        return capsys.readouterr().out

    yield run_command
    os.umask(before)


def refused(run: Run, *arguments: str) -> str:
    """The one line that a command says when it cannot be done."""
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    message = str(ended.value.code)
    assert message.startswith("wegwijs: ")
    return message


def test_an_organisation_is_made_with_keys_and_an_invitation(run: Run) -> None:
    told_lines = run(*ORGANISATION)
    assert "organisation stad\n" in told_lines
    assert CODE.search(told_lines)
    keys = run("keys", "--organisation", "stad")
    assert [line.split()[0] for line in keys.splitlines()] == ["seal", "sign"]
    assert "There is an organisation of this name" in refused(run, *ORGANISATION)


def test_a_lost_key_file_makes_the_command_fail(run: Run, settings: Settings) -> None:
    run(*ORGANISATION)
    next(settings.keys_dir.glob("*/sign-*.pem")).unlink()
    with pytest.raises(SystemExit) as ended:
        run("keys", "--organisation", "stad")
    assert ended.value.code == 1


def test_what_does_not_exist_is_named(run: Run) -> None:
    who = ["--name", "Bo", "--role", "worker"]
    assert "no organisation" in refused(run, "invite", "--organisation", "nergens", *who)
    run(*ORGANISATION)
    assert "no such team" in refused(run, "invite", "--organisation", "stad", *who, "--team", "Zuid")


def test_a_name_that_cannot_be_kept_is_refused_on_both_databases(run: Run) -> None:
    run(*ORGANISATION)
    for name in ("", "B" * 201, "B\n", "B\udcff"):
        said = refused(run, "invite", "--organisation", "stad", "--role", "worker", "--name", name)
        assert "1 to 120 characters" in said
        assert "1 to 120 characters" in refused(run, *ORGANISATION, "--name", name)
    assert "language" in refused(run, *ORGANISATION, "--name", "Dorp", "--language", "double-dutch-for-all")


def test_the_demo_is_refused_outside_this_machine(run: Run) -> None:
    assert "this machine only" in refused(run, "serve", "--demo", "--host", "0.0.0.0")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_several_processes_need_postgresql(run: Run) -> None:
    assert "PostgreSQL" in refused(run, "serve", "--processes", "2")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_database_that_is_behind_is_refused_until_it_is_migrated(run: Run, settings: Settings) -> None:
    (settings.data_dir / "wegwijs.db").unlink()
    assert "wegwijs migrate" in refused(run, *ORGANISATION)
    assert "applied 0001" in run("migrate")
    assert "nothing to do" in run("migrate")
    assert "organisation stad" in run(*ORGANISATION)


def test_a_backup_is_made_checked_and_restored_from_the_console(run: Run, tmp_path: Path) -> None:
    run(*ORGANISATION)
    assert "backup_dir: is not set" in refused(run, "backup")
    made = run("backup", "--to", str(tmp_path / "backups"))
    [file] = (tmp_path / "backups").iterdir()
    assert made.startswith(f"backup {file}: ") and "opened again and compared" in made
    assert re.search(r"^organisation 1$", run("restore", str(file), "--check"), re.MULTILINE)
    assert "not empty" in refused(run, "restore", str(file))
    new = f"sqlite:///{tmp_path / 'new.db'}"
    assert "erased again from the journal: 0" in run("restore", str(file), "--database-url", new)
    assert "There is an organisation of this name" in refused(run, *ORGANISATION, "--database-url", new)
    file.write_bytes(file.read_bytes()[:-1])
    assert "cut off" in refused(run, "restore", str(file), "--database-url", f"sqlite:///{tmp_path / 'third.db'}")
    (tmp_path / "a file").write_text("")
    assert "no backup can be written there" in refused(run, "backup", "--to", str(tmp_path / "a file"))


def test_a_contact_is_erased_from_the_console(run: Run, settings: Settings) -> None:
    run(*ORGANISATION)
    purge = ["purge", "--contact", "0b8f5a86-7c5a-4a3c-9d57-8d1de0f3b111", "--organisation"]
    assert "no organisation" in refused(run, *purge, "nergens")
    assert run(*purge, "stad") == "erased 1 records, for good\n"
    assert '"erased"' in (settings.journal_dir / "journal.jsonl").read_text()


def test_a_damaged_journal_keeps_the_server_from_starting(run: Run, settings: Settings) -> None:
    settings.journal_dir.mkdir()
    (settings.journal_dir / "journal.jsonl").write_text('{"line": {}}\n')
    assert "journal.jsonl, line 1: damaged" in refused(run, "serve", "--port", "0", "--no-demo")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_descriptions_are_printed(run: Run) -> None:
    document: Json = json.loads(run("openapi"))
    assert "/api/enrol" in document["paths"]
    assert run("problems") == as_markdown()


@pytest.mark.parametrize("engine", ["postgresql"])
async def test_an_invitation_from_the_console_lets_in(settings: Settings) -> None:
    """The whole way in a process of its own: the code that is printed is the code that opens."""
    environment = {**os.environ, "WEGWIJS_KEYS_DIR": str(settings.keys_dir)}
    place = ["--data", str(settings.data_dir), "--database-url", settings.database_url]

    async def command(name: str, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from wegwijs.cli import main; main()",
            name,
            *place,
            *arguments,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        assert process.returncode == 0
        return out.decode()

    await command(*ORGANISATION)
    printed = await command("invite", "--organisation", "stad", "--name", "Bo", "--role", "coordinator")
    code = CODE.search(printed)
    assert code
    app = create_app(settings)
    async with app.lifespan():
        coordinator = await enrol(app, code[0])
        assert (coordinator.me["display_name"], coordinator.me["role"]) == ("Bo", "coordinator")


def test_guide_files_are_judged_with_every_place(run: Run, tmp_path: Path) -> None:
    assert "nl" in run("guides", "check")
    folder = tmp_path / "rent"
    shutil.copytree(FOLDER / "BE-VLG" / "rent", folder)
    french = folder / "fr.toml"
    french.write_text(french.read_text(encoding="utf-8").replace('"title" = "', '"title" = "<b>', 1), encoding="utf-8")
    with pytest.raises(SystemExit, match="1"):
        run("guides", "check", str(folder))
    assert "nothing to stamp" in run("guides", "stamp", str(french))
    assert "stamped title" in run("guides", "stamp", str(french), "title")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_computer_reads_the_guides_aloud_and_they_are_published_with_it(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*ORGANISATION)
    # A voice of ours, so that the test says what is kept and published whether espeak-ng is installed or not.
    monkeypatch.setattr(sounds, "has_computer_voice", lambda: True)
    monkeypatch.setattr(commands, "speak", lambda text, voice: Encoded(f"{text}{voice}".encode(), voice.encode(), 1.0))
    printed = run("guides", "voices", "--organisation", "stad")
    assert "rent nl:" in printed
    assert "rent: published with them" in printed
    assert "rent nl: 0 texts" in run("guides", "voices", "--organisation", "stad")

    async def published() -> Guide:
        db = Database.from_url(settings.database_url)
        await db.open()
        try:
            async with db.read() as tx:
                found = await published_guide(tx, await find_organisation(tx, "stad"), "rent")
        finally:
            await db.close()
        assert found is not None
        return found

    guide = asyncio.run(published())
    assert guide.version == 2
    assert {text.sound.voice for text in guide.texts["nl"].values() if text.sound} == {"computer"}
    assert all(text.sound is not None for text in guide.texts["nl"].values())
    # Off until somebody who speaks it approved.
    assert all(text.sound is None for text in guide.texts["ar"].values())
