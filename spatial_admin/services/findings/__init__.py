"""What is wrong in the coverage: scanned, recorded, listed, reviewed, disputed."""
