"""The OpenAPI document: made from the code, served with a page that shows it."""

from service.openapi.document import document, prepare
from service.openapi.pages import pages

__all__ = ["document", "pages", "prepare"]
