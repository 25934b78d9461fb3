"""Backup and restore on both databases, and across them: whole, checked, or nothing; and what devices make of it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar

from tests.conftest import Postgres, migrated, started
from tests.contract.test_guide_sound import record, wave
from tests.helpers import (
    Json,
    SignedIn,
    browser_like,
    contact_mutations,
    make_organisation,
    mutation,
    pull_all,
    push,
    sign_challenge,
    sign_in,
)
from wegwijs.app import create_app
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database
from wegwijs.foundation.journal import Journal
from wegwijs.foundation.settings import Settings
from wegwijs.operation import archive
from wegwijs.operation.archive import ArchiveError
from wegwijs.operation.backup import Made, drop_old, forget_old, make_backup, remember
from wegwijs.operation.dump import check, dump
from wegwijs.operation.highwater import Highwater
from wegwijs.operation.nightly import recover
from wegwijs.operation.restore import RestoreRefused, restore
from wegwijs.operation.service import erase_contact
from wegwijs.people.keys import backup_key
from wegwijs.people.service import KeysError

STATUS = "/api/sync/v1/status"


@pytest.fixture
async def worker(app: Litestar) -> SignedIn:
    return await sign_in(app, "worker")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
async def empty(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty, migrated database of the same kind."""
    if engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'data' / 'restored.db'}"
        await migrated(url)
        database = Database.from_url(url)
        await database.open()
        yield database
        await database.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        database = Database.from_url(url)
        await database.open()
        yield database
        await database.close()


async def lines(db: Database) -> list[bytes]:
    """Everything a database holds, as a backup would."""
    async with db.read() as tx:
        return [part async for part in dump(tx, now())]


def address(db: Database) -> str:
    return f"sqlite:///{db.path}" if db.kind == "sqlite" else str(db._dsn)  # type: ignore[attr-defined]


@asynccontextmanager
async def serving(db: Database, settings: Settings) -> AsyncIterator[Litestar]:
    """The application on another database, as if it had been restored under it."""
    other = msgspec.structs.replace(settings, database_url=address(db))
    application = create_app(other)
    application.state.db, application.state.settings = db, other
    async with started(application):
        yield application


async def same_device(app: Litestar, old: SignedIn) -> SignedIn:
    """The same device at a restored server: its key signs it in again."""
    again = SignedIn(browser_like(app), old.me, old.key, app)
    asked = await again.client.post("/api/sign-in/challenge", json={"device_id": old.device_id})
    challenge = asked.json()["challenge"]
    body = {"device_id": old.device_id, "challenge": challenge, "signature": sign_challenge(old, challenge)}
    answer = await again.client.post("/api/sign-in", json=body)
    assert answer.status_code == 200, answer.text
    return again


# -- making one ------------------------------------------------------------------------------------------------------


async def test_what_comes_back_is_every_row_of_every_table(
    worker: SignedIn, db: Database, empty: Database, settings: Settings, folder: Path
) -> None:
    await push(worker, contact_mutations([{"barriers": ["cost"]}, {}], note='een ‘notitie’ met "tekens"\n🚲'))
    assert (await record(worker, wave())).status_code == 201
    made = await make_backup(db, settings, folder)
    await restore(empty, settings, REGISTRY, made.path)
    records = ("contact", "help_request", "note", "membership", "device", "sync_change", "sync_ledger")
    for table in (*records, "guide", "guide_version", "guide_sound"):
        async with db.read() as before, empty.read() as after:
            rows = [await tx.fetch(f"SELECT * FROM {table} ORDER BY id") for tx in (before, after)]
        assert rows[0] == rows[1] and rows[0], table


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("direction", ["to postgresql", "to sqlite"])
async def test_a_backup_of_one_database_restores_into_the_other(
    app: Litestar, db: Database, settings: Settings, folder: Path, postgres: Postgres, tmp_path: Path, direction: str
) -> None:
    """SQLite to PostgreSQL, and back again from there."""
    worker = await sign_in(app, "worker")
    await push(worker, contact_mutations([{}, {"further_actions": ["refer"]}], note="Ça va"))
    made = await make_backup(db, settings, folder)
    with postgres.database() as url:
        middle = Database.from_url(url)
        await middle.open()
        await restore(middle, settings, REGISTRY, made.path)
        if direction == "to postgresql":
            async with serving(middle, settings) as restored:
                device = await same_device(restored, worker)
                assert len((await pull_all(device)).changes) == 4
                # Serial numbers go on after the rows that were loaded.
                assert {r["status"] for r in await push(device, contact_mutations())} == {"applied"}
        else:
            back = await make_backup(middle, settings, folder)
            end = Database.from_url(f"sqlite:///{tmp_path / 'end.db'}")
            await end.open()
            await restore(end, settings, REGISTRY, back.path)
            async with end.read() as tx:
                [contact] = await tx.fetch("SELECT id, incomplete FROM contact")
                [note] = await tx.fetch("SELECT text FROM note")
            async with db.read() as tx:
                assert [contact] == await tx.fetch("SELECT id, incomplete FROM contact")
            assert note == {"text": "Ça va"}
            await end.close()
        await middle.close()


async def test_durable_seq_rises_only_with_a_verified_backup_to_what_it_covers(
    worker: SignedIn, db: Database, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await push(worker, contact_mutations())
    covered = (await worker.client.get(STATUS)).json()
    assert covered["durable_seq"] == 0
    with monkeypatch.context() as patched:

        def unreadable(_path: Path, _key: bytes) -> Any:
            raise ArchiveError("the disk lied")

        patched.setattr(archive, "read", unreadable)
        with pytest.raises(ArchiveError):
            await make_backup(db, settings, folder)
    assert (await worker.client.get(STATUS)).json()["durable_seq"] == 0
    assert list(folder.iterdir()) == [], "a file that could not be opened is no backup"
    await make_backup(db, settings, folder)
    await push(worker, contact_mutations())
    after = (await worker.client.get(STATUS)).json()
    assert after["durable_seq"] == covered["seq"] < after["seq"]


async def test_a_backup_is_of_one_moment_while_phones_hand_in(
    worker: SignedIn, db: Database, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save that lands between two tables is in the backup with all of its rows, or with none."""
    await push(worker, contact_mutations())
    write = archive.Writer.write
    pending = [contact_mutations([{}, {}]) for _ in range(3)]

    seen: list[int] = []

    def slow(self: archive.Writer, data: bytes) -> None:
        write(self, data)
        seen.append(len(data))

    monkeypatch.setattr(archive.Writer, "write", slow)
    backing_up = asyncio.create_task(make_backup(db, settings, folder))
    while not seen:
        await asyncio.sleep(0)
    for group in pending:
        await push(worker, group)
    made = await backing_up
    loaded = check(archive.read(made.path, backup_key(settings)))
    requests, contacts = loaded.totals["help_request"].rows, loaded.totals["contact"].rows
    clock = loaded.head.clocks[0].seq
    assert (contacts, requests, clock) == (1, 1, 4)


async def test_nothing_of_a_record_can_be_read_in_the_file_and_only_its_owner_may_open_it(
    worker: SignedIn, db: Database, settings: Settings, folder: Path
) -> None:
    await push(worker, contact_mutations(note="KANARIE in de mijn"))
    made = await make_backup(db, settings, folder)
    assert b"KANARIE" not in made.path.read_bytes()
    key = settings.keys_dir / "backup.key"
    assert (made.path.stat().st_mode & 0o777, key.stat().st_mode & 0o777) == (0o600, 0o400)


async def test_sessions_and_challenges_are_not_in_a_backup(
    worker: SignedIn, db: Database, settings: Settings, folder: Path
) -> None:
    made = await make_backup(db, settings, folder)
    held = check(archive.read(made.path, backup_key(settings))).totals
    assert not {"session", "sign_in_challenge", "throttle"} & set(held) and held["device"].rows == 1


# -- what cannot be restored -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_file_that_is_not_as_it_was_written_is_refused_and_nothing_is_restored(
    worker: SignedIn, db: Database, empty: Database, settings: Settings, folder: Path
) -> None:
    await push(worker, [one for _ in range(20) for one in contact_mutations(note="woord " * 50)])
    monkey = archive._CHUNK
    archive._CHUNK = 2048  # several chunks
    try:
        made = await make_backup(db, settings, folder)
    finally:
        archive._CHUNK = monkey
    whole = made.path.read_bytes()
    size = len(whole)
    first = len(archive.MAGIC) + 40
    length = 4 + int.from_bytes(whole[first : first + 4], "big")
    spoiled = {
        "cut in a chunk": whole[:-10],
        "cut after a chunk": whole[: first + length],
        "cut in the head": whole[:20],
        "empty": b"",
        "with something after its end": whole + b"x",
        "without its first chunk": whole[:first] + whole[first + length :],
        "with a chunk twice": whole[: first + length] + whole[first:],
        "something else": b"SQLite format 3\0" + whole,
    }
    spoiled |= {
        f"with byte {at} changed": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        for at in (3, len(archive.MAGIC) + 1, first - 1, first + 1, first + 9, size // 2, size - 1)
    }
    for what, content in spoiled.items():
        path = folder / "spoiled"
        path.write_bytes(content)
        with pytest.raises(ArchiveError) as refused:
            await restore(empty, settings, REGISTRY, path)
        assert str(path) in str(refused.value) and "\n" not in str(refused.value), what
    async with empty.read() as tx:
        assert await tx.fetch("SELECT id FROM organisation") == []
    await restore(empty, settings, REGISTRY, made.path)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_row_that_is_not_as_it_was_read_is_found_by_count_or_hash(worker: SignedIn, db: Database) -> None:
    """What the encryption cannot know: that all was written which was read."""
    await push(worker, contact_mutations([{}], note="KANARIE"))
    whole = b"".join(await lines(db)).splitlines()
    assert check(iter(whole)).totals["note"].rows == 1
    [note] = [at for at, line in enumerate(whole) if b"KANARIE" in line]
    for what in (
        [*whole[:note], *whole[note + 1 :]],
        [*whole[: note + 1], *whole[note:]],
        [*whole[:note], whole[note].replace(b"KANARIE", b"KANARIA"), *whole[note + 1 :]],
        whole[:-1],
        [*whole, whole[note]],
        [*whole[:-1], whole[-1].replace(b'"rows":1', b'"rows":2', 1)],
    ):
        with pytest.raises(ArchiveError):
            check(iter(what))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_another_key_or_none_is_named(
    worker: SignedIn, db: Database, empty: Database, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    made = await make_backup(db, settings, folder)
    elsewhere = msgspec.structs.replace(settings, keys_dir=tmp_path / "other keys")
    with pytest.raises(KeysError, match="is missing"):
        await restore(empty, elsewhere, REGISTRY, made.path)
    backup_key(elsewhere, make=True)
    with pytest.raises(ArchiveError, match="made with another key"):
        await restore(empty, elsewhere, REGISTRY, made.path)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_backup_of_a_newer_release_is_refused(
    worker: SignedIn, db: Database, empty: Database, settings: Settings, folder: Path
) -> None:
    async with db.write() as tx:
        await tx.execute(
            "INSERT INTO schema_migration (name, kind, description, applied_at) VALUES ('9999_later', 'expand', '', '')"
        )
    made = await make_backup(db, settings, folder)
    with pytest.raises(RestoreRefused, match="9999_later"):
        await restore(empty, settings, REGISTRY, made.path)


async def test_only_an_empty_database_is_restored_into(
    worker: SignedIn, db: Database, settings: Settings, folder: Path
) -> None:
    made = await make_backup(db, settings, folder)
    with pytest.raises(RestoreRefused, match="not empty"):
        await restore(db, settings, REGISTRY, made.path)


async def test_a_missing_private_key_stops_the_restore_until_somebody_accepts_it(
    worker: SignedIn, db: Database, empty: Database, settings: Settings, folder: Path
) -> None:
    made = await make_backup(db, settings, folder)
    next(settings.keys_dir.glob("*/seal-*.pem")).unlink()
    with pytest.raises(RestoreRefused, match="seal"):
        await restore(empty, settings, REGISTRY, made.path)
    async with empty.read() as tx:
        assert await tx.fetch("SELECT id FROM organisation") == []
    restored = await restore(empty, settings, REGISTRY, made.path, accept_lost_keys=True)
    assert len(restored.lost_keys) == 1


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_restore_brings_a_database_without_schema_up_to_date_first(
    worker: SignedIn, db: Database, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    made = await make_backup(db, settings, folder)
    new = Database.from_url(f"sqlite:///{tmp_path / 'new.db'}")
    await new.open()
    await restore(new, settings, REGISTRY, made.path)
    await new.close()
    assert sqlite3.connect(tmp_path / "new.db").execute("SELECT COUNT(*) FROM organisation").fetchone() == (1,)


# -- the drill -------------------------------------------------------------------------------------------------------


class KeepsCopies:
    """A device as the app is one: keeps what it sent until `durable_seq` of that epoch has passed it."""

    def __init__(self, signed_in: SignedIn) -> None:
        self.signed_in = signed_in
        self.kept: list[tuple[int, list[Json]]] = []

    async def save(self, group: list[Json]) -> None:
        results = await push(self.signed_in, group)
        assert {result["status"] for result in results} == {"applied"}
        self.kept.append((max(result["seq"] for result in results), group))

    async def look(self) -> None:
        """Forget what is safe."""
        durable = (await self.signed_in.client.get(STATUS)).json()["durable_seq"]
        self.kept = [(seq, group) for seq, group in self.kept if seq > durable]

    async def hand_in_again(self) -> list[str]:
        return [result["status"] for _, group in self.kept for result in await push(self.signed_in, group)]


async def test_restore_drill(app: Litestar, db: Database, empty: Database, settings: Settings, folder: Path) -> None:
    """Nothing that anybody saved is lost, nothing that was erased returns, nobody who was switched off gets in."""
    organisation = await make_organisation(app)
    phone = KeepsCopies(await sign_in(app, "worker", organisation))
    lost_phone = await sign_in(app, "worker", organisation)
    leaver = await sign_in(app, "worker", organisation)
    administrator = await sign_in(app, "administrator", organisation)
    old, erased, erased_later = contact_mutations([{}, {}]), contact_mutations(note="weg"), contact_mutations()
    await phone.save(old)
    await phone.save(erased)
    cursor = (await pull_all(phone.signed_in)).cursor

    made = await make_backup(db, settings, folder)
    await phone.look()
    assert phone.kept == [], "all of it is in the backup"

    new = contact_mutations([{}], note="na de backup")
    await phone.save(new)
    await phone.save(erased_later)
    await phone.save([mutation("contact", old[0]["entity_id"], "update", {"setting": "school"}, base_version=1)])
    for gone in (erased, erased_later):
        async with db.write() as tx:
            await erase_contact(
                tx, REGISTRY, Journal(settings.journal_dir), organisation.organisation, UUID(gone[0]["entity_id"])
            )
    await administrator.client.post(f"/api/devices/{lost_phone.device_id}/revoke")
    await administrator.client.post(f"/api/people/{leaver.membership_id}/switch-off")

    restored = await restore(empty, settings, REGISTRY, made.path)
    assert restored.erased == 3, "contact, help request and note"

    async with serving(empty, settings) as again:
        for device in (phone.signed_in, administrator):
            stale = SignedIn(browser_like(again), device.me, device.key, again)
            stale.client.cookies = device.client.cookies
            assert (await stale.client.get("/api/me")).status_code == 401, "a restore ends all sessions"
        for device in (lost_phone, leaver):
            with pytest.raises(AssertionError, match="device_revoked"):
                await same_device(again, device)
        phone.signed_in = await same_device(again, phone.signed_in)
        answer = await phone.signed_in.client.get("/api/sync/v1/pull", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (410, "other_epoch")
        durable = (await phone.signed_in.client.get(STATUS)).json()
        assert durable["durable_seq"] == durable["seq"] - 6, "all but the erasures is in the very backup"

        statuses = await phone.hand_in_again()
        assert statuses == ["applied"] * 3 + ["gone", "gone"] + ["applied"]
        assert await phone.hand_in_again() == ["duplicate"] * 3 + ["gone", "gone"] + ["duplicate"]
        puts = [c for c in (await pull_all(phone.signed_in)).changes if c["kind"] == "put"]
        held = {(c["entity"], c["id"]): c["data"] for c in puts if c["entity"] != "mutation_outcome"}
        assert {identity for _, identity in held} == {one["entity_id"] for one in (*old, *new)}
        assert held["contact", old[0]["entity_id"]]["setting"] == "school"


async def test_what_a_restored_database_lacks_of_the_journal_is_done_before_it_answers(
    app: Litestar, db: Database, settings: Settings
) -> None:
    """A line was written and the power went before the commit; or somebody copied yesterday's file back."""
    organisation = await make_organisation(app)
    worker, lost = await sign_in(app, "worker", organisation), await sign_in(app, "worker", organisation)
    group = contact_mutations(note="weg")
    await push(worker, group)
    journal = Journal(settings.journal_dir)

    class PowerCut(Exception): ...

    with pytest.raises(PowerCut):
        async with db.write() as tx:
            await erase_contact(tx, REGISTRY, journal, organisation.organisation, UUID(group[0]["entity_id"]))
            raise PowerCut
    journal.append("device_revoked", organisation.organisation, [lost.device_id])
    assert len([c for c in (await pull_all(worker)).changes if c["kind"] == "put"]) == 3
    for _ in range(2):  # a second time changes nothing
        await recover(db, settings, REGISTRY)
        assert {c["reason"] for c in (await pull_all(worker)).changes} == {"purged"}
        assert (await lost.client.get("/api/me")).status_code == 401
    async with db.read() as tx:
        [clock] = await tx.fetch("SELECT seq FROM sync_clock WHERE organisation = ?", organisation.organisation)
    assert clock["seq"] == 12


async def test_a_counter_below_what_was_noted_begins_a_new_epoch_at_the_start(
    worker: SignedIn, db: Database, settings: Settings
) -> None:
    await push(worker, contact_mutations())
    await Highwater(settings.journal_dir).note(db)
    before = (await worker.client.get(STATUS)).json()
    await recover(db, settings, REGISTRY)
    assert (await worker.client.get(STATUS)).json()["epoch"] == before["epoch"], "nothing was put back"
    async with db.write() as tx:
        await tx.execute("UPDATE sync_clock SET seq = seq - 1")
    await recover(db, settings, REGISTRY)
    assert (await worker.client.get(STATUS)).status_code == 401
    worker = await same_device(worker.app, worker)
    assert (await worker.client.get(STATUS)).json()["epoch"] != before["epoch"]


async def test_an_unannounced_restore_that_one_device_meets_is_one_for_all(app: Litestar, db: Database) -> None:
    organisation = await make_organisation(app)
    ahead, other = await sign_in(app, "worker", organisation), await sign_in(app, "worker", organisation)
    stranger = await sign_in(app, "worker")
    await push(other, contact_mutations())
    theirs = (await pull_all(other)).cursor
    await push(ahead, contact_mutations())
    cursor = (await pull_all(ahead)).cursor
    strangers = (await stranger.client.get(STATUS)).json()["epoch"]
    async with db.write() as tx:
        await tx.execute("UPDATE sync_clock SET seq = 4 WHERE organisation = ?", organisation.organisation)
        await tx.execute("DELETE FROM sync_change WHERE seq > 4 AND organisation = ?", organisation.organisation)
    assert (await ahead.client.get("/api/sync/v1/pull", params={"cursor": cursor})).status_code == 410
    assert (await other.client.get(STATUS)).status_code == 401
    other = await same_device(app, other)
    answer = await other.client.get("/api/sync/v1/pull", params={"cursor": theirs})
    assert (answer.status_code, answer.json()["code"]) == (410, "other_epoch")
    assert (await stranger.client.get(STATUS)).json()["epoch"] == strangers


# -- what administrators see -----------------------------------------------------------------------------------------


async def test_administrators_see_whether_there_is_a_backup(
    app: Litestar, db: Database, settings: Settings, folder: Path
) -> None:
    administrator = await sign_in(app, "administrator")

    async def told() -> Json:
        found: Json = (await administrator.client.get("/api/operation/backups")).json()
        return found

    assert (await told())["state"] == "none"
    await make_backup(db, settings, folder)
    found = await told()
    assert (found["state"], found["age_hours"], found["problem"], found["scheduled"]) == ("ok", 0, None, False)
    async with db.write() as tx:
        await tx.execute("UPDATE backup SET made_at = ?", now() - timedelta(hours=37))
        await tx.execute(
            "INSERT INTO job_run (id, name, problem) VALUES (?, 'backup', 'OSError')", UUID(administrator.device_id)
        )
    found = await told()
    assert (found["state"], found["age_hours"], found["problem"], found["detail"]) == ("old", 37, "failed", "OSError")


async def test_a_backup_is_remembered_for_a_year_and_the_last_one_for_ever(db: Database) -> None:
    async with db.write() as tx:
        for days in (0, 1, 500):
            path = Path(f"/backups/{days}")
            await remember(tx, Made(path, now() - timedelta(days=days), 1, 1))
        left = []
        for later in (0, 400, 4000):
            await forget_old(tx, now() + timedelta(days=later))
            left.append([row["file"] for row in await tx.fetch("SELECT file FROM backup ORDER BY made_at")])
    assert left == [["/backups/1", "/backups/0"], ["/backups/0"], ["/backups/0"]]


def test_only_so_many_backups_are_kept_and_the_newest_are(tmp_path: Path) -> None:
    names = [f"wegwijs-202611{day:02}T010000Z-abcdef.wegwijs" for day in range(1, 6)]
    for name in [*names, "notes.txt"]:
        (tmp_path / name).write_text("")
    assert [path.name for path in drop_old(tmp_path, 2)] == names[:3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", *names[3:]]
