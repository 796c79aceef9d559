"""Serves the OpenAPI document and a documentation page that works offline."""

from importlib.resources import files

from flask import Blueprint, Response, current_app, jsonify, render_template_string
from werkzeug.exceptions import NotFound

from service.openapi.document import document

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Referral Exchange</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="page"></div><script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script></body></html>"""
_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#page", deepLinking: true, docExpansion: "list"});'
_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}

pages = Blueprint("documentation", __name__)


@pages.get("/openapi.json")
def show_document() -> Response:
    """Serve the document, generated once in each process."""
    app = current_app
    if "openapi" not in app.extensions:
        app.extensions["openapi"] = document(current_app)
    return jsonify(app.extensions["openapi"])


@pages.get("/docs")
def show_page() -> Response:
    """Serve the documentation page."""
    page = Response(render_template_string(_PAGE), content_type="text/html; charset=utf-8")
    page.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page


@pages.get("/docs/<name>")
def show_asset(name: str) -> Response:
    """Serve the page's assets, from the package that ships them.

    Raises:
        NotFound: there is no such asset.
    """
    if name == "start.js":
        return Response(_START, content_type="text/javascript; charset=utf-8")
    if name not in _ASSETS:
        raise NotFound
    data = (files("swagger_ui") / "static" / name).read_bytes()
    return Response(data, content_type=_ASSETS[name], headers={"Cache-Control": "public, max-age=86400"})
