"""`panhuo settings`: every setting, its default and what it means."""

from collections.abc import Iterator

import click
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from analytics.settings import AnalyticsSettings
from db import DatabaseSettings
from exchange.ministry import MinistrySettings
from exchange.settings import ExchangeSettings
from ingest.settings import IngestSettings
from ops.settings import OpsSettings
from portal.settings import PortalSettings
from registry.notices import NoticeSettings
from scanner.settings import ScannerSettings

ROOMS: tuple[tuple[str, type[BaseSettings]], ...] = (
    ("db", DatabaseSettings),
    ("ingest", IngestSettings),
    ("analytics", AnalyticsSettings),
    ("registry", NoticeSettings),
    ("exchange", ExchangeSettings),
    ("exchange/ministry", MinistrySettings),
    ("scanner", ScannerSettings),
    ("portal", PortalSettings),
    ("ops", OpsSettings),
)
HEAD = """# Settings

Every setting is an environment variable. This page is made by `panhuo settings --markdown`;
a test compares it with the code.
"""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or (isinstance(value, SecretStr) and not value.get_secret_value()):
        return "unset"
    return f"`{value}`" if str(value) else "empty"


def markdown() -> str:
    """The settings page."""
    return HEAD + "".join(_sections())


def _sections() -> Iterator[str]:
    for room, model in ROOMS:
        yield f"\n## {room}/\n\n{(model.__doc__ or '').strip().splitlines()[0]}\n\n"
        yield "| variable | default | meaning |\n| --- | --- | --- |\n"
        for name, field in model.model_fields.items():
            words = (field.description or "").replace("|", "\\|")
            yield f"| `PANHUO_{name.upper()}` | {_default(field)} | {words} |\n"


@click.command()
@click.option("--markdown", "as_page", is_flag=True, help="As docs/settings.md.")
def settings(as_page: bool) -> None:
    """List every setting and what it is now."""
    if as_page:
        click.echo(markdown(), nl=False)
        return
    for _, model in ROOMS:
        current = model()
        for name, field in model.model_fields.items():
            mark = "*" if name in current.model_fields_set else " "
            click.echo(f"{mark} PANHUO_{name.upper()}={getattr(current, name)}")
            click.echo(f"    {field.description}")
