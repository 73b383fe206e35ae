"""The application for gunicorn (`wsgi:app`)."""

from spatial_admin.factory import create_app

app = create_app()
