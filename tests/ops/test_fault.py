"""`panhuo fault`: what an operator reads, and says of the drivers of this installation (I4)."""

from click.testing import CliRunner, Result

from db import single_connection
from db.roles import DatabaseRole
from ingest import fault_values
from ops.cli import main
from tests.fixtures.database import Copy


def panhuo(database: Copy, *words: str) -> Result:
    environment = {"PANHUO_DATABASE_URL": database.url(DatabaseRole.PORTAL), "LC_ALL": "C.UTF-8"}
    return CliRunner().invoke(main, ["fault", *words], env=environment)


def test_list_shows_what_comes_with_the_product_and_whence(database: Copy) -> None:
    said = panhuo(database, "list")
    assert said.exit_code == 0
    assert "photoelectric 54612.5 +/- 0.5  saturated, always" in said.output
    assert "temperature 85 +/- 0.01  power_up, where the readings leap to it" in said.output
    assert "DS18B20" in said.output


def test_own_value_is_added_and_one_of_the_products_is_said_to_be_measured(database: Copy) -> None:
    said = panhuo(database, "add", "temperature", "-55.0", "bus_error", "--source", "sheet")
    assert said.exit_code == 0, said.output
    panhuo(database, "add", "photoelectric", "65535", "saturated", "--measured")
    with single_connection(database.url(DatabaseRole.ANALYTICS)) as conn:
        rows = {(row.kind, row.value): row for row in fault_values.fault_values(conn)}
    assert rows["temperature", -55.0].source == "sheet"
    assert not rows["photoelectric", 65_535.0].applies
    assert rows["photoelectric", 54_612.5].applies
    assert "65535 +/- 0.01  saturated, never" in panhuo(database, "list").output


def test_value_that_is_no_number_is_refused_with_its_name(database: Copy) -> None:
    for word in ("hot", "nan", "inf"):
        said = panhuo(database, "add", "temperature", word, "bus_error")
        assert said.exit_code == 2
        assert "VALUE" in said.output
    said = panhuo(database, "add", "temperature", "85", "bus_error", "--exactness", "nan")
    assert said.exit_code == 2
    assert "--exactness" in said.output
