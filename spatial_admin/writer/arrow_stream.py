"""Batches of columns as an Arrow C stream, the form in which GDAL takes rows by the thousand.

https://arrow.apache.org/docs/format/CDataInterface.html and CStreamInterface.html. What is handed over stays alive
until the next batch is asked for; GDAL lets go of one before it asks.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any, Final

from spatial_admin.writer.columns import FORMATS, Column

NULLABLE: Final = 2
EIO: Final = 5
Pointer = ctypes.c_void_p


class _Schema(ctypes.Structure):
    pass


_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", Pointer),
    ("release", Pointer),
    ("private_data", Pointer),
]


class _Array(ctypes.Structure):
    pass


_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(Pointer)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", Pointer),
    ("release", Pointer),
    ("private_data", Pointer),
]
_GET_SCHEMA = ctypes.CFUNCTYPE(ctypes.c_int, Pointer, ctypes.POINTER(_Schema))
_GET_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, Pointer, ctypes.POINTER(_Array))
_GET_LAST_ERROR = ctypes.CFUNCTYPE(Pointer, Pointer)
_RELEASE_SCHEMA = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))
_RELEASE_ARRAY = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))


class _Stream(ctypes.Structure):
    _fields_ = (
        ("get_schema", _GET_SCHEMA),
        ("get_next", _GET_NEXT),
        ("get_last_error", _GET_LAST_ERROR),
        ("release", Pointer),
        ("private_data", Pointer),
    )


_RELEASE_STREAM = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))


def _let_go(given: Any) -> None:
    """What was released says so by having no `release` any more; its memory is Python's."""
    given.contents.release = None


_release_schema = _RELEASE_SCHEMA(_let_go)
_release_array = _RELEASE_ARRAY(_let_go)
_release_stream = _RELEASE_STREAM(_let_go)


def _address(function: Any) -> int | None:
    return ctypes.cast(function, Pointer).value


class ArrowStream:
    """Batches under the names and kinds of their columns; `error` is what broke their source, to be raised after."""

    def __init__(self, names: Sequence[str], kinds: Sequence[str], batches: Iterator[tuple[int, list[Column]]]) -> None:
        self.error: Exception | None = None
        self._names = [name.encode() for name in names]
        self._kinds = kinds
        self._batches = batches
        self._kept: list[Any] = []
        self._schema_kept: list[Any] = []
        self._stream = _Stream(
            _GET_SCHEMA(self._get_schema),
            _GET_NEXT(self._get_next),
            _GET_LAST_ERROR(lambda _stream: None),
            _address(_release_stream),
        )

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The capsule of the Arrow PyCapsule interface."""
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, (Pointer, ctypes.c_char_p, Pointer)
        return new(ctypes.addressof(self._stream), b"arrow_array_stream", None)

    def _get_schema(self, _stream: int, out: Any) -> int:
        fields = [
            _Schema(FORMATS[kind], name, None, NULLABLE, 0, None, None, _address(_release_schema))
            for name, kind in zip(self._names, self._kinds, strict=True)
        ]
        children = _pointers(_Schema, fields)
        self._schema_kept += [fields, children]
        _fill(out, _Schema(b"+s", b"", None, 0, len(fields), children, None, _address(_release_schema)))
        return 0

    def _get_next(self, _stream: int, out: Any) -> int:
        try:
            count, columns = next(self._batches)
        except StopIteration:
            out.contents.release = None  # the end, as Arrow says it
            return 0
        except Exception as error:  # noqa: BLE001 (nothing may be raised through C; the writer raises it)
            self.error = error
            return EIO
        arrays = [self._array(count, column) for column in columns]
        children, none = _pointers(_Array, arrays), (Pointer * 1)(None)
        self._kept = [columns, arrays, children, none, *(array.buffers for array in arrays)]
        _fill(out, _Array(count, 0, 0, 1, len(arrays), none, children, None, _address(_release_array)))
        return 0

    @staticmethod
    def _array(count: int, column: Column) -> _Array:
        parts = [None if part is None else part.ctypes.data for part in (column.validity, *column.buffers)]
        buffers = (Pointer * len(parts))(*parts)
        return _Array(count, column.nulls, 0, len(parts), 0, buffers, None, None, _address(_release_array))


def _pointers(kind: Any, items: Sequence[Any]) -> Any:
    return (ctypes.POINTER(kind) * len(items))(*map(ctypes.pointer, items))


def _fill(out: Any, made: ctypes.Structure) -> None:
    ctypes.memmove(out, ctypes.addressof(made), ctypes.sizeof(made))
