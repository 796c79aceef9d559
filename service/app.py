"""Creates the application from blueprints, error handlers and middleware, and nothing else.

Each package's `api` has `blueprints`; they are listed here in the order of the documentation.
"""

from flask import Flask

from service import clock, config, health, http, logs, openapi
from service.agreements import api as agreements
from service.arrangements import api as arrangements
from service.audit import api as audit
from service.cases import api as cases
from service.checks import api as checks
from service.circumstances import api as circumstances
from service.events import api as events
from service.events.webhooks import api as webhooks
from service.guard import not_modified_cache
from service.http import canonical_paths, problems
from service.oauth import api as access
from service.people import api as people
from service.referrals import api as referrals
from service.registration import api as registration
from service.release_dates import api as release_dates
from service.staff import api as staff
from service.subject_access import api as subject_access
from service.third_parties import api as third_parties
from service.timers import api as timers
from service.timers.versions import api as policies
from service.work.moves import api as work
from service.work.one_case import api as one_case
from service.work.releases import api as releases

APIS = (
    access,
    referrals,
    checks,
    people,
    cases,
    one_case,
    circumstances,
    releases,
    arrangements,
    release_dates,
    third_parties,
    subject_access,
    agreements,
    events,
    webhooks,
    staff,
    work,
    timers,
    registration,
    policies,
    audit,
    health,
)


def create_app(settings: config.Config | None = None) -> Flask:
    """Create the WSGI application. Bind the databases first (`db.bind`).

    Args:
        settings: the settings of this process; read from the environment when None.
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
    canonical_paths.prepare(app)
    problems.register(app)
    http.register(app)
    logs.register(app)
    api = http.Api(app)
    openapi.prepare(api.ma_plugin.converter)
    for each in APIS:
        for blueprint in each.blueprints:
            api.register_blueprint(blueprint)
    app.register_blueprint(openapi.pages)
    not_modified_cache.register(app)
    canonical_paths.register(app)
    return app
