"""`panhuo broker`: mosquitto's configuration from who is registered."""

import click

from db import DatabaseSettings, Refused, single_connection
from db.roles import DatabaseRole
from ingest import IngestSettings, broker_certificates
from ingest import broker as mosquitto
from ops.broker_access import AUTHORITY, Configured, collector_environment, configure
from ops.reach import url_of


@click.group()
def broker() -> None:
    """The MQTT broker: its limits, its users and what each may say (I1)."""


@broker.command("configure")
@click.option("--worker", help="The collector to print for; default: PANHUO_COLLECTOR_WORKER.")
def configure_command(worker: str | None) -> None:
    """Write configuration, certificate, passwords and ACL; a running broker takes them up.

    Prints what the collector needs, to standard output alone: it may go into its unit's
    environment file. What an operator added to the broker's files, or put into conf.d beside
    them, stays. Run it once a month: it renews the certificate before it ends.
    """
    settings, own = DatabaseSettings(), IngestSettings()
    if worker is not None:
        own = own.model_copy(update={"collector_worker": worker})
    if own.collector_worker not in own.broker_collectors.split(","):
        raise Refused("broker.no_such_collector", worker=own.collector_worker)
    with single_connection(url_of(DatabaseRole.PORTAL, settings)) as conn:
        done = configure(conn, settings.data, own)
    if done.gone:
        gone = ", ".join(done.gone)
        click.echo(f"# No longer: {gone}. Are PANHUO_BROKER_* as they were before?", err=True)
    click.echo(f"# Written: {done.path}\n# {_next(done)}\n# The collector needs:", err=True)
    for name, value in collector_environment(settings.data, own).items():
        click.echo(f"{name}={value}")


def _next(done: Configured) -> str:
    if done.restart:
        return "The broker runs with its old listener or limits: restart it."
    if done.running:
        return "The running broker has taken it up."
    return f"Start the broker: `panhuo run broker`, or mosquitto -c {done.path}"


@broker.command()
def certificate() -> None:
    """Show the broker's certificate: its names, when it ends, whom gateways must trust."""
    data = DatabaseSettings().data
    path = mosquitto.folder(data) / broker_certificates.CERTIFICATE
    if not path.exists():
        raise Refused("broker.not_configured", path=str(path))
    found = broker_certificates.shown(path)
    click.echo(f"names        {', '.join(found.names)}")
    click.echo(f"issued by    {found.issuer}")
    click.echo(f"ends         {found.ends_at:%Y-%m-%d %H:%M} UTC")
    click.echo(f"SHA-256      {found.fingerprint}")
    own = data.resolve() / AUTHORITY / broker_certificates.AUTHORITY
    if own.exists():
        click.echo(f"gateways trust  {own}")
