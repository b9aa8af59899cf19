"""The OpenAPI document of the JSON API, written by hand, a module a subject."""

from portal.openapi.whole import document

__all__ = ["document"]
