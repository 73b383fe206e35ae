"""Who somebody is, and who there is."""
