"""The `panhuo` command."""

import sys

import click

from ops.commands import (
    analytics,
    audit,
    broker,
    database,
    demo,
    doctor,
    gateway,
    linked,
    ministry,
    organisation,
    rule,
    run,
    sandbox_ministry,
    scan,
    user,
)
from ops.commands import settings as settings_command
from ops.failures import FAILURES, refusal_of
from ops.words import refusal
from registry.org.reference import RowsWrong


class Panhuo(click.Group):
    """A group that answers what fails with one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except FAILURES as error:
            click.echo(f"panhuo: {refusal(refusal_of(error))}", err=True)
            for row in error.faults if isinstance(error, RowsWrong) else ():
                click.echo(f"  {refusal(row)}", err=True)
        sys.exit(1)


@click.group(cls=Panhuo)
@click.version_option(package_name="panhuo")
def main() -> None:
    """盘活: find idle public assets, and bring them back to life."""


for command in (
    demo.demo,
    doctor.doctor,
    run.run,
    database.database,
    audit.audit,
    analytics.analytics,
    user.user,
    organisation.unit,
    organisation.reference,
    gateway.gateway,
    rule.rule,
    ministry.ministry,
    sandbox_ministry.sandbox_ministry,
    linked.linked,
    scan.scan,
    broker.broker,
    settings_command.settings,
):
    main.add_command(command)
