"""Parcels as they are and were: found, listed, shown, traced."""
