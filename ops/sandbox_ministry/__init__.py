"""A stand-in for the ministry's aggregator: a real service that takes, decides and sends down."""

from ops.sandbox_ministry.keys import shared_key
from ops.sandbox_ministry.ministry import Ministry
from ops.sandbox_ministry.serve import serving

__all__ = ["Ministry", "serving", "shared_key"]
