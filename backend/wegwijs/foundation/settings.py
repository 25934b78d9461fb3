"""Settings: from the environment (`WEGWIJS_…`) and one optional TOML file, checked once at start.

The environment wins over the file. Every wrong value is reported, each in one clear line, before anything starts.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec


class SettingsError(Exception):
    """One or more settings are wrong. `problems` holds a line for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What one running server needs to know. Paths are absolute."""

    data_dir: Path
    keys_dir: Path
    journal_dir: Path
    """Erasures and revocations, outside database and backup."""
    database_url: str
    backup_dir: Path | None
    """Where the nightly backup goes; None: there is none."""
    night_hour: int
    backup_keep: int
    feed_days: int
    ledger_days: int
    public_url: str
    host: str
    port: int
    allowed_hosts: list[str]
    guide_hosts: dict[str, str]
    session_idle_minutes: int
    session_absolute_hours: int
    invitation_minutes: int
    max_body_bytes: int
    trusted_proxies: str
    log_level: str
    log_format: str
    demo: bool

    @property
    def tls(self) -> bool:
        """Whether browsers reach this server over TLS."""
        return self.public_url.startswith("https://")


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not str(value).lstrip("-").isdigit():
            raise ValueError(f"must be a whole number from {low} to {high}")
        if not low <= int(value) <= high:
            raise ValueError(f"must be from {low} to {high}")
        return int(value)

    return parse


def _one_of(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return parse


def _flag(value: Any) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in known:
        raise ValueError("must be true or false")
    return known[str(value).lower()]


def _path(value: Any) -> Path:
    if not str(value).strip():
        raise ValueError("must be a path")
    return Path(str(value)).expanduser().absolute()


def _database_url(value: Any) -> str:
    parts = urlsplit(str(value))
    if parts.scheme not in {"sqlite", "postgresql", "postgres"}:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if parts.scheme == "sqlite" and not str(value).startswith("sqlite:///"):
        raise ValueError("needs three slashes before the path: sqlite:////var/lib/wegwijs/wegwijs.db")
    if parts.scheme == "sqlite" and not str(value).removeprefix("sqlite:///"):
        raise ValueError("needs a path: sqlite:////var/lib/wegwijs/wegwijs.db")
    try:
        # Several hosts, each with its port, are PostgreSQL's own; the driver reads them.
        _ = None if "," in parts.netloc else parts.port
    except ValueError:
        # Not the error's own words: of a password with a slash it takes the beginning for the port, and quotes it.
        raise ValueError("the port is no number from 0 to 65535; in a password write / as %2F, # as %23") from None
    return str(value)


def _public_url(value: Any) -> str:
    parts = urlsplit(str(value))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address such as https://wegwijs.example.org")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("must be a bare origin, without path")
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError("must use https, except on this very machine: a browser offers no offline mode over http")
    return f"{parts.scheme}://{parts.netloc}"


def _host_list(value: Any) -> list[str]:
    names = value if isinstance(value, list) else str(value).split(",")
    return [str(name).strip() for name in names if str(name).strip()]


def _host_map(value: Any) -> dict[str, str]:
    pairs = value.items() if isinstance(value, dict) else (part.split("=", 1) for part in _host_list(value))
    try:
        found = {str(host).strip().lower(): str(slug).strip() for host, slug in pairs}
    except ValueError:
        found = {"": ""}
    if not all(host and slug for host, slug in found.items()):
        raise ValueError("must be pairs such as guides.example.org=name-of-the-organisation")
    return found


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "data_dir": _path,
    "keys_dir": _path,
    "journal_dir": _path,
    "backup_dir": _path,
    "night_hour": _whole(0, 23),
    "backup_keep": _whole(1, 1000),
    "feed_days": _whole(30, 3650),
    "ledger_days": _whole(60, 3650),
    "database_url": _database_url,
    "public_url": _public_url,
    "host": str,
    "port": _whole(0, 65535),
    "allowed_hosts": _host_list,
    "guide_hosts": _host_map,
    "session_idle_minutes": _whole(5, 7 * 24 * 60),
    "session_absolute_hours": _whole(1, 31 * 24),
    "invitation_minutes": _whole(1, 24 * 60),
    "max_body_bytes": _whole(64 * 1024, 16 * 1024 * 1024),
    "trusted_proxies": str,
    "log_level": _one_of("debug", "info", "warning", "error"),
    "log_format": _one_of("json", "text"),
    "demo": _flag,
}

_DEFAULTS: dict[str, Any] = {
    "backup_dir": None,
    "night_hour": 2,
    "backup_keep": 14,
    "feed_days": 90,
    "ledger_days": 400,
    "host": "127.0.0.1",
    "port": 8000,
    "allowed_hosts": [],
    "guide_hosts": {},
    "session_idle_minutes": 12 * 60,
    "session_absolute_hours": 7 * 24,
    "invitation_minutes": 10,
    "max_body_bytes": 1024 * 1024,
    "trusted_proxies": "",
    "log_level": "info",
    "log_format": "json",
    "demo": False,
}


def _from_file(path: str | None, problems: list[str]) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with Path(path).expanduser().open("rb") as file:
            found = tomllib.load(file)
    except OSError as error:
        problems.append(f"WEGWIJS_CONFIG={path}: cannot be read ({error.strerror})")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"WEGWIJS_CONFIG={path}: is not TOML ({error})")
        return {}
    for name in sorted(set(found) - set(_PARSERS)):
        problems.append(f"{path}: unknown setting {name!r}")
    return {name: value for name, value in found.items() if name in _PARSERS}


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    given = {name[8:].lower(): value for name, value in environ.items() if name.startswith("WEGWIJS_")}
    given.pop("config", None)
    given.pop("long", None)
    for name in sorted(set(given) - set(_PARSERS)):
        problems.append(f"WEGWIJS_{name.upper()}: unknown setting")
    return {name: value for name, value in given.items() if name in _PARSERS}


def _complete(values: dict[str, Any]) -> None:
    """Defaults that follow from other settings."""
    data_dir: Path = values.setdefault("data_dir", Path(".wegwijs/data").absolute())
    values.setdefault("keys_dir", data_dir.parent / "keys")
    values.setdefault("journal_dir", values["keys_dir"].parent / "journal")
    values.setdefault("database_url", f"sqlite:///{data_dir / 'wegwijs.db'}")
    values.setdefault("public_url", f"http://localhost:{values['port']}")
    if not values["allowed_hosts"]:
        values["allowed_hosts"] = [urlsplit(values["public_url"]).netloc, *values["guide_hosts"]]


def load_settings(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Settings from `overrides` (the command line), the environment, the TOML file and the defaults, in this order.

    Raises SettingsError with a line for each wrong or unknown value.
    """
    problems: list[str] = []
    given = {
        **_from_file(environ.get("WEGWIJS_CONFIG"), problems),
        **_from_environment(environ, problems),
        **{name: value for name, value in overrides.items() if value is not None},
    }
    values = dict(_DEFAULTS)
    for name, value in given.items():
        try:
            values[name] = _PARSERS[name](value)
        except ValueError as error:
            # The address of the database may hold a password, and this line goes to a console or a journal.
            problems.append(f"{name}: {error}" if name == "database_url" else f"{name} = {value!r}: {error}")
    if problems:
        raise SettingsError(problems)
    _complete(values)
    _check_folders(values)
    return Settings(**values)


def _check_folders(values: dict[str, Any]) -> None:
    """What must survive the data, or may not travel with it, lies elsewhere. Raises SettingsError."""
    data_dir: Path = values["data_dir"]
    keys_dir: Path = values["keys_dir"]
    backup_dir: Path | None = values["backup_dir"]
    problems = []
    if keys_dir.is_relative_to(data_dir):
        problems.append(
            f"keys_dir = {keys_dir}: must lie outside data_dir ({data_dir}), or a copy of the data would carry the "
            "keys that open it"
        )
    if values["journal_dir"].is_relative_to(data_dir):
        problems.append(
            f"journal_dir = {values['journal_dir']}: must lie outside data_dir ({data_dir}), or it would be lost with "
            "what it is to mend"
        )
    if backup_dir is not None and backup_dir.is_relative_to(data_dir):
        problems.append(f"backup_dir = {backup_dir}: must lie outside data_dir ({data_dir}), best on another disk")
    if backup_dir is not None and (keys_dir.is_relative_to(backup_dir) or backup_dir.is_relative_to(keys_dir)):
        problems.append(f"backup_dir = {backup_dir}: must lie apart from keys_dir ({keys_dir}), whose key opens it")
    if problems:
        raise SettingsError(problems)
