"""The application for gunicorn (`wsgi:app`)."""

from spatial_admin.factory import app_of_environment

app = app_of_environment()
