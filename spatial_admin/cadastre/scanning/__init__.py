"""Judging a whole coverage, cell by cell: every rule that looks at a parcel or at parcels near each other."""
