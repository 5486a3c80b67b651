"""The formula's own files, as Salt renders them."""

import configparser
import pathlib

import jinja2
import pytest
import yaml

FORMULA = pathlib.Path(__file__).resolve().parents[4] / "salt" / "states" / "gateway"
DEFAULTS = yaml.safe_load((FORMULA / "defaults.yaml").read_text(encoding="utf-8"))
ENVIRONMENT = jinja2.Environment(loader=jinja2.FileSystemLoader(FORMULA / "files"), undefined=jinja2.StrictUndefined)


def rendered(name, **context):
    return ENVIRONMENT.get_template(name).render(**context)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("firewall", "/usr/sbin/nft --file /etc/onegateway/firewall.nft"),
        ("network", "/usr/sbin/ip -force -batch /etc/onegateway/network.batch"),
        ("dnsmasq", "/usr/sbin/dnsmasq --conf-file=/etc/onegateway/dnsmasq.conf"),
    ],
)
def test_units(name, command):
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str
    unit.read_string(rendered(f"{name}.service.jinja", sbin=DEFAULTS["sbin"], pillar_note="note"))
    assert unit["Service"]["ExecStart"] == command
    assert unit["Install"]["WantedBy"]


def test_addresses_are_set_again_whenever_a_manager_starts():
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str
    unit.read_string(rendered("network.service.jinja", sbin="/usr/sbin", pillar_note="note"))
    managers = {"networking.service", "systemd-networkd.service", "NetworkManager.service"}
    assert managers < set(unit["Install"]["WantedBy"].split())
    assert managers < set(unit["Unit"]["After"].split())
    # Else a start would do nothing, since it has been started before.
    assert unit["Service"]["Type"] == "oneshot" and "RemainAfterExit" not in unit["Service"]


def test_rules_are_there_before_the_network():
    text = rendered("firewall.service.jinja", sbin="/usr/sbin", pillar_note="note")
    assert "Before=network-pre.target" in text
    assert "DefaultDependencies=no" in text


def test_time():
    networks = {"academie": {"cidr": "192.168.0.0/24"}, "RIE": {"cidr": "192.168.227.0/24"}}
    assert rendered("chrony.conf.jinja", networks=networks, servers=["ntp.example.org"]).splitlines() == [
        "# Written by Salt's formula gateway.",
        "server ntp.example.org iburst",
        "allow 192.168.0.0/24",
        "allow 192.168.227.0/24",
    ]


def test_the_example_has_what_the_documentation_says():
    example = yaml.safe_load((FORMULA / "pillar.example").read_text(encoding="utf-8"))["gateway"]
    assert example["lookup"].keys() <= DEFAULTS.keys()
