"""The whole OpenAPI 3.1 document: the head, and each subject's paths and schemas."""

from typing import Final

from portal.openapi import linked, parts, phones, scans
from portal.openapi.parts import Json

BASE: Final = "/api/v1"
# heading, what it is for, the module that describes it
SUBJECTS: Final = (
    ("scans", "扫描枪、手机和其他应用 Guns, phones and other apps", scans.PATHS),
    ("phones", "手机应用 The phone app", phones.PATHS),
    ("linked", "对接系统 Linked systems", linked.PATHS),
)


def document() -> Json:
    """The document; addresses are relative to `/api/v1`."""
    paths = {
        path: {method: {"tags": [name], **operation} for method, operation in operations.items()}
        for name, _for, described in SUBJECTS
        for path, operations in described.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "盘活 Panhuo", "version": "1", "license": {"name": "See LICENSE"}},
        "servers": [{"url": BASE}],
        "tags": [{"name": name, "description": text} for name, text, _paths in SUBJECTS],
        "paths": paths,
        "components": {
            "schemas": {
                "Problem": parts.PROBLEM,
                **scans.SCHEMAS,
                **phones.SCHEMAS,
                **linked.SCHEMAS,
            },
            "securitySchemes": parts.DOORS,
        },
    }
