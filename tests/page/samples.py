"""Reproducible sheets of a cloud of any size."""

import collections
import random

from onecore.basics.plan import Change
from onecore.engine.report import Report
from onecore.kinds.registry import KINDS
from onecore.pictures import sheets, vlans
from onecore.pictures.findings import audit, drift
from onecore.pictures.leases import leases
from onecore.takeover.audit import audit as holes
from tests.doubles.fake_cloud import cloud, described

STATES = [(3, 3)] * 17 + [(8, 0), (3, 36), (3, 2)]
NAMES = (
    "academie",
    "dmz1",
    "dmz2",
    "dmzpriv",
    "RIE",
    "windows",
    "guests",
    "infra",
    "voip",
    "cameras",
    "pedago",
    "store",
)
USERS = ("alice", "basile", "camille", "damien", "elise", "farid", "gaelle", "hugo", "ines", "jerome")
NETWORKS = 12
NETWORK = KINDS["onevnet"]


def school(rows):
    """All sheets of a cloud with about that number of networks, VMs and addresses."""
    chance = random.Random(rows)
    users = max(1, rows // NETWORKS)
    networks = [_network(user, number) for user in range(users) for number in range(min(rows, NETWORKS))]
    machines = [_machine(number, networks, chance) for number in range(len(networks))]
    held = collections.Counter(vm["TEMPLATE"]["NIC"]["NETWORK_ID"] for vm in machines)
    for each in networks:
        each["USED_LEASES"] = held[each["ID"]]
    accounts = [described("oneuser", 2 + number, _user(number), GNAME="eole") for number in range(users)]
    made_up = cloud(onevnet=networks, onevm=machines, oneuser=accounts)
    used = vlans.used(made_up)
    told = [
        {"user": _user(number), "state": "missing" if number == 7 else "RUNNING", "vlans": "100-111", "gateway": "gw",
         "uplink": f"192.168.{number // 250}.{number % 250 + 1}", "undeclared": ["VM old"] if number == 4 else []}
        for number in range(users)
    ]  # fmt: skip
    labs = [
        {"user": vm["UNAME"], "lab": "etb1", "vm": vm["NAME"], "id": vm["ID"], "state": "RUNNING", "ip": "10.0.0.1",
         "ready": number % 9 != 0}
        for number, vm in enumerate(machines)
    ]  # fmt: skip
    blueprints = {_user(number): "eole" for number in range(users)}
    return [
        sheets.users(made_up, told, blueprints, dict.fromkeys(blueprints, 1)),
        sheets.networks(made_up),
        sheets.machines(made_up),
        sheets.labs(labs, False),
        leases(made_up),
        drift({_user(number): _reports(number) for number in range(users)}),
        sheets.vlans(made_up, used, vlans.free(used, [vlans.Space("eth1", 2, 4094, "b0")])),
        audit(holes(made_up)),
    ]


def _reports(user):
    """Reports of a user's dry run."""
    change = Change("vlan_id", 100 + user, 101 + user, "update", disruptive=user % 2 == 0)
    reports = [
        Report(NETWORK, "dmz1", _user(user), "update", 1, [change]),
        Report(NETWORK, "lan", _user(user), "create"),
    ]
    return [reports, [Report(NETWORK, "dmz1", _user(user), error="no host takes it")], [], []][user % 4]


def _user(number):
    return USERS[number % 10] + (str(number // 10) if number >= 10 else "")


def _network(user, number):
    place = NETWORKS * user + number
    range_ = {"AR_ID": 0, "IP": f"10.{place // 250}.{place % 250}.10", "SIZE": 4 if number == 5 else 150}
    content = described("onevnet", place, NAMES[number], "alice")
    content |= {
        "UNAME": _user(user),
        "GNAME": "eole",
        "VLAN_ID": 100 + place % 3900,
        "PHYDEV": f"eth{1 + place // 3900}",
    }
    template = {"NETWORK_ADDRESS": f"10.{place // 250}.{place % 250}.0", "NETWORK_MASK": "255.255.255.0"}
    return content | {
        "VN_MAD": "802.1Q",
        "STATE": 5 if place == 3 else 1,
        "TEMPLATE": template,
        "AR_POOL": {"AR": range_},
    }


def _machine(number, networks, chance):
    network = chance.choice(networks)
    state, lcm = chance.choice(STATES)
    content = described("onevm", number, f"{chance.choice(['scribe', 'amon', 'horus', 'gateway'])}-{number}", "alice")
    nic = {"NETWORK_ID": network["ID"], "IP": network["AR_POOL"]["AR"]["IP"].replace(".10", f".{10 + number % 200}")}
    nic["MAC"] = "02:00:0a:00:00:01"
    host = {"HISTORY": {"SEQ": 0, "HOSTNAME": f"host{number % 5}.example.org"}}
    template = {"NIC": nic, "CPU": "0.5", "MEMORY": 2048}
    content |= {"UNAME": network["UNAME"], "GNAME": "eole", "STATE": state, "LCM_STATE": lcm, "TEMPLATE": template}
    return content | {"HISTORY_RECORDS": host, "USER_TEMPLATE": {"LAB": "etb1"} if number % 3 else {}}
