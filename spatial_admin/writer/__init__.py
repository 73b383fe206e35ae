"""The child process in which GDAL writes a file of parcels; rows come on its standard input, the file is its result.

It has no credentials, no network where the kernel permits, and bounds on memory, time and size (reader/isolation.py).
"""
