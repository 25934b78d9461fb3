"""What goes wrong between a phone and its server, made on purpose, and a look at what both of them then hold."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from playwright.async_api import Error, Page, Request, Route

from tests.browser.phone import Phone
from tests.server import Server

API, PUSH = "**/api/**", "**/api/sync/v1/push"
PORTAL = "<!doctype html><title>Wifi</title><p>Aanvaard de voorwaarden van dit netwerk.</p>"

_ALL_ROWS = """async () => {
    const readable = (key, value) =>
        value instanceof Uint8Array ? new TextDecoder('latin1').decode(value) : value
    const found = []
    for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((done, failed) => {
            const opening = indexedDB.open(name)
            opening.onsuccess = () => done(opening.result)
            opening.onerror = () => failed(opening.error)
        })
        for (const store of database.objectStoreNames) {
            const rows = await new Promise((done) => {
                const asked = database.transaction(store).objectStore(store).getAll()
                asked.onsuccess = () => done(asked.result)
            })
            for (const row of rows) {
                const members = Object.keys(row).sort()
                found.push({ database: name, store, members, text: JSON.stringify(row, readable) })
            }
        }
        database.close()
    }
    return found
}"""
_DRAFT_SIGNS = f"""async () => {{
    const drafts = (await ({_ALL_ROWS})()).filter((row) => row.store === 'draft')
    return drafts.reduce((sum, row) => sum + JSON.parse(row.text).box.length, 0)
}}"""
_NO_ROOM = """() => {
    const put = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (...given) {
        if (this.name === 'outbox') throw new DOMException('no room', 'QuotaExceededError')
        return put.apply(this, given)
    }
    window.makeRoom = () => { IDBObjectStore.prototype.put = put }
}"""


_CLOSE = """() => {
    const transaction = IDBDatabase.prototype.transaction
    window.timesClosed = 0
    IDBDatabase.prototype.transaction = function (...given) {
        if (window.timesClosed === 0 && given[1] === 'readwrite' && [given[0]].flat().includes('outbox')) {
            window.timesClosed += 1
            this.close()
        }
        return transaction.apply(this, given)
    }
}"""


async def answers(phone: Phone, where: str, status: int, body: str = PORTAL) -> None:
    """From now on somebody else answers requests to `where`, with a page; `through` ends it."""
    assert phone.context is not None
    phone.expected.append(f"status of {status}")

    async def answer(route: Route) -> None:
        await route.fulfill(status=status, content_type="text/html; charset=utf-8", body=body)

    await phone.context.route(where, answer)


async def loses_answers(phone: Phone, where: str) -> None:
    """From now on requests to `where` reach the server, but the answers never reach the phone."""
    assert phone.context is not None

    async def lose(route: Route) -> None:
        await route.fetch()
        # Where requests reach the server again meanwhile, this one has been let go already.
        with suppress(Error):
            await route.abort()

    await phone.context.route(where, lose)


async def through(phone: Phone) -> None:
    """Requests reach the server again."""
    assert phone.context is not None
    await phone.context.unroute_all(behavior="ignoreErrors")


@asynccontextmanager
async def no_room(page: Page) -> AsyncIterator[None]:
    """The browser finds no room for what is to be sent."""
    await page.evaluate(_NO_ROOM)
    yield
    await page.evaluate("makeRoom()")


_OLD_STORE = """async (stores) => {
    const { name } = (await indexedDB.databases()).find(({ name }) => /^wegwijs\\/[0-9a-f-]{36}$/.test(name))
    const done = (asked) => new Promise((good, bad) => {
        asked.onsuccess = () => good(asked.result)
        asked.onerror = () => bad(asked.error)
    })
    const present = await done(indexedDB.open(name))
    const rows = {}
    for (const store of stores) rows[store] = await done(present.transaction(store).objectStore(store).getAll())
    present.close()
    await done(indexedDB.deleteDatabase(name))
    const opening = indexedDB.open(name, 1)
    opening.onupgradeneeded = () => {
        for (const store of stores) opening.result.createObjectStore(store, { keyPath: 'id' })
    }
    const old = await done(opening)
    const tx = old.transaction(stores, 'readwrite')
    for (const store of stores) for (const row of rows[store]) tx.objectStore(store).put(row)
    await new Promise((good) => (tx.oncomplete = good))
    old.close()
}"""
_LOSE_ROWS = """async (store) => {
    const { name } = (await indexedDB.databases()).find(({ name }) => /^wegwijs\\/[0-9a-f-]{36}$/.test(name))
    const database = await new Promise((good) => {
        const opening = indexedDB.open(name)
        opening.onsuccess = () => good(opening.result)
    })
    const tx = database.transaction(store, 'readwrite')
    tx.objectStore(store).clear()
    await new Promise((good) => (tx.oncomplete = good))
    database.close()
}"""
FIRST_STORES = ["contact", "help_request", "note", "outbox", "draft", "meta"]


async def put_back_the_first_store(page: Page) -> None:
    """This browser's store becomes one of the first version of the app, with what is in it now."""
    await page.evaluate(_OLD_STORE, FIRST_STORES)


async def lose_rows(page: Page, store: str) -> None:
    """Rows that the server sent vanish from one store, as by a fault of the browser or of ours."""
    await page.evaluate(_LOSE_ROWS, store)


async def close_store_at_next_write(page: Page) -> None:
    """The browser closes the connection to the store just when something is to be written, once."""
    await page.evaluate(_CLOSE)


async def rows_of(page: Page) -> list[dict[str, Any]]:
    """All rows of all databases of this browser: `database`, `store`, `members` and the whole as `text`."""
    rows: list[dict[str, Any]] = await page.evaluate(_ALL_ROWS)
    return rows


async def until(page: Page, promise: str, argument: object = None) -> None:
    """Wait until an asynchronous function comes to be true; the page's own timers ask again."""
    again = "while (!(await ask(given))) await new Promise((later) => setTimeout(later, 50))"
    await asyncio.wait_for(page.evaluate(f"async (given) => {{ const ask = {promise}; {again} }}", argument), 30)


async def draft_signs(page: Page) -> int:
    """How long the drafts on the disk are together."""
    return int(await page.evaluate(_DRAFT_SIGNS))


async def draft_holds(page: Page, signs: int) -> None:
    """Wait until drafts of at least this many signs are on the disk."""
    await until(page, f"async (signs) => (await ({_DRAFT_SIGNS})()) >= signs", signs)


def handed_in(phone: Phone) -> list[str]:
    """Collects the ids of all mutations that this browser hands in from now on."""
    assert phone.context is not None
    ids: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/sync/v1/push"):
            ids.extend(mutation["id"] for mutation in json.loads(request.post_data or "{}")["mutations"])

    phone.context.on("request", note)
    return ids


async def me(page: Page) -> dict[str, Any]:
    """What the server says of who sits here."""
    found: dict[str, Any] = await page.evaluate("fetch('/api/me').then((answer) => answer.json())")
    return found


class Ledger:
    """The database of a server on SQLite, beside it."""

    def __init__(self, server: Server) -> None:
        self._path = server.folder / "data" / "wegwijs.db"

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement; returns its rows."""
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            with connection:
                return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def count(self, table: str, membership: str) -> int:
        """How many records of a membership there are, without deleted ones."""
        sql = f"SELECT count(*) FROM {table} WHERE lower(hex(author)) = ? AND deleted_at IS NULL"
        return int(self.ask(sql, membership.replace("-", ""))[0][0])

    def end_sessions(self, membership: str) -> None:
        """Every session of a membership is over."""
        sql = "UPDATE session SET ended_at = created_at WHERE lower(hex(membership)) = ?"
        self.ask(sql, membership.replace("-", ""))

    def revoke_device(self, device: str) -> None:
        """A device may not sign in any more."""
        mine = "lower(hex({})) = ?"
        self.ask(f"UPDATE device SET revoked_at = enrolled_at WHERE {mine.format('id')}", device.replace("-", ""))
        self.ask(f"UPDATE session SET ended_at = created_at WHERE {mine.format('device')}", device.replace("-", ""))
