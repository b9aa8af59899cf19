"""`panhuo rule`: what makes an asset idle, per category (I5)."""

from datetime import UTC
from typing import LiteralString

import click

from analytics import new_rule, rules
from analytics.new_rule import BOUNDS
from analytics.rules import Rule
from db import Connection, Refused, scalar
from db.roles import DatabaseRole
from ops import who
from ops.reach import connected
from registry.cards import categories, named

ACTOR = "system:panhuo"


@click.group()
def rule() -> None:
    """Idle rules: one holds for a category and all below it that have none of their own."""


@rule.command("list")
def list_rules() -> None:
    """Print the rule of every category that has one, in its newest version."""
    with connected(DatabaseRole.PORTAL) as conn:
        found = rules.newest(conn)
        listed = categories.names(conn, [one.category for one in found])
    for one in found:
        _say(one)
        if one.category not in listed:
            click.echo("  note     no such category is in the list of this installation")
    click.echo(f"{len(found)} rules.")


CARD: LiteralString = "SELECT category FROM card WHERE code = %(code)s"


@rule.command()
@click.argument("category", required=False)
@click.option("--card", help="Code or name of a card, instead of a category.")
def show(category: str | None, card: str | None) -> None:
    """Print which rule holds for CATEGORY (or a card), and all versions of that rule."""
    if (category is None) == (card is None):
        raise click.UsageError("Give a category's code, or --card and a card's code.")
    with connected(DatabaseRole.PORTAL) as conn:
        asked = category or _category_of(conn, str(card))
        name = categories.names(conn, [asked]).get(asked)
        if name is None:
            raise Refused("rule.no_such_category", category=asked)
        holding = rules.by_category(conn).get(asked)
        versions = rules.versions(conn, holding.category) if holding else []
    if holding is None:
        click.echo(f"No rule holds for {asked} {name}: its assets are not judged.")
        return
    click.echo(f"For {asked} {name} holds {holding.category} version {holding.version}:")
    for one in versions:
        _say(one)


def _category_of(conn: Connection, card: str) -> str:
    return str(scalar(conn, CARD, code=named.anywhere(conn, card)))


def _say(one: Rule) -> None:
    norm = f"{one.hours_a_day:g} h a day x {one.days_a_week} days x {one.weeks_a_year} weeks"
    click.echo(f"{one.category} version {one.version}  {one.name}")
    click.echo(
        f"  norm     {one.hours_a_year:g} h a year = {norm}; R = {one.rated_hours:g} h a day"
    )
    click.echo(f"  source   {one.source or '-'}")
    click.echo(
        f"  idle     U under {one.threshold:.0%}, its bound under {one.upper_limit:.0%}; over "
        f"{one.minimum_days} valid days of {one.window_days}, heard {one.minimum_coverage:.0%}"
    )
    click.echo(
        f"  session  usually {one.class_hours:g} h; gaps under {one.session_gap_s} s are closed, "
        f"what is under {one.session_least_s} s is dropped"
    )
    click.echo(f"  made     {one.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC by {one.made_by}")


def _numbers(command: click.Command) -> click.Command:
    """An option for each number of a rule."""
    for name, bound in BOUNDS.items():
        usual = "" if bound.usual is None else f", usually {bound.usual:g}"
        words = f"{bound.least:g} to {bound.most:g}{usual}."
        option = click.Option([f"--{name.replace('_', '-')}"], type=bound.number, help=words)
        command.params.append(option)
    return command


@_numbers
@rule.command()
@click.argument("category")
@click.option("--name", help="What the rule is called.")
@click.option("--source", help="Who says so: the norm's paper, or whose decision it is.")
@click.option("--by", help="Who adds it; default: the user of this machine.")
def add(category: str, by: str | None, **said: str | float | None) -> None:
    """Add a version of CATEGORY's own rule, which holds from the next run on.

    What is not said stays as in the version before; the numbers of a first version are those of
    the rule that held for it.
    """
    words = {name: value for name, value in said.items() if value is not None}
    with connected(DatabaseRole.PORTAL) as conn:
        new_rule.add(conn, category, words, by or who.is_here(), ACTOR)
        added = rules.versions(conn, category)[0]
    click.echo("Holds from the next run on:")
    _say(added)
