"""The part of the pillar for one gateway: complete, and nothing else."""

import json
import pathlib

import pytest
import yaml

from onecore.gateway.model import build
from onecore.gateway.nics import known_nics, mac_of
from onecore.orchestration.gateway_part import lab_hosts, part_of, user_of
from onecore.pillar.layers import merge

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "pillar" / "examples" / "schools" / "opennebula"
SECRETS = ("hunter2", "correct-horse", "sesame", "ssh-ed25519", "oneadmin-token")


@pytest.fixture
def config():
    """The example, with secrets in every place where there may be one."""
    merged = {}
    for path in sorted(FOLDER.rglob("*.sls")):
        merged = merge(merged, yaml.safe_load(path.read_text(encoding="utf-8")).get("opennebula", {}))
    merged["connection"] = {"username": "oneadmin", "password": "hunter2"}
    merged["profiles"] = {"other": {"token": "oneadmin-token"}}
    for user in ("alice", "basile"):
        merged["users"][user]["password"] = "correct-horse"
        merged["users"][user]["gateway"]["context"] = {"PASSWORD": "sesame"}
    merged["blueprints"]["eole"]["networks"]["academie"]["attributes"] = {"NOTE": "hunter2"}
    return merged


def test_what_a_guest_needs(config):
    part = part_of(config, "alice")
    assert part["user"] == "alice"
    assert part["uplink"] == {"network": "EOLE", "address": "192.168.230.11"}
    assert part["networks"] == {
        "academie": {"address": "192.168.0.1", "cidr": "192.168.0.0/24"},
        "RIE": {"address": "192.168.227.1", "cidr": "192.168.227.0/24"},
        "windows": {"address": "192.168.253.1", "cidr": "192.168.253.0/24"},
    }
    assert part["servers"] == ["192.168.230.1"]
    assert part["domain"] == "school.internal"
    assert part["hosts"]["scribe"] == {"ip": "192.168.0.60", "mac": "02:00:c0:a8:00:3c"}
    assert part["dhcp"]["academie"] == {
        "first": "192.168.0.210",
        "size": 20,
        "lease_time": "1h",
        "leases": [{"ip": "192.168.0.50", "mac": "02:00:c0:a8:00:32", "size": 150}],
    }


def test_it_is_all_that_a_gateway_is_built_from(config):
    part = json.loads(json.dumps(part_of(config, "alice")))
    addresses = [part["uplink"]["address"], *(each["address"] for each in part["networks"].values())]
    interfaces = {f"eth{n}": f"{mac_of(address):012x}" for n, address in enumerate(addresses)}
    interfaces = {name: ":".join(mac[i : i + 2] for i in range(0, 12, 2)) for name, mac in interfaces.items()}
    assert [zone.interface for zone in build(part, known_nics(interfaces)).zones] == ["eth0", "eth1", "eth2", "eth3"]


def test_no_secret_and_nobody_else(config):
    text = json.dumps(part_of(config, "alice"))
    assert not [secret for secret in (*SECRETS, "basile", "192.168.230.12", "10.1.3.") if secret in text]


def test_no_secret_in_faults(config):
    config["users"]["alice"]["gateway"] |= {"forwards": {"web": {"port": "hunter2"}}, "context": {"a b": "sesame"}}
    config["users"]["alice"]["password"] = ["correct-horse"]
    told = part_of(config, "alice")["faults"]
    assert told
    assert not [secret for secret in ("sesame", "correct-horse") if secret in json.dumps(told)]


def test_faults_of_others_are_theirs(config):
    config["users"]["basile"]["gateway"]["policy"] = {"nowhere": {"academie": "allow"}}
    config["users"]["basile"]["vlan_base"] = "x"
    assert "faults" not in part_of(config, "alice")
    assert part_of(config, "basile")["faults"] == [
        "opennebula.users.basile.gateway.policy.nowhere: there is no network nowhere",
        "opennebula.users.basile.vlan_base: must be a whole number of 0 or more; found the text 'x'",
    ]


@pytest.mark.parametrize(
    "broken", [None, "text", {}, {"users": []}, {"users": {"alice": None}}, {"users": {"alice": 3}}]
)
def test_whatever_the_pillar_is_there_are_faults_and_no_exception(broken):
    assert part_of(broken, "alice")["faults"]


def test_a_user_without_a_gateway(config):
    config["users"]["alice"]["gateway"] = None
    assert part_of(config, "alice") == {"faults": ["opennebula.users.alice: has no gateway"]}


def test_a_virtual_router(config):
    config["users"]["alice"]["gateway"] |= {"virtual_router": {}, "power": None}
    fault = "opennebula.users.alice.gateway: is a virtual router, which nothing here is for"
    assert part_of(config, "alice") == {"faults": [fault]}


def test_networks_without_a_mask():
    """The VM may well be there; what is inside it has to know who else is."""
    lan = {"here": "10.0.0.1", "there": "10.0.1.1", "known": None}
    networks = {"here": {}, "there": {"gateway": "10.0.1.1"}, "known": {"cidr": "10.0.2.0/24"}}
    eole = {"vlans": {"driver": "bridge"}, "networks": networks, "gateway": {"template": "gw", "lan": lan}}
    said = "is required, since the gateway joins it"
    assert part_of({"blueprints": {"eole": eole}, "users": {"alice": {"blueprint": "eole"}}}, "alice") == {
        "faults": [f"opennebula.users.alice.networks.{name}.cidr: {said}" for name in ("here", "there")]
    }


def test_hardware_addresses_of_declared_ranges(config):
    more = {"servers": {"type": "IP4", "ip": "192.168.0.10", "size": 5, "mac": "02:AA:00:00:00:10"}}
    config["blueprints"]["eole"]["networks"]["academie"]["address_ranges"] = more
    assert part_of(config, "alice")["dhcp"]["academie"]["leases"][1] == {
        "ip": "192.168.0.10",
        "mac": "02:AA:00:00:00:10",
        "size": 5,
    }


def test_name_servers_of_the_pillar_come_first(config):
    config["users"]["alice"]["gateway"]["dns"] = {"servers": "10.0.0.1 10.0.0.2"}
    assert part_of(config, "alice")["servers"] == ["10.0.0.1", "10.0.0.2"]


def test_vms_of_labs_that_have_an_address_there():
    nics = [{"network": "dmz1", "ip": "10.1.3.9"}, {"network": "academie", "ip": "192.168.0.70"}]
    machines = {
        "web": {"nics": nics},
        "mail": {"nics": [{"network": "academie", "ip": "192.168.0.71", "MAC": "02:00:00:00:00:71"}]},
        "proxy": {"nics": [{"network": "academie", "ip": "192.168.0.72", "shared": True}]},
        "any": {"networks": ["academie"]},
    }
    assert lab_hosts({"labs": {"school": machines}}, {"academie": {}}) == {
        "web": {"ip": "192.168.0.70", "mac": "02:00:c0:a8:00:46"},
        "mail": {"ip": "192.168.0.71", "mac": "02:00:00:00:00:71"},
    }


def test_vms_of_labs_whose_names_no_machine_can_have():
    machines = {
        name: {"nics": [{"network": "academie", "ip": "192.168.0.70"}]}
        for name in ("web server", "web_1", "a,192.168.0.9", "www.example.org", "é", "-web", "w" * 64, "web-1")
    }
    assert list(lab_hosts({"labs": {"school": machines}}, {"academie": {}})) == ["web-1"]


def test_a_host_comes_before_the_vm_of_a_lab(config):
    vms = {"mail": "192.168.0.60", "scribe": "192.168.0.75"}
    config["users"]["alice"]["labs"] = {
        "office": {
            name: {"template": "server", "nics": [{"network": "academie", "ip": ip}]} for name, ip in vms.items()
        }
    }
    hosts = part_of(config, "alice")["hosts"]
    assert hosts["scribe"]["ip"] == hosts["mail"]["ip"] == "192.168.0.60"
    assert list(hosts).index("scribe") < list(hosts).index("mail")


@pytest.mark.parametrize(
    ("minion", "user"), [("gw-alice", "alice"), ("gw-nobody", None), ("router-7", "basile"), ("gw-basile", None)]
)
def test_whose_gateway_a_minion_is(config, minion, user):
    config["users"]["basile"]["gateway"]["enrol"] = {"minion_id": "router-7"}
    assert user_of(config, minion) == user


@pytest.mark.parametrize(
    "broken", [None, [], {"users": []}, {"users": {"alice": 3}}, {"users": {"alice": {"gateway": 3}}}]
)
def test_nobodys_gateway(broken):
    assert user_of(broken, "gw-bob") is None
