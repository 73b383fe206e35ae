"""Edits: read, computed, rehearsed, judged, written, undone."""
