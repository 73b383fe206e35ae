"""Documents that edits rest on, and their files."""
