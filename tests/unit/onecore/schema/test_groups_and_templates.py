"""Cross-checks of VM groups, of network templates, and of VM groups in templates."""

import pytest

from .test_checks import faults

CASES = [
    ("{blueprints: {eole: {vm_groups: {web: {roles: {a: {}, b: {}}, affined: [[a, b]]}}}}}", []),
    ("{users: {bob: {vm_groups: {web: {description: mine}}}}}", []),
    (
        "{users: {bob: {vm_groups: {web: {roles: {a: {policy: ANTI_AFFINED}}, affined: [[a, b], [a]]}}}}}",
        [
            "users.bob.vm_groups.web.affined: the policy of role a is ANTI_AFFINED, which is the opposite",
            "users.bob.vm_groups.web.affined: there is no role b",
            "users.bob.vm_groups.web.affined[1]: a rule needs at least two roles",
        ],
    ),
    (
        "{shared: {vm_groups: {web: {roles: {a: {}, b: {}}, affined: [[a, b]], anti_affined: [[b, a]]}}}}",
        [
            "shared.vm_groups.web.affined: role a is in a rule of anti_affined as well; a role can be in only one "
            "of them",
            "shared.vm_groups.web.affined: role b is in a rule of anti_affined as well; a role can be in only one "
            "of them",
        ],
    ),
    (
        "{users: {bob: {vm_groups: {wbe: null}}}, blueprints: {eole: {vm_groups: {web: {}}}}}",
        ["users.bob.vm_groups.wbe: null removes nothing: the blueprint has no such VM group; did you mean web?"],
    ),
    (
        "{shared: {network_templates: {private: {cidr: 10.0.0.0/24, gateway: 10.0.1.1}}}}",
        [
            "shared.network_templates.private.driver: is required",
            "shared.network_templates.private.gateway: 10.0.1.1 is no address for a router in 10.0.0.0/24",
        ],
    ),
    (
        "{shared: {templates: {t: {vm_group: {group: web}}}}}",
        ["shared.templates.t.vm_group.role: is required"],
    ),
    ("{users: {bob: {networks: {lab: {reserved_from: {network: EOLE, owner: oneadmin, size: 8}}}}}}", []),
    ("{shared: {clusters: {a: {attributes: {one_drs: {policy: pack, automation: full, cpu_weight: 0.5}}}}}}", []),
    (
        "{shared: {clusters: {a: {attributes: {ONE_DRS: {POLICY: pack}}}}}}",
        ["shared.clusters.a.attributes.ONE_DRS: AUTOMATION must be given, one of manual, partial, full"],
    ),
    ("{users: {bob: {networks: {lab: {reserved_from: {network: EOLE, size: 8, first: 'fd00::5'}}}}}}", []),
    ("{users: {bob: {networks: {lab: {reserved_from: {network: EOLE, size: 8, first: '02:00:00:00:00:1a'}}}}}}", []),
    (
        "{users: {bob: {networks: {lab: {vlan: 9, reserved_from: {network: EOLE}}}}}}",
        [
            "users.bob.networks.lab.reserved_from.size: is required",
            "users.bob.networks.lab.vlan: is not possible for a reservation, which gets it from its network",
        ],
    ),
    ("{users: {bob: {networks: {lab: {template: {template: private, owner: oneadmin}}}}}}", []),
    (
        "{users: {bob: {networks: {lab: {vlan: 9, template: private}}}}}",
        ["users.bob.networks.lab.vlan: is not possible for a network from a template, which determines its VLAN"],
    ),
    ("{users: {bob: {networks: {lan6: {vlan: 9, cidr6: 'fd00::/64', size: 9, gateway6: 'fe80::1'}}}}}", []),
    (
        "{users: {bob: {networks: {lan6: {vlan: 9, cidr6: 'fd00::/64', gateway6: 'fd00:1::1'}}}}}",
        [
            "users.bob.networks.lan6.cidr6: makes an address range only together with size",
            "users.bob.networks.lan6.gateway6: fd00:1::1 is no address in fd00::/64",
        ],
    ),
    (
        "{users: {bob: {networks: {lan6: {vlan: 9, cidr6: 'fd00::/48', first: 10.0.0.9, size: 9}}}}}",
        [
            "users.bob.networks.lan6.cidr6: must have the prefix length 64; declare address_ranges with ip6 for others",
        ],
    ),
    (
        "{users: {bob: {networks: {lan: {vlan: 9, holds: {10.0.0.300: x}}}}}}",
        ["users.bob.networks.lan.holds.10.0.0.300: must be an IP or MAC address; found the text '10.0.0.300'"],
    ),
]


@pytest.mark.parametrize(("more", "found"), CASES)
def test_what_they_have_wrong_is_said(more, found):
    assert faults(more) == found
