"""Addresses that single objects lease, and networks reserve, which their declared network does not have."""

import pytest
import yaml

from onecore.schema import validate
from tests.doubles.pillars import merged

PILLAR = """
shared:
  networks: {EOLE: {driver: bridge, cidr: 192.168.230.0/24, first: 192.168.230.11, size: 9}, open: {driver: bridge}}
  templates:
    server: {cpu: 1, memory: 64}
    router: {cpu: 1, memory: 64, attributes: {vrouter: "yes"}}
blueprints:
  eole:
    vlans: {driver: bridge}
    networks: {dmz: {cidr: 10.1.3.0/24, first: 10.1.3.50, size: 50}}
    gateway: {template: server, lan: [dmz]}
users: {alice: {blueprint: eole}, bob: {blueprint: eole}}
"""


def faults(more="{}"):
    """The faults of the pillar above with more said, as YAML."""
    return [str(fault) for fault in validate(merged(yaml.safe_load(PILLAR), yaml.safe_load(more)))]


def single(kind, values):
    return f"{{objects: {{{kind}: {{x: {values}}}}}}}"


def reserved(values):
    return f"{{reserved_from: {{network: EOLE, owner: oneadmin, {values}}}}}"


ON_DMZ = "{template: server, nics: [{network: dmz, owner: alice, ip: %s}]}"
RIGHT = [
    *(single("onevm", ON_DMZ % ip) for ip in ("10.1.3.50", "10.1.3.1")),
    # What is not declared, or not completely, is known to the cloud only.
    single("onevm", "{template: server, nics: [{network: other, ip: 10.9.9.9}, {network: open, ip: 10.9.9.9}]}"),
    single("onevnet", reserved("size: 9")),
    single("onevnet", reserved("size: 9, first: '02:00:c0:a8:e6:0b'")),
    # It may have grown from one range into another one.
    "{shared: {networks: {two: {driver: bridge, address_ranges: "
    "{a: {ip: 10.0.0.1, size: 9}, b: {ip: 10.1.0.1, size: 9}}}, "
    "part: {reserved_from: {network: two, size: 18, first: 10.0.0.1}}}}}",
    single("onevnet", "{reserved_from: {network: open, size: 4095}}"),
    f"{{shared: {{networks: {{part: {reserved('size: 4, first: 192.168.230.12')}}}}}}}",
]
WRONG = [
    (
        single(kind, f"{{owner: alice, template: {template}, nics: [{{network: dmz, ip: 10.1.3.100}}]}}"),
        f"objects.{kind}.x.nics[0].ip: 10.1.3.100 is in no address range of dmz, so OpenNebula cannot lease it",
    )
    for kind, template in (("onevm", "server"), ("onevrouter", "router"))
] + [
    (more, f"{path}.reserved_from.size: 10 is more than all addresses of EOLE of oneadmin, 9")
    for more, path in [
        (single("onevnet", reserved("size: 10")), "objects.onevnet.x"),
        (f"{{shared: {{networks: {{part: {reserved('size: 10')}}}}}}}", "shared.networks.part"),
        (
            f"{{blueprints: {{eole: {{networks: {{part: {reserved('size: 10')}}}}}}}}}",
            "blueprints.eole.networks.part",
        ),
        (f"{{users: {{bob: {{networks: {{part: {reserved('size: 10')}}}}}}}}}", "users.bob.networks.part"),
    ]
]
TEMPLATES = [
    (
        "{blueprints: {eole: {gateway: {template: router}}}}",
        "blueprints.eole.gateway.template: template router is for virtual routers, since its attribute VROUTER is YES; "
        "OpenNebula creates no other VM from it",
    ),
    (
        "{shared: {templates: {server: {attributes: {VROUTER: 'no'}}}}, "
        "users: {bob: {gateway: {virtual_router: {vms: 1}}}}}",
        "users.bob.gateway.template: template server needs the attribute VROUTER: YES for a virtual router "
        "(inherited from blueprint eole)",
    ),
]


@pytest.mark.parametrize("more", RIGHT)
def test_what_a_network_has(more):
    assert faults(more) == []


@pytest.mark.parametrize(("more", "found"), WRONG)
def test_what_it_does_not_have(more, found):
    assert faults(more) == [found]


@pytest.mark.parametrize(("more", "found"), TEMPLATES)
def test_a_template_of_the_other_sort(more, found):
    assert faults(more) == [found]


def test_a_template_whose_attributes_are_not_declared():
    """It may be one of the marketplace that is taken over; a run looks at it before it writes anything."""
    assert faults("{users: {bob: {gateway: {virtual_router: {vms: 1}}}}}") == []


def test_a_router_from_its_template():
    assert faults("{blueprints: {eole: {gateway: {template: router, virtual_router: {vms: 1}}}}}") == []
