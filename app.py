"""The application for the flask command (`FLASK_APP=app:app`)."""

from spatial_admin.factory import app_of_environment

app = app_of_environment()
