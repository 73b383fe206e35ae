"""Opens an uploaded file in a process of its own and streams its features to the parent.

Nobody types `python -m spatial_admin.reader`: services/shared/read_source.py starts it with an empty environment, in a
private directory that holds only the upload. Nothing here imports the rest of the product; the parent imports only
`frames`.
"""
