"""The two ways to say no: to one row (frames.Refusal), and to a file as a whole."""

from collections.abc import Sequence

from spatial_admin.reader.frames import Refusal

__all__ = ["Refusal", "SourceUnreadableError"]


class SourceUnreadableError(Exception):
    """The file cannot be imported at all; the message names what, where and what to do; `layers` those to choose of."""

    def __init__(self, message: str, layers: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.layers = list(layers)
