"""One uploaded file with its choices, as a form sends them: multipart/form-data, the file in the field `file`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import request
from werkzeug.datastructures import FileStorage

from spatial_admin.errors import BadRequest

LONGEST_CHOICE: Final = 200


def uploaded(choices: Sequence[str], *, free: Sequence[str] = ()) -> tuple[FileStorage, dict[str, str | None]]:
    """The file and the named fields beside it, None where they are empty; `free` are bounded by whoever reads them.

    BadRequest names what is unknown, too long or no single file.
    """
    if request.mimetype != "multipart/form-data":
        raise BadRequest("Content-Type", "a file travels as multipart/form-data, in the field `file`")
    known = {"file", "csrf_token", *choices}
    others = sorted({*request.form, *request.files} - known)
    if others:
        raise BadRequest(others[0][:60], f"no such field; known are {', '.join(sorted(known))}")
    files = request.files.getlist("file")
    if len(files) != 1:
        raise BadRequest("file", f"it takes one file a request ({len(files)} given)")
    given = {name: request.form.get(name) or None for name in choices}
    for name, value in given.items():
        if value is not None and name not in free and (len(value) > LONGEST_CHOICE or "\x00" in value):
            raise BadRequest(name, f"it has at most {LONGEST_CHOICE} characters, and no null character")
    return files[0], given
