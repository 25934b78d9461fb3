"""The journal's file: whole lines, forced to the disk, and nothing believed that was changed."""

from pathlib import Path
from uuid import uuid4

import pytest

from wegwijs.foundation.journal import Journal, JournalError, id_digest
from wegwijs.foundation.problems import Problem


def test_what_was_written_is_read_in_its_order_and_holds_no_id_of_an_erased_record(tmp_path: Path) -> None:
    journal, organisation, record = Journal(tmp_path / "journal"), uuid4(), uuid4()
    assert journal.read() == []
    journal.append("erased", organisation, [id_digest(record)])
    journal.append("device_revoked", organisation, [str(uuid4())])
    assert [(line.kind, line.organisation) for line in journal.read()] == [
        ("erased", organisation),
        ("device_revoked", organisation),
    ]
    assert str(record) not in journal.path.read_text()
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_two_writers_at_once_leave_whole_lines(tmp_path: Path) -> None:
    one, other = Journal(tmp_path), Journal(tmp_path)
    for number in range(5):
        one.append("erased", uuid4(), [f"one {number}"])
        other.append("erased", uuid4(), [f"other {number}"])
    assert len(one.read()) == 10


@pytest.mark.parametrize("cut", [1, 2, 20, 80])
def test_a_line_that_was_cut_off_is_left_out_and_the_next_begins_anew(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path)
    journal.append("erased", uuid4(), ["first"])
    journal.append("erased", uuid4(), ["cut off"])
    content = journal.path.read_bytes()
    journal.path.write_bytes(content[:-cut])
    journal.append("erased", uuid4(), ["last"])
    # Cut by its line end alone, the line itself is whole.
    expected = ["first", "cut off", "last"] if cut == 1 else ["first", "last"]
    assert [line.what for line in journal.read()] == expected


@pytest.mark.parametrize("change", [b"erased", b"device_revoked"])
def test_a_line_that_was_changed_is_named_and_nothing_goes_on(tmp_path: Path, change: bytes) -> None:
    journal = Journal(tmp_path)
    journal.append("erased", uuid4(), ["one"])
    journal.append("device_revoked", uuid4(), ["two"])
    content = journal.path.read_bytes()
    journal.path.write_bytes(content.replace(change, b"membership_off"))
    with pytest.raises(JournalError, match="changed since it was written"):
        journal.read()
    journal.path.write_bytes(b"{}\n" + content)
    with pytest.raises(JournalError, match="line 1: damaged"):
        journal.read()


def test_a_journal_that_cannot_be_written_stops_what_it_is_about(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Problem, match="journal_unavailable"):
        Journal(tmp_path / "file").append("erased", uuid4(), ["one"])
