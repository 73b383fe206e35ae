"""The application for the flask command (`FLASK_APP=app:app`)."""

from spatial_admin.factory import create_app

app = create_app()
