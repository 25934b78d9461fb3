"""Texts as a spreadsheet, for those who translate in a table. One row a text; only the third column is written in."""

import io
import zipfile
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import xlsxwriter
from openpyxl.utils.exceptions import InvalidFileException

from wegwijs.guides.check import Finding
from wegwijs.guides.exchange import FileText, NotReadable, TextFile, unreadable

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES = 1024 * 1024
_MOST_UNPACKED = 20 * 1024 * 1024
_MOST_ROWS, _MOST_COLUMNS = 1000, 20
_TEXTS, _ABOUT = "texts", "about"
_COLUMNS = ("id", "source", "text", "state", "was")


def write_texts(file: TextFile, direction: str) -> bytes:
    """A spreadsheet; `direction` rtl turns it around."""
    out = io.BytesIO()
    # Words stay words: a text that begins with = is no formula, and an address is no link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        head, fixed = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "font_color": "#666666"})
        open_cell = book.add_format({"text_wrap": True, "locked": False, "num_format": "@"})
        sheet = book.add_worksheet(_TEXTS)
        if direction == "rtl":
            sheet.right_to_left()
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 2, 60)
        sheet.set_column(3, 4, 14)
        sheet.freeze_panes(1, 1)
        for column, title in enumerate(_COLUMNS):
            sheet.write_string(0, column, title, head)
        for row, text in enumerate(file.texts, 1):
            cells = (text.message, text.source, text.text, text.state, text.was)
            for column, words in enumerate(cells):
                sheet.write_string(row, column, words, open_cell if column == 2 else fixed)
        about = book.add_worksheet(_ABOUT)
        for row, pair in enumerate((("guide", file.guide), ("language", file.language), ("source", file.source))):
            about.write_row(row, 0, pair)
    return out.getvalue()


def read_texts(data: bytes) -> TextFile:
    """Raises NotReadable."""
    book = _opened(data)
    if _TEXTS not in book.sheetnames or _ABOUT not in book.sheetnames:
        raise unreadable("no_head", f"the file has no sheets {_TEXTS!r} and {_ABOUT!r}; export it anew")
    about = {str(row[0]): str(row[1]) for row in _rows(book[_ABOUT], 2)}
    if not {"guide", "language", "source"} <= set(about):
        raise unreadable("no_head", f"the sheet {_ABOUT!r} does not say of which guide and language the file is")
    rows = _rows(book[_TEXTS], len(_COLUMNS))
    if not rows or tuple(rows[0]) != _COLUMNS:
        raise unreadable("no_head", f"the first row of {_TEXTS!r} is {', '.join(_COLUMNS)}", "A1")
    found = [_file_text(row, number) for number, row in enumerate(rows[1:], 2) if any(row)]
    return TextFile(guide=about["guide"], language=about["language"], source=about["source"], texts=found)


def _file_text(row: list[str], number: int) -> FileText:
    message, source, text, state, was = row
    if not message:
        raise unreadable("no_id", "the row has no message id", f"A{number}")
    return FileText(
        message=message, source=source, text=text, state=state, was=was, unsure=state == "outdated", place=f"C{number}"
    )


def _opened(data: bytes) -> Any:
    """The workbook. What it unpacks to is looked at before anything is unpacked."""
    if len(data) > MOST_BYTES:
        raise unreadable("too_large", "the file is larger than a megabyte")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
                raise unreadable("too_large", "the file unpacks to far more than texts of a guide")
        return openpyxl.load_workbook(io.BytesIO(data))
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, OSError) as error:
        raise unreadable("not_xlsx", "the file cannot be read as a spreadsheet (XLSX)") from error
    except (AttributeError, IndexError, NotImplementedError, RuntimeError, EOFError, zipfile.LargeZipFile) as error:
        raise unreadable("not_xlsx", "the file cannot be read as a spreadsheet (XLSX)") from error


def _rows(sheet: Any, width: int) -> list[list[str]]:
    """The cells as words. Raises NotReadable for merged cells and formulas, naming each."""
    if not hasattr(sheet, "merged_cells"):
        raise unreadable("not_xlsx", f"{sheet.title} is no sheet of cells")
    if sheet.max_row > _MOST_ROWS or sheet.max_column > _MOST_COLUMNS:
        raise unreadable("too_large", f"the sheet {sheet.title!r} has more than {_MOST_ROWS} rows")
    found = [
        Finding(level="error", code="merged_cells", message="cells are merged; take them apart", part=str(cells))
        for cells in sheet.merged_cells.ranges
    ]
    rows = []
    for cells in sheet.iter_rows(max_col=width):
        for cell in cells:
            if cell.data_type == "f":
                message = "is a formula; write the text itself"
                found.append(Finding(level="error", code="formula", message=message, part=cell.coordinate))
        rows.append(["" if cell.value is None else str(cell.value) for cell in cells])
    if found:
        raise NotReadable(found)
    return [row + [""] * (width - len(row)) for row in rows]
