"""I1: gateways and sensors are registered, with names that the wire can carry."""

import pytest

from db import Connection, Refused, scalar
from ingest import broker, devices
from ingest.broker_passwords import hash_password, verify_password
from tests.ingest.parts import Site


def unit_of(conn: Connection) -> int:
    row = conn.execute("SELECT id FROM unit").fetchone()
    assert row is not None
    number: int = row[0]
    return number


def refusal(code: str) -> "pytest.RaisesExc[Refused]":
    return pytest.raises(Refused, match=code)


@pytest.mark.parametrize("name", ["collector", "portal"])
def test_names_of_the_brokers_own_users_are_reserved(
    conn: Connection, lent_site: Site, name: str
) -> None:
    with refusal("device.name_reserved"):
        devices.register_gateway(conn, name, unit_of(conn), "", "word")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "+", "#", "a:b", "网关", "a\nuser b"])
def test_name_that_the_wire_cannot_carry_is_refused(
    conn: Connection, lent_site: Site, name: str
) -> None:
    with refusal("device.name_unusable"):
        devices.register_gateway(conn, name, unit_of(conn), "", "word")


def test_name_is_given_once(conn: Connection, lent_site: Site) -> None:
    with refusal("device.name_taken"):
        devices.register_gateway(conn, "gw-0001", unit_of(conn), "", "word")
    gateway = lent_site.registered.gateways["gw-0001"].id
    with refusal("device.name_taken"):
        devices.register_sensor(conn, gateway, "pe-01", "pulses")


def test_unknown_unit_and_gateway_are_refused(conn: Connection, lent_site: Site) -> None:
    with refusal("device.no_such_unit"):
        devices.register_gateway(conn, "gw-0003", 999_999, "", "word")
    with refusal("device.no_such_gateway"):
        devices.register_sensor(conn, 999_999, "pe-01", "pulses")


def test_no_sensor_is_called_as_the_packs_number(conn: Connection, lent_site: Site) -> None:
    gateway = lent_site.registered.gateways["gw-0001"].id
    with refusal("device.name_reserved"):
        devices.register_sensor(conn, gateway, "seq", "pulses")


def test_gateway_that_is_shut_out_is_known_to_nobody(conn: Connection, lent_site: Site) -> None:
    gateway = lent_site.registered.gateways["gw-0001"].id
    devices.set_active(conn, gateway, active=False)
    assert set(devices.registered(conn, 0.0).gateways) == {"gw-0002"}
    assert set(broker.gateways(conn)) == {"gw-0002"}


def test_sensors_range_can_be_narrowed(conn: Connection, lent_site: Site) -> None:
    gateway = lent_site.registered.gateways["gw-0001"].id
    devices.register_sensor(conn, gateway, "tc-09", "temperature", minimum=0, maximum=50)
    known = devices.registered(conn, 0.0).gateways["gw-0001"].sensors["gw-0001:tc-09"]
    assert (known.unit, known.minimum, known.maximum) == ("Cel", 0.0, 50.0)


def test_password_is_verified_and_never_the_same_twice() -> None:
    hashed = hash_password("wörd")
    assert hashed != hash_password("wörd")
    assert verify_password("wörd", hashed)
    assert not verify_password("word", hashed)
    assert not verify_password("word", "$6$not$ours")


def test_place_holds_nothing_that_nobody_sees(conn: Connection, lent_site: Site) -> None:
    key = devices.register_gateway(
        conn, "gw-0004", unit_of(conn), "\u202e三楼\u200b\x07 东", "word"
    )
    place = scalar(conn, "SELECT place FROM gateway WHERE id = %(key)s", key=key)
    assert place == "三楼 东"
