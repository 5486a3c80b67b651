"""Security groups: the firewall rules of networks and NICs, and the VMs that apply them."""

import hashlib
import ipaddress
import re

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.clock import transition
from onesim.cloud.things import Kind, Thing, check_name, ids_xml, permissions_for
from onesim.errors import ActionError, InternalError
from onesim.rights.access import CREATE, MANAGE
from onesim.text.values import integer, unsigned

PROTOCOLS = ("TCP", "UDP", "ICMP", "ICMPV6", "IPSEC", "ALL")
FIRST_OF_USERS = 100
UPDATED, UPDATING, FAILED = "updated", "updating", "failed"
_RANGES = re.compile(r"(\d+(:\d+)?,)*\d+(:\d+)?", re.ASCII)
MOST_PORTS = 15


class SecurityGroup(Thing):
    """`updated`, `outdated`, `updating` and `failed` are the VMs by the progress of the current rules."""

    def __init__(self, template, call):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask)
        self.updated, self.outdated, self.updating, self.failed = set(), set(), set(), set()

    def inserting(self, cloud):
        self.name = self.template.erase("NAME")
        take_rules(self.template)

    @property
    def vms(self):
        return self.updated | self.outdated | self.updating | self.failed

    def add_vm(self, vm_id):
        self.remove_vm(vm_id)
        self.updated.add(vm_id)

    def remove_vm(self, vm_id):
        for vms in (self.updated, self.outdated, self.updating, self.failed):
            vms.discard(vm_id)

    def commit(self, recover):
        """Sends the rules again: to the VMs that are not updated (`recover`), or to all."""
        if not recover:
            self.outdated |= self.updated
            self.updated = set()
        self.outdated |= self.updating | self.failed
        self.updating, self.failed = set(), set()

    def render(self):
        vms = "".join(
            ids_xml(tag, oids)
            for tag, oids in (
                ("UPDATED_VMS", self.updated),
                ("OUTDATED_VMS", self.outdated),
                ("UPDATING_VMS", self.updating),
                ("ERROR_VMS", self.failed),
            )
        )
        return f"<SECURITY_GROUP>{self.head_xml()}{self.permissions_xml()}{vms}{self.template.xml()}</SECURITY_GROUP>"


def take_rules(template):
    """Checks the rules of a template and drops duplicates."""
    rules = template.vectors("RULE")
    for rule in rules:
        _check(rule)
    seen = set()
    for rule in rules:
        mark = hashlib.sha1(repr(sorted(rule.items())).encode()).hexdigest()
        if mark in seen:
            template.remove("RULE", rule)
        seen.add(mark)


def _check(rule):
    protocol = rule.get("PROTOCOL", "").upper()
    if protocol not in PROTOCOLS:
        raise InternalError(f"Wrong PROTOCOL in rule. Valid options: {', '.join(PROTOCOLS)}.")
    if rule.get("RANGE"):
        if protocol not in ("TCP", "UDP"):
            raise InternalError("RANGE is supported only for TCP and UDP protocols.")
        _check_ports(rule["RANGE"])
    for name, wanted in (("ICMP_TYPE", "ICMP"), ("ICMPV6_TYPE", "ICMPV6")):
        if rule.get(name):
            if protocol != wanted:
                raise InternalError(f"{name} is supported only for {wanted} protocol.")
            if unsigned(rule[name]) is None:
                raise InternalError(f"Wrong {name}, it must be integer")
    if rule.get("RULE_TYPE", "").upper() not in ("INBOUND", "OUTBOUND"):
        raise InternalError("Wrong RULE_TYPE in rule. Valid options: INBOUND, OUTBOUND.")
    _check_target(rule)


def _check_ports(text):
    if not _RANGES.fullmatch(text):
        raise InternalError("Invalid RANGE specification.")
    count = 0
    for part in text.split(","):
        ports = [int(port) for port in part.split(":")]
        if ports[-1] > 65535:
            raise InternalError("RANGE out of bounds 0-65536.")
        if ports[-1] < ports[0]:
            raise InternalError("RANGE BEGIN value is greater than RANGE END value")
        count += len(ports)
        if count > MOST_PORTS:
            raise InternalError(f"Not more than {MOST_PORTS} ports can be specified in a RULE")


def _check_target(rule):
    if rule.get("IP"):
        if unsigned(rule.get("SIZE")) is None:
            raise InternalError("Wrong or empty SIZE.")
        try:
            ipaddress.ip_address(rule["IP"])
        except ValueError:
            raise InternalError("Wrong format for IP value.") from None
    elif "NETWORK_ID" in rule and integer(rule["NETWORK_ID"]) is None:
        raise InternalError("Wrong NETWORK_ID.")


class SecurityGroupKind(Kind):
    name, title, xml_title = "SECGROUP", "security group", "Security Group"
    tag, pool_tag = "SECURITY_GROUP", "SECURITY_GROUP_POOL"
    thing = SecurityGroup

    def updated_template(self, cloud, thing, old):
        take_rules(thing.template)
        thing.commit(recover=False)
        cloud.soon("secgroup.push", thing.oid)

    def drop(self, call, thing):
        if thing.oid == 0:
            raise ActionError("The default security group (ID 0) cannot be deleted.")
        if thing.vms:
            raise ActionError("The security group has VMs using it")
        call.cloud.drop(thing)

    def created(self, call, template, cluster):
        check_name(template.get("NAME"))
        pool = call.cloud.pool("SECGROUP")
        taken = pool.named(template.get("NAME"), call.uid)
        if taken:
            raise InternalError(f"NAME is already taken by SecurityGroup {taken.oid}.")
        return pool.insert(SecurityGroup(template, call))


KIND = SecurityGroupKind()
generic.register(KIND, "secgroup", "info update rename chown chmod delete")
generic.register_pool(KIND, "one.secgrouppool.info")


@method("one.secgroup.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, text):
    return generic.allocate(call, KIND, text)


@method("one.secgroup.clone", "is", kind=KIND)
def clone(call, oid, name):
    return generic.clone(call, KIND, oid, name)


@method("one.secgroup.commit", "ib", kind=KIND, operation=MANAGE)
def commit(call, oid, recover):
    group = generic.reachable(call, KIND, oid)
    group.commit(recover)
    call.cloud.update(group)
    call.cloud.soon("secgroup.push", oid)
    return oid


@transition("secgroup.push")
def _push(cloud, oid):
    """Updates the remaining VMs, one by one.

    The VM kind returns the result of each: UPDATED, FAILED, or UPDATING, and schedules the next one in that case.
    """
    group = cloud.find("SECGROUP", oid)
    while group is not None and group.outdated:
        vm_id = min(group.outdated)
        group.outdated.discard(vm_id)
        if cloud.find("VM", vm_id) is None:
            continue
        outcome = cloud.kinds["VM"].rules_changed(cloud, vm_id, group)
        {UPDATED: group.updated, UPDATING: group.updating, FAILED: group.failed}[outcome].add(vm_id)
        cloud.update(group)
        if outcome == UPDATING:
            return
