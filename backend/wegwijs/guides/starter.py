"""Guides as text files that a coach can read and write: a folder with `guide.toml` and one `<tag>.toml` a language.

    code = "rent"                          language = "fr"
    jurisdiction = "BE-VLG"                state = "machine"
    source_language = "nl"                 [text]
    valid_as_of = 2026-11-01               "title" = "Louer un logement"
    check_again_by = 2027-05-01            "step.no-cash" = "Ne payez jamais en espèces."
    [[section]]                            [made_from]
    id = "before"                          "title" = "3f0c52aa91d2"
    [[section.step]]                       "step.no-cash" = "9a1be07c44f0"
    id = "no-cash"
    kind = "warning"
    signs = ["cash-crossed:cross", "bank"]
    [[field]]
    id = "deposit"  …

`made_from` names the source text that each text was made from, by its hash: `wegwijs guides stamp` writes it. So a
change of one source sentence shows in every language at exactly that sentence, in these files as in the editor.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec

from wegwijs.guides.check import Finding, Known, check_guide, errors, is_identifier
from wegwijs.guides.document import FieldKind, Kind, Overlay, Sign, text_hash, tidy
from wegwijs.guides.parts import (
    STRUCTURE,
    About,
    FieldPart,
    Order,
    Part,
    Parts,
    SectionOrder,
    StepPart,
    TextPart,
    is_outdated,
    texts,
)

FOLDER = Path(__file__).parent / "starter"
JURISDICTIONS = ("BE-VLG", "NL", "DE-NW")
CODE_LENGTH = 12  # It stands in a printed QR code, beside a host name and two languages.


class _StepLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str
    kind: Kind
    signs: list[str]
    bring: list[str] = []
    deadline: bool = False
    fields: list[str] = []
    subthemes: list[str] = []


class _SectionLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str
    step: list[_StepLine]


class _FieldLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str
    kind: FieldKind
    value: str | int | float = ""
    scope: Literal["law", "local"] = "law"
    source: str | None = None
    checked_on: date | None = None


class _GuideFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    code: str
    jurisdiction: Literal["BE-VLG", "NL", "DE-NW"]
    source_language: str
    valid_as_of: date
    check_again_by: date
    section: list[_SectionLine]
    field: list[_FieldLine] = []


class _TextFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    language: str
    state: Literal["machine", "draft"]
    text: dict[str, Any]
    made_from: dict[str, Any] = {}


class Starter(msgspec.Struct, frozen=True, kw_only=True):
    """A guide as its files have it."""

    code: str
    jurisdiction: str
    source: str
    parts: Parts


class StarterInvalid(Exception):
    """Files that are no guide; `findings` name every place. Nothing of them is taken over."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("\n".join(str(finding) for finding in findings))


def folders(root: Path = FOLDER) -> list[Path]:
    """Every guide below a folder, or the folder itself when it is one."""
    if (root / "guide.toml").is_file():
        return [root]
    return sorted(path.parent for path in root.rglob("guide.toml"))


def read_starter(folder: Path, known: Known) -> tuple[Starter, list[Finding]]:
    """A guide and the warnings about it. Raises StarterInvalid."""
    guide_file = folder / "guide.toml"
    head = _read(guide_file, _GuideFile)
    own = _structure(head, guide_file)
    files = {path: _read(path, _TextFile) for path in sorted(folder.glob("*.toml")) if path != guide_file}
    source_file = next((file for file in files.values() if file.language == head.source_language), None)
    if source_file is None:
        raise _invalid(guide_file, "no_source_file", f"there is no file of the source language {head.source_language}")
    sources = {message: text_hash(text) for message, text in flat(source_file.text).items()}
    parts: Parts = {STRUCTURE: own}
    found: list[Finding] = []
    for path, file in files.items():
        found += _file_findings(path, file, head.source_language)
        parts[file.language] = _texts(file, sources if file is source_file else flat(file.made_from))
    found += [_placed(finding, folder) for finding in check_guide(head.source_language, parts, known)]
    found += _outdated_findings(folder, head.source_language, parts)
    if errors(found):
        raise StarterInvalid(sorted(found, key=lambda finding: finding.level != "error"))
    return Starter(code=head.code, jurisdiction=head.jurisdiction, source=head.source_language, parts=parts), found


def _invalid(path: Path, code: str, message: str, line: int = 0) -> StarterInvalid:
    return StarterInvalid([Finding(level="error", code=code, message=message, file=str(path), line=line)])


def _read(path: Path, kind: type[Any]) -> Any:
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise _invalid(path, "not_toml", str(error), int(line[1]) if line else 0) from None
    except UnicodeDecodeError:
        raise _invalid(path, "not_toml", "is not text in UTF-8") from None
    except OSError as error:
        raise _invalid(path, "not_readable", error.strerror or "cannot be read") from None
    try:
        return msgspec.convert(plain, type=kind)
    except msgspec.ValidationError as error:
        raise _invalid(path, "bad_file", str(error)) from None


def flat(table: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Messages by id. TOML reads `step.first = "…"` without quotes as a table in a table: both are meant."""
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{above}{key}.")
        else:
            found[f"{above}{key}"] = tidy(str(value))
    return found


def _structure(head: _GuideFile, path: Path) -> dict[str, Part]:
    """The parts of the structure. Raises StarterInvalid for an id that stands there twice: the second would win."""
    if not is_identifier(head.code) or len(head.code) > CODE_LENGTH:
        raise _invalid(path, "bad_id", f"code: a-z, 0-9 and -, at most {CODE_LENGTH}")
    order = Order(tuple(SectionOrder(line.id, tuple(step.id for step in line.step)) for line in head.section))
    own: dict[str, Part] = {"about": About(head.valid_as_of, head.check_again_by), "order": order}
    named: list[tuple[str, Part]] = [(f"step.{step.id}", _step(step)) for line in head.section for step in line.step]
    named += [(f"field.{line.id}", _field(line)) for line in head.field]
    for name, part in named:
        if name in own:
            raise _invalid(path, "duplicate_id", f"{name} stands there twice", _line(path, name))
        own[name] = part
    return own


def _step(line: _StepLine) -> StepPart:
    return StepPart(
        line.kind,
        tuple(read_sign(sign) for sign in line.signs),
        tuple(line.bring),
        line.deadline,
        tuple(line.fields),
        tuple(line.subthemes),
    )


def read_sign(text: str) -> Sign:
    """`key` or `key:check`. An overlay that does not exist stays part of the id, which no drawing has."""
    name, _, mark = text.partition(":")
    overlays: dict[str, Overlay] = {"check": "check", "cross": "cross", "clock": "clock", "arrow": "arrow"}
    return Sign(name, overlays[mark]) if mark in overlays else Sign(text)


def _field(line: _FieldLine) -> FieldPart:
    return FieldPart(line.kind, tidy(str(line.value)), line.scope, line.source or None, line.checked_on)


def _texts(file: _TextFile, made_from: Mapping[str, str]) -> dict[str, Part]:
    return {
        message: TextPart(text, file.state, made_from.get(message, "")) for message, text in flat(file.text).items()
    }


def _file_findings(path: Path, file: _TextFile, source: str) -> list[Finding]:
    """What only the file itself shows: another language than its name says, and texts without a stamp."""
    found = []
    if file.language != path.stem:
        found.append(("wrong_language", f"says that it is {file.language!r}; its name says {path.stem!r}", "language"))
    if file.language != source:
        made_from = flat(file.made_from)
        found += [
            (
                "no_stamp",
                "made_from does not say which source text this was made from; see `wegwijs guides stamp`",
                name,
            )
            for name in flat(file.text)
            if not re.fullmatch(r"[0-9a-f]{12}", made_from.get(name, ""))
        ]
    return [
        Finding(
            level="error",
            code=code,
            message=message,
            language=file.language,
            part=place,
            file=str(path),
            line=_line(path, place),
        )
        for code, message, place in found
    ]


def _outdated_findings(folder: Path, source: str, parts: Parts) -> list[Finding]:
    sources = texts(parts, source)
    return [
        _placed(
            Finding(
                level="warning", code="outdated", message="the source text has changed", language=language, part=message
            ),
            folder,
        )
        for language in parts
        if language not in {STRUCTURE, source}
        for message, part in texts(parts, language).items()
        if is_outdated(part, sources.get(message))
    ]


def _placed(finding: Finding, folder: Path) -> Finding:
    """A finding with the file and line of the part it is about."""
    path = folder / (f"{finding.language}.toml" if finding.language else "guide.toml")
    return msgspec.structs.replace(finding, file=str(path), line=_line(path, finding.part))


def _line(path: Path, part: str) -> int:
    """The line of a text file that holds a message, or of `guide.toml` that begins a step; 0 when it is not found."""
    if not path.is_file() or not part:
        return 0
    end = part.partition(".")[2] or part
    if path.name == "guide.toml":
        pattern = re.compile(rf"""\s*(id\s*=\s*["']{re.escape(end)}["']|{re.escape(part)}\s*=)""")
    else:
        pattern = re.compile(rf"""\s*["']?{re.escape(part)}["']?\s*=""")
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if pattern.match(line)), 0)


def stamp(path: Path, messages: Iterable[str] | None = None) -> list[str]:
    """Write `made_from` of a text file for the texts that have none; for `messages`, whatever they had.

    A stamp says that somebody made the text from the present source text, so it is never renewed unasked. Returns the
    messages that were stamped. Raises StarterInvalid when a file cannot be read or a message has no source text.
    """
    guide_file = path.parent / "guide.toml"
    head, file = _read(guide_file, _GuideFile), _read(path, _TextFile)
    sources = flat(_read(path.parent / f"{head.source_language}.toml", _TextFile).text)
    made_from, written, renewed = flat(file.made_from), flat(file.text), set(messages or ())
    if unknown := sorted((renewed - set(written)) | (set(written) - set(sources))):
        raise _invalid(path, "no_message", f"{unknown[0]!r} has no text here or none in the source language")
    stamped = [message for message in written if message in renewed or message not in made_from]
    hashes = {message: text_hash(sources[message]) if message in stamped else made_from[message] for message in written}
    lines = [f'"{message}" = "{digest}"' for message, digest in hashes.items()]
    body = re.sub(r"(?ms)^\[made_from\]\s*\n.*?(?=^\[|\Z)", "", path.read_text(encoding="utf-8")).rstrip()
    path.write_text("\n".join([body, "", "[made_from]", *lines, ""]), encoding="utf-8")
    return stamped
