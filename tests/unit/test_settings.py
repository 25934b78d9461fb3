"""Settings: where they come from, and what a wrong one says."""

from pathlib import Path

import pytest

from wegwijs.foundation.settings import SettingsError, load_settings


def test_defaults_keep_the_keys_outside_the_data_folder(tmp_path: Path) -> None:
    settings = load_settings({}, data_dir=tmp_path / "data")
    assert settings.database_url == f"sqlite:///{tmp_path}/data/wegwijs.db"
    assert settings.keys_dir == tmp_path / "keys"
    assert (settings.public_url, settings.allowed_hosts) == ("http://localhost:8000", ["localhost:8000"])
    assert not settings.tls


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / "wegwijs.toml"
    file.write_text('port = 1111\nlog_level = "debug"\ninvitation_minutes = 20\n')
    environ = {"WEGWIJS_CONFIG": str(file), "WEGWIJS_PORT": "2222", "WEGWIJS_LOG_LEVEL": "error"}
    settings = load_settings(environ, port=3333)
    assert (settings.port, settings.log_level, settings.invitation_minutes) == (3333, "error", 20)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WEGWIJS_PORT", "eighty", "whole number"),
        ("WEGWIJS_PORT", "70000", "from 0 to 65535"),
        ("WEGWIJS_DATABASE_URL", "mysql://x", "sqlite:/// or postgresql://"),
        ("WEGWIJS_DATABASE_URL", "sqlite://relative.db", "three slashes"),
        ("WEGWIJS_DATABASE_URL", "sqlite:///", "needs a path"),
        ("WEGWIJS_DATABASE_URL", "postgresql://wegwijs:secret@db:port/wegwijs", "port"),
        ("WEGWIJS_DATABASE_URL", "postgresql://wegwijs:sec/ret@db/wegwijs", "%2F"),
        ("WEGWIJS_PUBLIC_URL", "wegwijs.example.org", "must be an address"),
        ("WEGWIJS_PUBLIC_URL", "https://example.org/tools", "bare origin"),
        ("WEGWIJS_PUBLIC_URL", "http://example.org", "must use https"),
        ("WEGWIJS_LOG_LEVEL", "loud", "one of debug"),
        ("WEGWIJS_DEMO", "perhaps", "true or false"),
        ("WEGWIJS_DATA_DIR", " ", "must be a path"),
        ("WEGWIJS_COLOUR", "blue", "unknown setting"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as raised:
        load_settings({name: value})
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize(
    "url", ["mysql://wegwijs:hush@db/wegwijs", "postgresql://wegwijs:hush@db:port/x", "postgresql://wegwijs:hush/@db/x"]
)
def test_a_wrong_database_address_is_not_printed_with_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="database_url") as raised:
        load_settings({"WEGWIJS_DATABASE_URL": url})
    assert "hush" not in str(raised.value)


def test_all_wrong_values_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "wegwijs.toml"
    file.write_text("port = true\ncolour = 1\n")
    with pytest.raises(SettingsError) as raised:
        load_settings({"WEGWIJS_CONFIG": str(file), "WEGWIJS_DEMO": "perhaps"})
    assert len(raised.value.problems) == 3


@pytest.mark.parametrize("content", [b"port = = 1", b'host = "\xff"', None])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "wegwijs.toml"
    if content:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"wegwijs\.toml"):
        load_settings({"WEGWIJS_CONFIG": str(file)})


def test_keys_inside_the_data_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="outside data_dir"):
        load_settings({}, data_dir=tmp_path, keys_dir=tmp_path / "keys")
