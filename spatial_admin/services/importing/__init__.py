"""Files that become parcels, and their rows that were refused."""
