"""A form as a browser would send it: the fields of a page, by name."""

from __future__ import annotations

from html.parser import HTMLParser


class _Fields(HTMLParser):
    def __init__(self, form_class: str) -> None:
        super().__init__()
        self.form_class = form_class
        self.fields: dict[str, str] = {}
        self._is_inside = False
        self._open: str | None = None  # name of the textarea or select that is open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = self.form_class in given.get("class", "").split()
        name = given.get("name", "")
        if not self._is_inside or "disabled" in given:
            return
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.fields[name] = given.get("value", "").replace("\r", "").replace("\n", "")
        elif tag in ("textarea", "select") and name:
            self._open = name
            self.fields[name] = ""
        elif tag == "option" and self._open and "selected" in given:
            self.fields[self._open] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._open and self.get_starttag_text() and (self.get_starttag_text() or "").startswith("<textarea"):
            self.fields[self._open] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        if tag in ("textarea", "select"):
            self._open = None


def fields_of(html: str, form_class: str) -> dict[str, str]:
    """What submitting the form of this class would send, unchanged; inputs lose line ends as in a browser."""
    parser = _Fields(form_class)
    parser.feed(html)
    assert parser.fields, f"the page has no form of class {form_class}"
    fields = parser.fields
    # The first line end after <textarea> is markup, and a browser sends CRLF.
    return {name: value.removeprefix("\n").replace("\n", "\r\n") for name, value in fields.items()}
