"""The OpenAPI 3.1 description of the HTTP interface: one module a resource, put together by document.py.

To add a route: a `Route` in the module of its resource. To add an operation: an entry in operations.py. To add a
resource: a module with `describe`, and its line in `document.SECTIONS`. The tests name what is not described yet.
"""

from spatial_admin.web.openapi.document import build_document

__all__ = ["build_document"]
