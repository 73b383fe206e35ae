"""Operations: what an author did, one step each (design: the contract of POST /api/edits).

To add one: a module here with a frozen dataclass that has `name`, `parse`, `points` and `apply`, and a line in SYNTAX.
"""

from spatial_admin.cadastre.operations.replay import Operation, Replay, boxes_read_first, replay
from spatial_admin.cadastre.operations.syntax import parse_operations

__all__ = ["Operation", "Replay", "boxes_read_first", "parse_operations", "replay"]
