"""The schema of the pillar, key by key: errors with their paths, in clear words."""

import pytest
import yaml

from onecore.schema import validate


def faults(text):
    """The faults of a pillar written as YAML, as texts."""
    return [str(fault) for fault in validate(yaml.safe_load(text))]


def test_nothing_is_wrong_with_little():
    assert validate({}) == []
    assert faults("{users: , blueprints: {}, shared: {networks: }, connection: }") == []


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (None, "the pillar has no key opennebula"),
        ([], "must be a dictionary that describes an OpenNebula cloud; found a list"),
        ("oneadmin:secret", "must be a dictionary that describes an OpenNebula cloud; found a text"),
        (True, "must be a dictionary that describes an OpenNebula cloud; found true"),
    ],
)
def test_pillar_of_the_wrong_type(config, text):
    assert [str(fault) for fault in validate(config)] == [text]


def test_all_faults_at_once_sorted_by_path():
    assert faults("""
        users:
          bob: {blueprint: 3, vlan_base: x}
          alice: {vlan_bse: 100, blueprint: eole}
        blueprints: {eole: {group: [a]}}
        prune: 'yes'
    """) == [
        "blueprints.eole.group: must be the name of a group; found a list",
        "prune: must be true or false; found the text 'yes' (leave out the quotes)",
        "users.alice.vlan_bse: unknown key; did you mean vlan_base?",
        "users.bob.blueprint: must be the name of a blueprint; found the number 3 (put it in quotes)",
        "users.bob.vlan_base: must be a whole number of 0 or more; found the text 'x'",
    ]


def network(text):
    """The faults of one network of a blueprint."""
    prefix = "blueprints.b.networks.n"
    found = faults(f"{{blueprints: {{b: {{vlans: {{phydev: eth1}}, networks: {{n: {text}}}}}}}}}")
    return [fault.removeprefix(prefix).removeprefix(".") for fault in found]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[]", ": must be a dictionary that describes a network of a user; found a list"),
        ("{vlan: 1.5}", "vlan: must be a whole number of 0 or more; found the number 1.5"),
        ("{vlan: 1.0}", "vlan: must be a whole number of 0 or more; found the number 1.0"),
        ("{vlan: '1'}", "vlan: must be a whole number of 0 or more; found the text '1' (leave out the quotes)"),
        (
            "{vlan: '0300'}",
            "vlan: must be a whole number of 0 or more; found the text '0300' (write 300, without quotes)",
        ),
        ("{vlan: true}", "vlan: must be a whole number of 0 or more; found true"),
        ("{vlan: -1}", "vlan: must be a whole number of 0 or more; found the number -1"),
        ("{vlan: 1, mtu: 10}", "mtu: must be a whole number from 68 to 65535; found the number 10"),
        ("{vlan: 1, phydev: ''}", "phydev: must not be empty"),
        (
            "{vlan: 1, driver: 802.1q}",
            "driver: must be one of 802.1Q, vxlan, ovswitch, ovswitch_vxlan, bridge, fw, dummy; "
            "found the text '802.1q'",
        ),
        ("{vlan: 1, clusters: default}", "clusters: must be a list, each entry the name of a cluster; found a text"),
        (
            "{vlan: 1, clusters: [1]}",
            "clusters[0]: must be the name of a cluster; found the number 1 (put it in quotes)",
        ),
        ("{vlan: 1, clusters: [null]}", "clusters[0]: must be the name of a cluster; found nothing"),
        (
            "{vlan: 1, cidr: 10.0.0.0}",
            "cidr: must be an IPv4 network with its prefix length, such as 192.168.0.0/24; found the text '10.0.0.0'",
        ),
        (
            "{vlan: 1, cidr: 10.0.0.1/24}",
            "cidr: 10.0.0.1/24 is an address inside of a network; did you mean 10.0.0.0/24?",
        ),
        (
            "{vlan: 1, cidr: 10.0.0.0/33}",
            "cidr: must be an IPv4 network with its prefix length, such as 192.168.0.0/24; "
            "found the text '10.0.0.0/33'",
        ),
        ("{vlan: 1, dns: ''}", "dns: must be IP addresses, separated by blanks; found the text ''"),
        ("{vlan: 1, dns: 10.0.0.1 x}", "dns: must be IP addresses, separated by blanks; found the text '10.0.0.1 x'"),
        (
            "{vlan: 1, gateway: 10.0.0}",
            "gateway: must be an IPv4 address, such as 192.168.0.1; found the text '10.0.0'",
        ),
        (
            "{vlan: 1, gateway: 10.0}",
            "gateway: must be an IPv4 address, such as 192.168.0.1; found the number 10.0 (put it in quotes)",
        ),
        (
            "{vlan: 1, network_mask: 255.255.0.255}",
            "network_mask: must be a network mask, such as 255.255.255.0; found the text '255.255.0.255'",
        ),
        (
            "{vlan: 1, network_mask: '24'}",
            "network_mask: must be a network mask, such as 255.255.255.0; found the text '24'",
        ),
        (
            "{vlan: 1, permissions: 0644}",
            'permissions: must be three octal digits in quotes, such as "640"; '
            "found the number 420 (YAML reads 0644 as 420: put it in quotes)",
        ),
        (
            "{vlan: 1, permissions: '648'}",
            "permissions: must be three octal digits in quotes, such as \"640\"; found the text '648'",
        ),
        (
            "{vlan: 1, permissions: '0644'}",
            "permissions: must be three octal digits in quotes, such as \"640\"; found the text '0644'",
        ),
        (
            "{vlan: 1, attributes: {FILTER: {A: [b]}}}",
            "attributes.FILTER.A: must be text, a number, true or false; found a list",
        ),
        (
            "{vlan: 1, attributes: {A B: c}}",
            "attributes.A B: is no name of an attribute; use letters, digits and '_', no digit first and not XML",
        ),
        ("{vlan: 1, attributes: {vlan_id: 7}}", "attributes.vlan_id: has a key of its own, vlan_id; use that"),
        (
            "{vlan: 1, attributes: {SALT_MANAGED: x}}",
            "attributes.SALT_MANAGED: cannot be declared here: the states set it themselves",
        ),
        (
            "{vlan: 1, attributes: {A: 'x]]>y'}}",
            "attributes.A: contains ']]>', which OpenNebula cannot store "
            "(it keeps values in CDATA); encode it, e.g. as base64",
        ),
        (
            "{vlan: 1, attributes: {A: 2024-01-01}}",
            "attributes.A: must be text, a number, true or false, a dictionary of these, "
            "or a list of all; found a date",
        ),
        (
            "{vlan: 1, address_ranges: {a: {size: 1, ip: 10.0.0.1, type: ip4}}}",
            "address_ranges.a.type: must be one of IP4, IP6, "
            "IP6_STATIC, IP4_6, IP4_6_STATIC, ETHER; found the text 'ip4'",
        ),
        (
            "{vlan: 1, address_ranges: {a: {size: 1, ip: 10.0.0.1, mac: 02-00}}}",
            "address_ranges.a.mac: must be a MAC address such as 02:00:c0:a8:00:0a; found the text '02-00'",
        ),
        (
            "{vlan: 1, address_ranges: {a: {siz: 1, ip: 10.0.0.1}}}",
            "address_ranges.a.siz: unknown key; did you mean size?",
        ),
    ],
)
def test_network(text, fault):
    assert network(text) == [fault]


def test_attributes_of_an_address_range_in_capitals():
    assert network("{vlan: 1, address_ranges: {a: {type: ETHER, size: 1, IPAM_MAD: 'dummy'}}}") == []


def test_known_keys_in_capitals():
    assert network("{vlan: 1, address_ranges: {a: {TYPE: ETHER, size: 1, ip: 10.0.0.1}}}") == [
        "address_ranges.a.TYPE: unknown key; did you mean type?"
    ]
    assert network("{Vlan: 1, automatic_vlan_id: true}") == ["Vlan: unknown key; did you mean vlan?"]


def test_permissions_as_a_number_that_was_not_misread():
    assert network("{vlan: 1, permissions: 640}") == []


def user(text):
    found = faults(f"{{blueprints: {{b: {{}}}}, users: {{u: {text}}}}}")
    return [fault.removeprefix("users.u").removeprefix(".") for fault in found]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("null", ": must be a dictionary that describes a user; found nothing ({} is one without details)"),
        ("{}", "blueprint: is required"),
        ("{blueprint: c}", "blueprint: there is no blueprint c"),
        ("{blueprint: b, enabled: 'no'}", "enabled: must be true or false; found the text 'no' (leave out the quotes)"),
        ("{blueprint: b, enabled: 1}", "enabled: must be true or false; found the number 1"),
        ("{blueprint: b, enabled: 'maybe'}", "enabled: must be true or false; found the text 'maybe'"),
        ("{blueprint: b, groups: no}", "groups: must be a list, each entry the name of a group; found false"),
        (
            "{blueprint: b, groups: [no]}",
            "groups[0]: must be the name of a group; found false "
            "(YAML reads yes, no, on and off as true and false: put it in quotes)",
        ),
        ("{blueprint: b, groups: [a b]}", "groups[0]: OpenNebula does not allow ' ' in the name of a group: 'a b'"),
        (
            "{blueprint: b, ssh_public_key: AAAA}",
            "ssh_public_key: must be public SSH keys, one a line, each as in authorized_keys; found a text",
        ),
        (
            "{blueprint: b, ssh_public_key: '-----BEGIN OPENSSH PRIVATE KEY-----'}",
            "ssh_public_key: is a private key; give the public one (from the file that ends in .pub)",
        ),
        (
            "{blueprint: b, password: 'with blank'}",
            "password: must not be empty nor contain blanks, which OpenNebula refuses",
        ),
        ("{blueprint: b, password: ''}", "password: must not be empty nor contain blanks, which OpenNebula refuses"),
        ("{blueprint: b, quota: {vm: 3}}", "quota.vm: unknown key; did you mean vms?"),
        ("{blueprint: b, quota: {vms: -3}}", "quota.vms: must be a whole number of -2 or more; found the number -3"),
        (
            "{blueprint: b, quota: {cpu: -1.5}}",
            "quota.cpu: must be a number of CPUs, 0, -1 or -2; found the number -1.5",
        ),
        (
            "{blueprint: b, quota: {memory: 64X}}",
            "quota.memory: must be a size in MB, or a text such as 512M or 64G; found the text '64X'",
        ),
        (
            "{blueprint: b, quota: {datastores: {default: 3}}}",
            "quota.datastores.default: must be a dictionary that describes the limits of one datastore; found a number",
        ),
        (
            "{blueprint: b, gateway: {template: t, power: 'off'}}",
            "gateway.power: must be one of running, poweroff, suspended, "
            "stopped, undeployed, hold; found the text 'off'",
        ),
        (
            "{blueprint: b, gateway: {template: t, lan: academie}}",
            "gateway.lan: must be a list, each entry the name of a network "
            "or a dictionary with a key for each network; found a text",
        ),
        (
            "{blueprint: b, gateway: {template: t, memory: 1.5}}",
            "gateway.memory: must be a size in MB, or a text such as 512M or 64G; found the number 1.5",
        ),
        (
            "{blueprint: b, gateway: {template: t, cpu: 0}}",
            "gateway.cpu: must be a positive number; found the number 0",
        ),
    ],
)
def test_user(text, fault):
    assert user(text) == [fault]


def test_no_cpu_at_all_is_a_limit():
    assert user("{blueprint: b, quota: {cpu: 0, vms: 0}}") == []


@pytest.mark.parametrize(
    "key",
    [
        "ssh-ed25519 AAAA",
        "ssh-rsa AAAA/+= alice@example.org",
        'from="10.0.0.1" ecdsa-sha2-nistp256 AAAA x',
        "ssh-rsa A\\nsk-x A",
    ],
)
def test_ssh_public_keys(key):
    quoted = key.replace('"', '\\"')
    assert user(f'{{blueprint: b, ssh_public_key: "{quoted}"}}') == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (
            "no",
            "users.false: the name of a user must be text; found false "
            "(YAML reads yes, no, on and off as true and false: put it in quotes)",
        ),
        ("010", "users.8: the name of a user must be text; found the number 8 (put it in quotes)"),
        ("null", "users.null: the name of a user must be text; found nothing"),
        ("oneadmin", "users.oneadmin: oneadmin is an account of OpenNebula's own and cannot be one of these users"),
        (
            "serveradmin",
            "users.serveradmin: serveradmin is an account of OpenNebula's own and cannot be one of these users",
        ),
        ("'alice '", "users.alice : the name of a user must not begin or end with a blank: 'alice '"),
        ("al ice", "users.al ice: OpenNebula does not allow ' ' in the name of a user: 'al ice'"),
        ("'al:ice'", "users.al:ice: OpenNebula does not allow ':' in the name of a user: 'al:ice'"),
        ("''", "users.'': the name of a user must not be empty"),
        ('"a\\nb"', "users.'a\\nb': OpenNebula does not allow '\\n' in the name of a user: 'a\\nb'"),
        ("é" * 65, f"users.{'é' * 65}: the name of a user may have 128 bytes at most: '{'é' * 32}'…"),
    ],
)
def test_names(name, fault):
    found = faults(f"{{users: {{{name}: {{}}}}}}")
    assert found == [fault]


@pytest.mark.parametrize("name", ["sls", "shared", "pipeline"])
def test_names_that_are_no_blueprints(name):
    fault = f"{name} is reserved for objects without a blueprint; choose another name"
    assert faults(f"{{blueprints: {{{name}: {{}}}}}}") == [f"blueprints.{name}: {fault}"]


def test_secrets_are_never_quoted():
    text = " ".join(
        faults("""
        connection: {username: oneadmin, password: [hush-1], token: 4711, endpoint: hush-2}
        profiles: {lab: oneadmin:hush-3}
        users:
          alice: {blueprint: b, password: 4712, ssh_public_key: hush-4, attributes: hush-5}
          bob: {blueprint: b, password: "hush 6", gateway: {context: {PASSWORD: [hush-7]}}}
          carl: hush-8
        blueprints: {b: hush-9}
    """)
    )
    assert text.count(" found ") >= 8
    assert "hush" not in text and "471" not in text


def test_masked_values_are_told():
    mask = "**********"
    assert [str(fault) for fault in validate({"users": {"alice": {"blueprint": mask, "vlan_base": mask}}})] == [
        "users.alice.blueprint: is hidden: Salt has replaced it with asterisks",
        "users.alice.vlan_base: is hidden: Salt has replaced it with asterisks",
    ]


def test_connection_takes_addresses_of_secrets():
    assert (
        faults("""
        connection: {endpoint: sdb://a/b, username: sdb://a/b, password: sdb://a/b, timeout: sdb://a/b, verify: sdb://a/b}
        profiles: {lab: {endpoint: https://one/RPC2, auth_file: ~/.one, cert: [a, b]}, old: {cert: a, retries: 3}}
    """)
        == []
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "{endpoint: localhost}",
            "endpoint: must be the URL of an XML-RPC API, such as http://localhost:2633/RPC2; found a text",
        ),
        ("{timeout: 0}", "timeout: must be a positive number; found the number 0"),
        ("{timeout: '30'}", "timeout: must be a positive number; found the text '30'"),
        ("{retries: 11}", "retries: must be a whole number from 0 to 10; found the number 11"),
        ("{password: x}", "username: is required beside password"),
        ("{username: x}", "password: is required beside username, or else a token"),
        ("{username: x, password: y, auth_file: /z}", "auth_file: conflicts with password; declare one of the two"),
        ("{auth_file: /z, verify: false, ca: /y}", "ca: is never used, since verify is false"),
        ("{end_point: http://x/}", "end_point: unknown key; did you mean endpoint?"),
    ],
)
def test_connection(text, fault):
    assert faults(f"{{connection: {text}}}") == [f"connection.{fault}"]
    assert faults(f"{{profiles: {{lab: {text}}}}}") == [f"profiles.lab.{fault}"]


def test_unlike_any_known_key():
    (fault,) = faults("{xyz: 1}")
    assert fault.startswith("xyz: unknown key; known are connection, profiles, ")


STANDS_FOR_NOTHING = (
    "OpenNebula takes each '$' for the start of a variable, such as $NAME or $NIC[IP], and one in this text is no "
    "variable, so OpenNebula would change the text. Declare DB_PASS_BASE64 with the text in base64, and let the guest "
    "decode it"
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("blueprints.b.gateway.context", "{blueprints: {b: {gateway: {template: t, context: CONTEXT}}}}"),
        ("blueprints.b.labs.l.web.context", "{blueprints: {b: {labs: {l: {web: {template: t, context: CONTEXT}}}}}}"),
        ("shared.templates.t.context", "{shared: {templates: {t: {context: CONTEXT}}}}"),
        (
            "pipelines.p.stages.s.context",
            "{pipelines: {p: {modules: {m: {}}, stages: {s: {template: t, context: CONTEXT}}}}}",
        ),
    ],
)
def test_texts_of_contexts_that_would_not_arrive(path, text):
    assert faults(text.replace("CONTEXT", "{db_pass: 's3c$ret'}")) == [f"{path}.db_pass: {STANDS_FOR_NOTHING}"]
    arriving = "{A: 's3c\\$x $USER[TEAM]', START_SCRIPT: 'echo $home ${PATH}', PASSWORD: 'a$b', B: null, C: 5}"
    assert faults(text.replace("CONTEXT", arriving)) == []


def test_a_role_that_would_not_arrive():
    (fault,) = faults("{blueprints: {b: {gateway: {template: t, role: 'a$b'}}}}")
    assert fault.startswith("blueprints.b.gateway.role: OpenNebula takes each '$' for the start of a variable")
