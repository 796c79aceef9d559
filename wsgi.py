"""The WSGI entry point: `gunicorn wsgi:app`, with `DATABASE_URL` in the environment."""

from service import db, logs
from service.app import create_app

logs.configure()
db.bind(db.urls_from_environment())
app = create_app()
