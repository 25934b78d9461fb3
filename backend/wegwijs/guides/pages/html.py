"""A small builder of HTML that cannot make an unsafe page: everything that is not markup of ours is escaped.

`tag("p", "a < b", lang="nl")` gives `<p lang="nl">a &lt; b</p>`. A page that is the same in all languages but for its
words is built once with *slots* in their places, and filled per language: by `fill` here, and by the service worker
(pwa/reader/sw.template.js) in the same way when there is no network.
"""

import re
from collections.abc import Mapping
from typing import Final

Child = str | None
Attribute = str | int | bool | None

_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f"{_OPEN}([a-z0-9.-]+){_CLOSE}")
_SLOT_MARKS = re.compile(f"[{_OPEN}{_CLOSE}]")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_ADDRESS = re.compile(rf"(https?://|tel:|mailto:|/(?!/)|#|{_OPEN})", re.IGNORECASE)
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_VOID = frozenset({"meta", "link", "img", "br", "hr", "source"})
_REFUSED_TAGS = frozenset({"style", "iframe", "object", "embed", "base", "form"})


class Html(str):
    """Markup that is safe as it stands."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """A text as markup, for elements and for attributes. Marks of slots that somebody typed are taken out."""
    return text if isinstance(text, Html) else Html(_SLOT_MARKS.sub("", text).translate(_ESCAPES))


def join(*children: Child) -> Html:
    """Several pieces after one another; None is nothing."""
    return Html("".join(escaped(child) for child in children if child is not None))


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """An element. `class_` is `class`, `aria_label` is `aria-label`; None and False leave an attribute out.

    Raises ValueError for what the content security policy refuses anyway (handlers, styles, frames), for an inline
    script, and for an address that is not ours, the web's, or a telephone number.
    """
    if name in _REFUSED_TAGS or not _NAME.fullmatch(name):
        raise ValueError(f"not an element of our pages: <{name}>")
    if name == "script" and children:
        raise ValueError("no inline script")
    opened = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(opened if name in _VOID else f"{opened}{join(*children)}</{name}>")


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if not _NAME.fullmatch(name) or name.startswith("on") or name == "style":
        raise ValueError(f"not an attribute of our pages: {name}")
    if value is True:
        return f" {name}"
    text = str(value) if isinstance(value, int) else escaped(value)
    if name in {"href", "src"} and not _ADDRESS.match(text):
        raise ValueError(f"not an address for our pages: {text[:40]}")
    return f' {name}="{text}"'


def slot(name: str) -> Html:
    """A place that `fill` fills. `name`: small letters, digits, dots, hyphens."""
    return Html(f"{_OPEN}{name}{_CLOSE}")


def fill(template: Html, pieces: Mapping[str, str]) -> Html:
    """Put a piece of markup into each slot. Raises KeyError for a slot without a piece."""
    return Html(_SLOT.sub(lambda found: pieces[found[1]], template))
