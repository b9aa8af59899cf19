"""Problem documents (RFC 9457): how the JSON API says what went wrong, in the caller's language."""

from typing import Any, Final

import structlog
from flask import Blueprint, Response, json, request
from werkzeug.exceptions import HTTPException

from db import Busy, Refused, Unavailable
from portal import edge
from portal.language import gettext as _
from portal.language import language
from portal.words import words_for

log = structlog.get_logger(__name__)
TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def problem(status: int, detail: str, **more: Any) -> Response:
    """A problem document; `more` are members of it that the caller may act on."""
    document = {"type": "about:blank", "status": status, "title": TITLES.get(status, ""),
                "detail": detail, "request": edge.request_id(), **more}  # fmt: skip
    response = Response(json.dumps(document), status, mimetype="application/problem+json")
    response.headers["Content-Language"] = language()
    return response


def refused(status: int, why: Refused) -> Response:
    """The problem document of a refusal: its code, its words, the field where it is of one."""
    return problem(status, words_for(why, language()), **facts_of(why))


def facts_of(why: Refused) -> dict[str, Any]:
    """The members that tell a program which refusal it is."""
    field = why.facts.get("field")
    return {"code": why.code, **({"field": field} if field else {})}


def install(bp: Blueprint) -> None:
    """Answer whatever goes wrong in this blueprint with a problem document."""
    bp.register_error_handler(HTTPException, _http)
    bp.register_error_handler(Unavailable, _unavailable)
    bp.register_error_handler(Busy, _busy)
    bp.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    return problem(error.code or 500, error.description or "")


def _unavailable(error: Unavailable) -> Response:
    log.warning("database away", path=request.path, error=str(error))
    answer = problem(503, _("数据库暂时连不上，请稍后重试。"))
    answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _busy(error: Busy) -> Response:
    log.warning("busy", path=request.path, error=str(error))
    detail = _("系统正忙，请 %(seconds)s 秒后再试。", seconds=error.retry_after_s)
    answer = problem(503, detail, code="busy")
    answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _unexpected(error: Exception) -> Response:
    log.error("request failed", path=request.path, exc_info=error)
    return problem(500, _("系统出错了，已记入日志。"))
