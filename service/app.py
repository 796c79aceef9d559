"""The application: blueprints and error handlers, nothing else.

Each package's `api` offers `blueprints`; they are listed here once, in the order of the documentation.
"""

from flask import Flask

from service import clock, config, errors, http

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
    """Make the WSGI application.

    Args:
        settings: of this process; read from the environment when None. The databases must be bound already
            (`db.bind`) or named in the environment.
    """
    import importlib  # noqa: PLC0415 - until every package has landed

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
    app.json.sort_keys = False  # type: ignore[attr-defined] # Flask's default provider has it
    errors.register(app)
    http.register(app)
    api = http.Api(app)
    for name in API_MODULES:
        if importlib.util.find_spec(name.rpartition(".")[0]) and importlib.util.find_spec(name):
            for blueprint in importlib.import_module(name).blueprints:
                api.register_blueprint(blueprint)
    return app
