"""Sheets to print: of a parcel, an area, an import."""
