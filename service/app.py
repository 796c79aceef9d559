"""The application: blueprints and error handlers, nothing else.

Each package's `api` offers `blueprints`; they are listed here once, in the order of the documentation.
"""

import importlib
import importlib.util

from flask import Flask

from service import clock, config, errors, http, logs, openapi

API_MODULES = (
    "service.access.api",
    "service.referrals.api",
    "service.checks.api",
    "service.people.api",
    "service.circumstances.api",
    "service.events.api",
    "service.timers.api",
    "service.audit.api",
    "service.health",
)


def create_app(settings: config.Config | None = None) -> Flask:
    """Make the WSGI application. The databases must have been bound (`db.bind`).

    Args:
        settings: of this process; read from the environment when None.
    """
    settings = settings or config.load()
    if settings.clock_file:
        clock.read_from(settings.clock_file)
    app = Flask("service", static_folder=None)
    app.config.update(
        REFERRALS=settings,
        MAX_CONTENT_LENGTH=settings.max_body,
        API_TITLE="Referral Exchange",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
    )
    errors.register(app)
    http.register(app)
    logs.register(app)
    api = http.Api(app)
    openapi.prepare(api.ma_plugin.converter)
    for name in API_MODULES:
        if importlib.util.find_spec(name.rpartition(".")[0]) and importlib.util.find_spec(name):
            for blueprint in getattr(importlib.import_module(name), "blueprints", ()):
                api.register_blueprint(blueprint)
    app.register_blueprint(openapi.pages)
    return app
