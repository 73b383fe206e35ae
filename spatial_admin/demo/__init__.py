"""The demo town: an invented cadastre, generated the same on every machine, with a known handful of defects."""
