"""Answers of OpenNebula with one invalid value: users get an error in one sentence, never a traceback."""

import copy
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from onecore.basics.errors import OneError, SettleError
from onecore.basics.plan import Desired
from onecore.cloud.campaign import alone
from onecore.cloud.collection import NUMBER
from onecore.cloud.directory import EVERY
from onecore.commands.common import list_, show
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.engine.report import Report
from onecore.kinds.image import IMAGE
from onecore.kinds.registry import KINDS
from onecore.kinds.template import TEMPLATE
from onecore.orchestration import lab_campaign
from onecore.orchestration.lab_work import WORKS
from onecore.orchestration.status import status
from onecore.orchestration.users import build
from onecore.pillar.labs import chosen, machines
from onecore.publishing.declared import Publication
from onecore.publishing.publication import publish
from onecore.verbs.expiry import remove_expired
from onecore.verbs.plans import VERBS
from onecore.verbs.rebuild import REBUILT
from onecore.verbs.verb import perform
from onecore.wire.client import is_read
from tests.doubles.simulated import Simulated, Wire

LAB = {
    "db": {"template": "server", "networks": ["lan"], "snapshot": "initial", "expires": "2w"},
    "web": {"template": "server", "networks": ["lan"], "snapshot": "initial", "after": ["db"], "memory": "128M"},
}
DISKS = [{"image": "debian", "owner": "oneadmin"}]
CONFIG = {
    "shared": {
        "groups": {"eole": {"resources": ["VM", "IMAGE", "TEMPLATE"], "quota": {"vms": 50}}},
        "networks": {"EOLE": {"driver": "bridge", "permissions": "604", "first": "192.168.230.11", "size": 9}},
        "images": {"debian": {"datastore": "default", "type": "DATABLOCK", "size": 10, "permissions": "644"}},
        "templates": {
            "server": {"cpu": 0.1, "memory": 64, "permissions": "644", "disks": DISKS * 2, "context": {"A": "b"}},
            "gateway": {"cpu": 0.1, "memory": 64, "permissions": "644", "disks": DISKS},
        },
    },
    "blueprints": {
        "eole": {
            "group": "eole",
            "quota": {"vms": 5, "memory": "4G", "networks": {"EOLE": 3}},
            "vlans": {"first": 2, "last": 4094, "phydev": "eth1"},
            "networks": {
                "lan": {"vlan": 0, "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 10},
                "dmz": {"vlan": 1, "address_ranges": {"any": {"type": "ETHER", "size": 5}}},
            },
            "gateway": {"template": "gateway", "uplink": {"network": "EOLE"}, "lan": {"lan": "10.0.0.50"}},
            "labs": {"school": LAB},
        }
    },
    "users": {"alice": {"blueprint": "eole", "vlan_base": 100, "gateway": {"uplink_ip": "192.168.230.11"}}},
}


def edited():
    """The same after an edit that changes, adds and takes away."""
    config = copy.deepcopy(CONFIG)
    blueprint = config["blueprints"]["eole"]
    config["users"]["alice"]["vlan_base"] = 200
    blueprint["quota"]["vms"] = 7
    blueprint["networks"]["lan"]["size"] = 12
    blueprint["networks"]["dmz"] = None
    blueprint["gateway"]["memory"] = 128
    config["shared"]["images"]["debian"]["persistent"] = True
    return config


def founded():
    """A cloud with all of that, a router, a published image, and a snapshot."""
    simulated = Simulated()
    cloud = simulated.connect()
    for user in (None, "alice"):
        assert not [report.error for report in build(cloud, CONFIG, user, test=False).reports if report.error]
    labs = lab_campaign.run(cloud, [WORKS["build"](each) for each in machines(chosen(CONFIG))])
    assert labs.failed == []
    for desired in MORE:
        (report,) = converge(cloud, KINDS, [desired])
        assert report.error == "", report.error
    simulated.settle()
    return simulated


ROUTED = {"cpu": 0.1, "memory": 64, "attributes": {"VROUTER": "YES"}}
MORE = [
    Desired("onetemplate", "routed", "alice", ROUTED, "sls/alice"),
    Desired(
        "onevrouter",
        "edge",
        "alice",
        {"template": "routed", "template_owner": "alice", "nics": [{"network": "lan"}]},
        "sls/alice",
    ),
    Desired("oneimage", "build", "alice", {"datastore": "default", "type": "DATABLOCK", "size": 8}, "sls/alice"),
    Desired("onetemplate", "built", "alice", {"cpu": 0.1, "memory": 64}, "sls/alice"),
]


def infrastructure(config, test, user):
    return lambda cloud: build(cloud, config, user, test=test, prune=True).reports


def lab(name, test):
    def carry_out(cloud):
        works = [WORKS[name](each) for each in machines(chosen(CONFIG))]
        return [work.report for work in lab_campaign.run(cloud, works, test).works]

    return carry_out


def verb(verb, test, **given):
    return lambda cloud: perform(cloud, verb, [("db", "alice"), ("web", "alice")], given, test)


def one(cli, name, **values):
    return lambda cloud: converge(cloud, KINDS, [Desired(cli, name, "alice", values, "eole/alice")])


def published(kind, name):
    made = Publication(kind, "public", "alice", name, 2, {"permissions": "644"}, "sls/alice")

    def work(cloud):
        report = Report(made.kind, made.name, made.owner)
        alone(cloud, publish(cloud, made, report))
        return [report]

    return work


def told(cloud):
    """What only looks: tables, and each object."""
    status(cloud, {"alice": ()})
    lab_campaign.status(cloud, machines(chosen(CONFIG)))
    for kind in (each for each in EVERY if each.key != NUMBER):
        for row in list_(cloud, kind):
            show(cloud, kind, row["id"])
    return []


def gone(cli, name):
    return lambda cloud: [remove(cloud, KINDS[cli], name, "alice" if KINDS[cli].per_owner else None)]


WORK = {
    "told": told,
    **{f"{user} {test}": infrastructure(edited(), test, user) for user in (None, "alice") for test in (True, False)},
    **{f"{name} {test}": lab(name, test) for name in WORKS for test in (True, False)},
    "snapshot": verb(VERBS["snapshot_present"], False, snapshot="later"),
    "keep": verb(VERBS["snapshot_keep"], False, keep=0),
    "revert": verb(VERBS["reverted"], False, disks=[1]),
    "power": verb(VERBS["powered_off"], False),
    "redeploy": verb(REBUILT, False, strategy="redeploy"),
    "auto": verb(REBUILT, True),
    "nics": one("onevm", "db", nics=[{"network": "lan", "ip": "10.0.0.55"}], memory=256, on_change="poweroff"),
    "ranges": one("onevnet", "lan", address_ranges=[{"ip": "10.0.0.50", "size": 5}], vlan_id=300),
    "more VMs": one("onevrouter", "edge", vms=2),
    "router": one("onevrouter", "edge", template="routed", template_owner="alice", vms=2, nics=[{"network": "dmz"}]),
    "image": published(IMAGE, "build"),
    "template": published(TEMPLATE, "built"),
    "expired": lambda cloud: remove_expired(cloud, now=2**33),
    **{f"no {name}": gone(cli, name) for cli, name in [("onevnet", "lan"), ("oneuser", "alice"), ("onevrouter", "edge"),
       ("onegroup", "eole"), ("oneimage", "build"), ("onevm", "db")]},
}  # fmt: skip

TEXTS = ["", "x", "-5", "0", "9" * 30, "9" * 5000, "1.5", "²", "-1", "10.0.0.300", "x" * 100_000, "0x", "a\nb", "YES"]


def twisted(body, seed):
    """An answer with one thing in it that OpenNebula would not say."""
    dice = random.Random(seed)
    root = etree.fromstring(body)
    every = list(root.iter())
    element = dice.choice(every)
    match dice.randrange(8):
        case 0 | 1 | 2:
            element.text, element[:] = dice.choice(TEXTS), []
        case 3 if element is not root:
            element.getparent().remove(element)
        case 4 if element is not root:
            element.addnext(copy.deepcopy(element))
        case 5:
            element.append(copy.deepcopy(dice.choice(every[-50:])))
        case 6:
            element.tag = dice.choice(every).tag
        case _:
            inner = etree.SubElement(element, "A")
            for _ in range(dice.choice([1, 5, 400])):
                inner = etree.SubElement(inner, "A")
    return etree.tostring(root).decode()


class Twisted(Wire):
    """A wire on which one answer becomes something else, or each from then on."""

    def __init__(self, simulated, number, seed, ever):
        super().__init__(simulated)
        self.reads, self.number, self.seed, self.ever = 0, number, seed, ever

    def reply(self, method, params):
        ok, body, *rest = super().reply(method, params)
        if not ok or not is_read(method) or not body.startswith("<"):
            return [ok, body, *rest]
        self.reads += 1
        due = self.reads >= self.number if self.ever else self.reads == self.number
        return [ok, twisted(body, self.seed + self.reads) if due else body, *rest]


def impatient(simulated, wire):
    """A cloud whose run ends when it has waited for long."""
    looks = iter(range(60))

    def sleep(seconds):
        simulated.settle()
        if next(looks, None) is None:
            raise SettleError("it takes too long")

    cloud = simulated.connect(wire)
    cloud.sleep = sleep
    return cloud


def sentences(name, number, seed, ever):
    """Do it on such a wire; returns what people are told."""
    simulated = founded()
    cloud = impatient(simulated, Twisted(simulated, number, seed, ever))
    try:
        return [report.comment(False) for report in WORK[name](cloud)]
    except OneError as error:
        return [str(error)]


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(WORK)), st.integers(1, 12), st.integers(0, 2**32), st.booleans())
def test_whatever_an_answer_says_people_read_sentences(name, number, seed, ever):
    for said in sentences(name, number, seed, ever):
        assert "Traceback" not in said
        assert "\n" not in said
        assert len(said) < 2000
