"""The application: everything installed, every view registered, every route guarded."""

import base64
from collections.abc import Container
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, Response, before_render_template
from flask_compress import Compress
from flask_login import current_user
from whitenoise import WhiteNoise

from db import Database, DatabaseSettings, secrets
from portal import (
    asked,
    asked_values,
    change_form,
    charts,
    drawings,
    edge,
    errors,
    figures,
    formats,
    language,
    once,
    paging,
    security,
    sensor_kinds,
    undo,
    words_of_change,
)
from portal.forms import NoRestoring
from portal.guard import Guard
from portal.menu import menu
from portal.page import Page
from portal.permissions import check_all_named, public
from portal.proxies import Proxies
from portal.sent import Sent
from portal.settings import PortalSettings
from portal.static_files import address, version
from portal.views import VIEWS
from registry.cards import CardType, Status
from registry.cards.drafting import choices_of
from registry.cards.fields import BY_NAME
from registry.cards.showing import show
from registry.notices import NoticeSettings
from registry.org import Permission
from registry.review.machine import LONGEST_OPINION

HERE = Path(__file__).parent


class Portal(Flask):
    """Flask, which draws a `Page` when its view is over."""

    def make_response(self, rv: Any) -> Response:
        """The response of what a view returned."""
        match rv:
            case Page():
                rv = rv.drawn()
            case (Page() as page, *rest):
                rv = (page.drawn(), *rest)
        return super().make_response(rv)


def create_app(settings: PortalSettings, database: Database, data: Path | None = None) -> Flask:
    """The portal over this database; `data` is the data folder (photos, secret)."""
    data = data or DatabaseSettings().data
    app = Portal("portal", static_folder=None, template_folder=str(HERE / "templates"))
    app.request_class = Sent
    app.jinja_env.add_extension(NoRestoring)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["panhuo.database"] = database
    app.extensions["panhuo.settings"] = settings
    app.extensions["panhuo.data"] = data
    app.extensions["panhuo.https"] = NoticeSettings().portal_url.startswith("https:")
    app.extensions["panhuo.second_factor_key"] = _second_factor_key(settings, data)
    app.config.update(
        COMPRESS_MIMETYPES=["text/html", "application/json", "text/javascript"],
        COMPRESS_ALGORITHM=["br", "gzip"],
    )
    security.install(app, _secret(settings, data))
    language.install(app)
    formats.install(app)
    charts.install(app)
    sensor_kinds.install(app)
    asked_values.install(app)
    errors.install(app)
    Compress(app)
    before_render_template.connect(edge.refuse_drawing_within, app)
    for blueprint, only_in_development in VIEWS:
        if settings.development or not only_in_development:
            app.register_blueprint(blueprint)
    _serve_static(app)
    _stand_around(app, settings)
    app.jinja_env.globals.update(_facts(settings, app.view_functions))
    check_all_named(app)
    return app


def _secret(settings: PortalSettings, data: Path) -> str:
    if settings.portal_secret:
        return settings.portal_secret.get_secret_value()
    return secrets.load(data / "portal-secrets.json", ("session",))["session"]


def _second_factor_key(settings: PortalSettings, data: Path) -> bytes:
    """A Fernet key that follows from the secret that signs sessions, and says nothing of it."""
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"panhuo second factor")
    return base64.urlsafe_b64encode(derived.derive(_secret(settings, data).encode()))


def _serve_static(app: Flask) -> None:
    """Static files, compressed, and kept by browsers for ever: their address names the content."""
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(HERE / "static"),
        prefix="static/",
        max_age=31_536_000 if not app.extensions["panhuo.settings"].development else 0,
    )
    app.add_url_rule("/favicon.ico", "favicon", public(_favicon))


def _stand_around(app: Flask, settings: PortalSettings) -> None:
    """What a request passes before WhiteNoise and Flask see it."""
    guarded = Guard(app.wsgi_app, app.extensions["panhuo.https"])
    app.wsgi_app = Proxies(guarded, settings.proxies)  # type: ignore[method-assign]


def _favicon() -> tuple[str, int, dict[str, str]]:
    return "", 302, {"Location": address("img/mark.svg")}


def _facts(settings: PortalSettings, endpoints: Container[str]) -> dict[str, object]:
    """What every template and macro may use."""
    return {
        "address": address,
        "version": version,
        "drawings": drawings,
        "language": language.language,
        "language_tag": lambda: language.TAGS[language.language()],
        "menu": menu,
        "now": edge.now,
        "opened_at": asked.opened_at,
        "opened_elsewhere": asked.opened_elsewhere,
        "filtered": paging.filtered,
        "LONGEST_OPINION": LONGEST_OPINION,
        "province": settings.province,
        "help_contact": settings.help_contact,
        "Status": Status,
        "CardType": CardType,
        "may": lambda name: edge.viewer().may(Permission(name)),
        "undo_of": undo.of_message,
        "shown": lambda one, value, categories=None: show(
            one, value, language.language(), categories or {}
        ),
        "fields": BY_NAME,
        "choices_of": choices_of,
        "changed": words_of_change.changed,
        "digests": change_form.digests,
        "endpoints": endpoints,
        "figure_of": figures.figure,
        "submission_key": once.key_drawn,
        "me": lambda: current_user.user if current_user.is_authenticated else None,
    }
