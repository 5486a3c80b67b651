"""Errors in combinations of VMs: duplicate addresses, incomplete templates."""

import pytest
import yaml

from onecore.schema import validate
from tests.doubles.pillars import merged

PILLAR = """
shared:
  networks: {EOLE: {driver: bridge, cidr: 192.168.230.0/24, first: 192.168.230.11, size: 9, permissions: "644"}}
  images: {disk: {datastore: default, size: 1G}, big: {datastore: default, path: /x, size: 1G}}
  templates:
    server: {cpu: 1, memory: 64, disks: [{image: disk, owner: oneadmin}]}
    router: {cpu: 1, memory: 64, attributes: {VROUTER: true}}
blueprints:
  eole:
    vlans: {driver: bridge}
    networks:
      dmz: {cidr: 10.1.3.0/24, first: 10.1.3.50, size: 50}
      free: {cidr: 10.1.4.0/24}
    gateway: {template: server, lan: [dmz]}
    labs: {school: {db: {template: server}, web: {template: server}}}
users: {alice: {blueprint: eole}, bob: {blueprint: eole}}
"""


def faults(more="{}"):
    """The faults of the pillar above with more said, as YAML."""
    return [str(fault) for fault in validate(merged(yaml.safe_load(PILLAR), yaml.safe_load(more)))]


def lab(machines, lab="school"):
    return f"{{blueprints: {{eole: {{labs: {{{lab}: {machines}}}}}}}}}"


def shared(section, said):
    return f"{{shared: {{{section}: {said}}}}}"


ON_DMZ = "{nics: [{network: dmz, ip: %s}]}"
ON_EOLE = "{nics: [{network: EOLE, owner: oneadmin, shared: true, ip: 192.168.230.12}]}"
AT = "blueprints.eole.labs.school"
WRONG = [
    (
        lab("{db: {nics: [{network: dmz, ip: 10.1.3.60}]}, web: {nics: [{network: dmz, ip: 10.1.3.60}]}}"),
        [f"{AT}.web.nics[0].ip: 10.1.3.60 is already the address of VM db on network dmz"],
    ),
    (
        lab(f"{{web: {ON_DMZ % '10.1.3.1'}}}"),
        [f"{AT}.web.nics[0].ip: 10.1.3.1 is already the address of the gateway on network dmz"],
    ),
    (
        lab(f"{{web: {ON_DMZ % '10.1.3.7'}}}"),
        [f"{AT}.web.nics[0].ip: 10.1.3.7 is in no address range of dmz, so OpenNebula cannot lease it"],
    ),
    (lab("{web: {nics: [{network: free, ip: 10.1.4.7}]}}"), []),
    (
        lab(f"{{web: {ON_EOLE}}}"),
        [
            "users.bob.labs.school.web.nics[0].ip: 192.168.230.12 is already the address of VM web of alice on network "
            "EOLE (inherited from blueprint eole)"
        ],
    ),
    (f"{{users: {{bob: {{labs: {{school: {{web: {ON_EOLE}}}}}}}}}}}", []),
    (lab("{web: {nics: [{network: dmz, ip: 10.1.3.60}]}, db: {nics: [{network: free, ip: 10.1.4.1}]}}"), []),
    (
        shared("templates", "{server: {cpu: null}}"),
        [
            "blueprints.eole.gateway.template: template server has no cpu, which a VM needs",
            f"{AT}.db.template: template server has no cpu, which a VM needs",
            f"{AT}.web.template: template server has no cpu, which a VM needs",
        ],
    ),
    ("{shared: {templates: {server: {cpu: null}}}, blueprints: {eole: {gateway: {cpu: 1}, labs: null}}}", []),
    (
        "{shared: {templates: {router: {memory: null}}}, "
        "blueprints: {eole: {gateway: {template: router, virtual_router: {}}}}}",
        ["blueprints.eole.gateway.template: template router has no memory, which a VM needs"],
    ),
    (lab("{web: {vmgroup: apart}}"), [f"{AT}.web.vmgroup: needs vmgroup_role, its role in the VM group"]),
    (lab("{web: {vmgroup: apart, vmgroup_role: db}}"), []),
    (
        "{blueprints: {eole: {vm_groups: {apart: {roles: {dbs: {}}}}, "
        "labs: {school: {web: {vmgroup: apart, vmgroup_role: db}}}}}}",
        [f"{AT}.web.vmgroup_role: VM group apart has no role db; did you mean dbs?"],
    ),
    (
        shared("templates", "{server: {cpu: one}}"),
        ["shared.templates.server.cpu: must be a positive number; found the text 'one'"],
    ),
    ("{shared: {templates: {server: {owner: bob, memory: null}}}}", []),
    (
        shared("templates", "{server: {disks: [{owner: oneadmin}, {size: 1G}, {size: 1G, TYPE: swap}]}}"),
        [
            "shared.templates.server.disks[0]: needs image, or else TYPE (fs or swap) and size of an empty disk",
            "shared.templates.server.disks[1]: needs image, or else TYPE (fs or swap) and size of an empty disk",
        ],
    ),
    (
        shared("templates", "{server: {disks: [{image: 3}]}}"),
        ["shared.templates.server.disks[0].image: must be the name of an image; found the number 3 (put it in quotes)"],
    ),
    (
        shared("templates", "{server: {disks: [{image: disk, owner: oneadmin, size: 512M}]}}"),
        ["shared.templates.server.disks[0].size: 512M is less than the size of image disk, 1G"],
    ),
    (shared("templates", "{server: {disks: [{image: big, owner: oneadmin, size: 512M}]}}"), []),
    (
        shared("networks", "{dmz: {driver: bridge, owner: alice}}"),
        ["shared.networks.dmz: alice has a network of that name already (blueprints.eole.networks.dmz)"],
    ),
    (shared("networks", "{dmz: {driver: bridge, owner: oneadmin}}"), []),
]


def test_the_pillar_itself_is_sound():
    assert faults() == []


@pytest.mark.parametrize(("more", "found"), WRONG)
def test_combination(more, found):
    assert faults(more) == found


@pytest.mark.parametrize("place", ["{attributes: {Name: x}}", "{networks: {dmz: {attributes: {NAME: x}}}}"])
def test_the_name_of_an_object_is_no_attribute(place):
    (told,) = faults(f"{{users: {{bob: {place}}}}}")
    assert told.startswith("users.bob.")
    assert told.endswith(": it is the name of the object, not an attribute")


def test_labs_may_use_the_same_addresses_one_after_the_other():
    one = f"{{web: {ON_DMZ % '10.1.3.60'}}}"
    other = "{other: {template: server, nics: [{network: dmz, ip: 10.1.3.60}]}}"
    assert faults(f"{{blueprints: {{eole: {{labs: {{school: {one}, second: {other}}}}}}}}}") == []


def test_an_attribute_that_only_some_kinds_can_repeat():
    assert faults("{users: {bob: {attributes: {X: [a, b]}}}}") == [
        "users.bob.attributes.X: must be text, a number, true or false, or a dictionary of these; found a list"
    ]
    assert faults("{users: {bob: {networks: {dmz: {attributes: {X: [a, b]}}}}}}") == []
