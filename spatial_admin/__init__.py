"""Spatial Admin: parcel boundaries edited in a browser, without harm to anybody else's."""
