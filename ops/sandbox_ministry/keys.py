"""The secret that the demo's province and its sandbox share."""

import base64
from pathlib import Path
from typing import Final

from db import secrets

FILE: Final = "ministry-secrets.json"
NAME: Final = "demo"


def shared_key(data: Path) -> str:
    """As both write it into their settings; made at the first call."""
    secret = secrets.load(data / FILE, [NAME])[NAME]
    return f"{NAME}:hmac:{base64.b64encode(secret.encode()).decode()}"
