"""Amounts, terms, telephone numbers and dates of a guide, as readers see them: dated, with their source.

Digits are latin, and amounts are written as the papers of the country write them, in every language: people compare.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency

from wegwijs.guides.document import Field
from wegwijs.guides.pages.html import Html, escaped, join, tag

PLACE = "{value}"
_PAPER_LOCALES = {"BE-VLG": "nl_BE", "NL": "nl", "DE-NW": "de"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def value(field: Field, jurisdiction: str, say_date: Callable[[date], str]) -> Html:
    """The figure itself. What is not of its kind (an amount that is no number) is shown as it was written."""
    text = field.value
    if field.kind == "phone":
        return tag(
            "a", tag("bdi", text, dir="ltr"), href=f"tel:{''.join(sign for sign in text if sign in '+0123456789')}"
        )
    if field.kind == "amount":
        text = _amount(text, _PAPER_LOCALES.get(jurisdiction, "nl_BE"))
    elif _DAY.fullmatch(text):
        text = _date(text, say_date)
    return tag("bdi", text)


def _amount(text: str, locale: str) -> str:
    try:
        return str(format_currency(Decimal(text), "EUR", locale=locale))
    except InvalidOperation:
        return text


def _date(text: str, say_date: Callable[[date], str]) -> str:
    try:
        return say_date(date.fromisoformat(text))
    except ValueError:
        return text


def placed(message: str, figure: Html) -> Html:
    """The message with the figure in its place, or after it when the message has none."""
    before, place, after = message.partition(PLACE)
    shown = tag("strong", figure, class_="value")
    return join(escaped(before), shown, escaped(after)) if place else join(escaped(message), " ", shown)


def source(field: Field) -> Html | None:
    """A link to where the figure was read, by the name of its host."""
    if field.source is None or not field.source.startswith("https://"):
        return None
    host = field.source.removeprefix("https://").partition("/")[0].removeprefix("www.")
    return tag("a", tag("bdi", host), href=field.source, rel="noreferrer noopener external")
