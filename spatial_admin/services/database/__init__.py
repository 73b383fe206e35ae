"""The database itself: checked, explained, maintained, backed up, changed as a whole."""
