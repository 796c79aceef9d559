"""The OpenAPI document, generated from the code and served with a documentation page."""

from service.openapi.document import document, prepare
from service.openapi.pages import pages

__all__ = ["document", "pages", "prepare"]
