"""The demo: invented units, people, cards and gateways to show the product with."""

from ops.demo.load import DemoEstate, load, write_estate
from ops.demo.organisation import HELP, LOGINS, PASSWORD

__all__ = ["HELP", "LOGINS", "PASSWORD", "DemoEstate", "load", "write_estate"]
