"""Connections to the servers: pools and what is measured of them, positions in the write-ahead log, replicas.

Which server a unit of work reads, at which isolation, and when it commits is said by transaction.py, one floor above.
"""
