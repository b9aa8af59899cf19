"""The web portal: pages, forms, permissions at the door, live views, JSON API."""

from portal.app import create_app
from portal.serve import serve
from portal.settings import PortalSettings

__all__ = ["PortalSettings", "create_app", "serve"]
