"""Parcels and findings as files."""
