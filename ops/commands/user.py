"""`panhuo user`: the first users of an installation, and lost passwords."""

import secrets

import click

from db.roles import DatabaseRole
from ops.reach import connected
from registry.org import Role, UserType, add_user, passwords, set_active, set_password, unit_id
from registry.org.users import name_of

ACTOR = "system:panhuo"


@click.group()
def user() -> None:
    """Users. There is no default password anywhere."""


def _password(asked: bool) -> str:
    if asked:
        word: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return word
    return secrets.token_urlsafe(12)


def _tell(word: str, asked: bool) -> None:
    """Only once it holds: what was refused has no password."""
    if not asked:
        click.echo(f"Password (shown this once): {word}")


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--unit", "unit_code", required=True, help="Code of their unit.")
@click.option(
    "--type", "type_", type=click.Choice([t.value for t in UserType]),
    help="Unset: 002 in a finance bureau, else 003.",
)  # fmt: skip
@click.option(
    "--role", "roles", type=click.Choice([r.value for r in Role]), multiple=True, required=True
)
@click.option("--ask", is_flag=True, help="Ask for the password instead of making one.")
def add(
    login: str, name: str, unit_code: str, type_: str | None, roles: tuple[str, ...], ask: bool
) -> None:
    """Add a user; a password is made and printed once."""
    word = _password(ask)
    kept = passwords.hashed(login, word, name)
    with connected(DatabaseRole.PORTAL) as conn:
        add_user(
            conn,
            ACTOR,
            login=login,
            name=name,
            type=UserType(type_) if type_ else None,
            unit_id=unit_id(conn, unit_code),
            roles=[Role(role) for role in roles],
            password_hash=kept,
        )
    _tell(word, ask)
    click.echo(f"{login} may sign in.")


@user.command()
@click.argument("login")
@click.option("--ask", is_flag=True, help="Ask for the password instead of making one.")
def password(login: str, ask: bool) -> None:
    """Give a user a new password; their sessions end."""
    word = _password(ask)
    with connected(DatabaseRole.PORTAL) as conn:
        name = name_of(conn, login)
    kept = passwords.hashed(login, word, name)
    with connected(DatabaseRole.PORTAL) as conn:
        set_password(conn, ACTOR, login, kept)
    _tell(word, ask)


@user.command()
@click.argument("login")
def deactivate(login: str) -> None:
    """Keep a user out; what they did stays."""
    with connected(DatabaseRole.PORTAL) as conn:
        set_active(conn, ACTOR, login, active=False)
    click.echo(f"{login} may no longer sign in.")
