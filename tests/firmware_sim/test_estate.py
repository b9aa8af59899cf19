"""J3: a wrong estate file is refused, naming the place, the field and the rule."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_sim import cli, mix
from firmware_sim.estate import EstateError, parse
from firmware_sim.words import Archetype, Fault, Kind

GOOD = """
[broker]
host = "127.0.0.1"
port = 18883
[[gateway]]
id = "gw-0001"
password = "secret"
  [[gateway.asset]]
  code = "TY2018000412"
  archetype = "desk"
  use = 0.3
  fault = "none"
    [[gateway.asset.sensor]]
    name = "pe-01"
    kind = "photoelectric"
    [[gateway.asset.sensor]]
    name = "tc-01"
    kind = "temperature"
"""
GATEWAY = "gateway 'gw-0001'"
ASSET = f"{GATEWAY}: asset 'TY2018000412'"


def test_estate_is_read_with_its_defaults() -> None:
    estate = parse(GOOD)
    (gateway,) = estate.gateways
    assert (estate.broker.port, gateway.id, gateway.firmware) == (18883, "gw-0001", "1.4.0")
    assert gateway.assets[0].archetype is Archetype.DESK
    assert [sensor.kind for sensor in gateway.assets[0].sensors] == [
        Kind.PHOTOELECTRIC,
        Kind.TEMPERATURE,
    ]


@pytest.mark.parametrize(
    ("before", "after", "place", "field"),
    [
        ('id = "gw-0001"', 'id = "gw/1"', "gateway 1", "id"),
        ('id = "gw-0001"', "", "gateway 1", "id"),
        ('password = "secret"', 'password = ""', GATEWAY, "password"),
        ('password = "secret"', 'pasword = "secret"', "gateway 1", "pasword"),
        ('code = "TY2018000412"', "code = 412", f"{GATEWAY}: asset", "code"),
        ('archetype = "desk"', 'archetype = "chair"', ASSET, "archetype"),
        ('archetype = "desk"', "", ASSET, "archetype"),
        ("use = 0.3", "use = -1", ASSET, "use"),
        ("use = 0.3", "use = nan", ASSET, "use"),
        ("use = 0.3", 'use = "much"', ASSET, "use"),
        ("use = 0.3", "use = true", ASSET, "use"),
        ('fault = "none"', 'fault = "sad"', ASSET, "fault"),
        ('kind = "temperature"', 'kind = "smell"', f"{ASSET}: sensor 'tc-01'", "kind"),
        ('name = "tc-01"', 'name = "seq"', f"{ASSET}: sensor", "name"),
        ('name = "tc-01"', 'name = "pe-01"', f"{GATEWAY}: sensor 'pe-01'", "name"),
        ("port = 18883", "port = 70000", "broker", "port"),
        ("port = 18883", "port = 1.5", "broker", "port"),
        ("port = 18883", 'ca = "/nowhere/ca.pem"', "broker", "ca"),
        ("[[gateway]]", "[gateway]", "estate", "gateway"),
    ],
)
def test_wrong_estate_names_place_and_field(
    before: str, after: str, place: str, field: str
) -> None:
    with pytest.raises(EstateError) as refused:
        parse(GOOD.replace(before, after, 1))
    assert str(refused.value).startswith(f"{place}: {field}: ")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "there must be 1 to"),
        ("broker = 5", "is not TOML|must be a table|there must be"),
        ("[[[", "is not TOML"),
        (GOOD + GOOD[GOOD.index("[[gateway]]") :], "gateway 'gw-0001': id: must be there once"),
        (
            GOOD.split("    [[gateway.asset.sensor]]", maxsplit=1)[0],
            "sensor: there must be at least one",
        ),
    ],
)
def test_wrong_whole_names_the_rule(text: str, rule: str) -> None:
    with pytest.raises(EstateError, match=rule):
        parse(text)


def test_asset_code_is_there_once_in_the_whole_estate() -> None:
    second = GOOD[GOOD.index("[[gateway]]") :].replace("gw-0001", "gw-0002")
    with pytest.raises(EstateError, match="asset 'TY2018000412': code: must be there once only"):
        parse(GOOD + second)


def test_gateway_whose_pack_would_not_fit_a_message_is_refused() -> None:
    sensors = "".join(
        f'    [[gateway.asset.sensor]]\n    name = "gp-{n}"\n    kind = "position"\n'
        for n in range(667)
    )
    with pytest.raises(EstateError, match="at most 2000 records"):
        parse(GOOD + sensors)


@pytest.mark.parametrize("command", ["play", "truth"])
def test_nothing_starts_with_a_wrong_estate(command: str, tmp_path: Path) -> None:
    file, truth = tmp_path / "estate.toml", tmp_path / "truth.json"
    file.write_text(GOOD.replace("desk", "chair"), encoding="utf-8")
    result = CliRunner().invoke(
        cli.main, [command, "--estate", str(file), "--truth", str(truth), "--days", "1"]
    )
    assert result.exit_code == 1
    assert "estate.toml: gateway 'gw-0001': asset 'TY2018000412': archetype" in result.output
    assert not truth.exists()


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("--until", "yesterday", "no ISO 8601 time"),
        ("--interval", "7", "divide a day"),
        ("--interval", "0", "divide a day"),
        ("--days", "0", "range"),
        ("--estate", "/nowhere/estate.toml", "No such file"),
    ],
)
def test_wrong_option_names_its_rule(tmp_path: Path, option: str, value: str, rule: str) -> None:
    file = tmp_path / "estate.toml"
    file.write_text(GOOD, encoding="utf-8")
    result = CliRunner().invoke(cli.main, ["truth", "--estate", str(file), option, value])
    assert result.exit_code != 0
    assert rule in result.output


def test_random_estate_is_good_and_repeats() -> None:
    text = mix.random_estate(90, 12, 7, "127.0.0.1", 1883)
    assert text == mix.random_estate(90, 12, 7, "127.0.0.1", 1883)
    assert text != mix.random_estate(90, 12, 8, "127.0.0.1", 1883)
    estate = parse(text)
    assets = [asset for gateway in estate.gateways for asset in gateway.assets]
    assert (len(estate.gateways), len(assets)) == (12, 90)


def test_random_estate_has_the_mix_of_the_trial() -> None:
    estate = parse(mix.random_estate(2_000, 100, 3, "127.0.0.1", 1883))
    assets = [asset for gateway in estate.gateways for asset in gateway.assets]
    shares = {fault: sum(a.fault is fault for a in assets) / len(assets) for fault in Fault}
    assert shares[Fault.OUTAGE] == pytest.approx(0.15, abs=0.03)
    assert shares[Fault.STUCK] == pytest.approx(0.10, abs=0.03)
    assert shares[Fault.DEAD] == pytest.approx(0.03, abs=0.015)
    assert {asset.archetype for asset in assets} == set(Archetype)
    assert {asset.use for asset in assets} == {1.0, 0.5, 0.3, 0.1, 0.03, 0.0}
