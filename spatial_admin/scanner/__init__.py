"""Processes that look at cells of the coverage, all in one snapshot that they are given the name of."""
