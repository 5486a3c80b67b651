"""The example pillar: valid, and as described."""

import collections
import pathlib

import pytest
import yaml

from onecore.kinds.registry import KINDS
from onecore.pillar.infrastructure import expand
from onecore.pillar.labs import chosen
from onecore.pillar.layers import DEFAULT_SETTINGS, merge, settings, users
from onecore.pillar.shared import shared
from onecore.schema import validate

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "pillar" / "examples" / "schools" / "opennebula"

#: First three numbers of each network's addresses.
NETWORKS = {
    "academie": "192.168.0",
    "windows": "192.168.253",
    "interco": "172.30.101",
    "racine": "172.31.20",
    "raip": "172.31.21",
    "ha1": "10.0.254",
    "admin1": "10.1.1",
    "pedago1": "10.1.2",
    "dmz1": "10.1.3",
    "admin2": "10.2.1",
    "pedago2": "10.2.2",
    "dmz2": "10.2.3",
    "dmz2priv": "10.2.4",
    "pedago3": "10.3.2",
    "pedago4": "10.4.2",
    "admin5": "10.5.1",
    "pedago6": "10.6.2",
    "RIE": "192.168.227",
    "vext": "10.200.0",
    "vsiege-nt1": "10.200.1",
    "vdmz-nt1": "10.200.2",
    "vwifi-nt1": "10.200.3",
    "vsiege-ad1": "10.200.11",
    "vdmz-ad1": "10.200.12",
    "vwifi-ad1": "10.200.13",
}


@pytest.fixture(scope="module")
def config():
    """All files of the example, merged as Salt merges them."""
    merged = {}
    for path in sorted(FOLDER.rglob("*.sls")):
        merged = merge(merged, yaml.safe_load(path.read_text(encoding="utf-8")).get("opennebula", {}))
    return merged


#: The users of the second team, which is a file by itself.
TEAM = ["nora", "yann"]


def of_eole(config):
    """The users of the blueprint ``eole``."""
    return [user for user in users(config) if config["users"][user]["blueprint"] == "eole"]


def test_sound(config):
    assert validate(config) == []


def test_a_file_a_user(config):
    assert of_eole(config) == sorted({path.stem for path in (FOLDER / "users").glob("*.sls")} - {"init"})
    assert len(of_eole(config)) == 21
    assert users(config) == sorted([*of_eole(config), *TEAM])


def test_21_infrastructures(config):
    everything = [each for user in of_eole(config) for each in expand(config, user)]
    assert collections.Counter(each.kind for each in everything) == {"oneuser": 21, "onevnet": 21 * 25, "onevm": 21}


def test_a_second_team(config):
    everything = [each for user in TEAM for each in expand(config, user)]
    assert collections.Counter(each.kind for each in everything) == {"oneuser": 2, "onevnet": 12, "onevm": 2}
    assert {each.values["group"] for each in everything} == {"reseau"}
    vdcs = {each.name: each.values for each in shared(config) if each.kind == "onevdc"}
    assert vdcs["eole"] == {"groups": ["eole"], "clusters": [], "hosts": "ALL", "datastores": "ALL", "networks": []}
    assert vdcs["reseau"] == {**vdcs["eole"], "groups": ["reseau"], "datastores": ["system", "default"]}


def test_no_two_networks_have_the_same_vlan(config):
    everything = [each for user in users(config) for each in expand(config, user)]
    vlans = [each.values["vlan_id"] for each in everything if each.kind == "onevnet"]
    assert len(set(vlans)) == len(vlans) == 21 * 25 + 12


def test_networks_are_the_same_for_every_user(config):
    for user in of_eole(config):
        networks = {each.name: each.values for each in expand(config, user) if each.kind == "onevnet"}
        assert list(networks) == list(NETWORKS)
        for name, prefix in NETWORKS.items():
            values = networks[name]
            assert (values["network_address"], values["network_mask"]) == (f"{prefix}.0", "255.255.255.0")
            assert (values["gateway"], values["dns"]) == (f"{prefix}.1", f"{prefix}.1")
            assert values["address_ranges"]["pool"] == {"type": "IP4", "ip": f"{prefix}.50", "size": 150}


def test_gateways_join_the_uplink_and_three_networks(config):
    uplinks = set()
    for user in of_eole(config):
        uplink, *lan = expand(config, user)[-1].values["nics"]
        assert (uplink["network"], uplink["owner"], uplink["shared"]) == ("EOLE", "oneadmin", True)
        uplinks.add(uplink["ip"])
        assert [(nic["network"], nic["ip"]) for nic in lan] == [
            (name, f"{NETWORKS[name]}.1") for name in ("academie", "RIE", "windows")
        ]
    assert len(uplinks) == 21


def test_kinds_accept_all_of_it(config):
    for user in (None, *users(config)):
        for each in shared(config) if user is None else expand(config, user):
            kind = KINDS[each.kind]
            assert not kind.missing(kind.order(each, "oneadmin"))


def test_nothing_is_removed_unless_asked_for(config):
    assert all(settings(config, user) == DEFAULT_SETTINGS for user in users(config))


def test_a_lab_a_user(config):
    labs = chosen(config, lab="school")
    assert [lab.user for lab in labs] == of_eole(config)
    assert {tuple(machine.name for machine in lab.machines) for lab in labs} == {("database", "web")}


def test_the_example_of_a_virtual_router(config):
    example = yaml.safe_load((FOLDER.parents[1] / "virtual-router.sls").read_text(encoding="utf-8"))
    user = {"users": {"zelda": {"blueprint": "routed", "vlan_base": 3900, "gateway": {"uplink_ip": "192.168.230.200"}}}}
    whole = merge(merge(config, example["opennebula"]), user)
    assert validate(whole) == []
    router = expand(whole, "zelda")[-1]
    assert (router.kind, router.values["vms"], len(router.values["nics"])) == ("onevrouter", 2, 4)
    assert "VROUTER" in next(each for each in shared(whole) if each.name == "router").values["attributes"]
