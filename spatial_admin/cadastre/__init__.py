"""Pure geometry and rules of parcel boundaries: no web framework, no database."""
