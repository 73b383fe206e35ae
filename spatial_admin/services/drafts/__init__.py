"""Edits that are not saved yet: kept, shown to others, submitted, approved; files to draw by."""
