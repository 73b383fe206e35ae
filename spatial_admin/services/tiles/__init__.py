"""The picture of the coverage: drawn, kept, served, drawn again where it changed."""
