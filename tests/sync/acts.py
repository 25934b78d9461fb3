"""What a worker does on a device, as mutations of the app's shapes, with values that are never used twice."""

import random
from typing import Any
from uuid import UUID

from tests.sync.device import Device
from wegwijs.sync.core.queue import Json, last_unsettled
from wegwijs.sync.core.replay import Replayed

SUBTHEMES = ("HOU.rent_search", "LEG.residence", "FIN.taxes")
BARRIERS = ("language", "digital_only", "cost", "waiting_list")
OUTCOMES = ("waiting", "solved", "referred")
FIELD_OF = {"duration": "contact", "group_size": "contact", "text": "note", "outcome": "help_request",
            "barriers": "help_request"}  # fmt: skip


class Acts:
    """Makes mutations for one schedule. Texts and numbers are unique in it, so that each tells who wrote it."""

    def __init__(self) -> None:
        self._made = 0

    def unique(self, field: str, draw: random.Random) -> Any:
        """A value for a field; of duration, group_size and text never the same twice."""
        self._made += 1
        match field:
            case "text":
                return f"canary-{self._made}-{draw.getrandbits(64):016x}"
            case "outcome":
                return draw.choice(OUTCOMES)
            case "barriers":
                return draw.sample(BARRIERS, draw.randrange(4))
            case "group_size":
                return self._made % 499 + 1
        return self._made % 1440

    def save(self, device: Device, draw: random.Random, requests: int | None = None, **contact: Any) -> list[Json]:
        """One save: a contact with its help requests and maybe a note, as one group."""
        identity, group = new_id(draw), new_id(draw)
        fields = {"occurred_at": device.time, "date_precision": "time", "setting": "street", "language": "ar",
                  "duration": self.unique("duration", draw), **contact}  # fmt: skip
        made = [self._create(device, draw, "contact", identity, fields)]
        for position in range(draw.randrange(3) if requests is None else requests):
            asked = {"contact_id": identity, "position": position, "subtheme": draw.choice(SUBTHEMES),
                     "further_actions": [], "barriers": []}  # fmt: skip
            made.append(self._create(device, draw, "help_request", new_id(draw), asked))
        if draw.random() < 0.8:
            made.append(self._note(device, draw, identity))
        return [{**mutation, "group": group} for mutation in made] if len(made) > 1 else made

    def add(self, device: Device, draw: random.Random, contact: str) -> list[Json]:
        """A note on a contact that was saved before."""
        note = self._note(device, draw, contact)
        before = last_unsettled(device.queue, contact)
        return [{**note, "depends_on": [before["id"]] if before and before["op"] == "create" else []}]

    def edit(self, device: Device, draw: random.Random, row: Replayed, field: str) -> list[Json]:
        """A new value of one field, with the value that the worker saw."""
        value = self.unique(field, draw)
        change = self.act(device, draw, row, "update")
        return [{**change, "base": {field: row.data.get(field)}, "set": {field: value}}]

    def act(self, device: Device, draw: random.Random, row: Replayed, op: str) -> Json:
        """An act on a record, after what this device did to it before."""
        before = last_unsettled(device.queue, row.id)
        version = {} if row.version is None else {"base_version": row.version}
        return {"id": new_id(draw, 7), "entity": row.entity, "entity_id": row.id, "op": op, **version, "base": {},
                "set": {}, "occurred_at": device.time, "depends_on": [before["id"]] if before else []}  # fmt: skip

    def _note(self, device: Device, draw: random.Random, contact: str) -> Json:
        text = {"contact_id": contact, "help_request_id": None, "text": self.unique("text", draw)}
        return self._create(device, draw, "note", new_id(draw), text)

    @staticmethod
    def _create(device: Device, draw: random.Random, entity: str, identity: str, fields: Json) -> Json:
        return {"id": new_id(draw, 7), "entity": entity, "entity_id": identity, "op": "create", "base": {},
                "set": fields, "occurred_at": device.time, "depends_on": []}  # fmt: skip


def new_id(draw: random.Random, version: int = 4) -> str:
    """An id that follows the seed. (Version 7 in form only: the server does not read the time in it.)"""
    raw = (draw.getrandbits(128) & ~(0xF << 76)) | (version << 76)
    return str(UUID(int=(raw & ~(0b11 << 62)) | (0b10 << 62)))
