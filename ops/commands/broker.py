"""`panhuo broker`: mosquitto's configuration from who is registered."""

import click

from db import DatabaseSettings, single_connection
from db.roles import DatabaseRole
from ingest import IngestSettings
from ops.broker_access import configure
from ops.reach import url_of


@click.group()
def broker() -> None:
    """The MQTT broker: its limits, its users and what each may say (I1)."""


@broker.command("configure")
def configure_command() -> None:
    """Write configuration, passwords and ACL; a running private broker takes them up."""
    settings = DatabaseSettings()
    with single_connection(url_of(DatabaseRole.PORTAL, settings)) as conn:
        path = configure(conn, settings.data, IngestSettings().broker_port)
    click.echo(f"Written: {path}")
