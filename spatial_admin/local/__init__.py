"""Set-up and start on one machine: packages, browser libraries, private PostgreSQL, web server, tests.

Runs on a bare Python before anything is installed: it imports the standard library, spatial_admin.settings and
spatial_admin.errors only.
"""
