"""The `panhuo` command."""

import sys
from importlib import import_module
from typing import Final

import click

from ops.failures import FAILURES, refusal_of

# Where each stands. One is loaded when it is asked for: all of them, and with them the whole
# portal, take seconds to load.
COMMANDS: Final = {
    "analytics": "analytics.analytics",
    "audit": "audit.audit",
    "broker": "broker.broker",
    "db": "database.database",
    "demo": "demo.demo",
    "doctor": "doctor.doctor",
    "fault": "fault.fault",
    "gateway": "gateway.gateway",
    "kind": "kind.kind",
    "linked": "linked.linked",
    "ministry": "ministry.ministry",
    "reference": "organisation.reference",
    "rule": "rule.rule",
    "run": "run.run",
    "sandbox-ministry": "sandbox_ministry.sandbox_ministry",
    "scan": "scan.scan",
    "settings": "settings.settings",
    "unit": "organisation.unit",
    "user": "user.user",
}


class Panhuo(click.Group):
    """A group that answers what fails with one sentence instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _dot, name = COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"ops.commands.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except FAILURES as error:
            _say(error)
        sys.exit(1)


def _say(error: Exception) -> None:
    """What failed; each row that is wrong where it was a file, each card that may be meant."""
    refusal = import_module("ops.words").refusal  # the portal's words
    click.echo(f"panhuo: {refusal(refusal_of(error))}", err=True)
    for row in getattr(error, "faults", ()):
        click.echo(f"  {refusal(row)}", err=True)
    for card in getattr(error, "cards", ()):
        click.echo(f"  {card.code}  {card.name}  {card.unit_name}", err=True)


@click.group(cls=Panhuo)
@click.version_option(package_name="panhuo")
def main() -> None:
    """盘活: find idle public assets, and bring them back to life."""
