"""Clouds as somebody's shell scripts would have built them: with direct calls, and without marks."""

USE, READ = "644", "600"
#: Three types of users: group, names of networks with the offsets of their VLANs, and number of users.
SORTS = {
    "students": ({"lan": 0, "dmz": 1, "lab": 2}, 20),
    "staff": ({"office": 0, "dmz": 5, "voice": 6, "guests": 7}, 12),
    "partners": ({"transfer": 0}, 8),
}


def template(**attributes):
    """Template text; a dictionary becomes a vector, a list repeats."""
    return "\n".join(line for name, value in attributes.items() for line in _lines(name, value))


def _lines(name, value):
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield f"{name}=[{', '.join(f'{key}={quoted(inner)}' for key, inner in each.items())}]"
        else:
            yield f"{name}={quoted(each)}"


def quoted(value):
    text = str(value).replace('"', '\\"')
    return f'"{text}"'


class Builder:
    """Builds a cloud with direct calls.

    call
        Makes a call as oneadmin: ``call("one.vn.delete", 7)``.
    settle
        Waits until networks are ready: OpenNebula 6.10 loses an earlier chown.
    """

    def __init__(self, call, settle=lambda: None):
        self.call, self.settle = call, settle
        self.users, self.groups = {"oneadmin": 0}, {"oneadmin": 0, "users": 1}

    def group(self, name):
        self.groups[name] = self.call("one.group.allocate", name)
        return self.groups[name]

    def user(self, name, group="users", **attributes):
        self.users[name] = number = self.call("one.user.allocate", name, "correct-horse", "core", [self.groups[group]])
        if attributes:
            self.call("one.user.update", number, template(**attributes), 1)
        return number

    def give(self, prefix, number, owner, group="users"):
        self.call(f"{prefix}.chown", number, self.users[owner], self.groups[group])
        return number

    def permit(self, prefix, number, octal, *more):
        bits = [int(bool(int(digit) & bit)) for digit in octal for bit in (4, 2, 1)]
        self.call(f"{prefix}.chmod", number, *bits, *more)

    def network(self, name, owner, group="users", ranges=(), **attributes):
        said = {"NAME": name, "VN_MAD": "802.1Q", "PHYDEV": "eth1", **attributes, "AR": list(ranges)}
        number = self.call("one.vn.allocate", template(**{key: each for key, each in said.items() if each}), -1)
        self.settle()
        return self.give("one.vn", number, owner, group)

    def lan(self, name, owner, group, vlan, third, **more):
        """A network of 254 addresses, as people create it."""
        said = {
            "NETWORK_ADDRESS": f"10.{third}.0.0",
            "NETWORK_MASK": "255.255.255.0",
            "GATEWAY": f"10.{third}.0.1",
            "DNS": f"10.{third}.0.1",
            "VLAN_ID": vlan,
        }
        pool = {"TYPE": "IP4", "IP": f"10.{third}.0.10", "SIZE": 100}
        return self.network(name, owner, group, [pool], **{**said, **more})

    def template(self, name, owner, group="users", **attributes):
        number = self.call("one.template.allocate", template(NAME=name, **attributes))
        return self.give("one.template", number, owner, group)


def forty(call, settle=lambda: None):
    """Forty users of three types, some with differences."""
    built = Builder(call, settle)
    base, thirds = 100, {}
    for group, (networks, count) in SORTS.items():
        built.group(group)
        for number in range(count):
            user = f"{group}{number:02}"
            built.user(user, group, EMAIL=f"{user}@example.org")
            for name, offset in networks.items():
                third = thirds.setdefault((group, name), len(thirds) + 1)
                if (user, name) == ("students03", "lab"):
                    continue
                more = {"DNS": "9.9.9.9"} if (user, name) == ("staff02", "dmz") else {}
                vlan = 3900 if (user, name) == ("students05", "dmz") else base + offset
                made = built.lan(name, user, group, vlan, third, **more)
                if (user, name) == ("students07", "lan"):
                    built.permit("one.vn", made, "640")
            base += 10
    built.lan("project", "students09", "students", 3901, 77)
    return built


def misfits(call, settle=lambda: None):
    """Objects that do not fit into an infrastructure."""
    built = Builder(call, settle)
    built.group("team")
    for user in ("ann", "ben", "joe.d"):
        built.user(user, "team", LABELS="a,b", NOTE='He said "no" {{ twice }}')
    ann = {"owner": "ann", "group": "team"}
    built.network("drawn", **ann, AUTOMATIC_VLAN_ID="YES", ranges=[{"TYPE": "ETHER", "SIZE": 20}])
    v6 = {"TYPE": "IP6_STATIC", "IP6": "2001:db8::10", "PREFIX_LENGTH": 64, "SIZE": 30}
    built.network("six", **ann, VLAN_ID=310, ranges=[v6])
    own = {"TYPE": "IP4", "IP": "10.9.0.5", "SIZE": 5, "MAC": "02:11:22:33:44:55"}
    built.network("mac", **ann, VLAN_ID=311, ranges=[own])
    built.permit("one.vn", built.lan("open", vlan=312, third=9, **ann), "644")
    # Two users on one VLAN of one device, and a manual network.
    built.lan("dmz", "ann", "team", 400, 10)
    built.lan("dmz", "ben", "team", 400, 11, DESCRIPTION='line one\nline "two"', LABELS="x")
    built.lan("dotted", "joe.d", "team", 420, 12)
    wide = built.network("wide", "oneadmin", "oneadmin", [{"TYPE": "IP4", "IP": "10.8.0.1", "SIZE": 200}], VLAN_ID=500)
    part = call("one.vn.reserve", wide, template(SIZE=10, NAME="part"))
    built.give("one.vn", part, "ben", "team")
    for owner, memory in (("ann", 1024), ("ben", 1536)):
        nic = [{"NETWORK": "dmz", "NETWORK_UNAME": owner}, {"NETWORK_ID": wide}]
        context = {"NETWORK": "YES", "START_SCRIPT": "#!/bin/sh\necho one\necho two"}
        built.template("web", owner, "team", CPU="0.5", MEMORY=memory, NIC=nic, CONTEXT=context, LABELS="web")
    secret = {"NETWORK": "YES", "DB_PASSWORD": "s3cr3t-words"}
    built.template("secretive", "ann", "team", CPU=1, MEMORY=512, CONTEXT=secret, SCHED_RANK="FREE_CPU")
    rules = [{"PROTOCOL": "TCP", "RULE_TYPE": "inbound", "RANGE": "22,80:90"}]
    rules += [{"PROTOCOL": "ALL", "RULE_TYPE": "outbound"}]
    made = call("one.secgroup.allocate", template(NAME="ssh", RULE=rules))
    built.give("one.secgroup", made, "ann", "team")
    return built


def administered(call, settle=lambda: None):
    """Objects of administrators: clusters, VDCs, ACL rules, datastores, held and reserved addresses, and locks."""
    built = Builder(call, settle)
    blades = call("one.cluster.allocate", "blades")
    call("one.host.allocate", "blade1", "dummy", "dummy", blades)
    ceph = {"NAME": "fast", "DS_MAD": "fs", "TM_MAD": "shared", "LIMIT_MB": 2048}
    fast = call("one.datastore.allocate", template(**ceph), blades)
    call("one.datastore.chown", fast, 0, 0)
    team, lonely, guests = built.group("team"), built.group("lonely"), built.group("guests")
    for group in (team, lonely):
        call("one.vdc.delgroup", 0, group)
    ann, ben = built.user("ann", "team"), built.user("ben", "guests")
    call("one.group.addadmin", team, ann)
    wide = built.network("wide", "oneadmin", "oneadmin", [{"TYPE": "IP4", "IP": "10.8.0.1", "SIZE": 200}], VLAN_ID=500)
    own = built.lan("lan", "ann", "team", 300, 3)
    school = call("one.vdc.allocate", template(NAME="school", DESCRIPTION="what team has"))
    call("one.vdc.addgroup", school, team)
    call("one.vdc.addcluster", school, 0, blades)
    call("one.vdc.adddatastore", school, 0, -10)
    for network in (wide, own):
        call("one.vdc.addvnet", school, 0, network)
    # Ben may use a network of Ann; the guests may create templates; the third rule, of a VDC, needs no declaration.
    call("one.acl.addrule", hex(1 << 32 | ben), hex(0x4000000000 | 1 << 32 | own), "0x1", hex(1 << 32))
    call("one.acl.addrule", hex(2 << 32 | guests), hex(0x20000000000 | 4 << 32), "0x8", hex(4 << 32))
    call("one.acl.addrule", hex(2 << 32 | guests), hex(0x4000000000 | 8 << 32 | blades), "0x1", hex(1 << 32))
    call("one.vn.reserve", wide, template(SIZE=10, NAME="part", IP="10.8.0.50", AR_ID=0))
    call("one.vn.hold", own, template(LEASES={"IP": "10.3.0.20"}))
    web = {"NAME": "web", "ROLE": [{"NAME": "a", "POLICY": "ANTI_AFFINED", "HOST_AFFINED": "0"}, {"NAME": "b"}]}
    built.give("one.vmgroup", call("one.vmgroup.allocate", template(**web, ANTI_AFFINED="a,b")), "ann", "team")
    image = call("one.image.allocate", template(NAME="disk", TYPE="DATABLOCK", SIZE=8), 1)
    settle()
    call("one.image.lock", image, 4)
    source = built.template("plain", "oneadmin", "oneadmin", CPU=1, MEMORY=64)
    vm = call("one.template.instantiate", source, "clock", False, "", False)
    night = {
        "ACTION": "poweroff",
        "TIME": "4000000000",
        "REPEAT": "0",
        "DAYS": "1,5",
        "END_TYPE": "1",
        "END_VALUE": "9",
    }
    call("one.vm.schedadd", vm, template(SCHED_ACTION=night))
    return built
